"""Heading: the turn of a rotation about the vertical."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array


def heading_of(rotations_wxyz: Float64Array) -> Float64Array:
    """[T] turn about +Y, from +Z to +X, of rotations [T, 4]: the twist of swing and twist; radians, without wraps."""
    return np.unwrap(2 * np.arctan2(rotations_wxyz[:, 2], rotations_wxyz[:, 0]))


def heading_rotation(angles_rad: Float64Array) -> Float64Array:
    """[..., 4] rotations about +Y."""
    angles = np.asarray(angles_rad, dtype=np.float64)
    still = np.zeros_like(angles)
    return np.stack([np.cos(angles / 2), still, np.sin(angles / 2), still], axis=-1)
