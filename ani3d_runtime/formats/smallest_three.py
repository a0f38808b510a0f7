"""Unit quaternions as the number of their largest entry and the three others.

A quaternion and its negative are one rotation, so that the largest entry can be made positive and left out. The others
lie within ±1/√2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array

_OTHERS = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])


def split_smallest(quats: Float32Array) -> tuple[NDArray[np.intp], Float64Array]:
    """Which entry is largest, [N] 0..3, and the others in order, [N, 3] within ±1, for unit quaternions [N, 4]."""
    values = quats.astype(np.float64)
    largest = np.abs(values).argmax(axis=1)
    rows = np.arange(len(values))
    sign = np.where(values[rows, largest] < 0, -1.0, 1.0)
    others = np.take_along_axis(values, _OTHERS[largest], axis=1) * sign[:, None]
    return largest, np.clip(others * np.sqrt(2), -1, 1)


def join_smallest(largest: NDArray[np.integer[Any]], others: Float64Array) -> Float32Array:
    """[N, 4] quaternions of what :func:`split_smallest` gave."""
    others = others / np.sqrt(2)
    quats = np.empty((len(others), 4))
    np.put_along_axis(quats, _OTHERS[largest], others, axis=1)
    rest = np.sqrt(np.maximum(1 - (others**2).sum(axis=1), 0))
    quats[np.arange(len(quats)), largest.astype(np.intp)] = rest
    return quats.astype(np.float32)
