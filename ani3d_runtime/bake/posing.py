"""MotionPoser: an avatar's Gaussians at any time of a motion, before there is a package to play."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.frame_row import FrameRow
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.residual import ResidualLayer


class MotionPoser:
    """Evaluates the runtime equation for one avatar and one motion.

    Args:
        avatar: in rest pose.
        motion: on the avatar's skeleton.
        layer: residual of every frame of the motion; the rigid layer alone when None.

    Raises:
        ResidualError: ``residual-wrong-frames``.
    """

    def __init__(self, avatar: Avatar, motion: Motion, layer: ResidualLayer | None = None) -> None:
        if layer is not None and (layer.frame_count, layer.gaussian_count) != (motion.frame_count, avatar.count):
            raise ResidualError(
                "residual-wrong-frames",
                motion.name,
                found=f"a residual of {layer.frame_count} frames and {layer.gaussian_count} Gaussians",
                expected=f"{motion.frame_count} frames and {avatar.count} Gaussians",
                fix="Use the residual of this avatar and motion.",
            )
        self.motion = motion
        self._layer = layer
        self._deformer = Deformer(avatar)
        joint_m = avatar.skeleton.zero_joints_m[0]
        self._row = FrameRow(motion.frame_count, motion.fps, Playing(), joint_m, self._frame, self._detail)

    def pose(self, time_s: float) -> PosedSplats:
        """World-space Gaussians; times outside the motion give its first or last frame."""
        return self._deformer.pose(self.frame_at(time_s))

    def frame_at(self, time_s: float) -> Frame:
        """The frame of any time, as a player of the package would show it."""
        return self._row.at(*self._row.place(time_s))

    def _frame(self, index: int) -> Frame:
        return Frame(
            time_s=index / self.motion.fps,
            root_translation_m=self.motion.root_translation_m[index],
            joint_rotations_wxyz=self.motion.joint_rotations_wxyz[index],
            node_displacements_m=np.zeros((0, 3), dtype=np.float32),
            node_rotations_wxyz=np.zeros((0, 4), dtype=np.float32),
            coefficients=np.zeros(0, dtype=np.float32),
        )

    def _detail(self, index: int) -> Detail | None:
        layer = self._layer
        if layer is None:
            return None

        def row(channel: Float32Array | None) -> Float32Array | None:
            return None if channel is None else channel[index]

        return Detail(layer.indices, layer.dpos_m[index], row(layer.drot_rad), row(layer.dlogscale), row(layer.dcolour))
