"""ClipPlayer: one clip of a package at any time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.codec.sections.group import ResidualGroup
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.geometry.curve import TAPS, taps_at
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.group_cache import GroupCache
from ani3d_runtime.playback.interpolate import detail_between, on_curve
from ani3d_runtime.playback.posed import PosedSplats

Layer: TypeAlias = Literal["residual", "rigid"]
# The frames on both sides may lie in two groups, and one is fetched ahead.
KEPT_GROUPS = 3
# A time this close to a frame, in frames, is that frame: 30 fps times are not exact in binary.
_FRAME_TOLERANCE = 1e-4
# A time between two frames needs four and the detail of two, and the next time often the same.
_KEPT_FRAMES = 2 * TAPS
_KEPT_DETAIL = 2


@dataclass(frozen=True)
class _Group:
    """Decoded frames of one group; ``residual`` is None for the rigid layer."""

    root_translation_m: Float32Array
    joint_rotations_wxyz: Float32Array
    residual: ResidualGroup | None


class ClipPlayer:
    """Frames of one clip, and the posed Gaussians of a frame.

    Playing on decodes each group of frames once, on another thread before it is needed. A group is kept as whole
    numbers, out of which frames are worked out one by one, so a seek costs its group and no frame but its own. Threads
    may share a player.

    Args:
        package: an open package.
        clip_name: which clip.
        layer: with the residual layer, or the rigid layer alone.
        lod: finest level of detail; all by default.

    Raises:
        NotFoundError: ``clip-not-found``, ``lod-not-found``.
    """

    def __init__(self, package: Package, clip_name: str, *, layer: Layer = "residual", lod: int | None = None) -> None:
        self.package = package
        self.clip = package.clip(clip_name)
        self.layer: Layer = layer
        self._lod = lod
        self.avatar = package.shown_at(lod)
        self.deformer = Deformer(self.avatar, package.deformation_at(lod) if layer == "residual" else None)
        self._groups = GroupCache(self._decoded, KEPT_GROUPS)
        self._frames = GroupCache(self._frame_worked_out, _KEPT_FRAMES)
        self._details = GroupCache(self._detail_worked_out, _KEPT_DETAIL)
        self._last_group = -1
        model = self.deformer.deformation
        self._still_displacements = np.zeros((model.node_count, 3), dtype=np.float32)
        self._still_rotations = np.zeros((model.node_count, 4), dtype=np.float32)
        self._still_rotations[:, 0] = 1
        self._no_coefficients = np.zeros(model.corrective_count, dtype=np.float32)

    @property
    def frame_count(self) -> int:
        """Baked frames of the clip."""
        return self.clip.frame_count

    def frame(self, index: int) -> Frame:
        """A baked frame.

        Raises:
            NotFoundError: ``frame-not-found``.
        """
        return self._frame(index, detail=True)

    def light_frame(self, index: int) -> Frame:
        """A baked frame without per-Gaussian detail, which is not read either.

        Raises:
            NotFoundError: ``frame-not-found``.
        """
        return self._frame(index, detail=False)

    def frame_at(self, time_s: float, loop: bool = False) -> Frame:
        """The frame of any time, interpolated between its two neighbours.

        Args:
            time_s: seconds from the first frame. Times outside the clip give its first or last frame.
            loop: times outside the clip start over; the last frame is the first again.

        Raises:
            UsageError: ``time-not-finite``.
        """
        return self._frame_at(time_s, loop, detail=True)

    def light_frame_at(self, time_s: float, loop: bool = False) -> Frame:
        """The frame at a time without per-Gaussian detail, which is not read either."""
        return self._frame_at(time_s, loop, detail=False)

    def pose(self, frame: Frame) -> PosedSplats:
        """World-space Gaussians of a frame, in storage order.

        A player of the rigid layer takes frames of the residual layer too and leaves their residual out.
        """
        if self.layer == "rigid":
            frame = replace(
                frame,
                node_displacements_m=self._still_displacements,
                node_rotations_wxyz=self._still_rotations,
                coefficients=self._no_coefficients,
                detail=None,
            )
        return self.deformer.pose(frame)

    def _frame_at(self, time_s: float, loop: bool, *, detail: bool) -> Frame:
        if not math.isfinite(time_s):
            raise UsageError(
                "time-not-finite", "media time", found=str(time_s), expected="seconds", fix="Pass a finite time."
            )
        duration = self.clip.duration_s
        if loop and duration > 0 and not 0 <= time_s <= duration:
            time_s %= duration
        position = min(max(time_s, 0.0), duration) * self.clip.fps
        nearest = round(position)
        if abs(position - nearest) < _FRAME_TOLERANCE:
            return self._frame(nearest, detail=detail)
        return self._between(position, detail=detail)

    def _between(self, position: float, *, detail: bool) -> Frame:
        """The frame at a place that is counted in frames and lies between two of them."""
        floor = math.floor(position)
        self._fetch_ahead(floor, detail)
        # Groups with detail go first: neighbours in them then cost nothing, and those in others need no detail.
        shown = detail_between(self._detail_of(floor), self._detail_of(floor + 1), position - floor) if detail else None
        frames, weights = taps_at(position, self.clip.frame_count)
        used = weights != 0
        taps = [self._light_frame(int(index)) for index in frames[used]]
        return on_curve(taps, weights[used], position / self.clip.fps, shown)

    def _frame(self, index: int, *, detail: bool) -> Frame:
        if index not in range(self.clip.frame_count):
            raise NotFoundError(
                "frame-not-found",
                f"clip {self.clip.name}",
                found=f"frame {index}",
                expected=f"0..{self.clip.frame_count - 1}",
                fix="Ask for a frame that the clip has; frame_at takes times between frames.",
            )
        self._fetch_ahead(int(index), detail)
        shown = self._detail_of(int(index)) if detail else None
        return replace(self._light_frame(int(index)), detail=shown)

    def _light_frame(self, index: int) -> Frame:
        return self._frames.get(index)

    def _frame_worked_out(self, index: int) -> Frame:
        """A baked frame without detail."""
        number, row = divmod(index, self.clip.frames_per_group)
        # A group that is here with its detail is not read again without.
        group = self._groups.get((number, self._groups.holds((number, True))))
        displacements, rotations = self._still_displacements, self._still_rotations
        if group.residual is not None:
            displacements, rotations = group.residual.nodes(row)
        return Frame(
            time_s=index / self.clip.fps,
            root_translation_m=group.root_translation_m[row],
            joint_rotations_wxyz=group.joint_rotations_wxyz[row],
            node_displacements_m=displacements,
            node_rotations_wxyz=rotations,
            coefficients=self._no_coefficients,
        )

    def _detail_of(self, index: int) -> Detail | None:
        return self._details.get(index)

    def _detail_worked_out(self, index: int) -> Detail | None:
        number, row = divmod(index, self.clip.frames_per_group)
        residual = self._groups.get((number, True)).residual
        return None if residual is None else residual.detail(row)

    def _fetch_ahead(self, index: int, detail: bool) -> None:
        """Begin the next group ahead of its time when playing on."""
        number, row = divmod(index, self.clip.frames_per_group)
        playing_on = self._last_group == number
        self._last_group = number
        if playing_on and row >= self.clip.frames_per_group // 2 and number + 1 < self.clip.group_count:
            self._groups.prefetch((number + 1, detail))

    def _decoded(self, key: tuple[int, bool]) -> _Group:
        number, detail = key
        root, rotations = self.clip.pose_group(number)
        residual = None
        if self.layer == "residual":
            residual = self.clip.residual_group(number, detail=detail, lod=self._lod)
        return _Group(root, rotations, residual)
