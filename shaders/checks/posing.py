# pyright: basic
"""The kernels of deformation as one chain on a device: from a package and clips at some times to posed Gaussians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ani3d_runtime.channel import Channel
from ani3d_runtime.deformation import Frame
from ani3d_runtime.package.reader import Package
from shaders.checks.compilers import Source, compiled
from shaders.checks.gpu.buffer import Buffer
from shaders.checks.gpu.device import Device
from shaders.checks.gpu.recording import Recording
from shaders.checks.packing.groups import cosines, packed_group, read_spectra
from shaders.checks.packing.splats import packed_looks, packed_splats
from shaders.checks.packing.tracks import Tracks, channels_of, gaussians_of, packed_parents
from shaders.checks.packing.transforms import packed_joints, packed_nodes, transforms_of
from shaders.checks.toolchain import Toolchain

COSINES, PARENTS, DEFORM = (Source(f"{name}.hlsl", name) for name in ("DetailCosines", "DetailParents", "Deform"))
SOURCES, SLOTS_A_SOURCE, POSED_BYTES = 4, 2, 48
# A time this close to a frame, in frames, is that frame.
_FRAME_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Playing:
    """One clip that is seen, as a source of detail.

    Attributes:
        clip: by name.
        place: counted in frames.
        share: over the sources before it.
        mask: [J], or None where it has none.
    """

    clip: str
    place: float
    share: float = 1.0
    mask: ArrayLike | None = None


def channel_bits(channels: Sequence[Channel]) -> int:
    """Which channels there are, as the kernels take it."""
    return sum(1 << channel.number for channel in channels)


def deform_uniforms(gaussians: int, **others: Any) -> dict[str, Any]:
    """Uniforms of ``Deform``: at the last level, without detail and correctives, but for ``others``."""
    nothing: dict[str, Any] = {
        "_Gaussians": gaussians,
        "_LookCount": 0,
        "_NextLookCount": 0,
        "_LevelShare": 1.0,
        "_Tracks": 0,
        "_Channels": 0,
        "_Sources": 0,
        "_FrameShares": np.zeros(4, np.float32),
        "_SourceShares": np.zeros(4, np.float32),
        "_Shapes": 0,
        "_ShapeGaussians": gaussians,
        "_ShapeWeights": np.zeros(64, np.float32),
    }
    return nothing | others


class Posing:
    """An avatar of a package on the device.

    Attributes:
        posed: what ``Deform`` wrote last.
        dispatches: (kernel, threads) of the last instant.
    """

    def __init__(self, device: Device, tools: Toolchain, package: Package, compiler: str) -> None:
        self._device, self._package = device, package
        self._cosines, self._parents, self._deform = (
            device.kernel(compiled(source, compiler, tools)) for source in (COSINES, PARENTS, DEFORM)
        )
        self._tracks, self._channels = Tracks.of_package(package), channels_of(package)
        self._splats = device.buffer(packed_splats(gaussians_of(package, self._tracks)))
        self._nothing = device.buffer(16)
        planes = SOURCES * SLOTS_A_SOURCE * max(1, len(self._channels))
        self._detail = device.buffer(np.full(planes * 3 * max(1, self._tracks.count), np.nan, np.float32))
        self._clips: dict[str, tuple[NDArray[np.int64], Buffer, list[tuple[int, int]]]] = {}
        self._looks: dict[int, Buffer] = {}
        self.posed = device.buffer(package.manifest.gaussian_count * POSED_BYTES)
        self.dispatches: list[tuple[str, int]] = []

    def pose(
        self, frame: Frame, sources: Sequence[Playing], *, level: int | None = None, share: float = 0.0
    ) -> NDArray[np.uint32]:
        """[n, 12] posed Gaussians.

        Args:
            frame: whose pose and node motion are taken, mixed already; its detail is not looked at.
            sources: whose detail is mixed.
            level: of detail; the last where it is None.
            share: how far on the way to the next level.
        """
        work = self._device.recording()
        self.dispatches = []
        temporary = [buffer for number, source in enumerate(sources) for buffer in self._decode(work, number, source)]
        looks, levels = self._level(level, share)
        joints = packed_joints(transforms_of(self._package.skeleton, frame), [_mask(source) for source in sources[1:]])
        model = self._package.deformation
        nodes = packed_nodes(model.node_rest_m, frame.node_displacements_m, frame.node_rotations_wxyz)
        temporary += [self._device.buffer(joints), self._device.buffer(nodes)]
        bound = {
            "_Splats": self._splats,
            "_Joints": temporary[-2],
            "_Nodes": temporary[-1],
            "_Detail": self._detail,
            "_Correctives": self._nothing,
            "_Posed": self.posed,
        } | looks
        uniforms = deform_uniforms(
            levels.pop("_Gaussians"),
            **levels,
            _Tracks=self._tracks.count,
            _Channels=channel_bits(self._channels),
            _Sources=len(sources) if self._channels else 0,
            _FrameShares=_four(_split(source.place)[1] for source in sources),
            _SourceShares=_four(source.share for source in sources),
        )
        count = uniforms["_Gaussians"]
        work.dispatch(self._deform, self._deform.groups(count), bound, uniforms)
        self.dispatches.append(("Deform", count))
        work.run()
        for buffer in temporary:
            buffer.release()
        return self.posed.read(np.uint32, count * 12).reshape(count, 12)

    def _decode(self, work: Recording, number: int, source: Playing) -> list[Buffer]:
        """Detail of one source into its slots; zeros of a clip that has none."""
        package, tracks = self._package, self._tracks.count
        if not self._channels:
            return []
        numbers, parents, stages = self._clip(source.clip)
        floor, part = _split(source.place)
        frames = [floor] if part == 0 else [floor, (floor + 1) % package.clip(source.clip).frame_count]
        temporary: list[Buffer] = []
        first_plane = number * SLOTS_A_SOURCE * len(self._channels)
        for slot, index in enumerate(frames):
            group, row = divmod(index, package.manifest.frames_per_group)
            _, frame_count = package.clip(source.clip).group_frames(group)
            temporary.append(self._device.buffer(cosines(frame_count, row)))
            for place, channel in enumerate(self._channels):
                packed = packed_group(read_spectra(package, source.clip, group, channel, numbers), tracks)
                buffer = self._device.buffer(packed)
                start = 3 * tracks * (first_plane + slot * len(self._channels) + place)
                bound = {"_Group": buffer, "_Cosines": temporary[slot * (len(self._channels) + 1)]}
                uniforms = {"_FirstCosine": 0, "_DetailStart": start}
                work.dispatch(self._cosines, self._cosines.groups(tracks), bound | {"_Detail": self._detail}, uniforms)
                self.dispatches.append(("DetailCosines", tracks))
                temporary.append(buffer)
        planes = len(frames) * len(self._channels)
        for start, count in stages:
            uniforms = {
                "_FirstParents": start,
                "_StageTracks": count,
                "_Tracks": tracks,
                "_Channels": channel_bits(self._channels),
                "_DetailStart": 3 * tracks * first_plane,
            }
            groups = (self._parents.groups(count)[0], planes, 1)
            work.dispatch(self._parents, groups, {"_Parents": parents, "_Detail": self._detail}, uniforms)
            self.dispatches.append(("DetailParents", count * planes))
        return temporary

    def _clip(self, name: str) -> tuple[NDArray[np.int64], Buffer, list[tuple[int, int]]]:
        if name not in self._clips:
            numbers = self._tracks.numbers(self._package, name)
            words, stages = packed_parents(self._package, name, numbers)
            self._clips[name] = numbers, self._device.buffer(words), stages
        return self._clips[name]

    def _level(self, level: int | None, share: float) -> tuple[dict[str, Buffer], dict[str, Any]]:
        package = self._package
        last = package.level_count - 1
        if level is None or level == last:
            looks = {"_Looks": self._nothing, "_NextLooks": self._nothing}
            return looks, {"_Gaussians": package.count_at(None)}
        between = share > 0
        following = level + 1 if between and level + 1 < last else None
        looks = {
            "_Looks": self._look(level),
            "_NextLooks": self._nothing if following is None else self._look(following),
        }
        return looks, {
            "_Gaussians": package.count_at(level + 1 if between else level),
            "_LookCount": package.count_at(level),
            "_NextLookCount": 0 if following is None else package.count_at(following),
            "_LevelShare": float(share),
        }

    def _look(self, level: int) -> Buffer:
        if level not in self._looks:
            look = self._package.appearance(level)
            packed = packed_looks(look.displacements_m, look.log_scale_changes, look.opacities, look.colour_changes)
            self._looks[level] = self._device.buffer(packed)
        return self._looks[level]


def _mask(source: Playing) -> ArrayLike:
    return 1.0 if source.mask is None else source.mask


def _split(place: float) -> tuple[int, float]:
    """Frame and fraction."""
    nearest, floor = round(place), int(np.floor(place))
    return (nearest, 0.0) if abs(place - nearest) < _FRAME_TOLERANCE else (floor, place - floor)


def _four(values: Any) -> NDArray[np.float32]:
    padded = np.zeros(4, np.float32)
    listed = list(values)
    padded[: len(listed)] = listed
    return padded
