"""PosedSplats: the Gaussians of one instant, in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.geometry.harmonics import evaluate_sh, rotate_sh
from ani3d_runtime.geometry.quaternion import conjugate, rotate
from ani3d_runtime.splats import SplatCloud


@dataclass(frozen=True)
class PosedSplats:
    """Posed Gaussians. Their order is the avatar's.

    Attributes:
        cloud: world-space means; quaternions and scales of the posed covariance, shear included; opacities; harmonics
            as they are in rest pose (not rotated), with the frame's colour residual added.
        view_rotations_wxyz: [N, 4] rotation of L_i (polar). A direction is taken back by it before ``cloud.sh`` is
            evaluated.
    """

    cloud: SplatCloud
    view_rotations_wxyz: Float32Array

    def colours_seen_from(self, position_m: Float32Array) -> Float32Array:
        """[N, 3] colours (0.5 + harmonics, not below 0) of every Gaussian as seen from a world-space point [3]."""
        if self.cloud.sh_degree == 0:
            return evaluate_sh(self.cloud.sh, np.array([0, 0, 1], dtype=np.float32))
        directions = self.cloud.means_m - np.asarray(position_m, dtype=np.float32)
        return evaluate_sh(self.cloud.sh, rotate(conjugate(self.view_rotations_wxyz), directions).astype(np.float32))

    def with_rotated_harmonics(self) -> SplatCloud:
        """The cloud as 3DGS viewers expect it: harmonics turned into the world."""
        return self.cloud.with_sh(rotate_sh(self.cloud.sh, self.view_rotations_wxyz))

    def take(self, order: Int32Array) -> PosedSplats:
        """The Gaussians at ``order``, in that order; ``take(package.input_order)`` restores the input file's order."""
        return PosedSplats(self.cloud.take(order), np.ascontiguousarray(self.view_rotations_wxyz[order]))
