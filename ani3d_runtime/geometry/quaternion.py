"""Quaternions, wxyz, Hamilton convention; every function works on [..., 4] arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array


def normalised(quats_wxyz: NDArray[Any]) -> Float64Array:
    """[..., 4] scaled to unit length."""
    quats = np.asarray(quats_wxyz, dtype=np.float64)
    return quats / np.linalg.norm(quats, axis=-1, keepdims=True)


def conjugate(quats_wxyz: NDArray[Any]) -> Float64Array:
    """[..., 4] the inverse rotation of a unit quaternion."""
    return np.asarray(quats_wxyz, dtype=np.float64) * np.array([1.0, -1.0, -1.0, -1.0])


def multiply(left_wxyz: NDArray[Any], right_wxyz: NDArray[Any]) -> Float64Array:
    """[..., 4] left ⊗ right: rotates by ``right`` first."""
    lw, lx, ly, lz = np.moveaxis(np.asarray(left_wxyz, dtype=np.float64), -1, 0)
    rw, rx, ry, rz = np.moveaxis(np.asarray(right_wxyz, dtype=np.float64), -1, 0)
    return np.stack(
        [
            lw * rw - lx * rx - ly * ry - lz * rz,
            lw * rx + lx * rw + ly * rz - lz * ry,
            lw * ry - lx * rz + ly * rw + lz * rx,
            lw * rz + lx * ry - ly * rx + lz * rw,
        ],
        axis=-1,
    )


def rotate(quats_wxyz: NDArray[Any], vectors: NDArray[Any]) -> Float64Array:
    """[..., 3] vectors turned by unit quaternions."""
    quats = np.asarray(quats_wxyz, dtype=np.float64)
    vectors = np.asarray(vectors, dtype=np.float64)
    axis = quats[..., 1:]
    twice = 2 * np.cross(axis, vectors)
    return vectors + quats[..., :1] * twice + np.cross(axis, twice)


def matrix_from_quaternion(quats_wxyz: NDArray[Any]) -> Float64Array:
    """[..., 3, 3] rotation matrices of unit quaternions."""
    w, x, y, z = np.moveaxis(np.asarray(quats_wxyz, dtype=np.float64), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quaternion_from_matrix(matrices: NDArray[Any]) -> Float64Array:
    """[..., 4] unit quaternions with w >= 0 of rotation matrices [..., 3, 3].

    Shepperd's method: the largest of the four components is found first, so that no square root is near zero.
    """
    m = np.asarray(matrices, dtype=np.float64)
    m00, m11, m22 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    trace = m00 + m11 + m22
    candidates = np.stack([trace, m00, m11, m22], axis=-1)
    largest = candidates.argmax(axis=-1)
    a, b, c = m[..., 2, 1], m[..., 0, 2], m[..., 1, 0]
    d, e, f = m[..., 1, 2], m[..., 2, 0], m[..., 0, 1]
    options = np.stack(
        [
            np.stack([1 + trace, a - d, b - e, c - f], axis=-1),
            np.stack([a - d, 1 + m00 - m11 - m22, c + f, b + e], axis=-1),
            np.stack([b - e, c + f, 1 + m11 - m00 - m22, a + d], axis=-1),
            np.stack([c - f, b + e, a + d, 1 + m22 - m00 - m11], axis=-1),
        ],
        axis=-2,
    )
    quats = np.take_along_axis(options, largest[..., None, None], axis=-2)[..., 0, :]
    quats = normalised(quats)
    return np.where(quats[..., :1] < 0, -quats, quats)


def quaternion_from_rotation_vector(vectors_rad: NDArray[Any]) -> Float64Array:
    """exp: [..., 3] rotation vectors to [..., 4] unit quaternions."""
    vectors = np.asarray(vectors_rad, dtype=np.float64)
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    # np.sinc(x) = sin(pi x) / (pi x), which is finite at zero.
    return np.concatenate([np.cos(angle / 2), 0.5 * np.sinc(angle / (2 * np.pi)) * vectors], axis=-1)


def rotation_vector_from_quaternion(quats_wxyz: NDArray[Any]) -> Float64Array:
    """log: [..., 4] unit quaternions to [..., 3] rotation vectors of at most pi."""
    quats = np.asarray(quats_wxyz, dtype=np.float64)
    quats = np.where(quats[..., :1] < 0, -quats, quats)
    sine = np.linalg.norm(quats[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, quats[..., :1])
    factor = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)
    return factor * quats[..., 1:]


def slerp(start_wxyz: NDArray[Any], end_wxyz: NDArray[Any], fraction: float | NDArray[Any]) -> Float64Array:
    """[..., 4] the shorter arc from ``start`` to ``end`` at ``fraction`` 0..1."""
    start = np.asarray(start_wxyz, dtype=np.float64)
    step = rotation_vector_from_quaternion(multiply(end_wxyz, conjugate(start)))
    return multiply(quaternion_from_rotation_vector(step * np.asarray(fraction)), start)
