"""RestoredVideo: one trajectory, before and after the prior; and what a restored picture covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.coarse.video import CoarseVideo
from ani3d_runtime.bake.sampling.trajectory import Trajectory

# A pixel this far from white is covered for certain; so is one whose change from the coarse picture is as large.
_CERTAIN = 0.12
_SOLID = 0.5


@dataclass(frozen=True)
class RestoredVideo:
    """One trajectory, before and after the prior.

    Attributes:
        trajectory: from where, and when.
        coarse: what the prior was given.
        rgb: [F, H, W, 3] what it made of it, 0..1 over white.
        displacement_m: [F, H, W, 3] where the prior thinks that what the coarse picture shows at a pixel has to go,
            along the camera's axes (right, up, towards the camera), weighted by coverage; None where it does not say.
    """

    trajectory: Trajectory
    coarse: CoarseVideo
    rgb: Float32Array
    displacement_m: Float32Array | None = None

    def alpha(self) -> Float32Array:
        """[F, H, W] coverage 0..1 of the restored pictures, which a prior does not tell: that of the coarse picture
        where the two agree, and elsewhere whatever is not white, or is enclosed by what is not."""
        pictures = zip(self.rgb, self.coarse.rgb, self.coarse.alpha, strict=True)
        return np.stack([_matte(rgb, coarse, alpha) for rgb, coarse, alpha in pictures])


def _matte(rgb: Float32Array, coarse_rgb: Float32Array, coarse_alpha: Float32Array) -> Float32Array:
    changed = np.clip(np.abs(rgb - coarse_rgb).max(axis=2) / _CERTAIN, 0, 1)
    coloured = np.clip((1 - rgb.min(axis=2)) / _CERTAIN, 0, 1)
    alpha = coarse_alpha + changed * (coloured - coarse_alpha)
    # White cloth that has moved over coloured cloth is no hole; a gap that the rigid layer leaves open is.
    solid = alpha > _SOLID
    enclosed = ndimage.binary_fill_holes(solid) & ~solid & (coarse_alpha > _SOLID)
    return np.where(enclosed, coarse_alpha, alpha).astype(np.float32)
