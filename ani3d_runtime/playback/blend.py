"""Blend: the clips of a package, faded into each other and laid over each other."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.deformation import DeformationModel, Frame
from ani3d_runtime.errors import UsageError
from ani3d_runtime.package.packaged_clip import PackagedClip
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.blending import Blending
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.joint_mask import JointMask
from ani3d_runtime.playback.mix import Shares
from ani3d_runtime.playback.player import ClipPlayer, Layer
from ani3d_runtime.playback.posed import PosedSplats


class Blend(Blending):
    """Frames of one package's avatar out of several of its clips; see :class:`Blending`.

    One thread at a time.

    Args:
        package: an open package.
        layer: with the residual layer, or the rigid layer alone.
        lod: finest level of detail; all by default.
    """

    def __init__(self, package: Package, *, layer: Layer = "residual", lod: int | None = None) -> None:
        self._players = _Players(package, layer, lod)
        super().__init__(self._players)

    def pose(self, frame: Frame) -> PosedSplats:
        """World-space Gaussians of a frame, in storage order."""
        return self._players.deformer.pose(frame)


MAX_FADE_S = 600.0  # of two clips that loop; a film of it is drawn to its end


class FadedClips:
    """Two clips as one, the second faded in before the first one ends.

    A clip that does not loop is played once, one that loops as many whole periods as the fade needs.

    Args:
        package: an open package.
        first, second: of its clips.
        fade_s: length of the fade.
        lod: finest level of detail; all by default.

    Attributes:
        frame_count: of both together, at the rate of the first.
        first_frame_count, second_frame_count: those of them in which each clip is seen; in the fade both are.

    Raises:
        UsageError: ``blend-bad-time``: the fade is longer than a clip that does not loop, or than ``MAX_FADE_S``.
    """

    def __init__(
        self, package: Package, first: PackagedClip, second: PackagedClip, fade_s: float, *, lod: int | None = None
    ) -> None:
        ending = [(clip.duration_s, f", the length of {clip.name}") for clip in (first, second) if not _loops(clip)]
        longest_s, why = min([*ending, (MAX_FADE_S, "")])
        if not 0 <= fade_s <= longest_s:
            raise UsageError(
                "blend-bad-time",
                "length of the fade",
                found=f"{fade_s:g} s",
                expected=f"0 to {longest_s:g} s{why}",
                fix="Choose a fade within that range.",
            )
        self._fps = first.fps
        self._blend = Blend(package, lod=lod)
        periods = [max(1, math.ceil(fade_s / clip.period_s - 1e-6)) for clip in (first, second)]
        # The first clip's last period ends where its first frame is shown again, the film with the second's last frame.
        first_s = periods[0] * first.period_s if _loops(first) else first.duration_s
        second_s = second.duration_s + ((periods[1] - 1) * second.period_s if _loops(second) else 0)
        begin_s = first_s - fade_s
        self._blend.play(first.name, loop=_loops(first))
        self._blend.play(second.name, begin_s, fade_s=fade_s, loop=_loops(second))
        self.frame_count = max(1, math.floor((begin_s + max(second_s, fade_s)) * self._fps + 1e-6) + 1)
        self.first_frame_count = min(math.ceil(first_s * self._fps - 1e-6), self.frame_count)
        self.second_frame_count = self.frame_count - math.ceil(begin_s * self._fps - 1e-6)

    def frame(self, index: int) -> Frame:
        """One frame."""
        return self._blend.frame_at(index / self._fps)

    def sample(self, count: int) -> list[Frame]:
        """So many frames, from the first to the last."""
        return [self.frame(round(place)) for place in np.linspace(0, self.frame_count - 1, count).tolist()]


def _loops(clip: PackagedClip) -> bool:
    return clip.playing.loops


class _Players:
    """A player for each clip that is shown, made when it is first."""

    def __init__(self, package: Package, layer: Layer, lod: int | None) -> None:
        self._package, self._lod = package, lod
        self._layer: Layer = layer
        self._players: dict[str, ClipPlayer] = {}
        self._shares: WeakKeyDictionary[JointMask, Shares] = WeakKeyDictionary()
        self._avatar = package.shown_at(lod)
        is_rigid = layer == "rigid"
        self._model = DeformationModel.empty(self._avatar.count) if is_rigid else package.deformation_at(lod)
        self.deformer = Deformer(self._avatar, self._model)

    @property
    def root_joint_m(self) -> Float32Array:
        return self._package.skeleton.zero_joints_m[0]

    def check(self, clip: str) -> None:
        self._package.clip(clip)

    def frame_at(self, clip: str, time_s: float, loop: bool | None, *, detail: bool) -> Frame:
        if clip not in self._players:
            self._players[clip] = ClipPlayer(self._package, clip, layer=self._layer, lod=self._lod)
        player = self._players[clip]
        return player.frame_at(time_s, loop) if detail else player.light_frame_at(time_s, loop)

    def shares(self, mask: JointMask) -> Shares:
        if mask not in self._shares:
            sizes = self._package.manifest.level_sizes
            self._shares[mask] = mask.shares(self._avatar.binding, self._model, sizes)
        return self._shares[mask]
