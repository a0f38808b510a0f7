"""Linear blend skinning of points with at most four joints, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array, UInt8Array
from ani3d_runtime.physics.solver import Surface


def strongest_four(skin_weights: NDArray[Any]) -> tuple[UInt8Array, Float32Array]:
    """The four largest of [N, J] weights, summing to one: joints [N, 4] and weights [N, 4]."""
    weights = np.asarray(skin_weights, dtype=np.float64)
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    kept = np.take_along_axis(weights, joints, axis=1)
    # Weights too small to see would only cost bits.
    kept = np.where(kept < 2e-3, 0, kept)
    kept /= kept.sum(axis=1, keepdims=True)
    return joints.astype(np.uint8), kept.astype(np.float32)


def blended(joints: NDArray[Any], weights: NDArray[Any], transforms: Float64Array) -> Float64Array:
    """M_i of the runtime equation, [N, 3, 4], from joint transforms [J, 3, 4]."""
    result = weights[:, 0, None, None].astype(np.float64) * transforms[joints[:, 0]]
    for slot in range(1, 4):
        result += weights[:, slot, None, None].astype(np.float64) * transforms[joints[:, slot]]
    return result


def carried(matrices: Float64Array, points_m: NDArray[Any]) -> Float64Array:
    """[N, 3] points through [N, 3, 4]."""
    return np.einsum("nab,nb->na", matrices[:, :, :3], points_m) + matrices[:, :, 3]


def taken_back(matrices: Float64Array, points_m: NDArray[Any]) -> Float64Array:
    """[N, 3] points through the inverse of [N, 3, 4]."""
    shifted = np.asarray(points_m, dtype=np.float64) - matrices[:, :, 3]
    return np.asarray(np.linalg.solve(matrices[:, :, :3], shifted[..., None])[..., 0], dtype=np.float64)


def polar_rotation(matrices: NDArray[Any]) -> Float64Array:
    """[N, 3, 3] rotation nearest to each [N, 3, 3] matrix, by Newton's iteration (Higham 1986)."""
    rotation: Float64Array = np.array(matrices, dtype=np.float64)
    for _ in range(12):
        inverse = np.asarray(np.linalg.inv(rotation), dtype=np.float64)
        change: Float64Array = 0.5 * (inverse.transpose(0, 2, 1) - rotation)
        rotation += change
        if np.abs(change).max(initial=0) < 1e-12:
            break
    return rotation


@dataclass(frozen=True)
class SkinnedPoints:
    """Points of a body's surface that cloth must stay outside of.

    Attributes:
        points_m: [C, 3] rest pose. normals: [C, 3] unit, rest pose.
        joints, weights: [C, 4] binding.
    """

    points_m: Float64Array
    normals: Float64Array
    joints: UInt8Array
    weights: Float32Array

    def posed(self, transforms: Float64Array) -> Surface:
        """The points under joint transforms [J, 3, 4]."""
        matrices = blended(self.joints, self.weights, transforms)
        normals = np.einsum("nab,nb->na", matrices[:, :, :3], self.normals)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        return Surface(carried(matrices, self.points_m), normals)
