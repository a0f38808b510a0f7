"""ClipPlayer: one clip of a package at any time."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.codec.sections.group import ResidualGroup
from ani3d_runtime.deformation import DeformationModel, Detail, Frame
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.geometry.curve import TAPS
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.frame_row import FrameRow
from ani3d_runtime.playback.group_cache import GroupCache
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.playback.root_path import GroundMotion, RootMotion

Layer: TypeAlias = Literal["residual", "rigid"]
# The frames on both sides may lie in two groups, and one is fetched ahead.
KEPT_GROUPS = 3
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
        self._groups = GroupCache(self._decoded, KEPT_GROUPS)
        self._frames = GroupCache(self._frame_worked_out, _KEPT_FRAMES)
        self._details = GroupCache(self._detail_worked_out, _KEPT_DETAIL)
        self._last_group = -1
        self._row = FrameRow(
            self.clip.frame_count,
            self.clip.fps,
            self.clip.playing,
            package.skeleton.zero_joints_m[0],
            self._frames.get,
            self._details.get,
        )
        model = DeformationModel.empty(self.avatar.count) if layer == "rigid" else package.deformation_at(lod)
        self._model = model
        self._still_displacements = np.zeros((model.node_count, 3), dtype=np.float32)
        self._still_rotations = np.zeros((model.node_count, 4), dtype=np.float32)
        self._still_rotations[:, 0] = 1
        self._no_coefficients = np.zeros(model.corrective_count, dtype=np.float32)

    @functools.cached_property
    def deformer(self) -> Deformer:
        """Evaluates the runtime equation; prepared on first use, because frames alone do without."""
        return Deformer(self.avatar, self._model)

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

    def frame_at(self, time_s: float, loop: bool | None = None, root: RootMotion | None = None) -> Frame:
        """The frame of any time, on the curve through its neighbours (spec/CONVENTIONS.md, "Between frames").

        Args:
            time_s: seconds from the first frame. Times outside a clip that is not looped give its first or last frame.
            loop: times outside the clip start over; None as the clip is meant. A clip that is made for it goes on
                smoothly, and its root goes on where it was; another one jumps from its last frame to its first.
            root: what becomes of the root's way over the ground; None as the clip is meant.

        Raises:
            UsageError: ``time-not-finite``.
        """
        return self._frame_at(time_s, loop, root, detail=True)

    def light_frame_at(self, time_s: float, loop: bool | None = None, root: RootMotion | None = None) -> Frame:
        """The frame at a time without per-Gaussian detail, which is not read either."""
        return self._frame_at(time_s, loop, root, detail=False)

    def root_step(self, start_s: float, end_s: float, loop: bool | None = None) -> GroundMotion:
        """How the root goes over the ground from one time to another, as seen from where it is at ``start_s``.

        Whoever leads the avatar himself adds such steps up and shows the frames of the root motion ``delta``.

        Raises:
            UsageError: ``time-not-finite``.
        """
        return self._row.root_step(self._row.place(start_s, loop), self._row.place(end_s, loop))

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

    def _frame_at(self, time_s: float, loop: bool | None, root: RootMotion | None, *, detail: bool) -> Frame:
        position, turns = self._row.place(time_s, loop)
        self._fetch_ahead(int(position), detail)
        return self._row.at(position, turns, root=root, detail=detail)

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
        shown = self._details.get(int(index)) if detail else None
        return replace(self._frames.get(int(index)), detail=shown)

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

    def _detail_worked_out(self, index: int) -> Detail | None:
        number, row = divmod(index, self.clip.frames_per_group)
        residual = self._groups.get((number, True)).residual
        return None if residual is None else residual.detail(row)

    def _fetch_ahead(self, index: int, detail: bool) -> None:
        """Begin the next group ahead of its time when playing on."""
        number, row = divmod(index, self.clip.frames_per_group)
        playing_on = self._last_group == number
        self._last_group = number
        is_last = number + 1 == self.clip.group_count
        if playing_on and row >= self.clip.frames_per_group // 2 and not (is_last and not self.clip.playing.loops):
            self._groups.prefetch((0 if is_last else number + 1, detail))

    def _decoded(self, key: tuple[int, bool]) -> _Group:
        number, detail = key
        root, rotations = self.clip.pose_group(number)
        residual = None
        if self.layer == "residual":
            residual = self.clip.residual_group(number, detail=detail, lod=self._lod)
        return _Group(root, rotations, residual)
