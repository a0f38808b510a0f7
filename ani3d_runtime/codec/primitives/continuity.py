"""Rotation vectors without jumps, so that they can be coded along time."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array


def continuous(vectors_rad: Float64Array) -> Float64Array:
    """[F, …, 3] rotation vectors, each turned by whole turns about its axis to lie nearest the frame before."""
    result = vectors_rad.copy()
    for frame in range(1, len(result)):
        angle = np.linalg.norm(result[frame], axis=-1, keepdims=True)
        axis = np.where(angle > 1e-9, result[frame] / np.maximum(angle, 1e-9), 0.0)
        along = (result[frame - 1] * axis).sum(axis=-1, keepdims=True)
        result[frame] += np.rint((along - angle) / (2 * np.pi)) * 2 * np.pi * axis
    return result
