"""Unit quaternions as smallest three: the largest component is left out and follows from the others."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array

# The three smaller components lie within 1/sqrt(2) to either side of zero.
_RANGE = 1 / math.sqrt(2)
# For each component the other three, in the order wxyz.
OTHER_COMPONENTS = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])


def pack_smallest_three(quats_wxyz: Float32Array, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """[n] index of the largest component and [3, n] the others in steps of 1 / (steps sqrt 2), in the order wxyz."""
    quats = quats_wxyz.astype(np.float64)
    largest = np.abs(quats).argmax(axis=1)
    signs = np.where(np.take_along_axis(quats, largest[:, None], axis=1) < 0, -1.0, 1.0)
    others = OTHER_COMPONENTS[largest]
    three = np.take_along_axis(quats * signs, others, axis=1)
    return largest.astype(np.int64), np.rint(three * (steps / _RANGE)).astype(np.int64).T


def unpack_smallest_three(largest: Int32Array, three: np.ndarray, steps: int) -> Float32Array | None:
    """[n, 4] unit quaternions, or None where an index or component is out of range."""
    if largest.min() < 0 or largest.max() > 3 or np.abs(three.astype(np.int64)).max() > steps:
        return None
    small = three.T * np.float64(_RANGE / steps)
    quats = np.empty((len(largest), 4))
    np.put_along_axis(quats, OTHER_COMPONENTS[largest], small, axis=1)
    rest = np.sqrt(np.maximum(0.0, 1 - (small * small).sum(axis=1)))
    np.put_along_axis(quats, largest[:, None].astype(np.int64), rest[:, None], axis=1)
    return (quats / np.linalg.norm(quats, axis=1, keepdims=True)).astype(np.float32)
