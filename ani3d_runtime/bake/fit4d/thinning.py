"""thinned: an avatar of fewer, larger Gaussians that looks the same from afar, to fit small pictures with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import MAX_JOINTS_PER_GAUSSIAN, Avatar, Binding
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, quaternion_from_matrix
from ani3d_runtime.splats import SplatCloud

# The search for a cell size ends when the count is this close to the one wanted.
_CLOSE_ENOUGH = 0.03
_MOST_ROUNDS = 24
_MOST_OPACITY = 0.995


def thinned(avatar: Avatar, count: int) -> Avatar:
    """About ``count`` Gaussians, each the moments of those of one part in one cell of space.

    A merged Gaussian has the mean and covariance of its members weighted by opacity times area, and an opacity that
    covers as much as they did. An avatar that has no more than ``count`` is returned as it is.
    """
    if avatar.count <= count:
        return avatar
    means = avatar.splats.means_m.astype(np.float64)
    low, high = 1e-4, float(np.ptp(means, axis=0).max()) + 1e-3
    cells = _cells(avatar, high)
    for _ in range(_MOST_ROUNDS):
        size = float(np.sqrt(low * high))
        cells = _cells(avatar, size)
        found = int(cells.max()) + 1
        if abs(found - count) < _CLOSE_ENOUGH * count:
            break
        low, high = (size, high) if found > count else (low, size)
    return _merged(avatar, cells)


def _cells(avatar: Avatar, size_m: float) -> NDArray[np.int64]:
    """[N] the group of each Gaussian, numbered by cell; groups hold one part and one strongest joint."""
    binding = avatar.binding
    joint = np.take_along_axis(binding.joints, binding.weights.argmax(axis=1)[:, None], axis=1)
    place = np.floor(avatar.splats.means_m / size_m).astype(np.int64)
    keys = np.concatenate([binding.parts[:, None], joint, place], axis=1)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def _merged(avatar: Avatar, cells: NDArray[np.int64]) -> Avatar:
    splats, binding = avatar.splats, avatar.binding
    count = int(cells.max()) + 1
    scales = splats.scales_m.astype(np.float64)
    ordered = np.sort(scales, axis=1)
    cover = splats.opacities * ordered[:, 1] * ordered[:, 2]
    total = _summed(cover, cells, count)

    def mean_of(values: NDArray[np.floating]) -> Float64Array:
        flat = values.reshape(len(values), -1).astype(np.float64) * cover[:, None]
        sums = np.stack([_summed(column, cells, count) for column in flat.T], axis=1)
        return (sums / total[:, None]).reshape(count, *values.shape[1:])

    means = mean_of(splats.means_m)
    axes = matrix_from_quaternion(splats.quats_wxyz) * scales[:, None, :]
    offsets = splats.means_m - means[cells]
    covariance = mean_of(axes @ axes.transpose(0, 2, 1) + offsets[:, :, None] * offsets[:, None, :])
    variances, vectors = np.linalg.eigh(covariance)
    vectors[:, :, 0] *= np.sign(np.linalg.det(vectors))[:, None]
    merged_scales = np.sqrt(np.maximum(variances, 1e-10))
    area = merged_scales[:, 1] * merged_scales[:, 2]
    alone = np.bincount(cells, minlength=count)[cells] == 1
    opacities = np.clip(total / area, 0.01, _MOST_OPACITY)
    opacities[cells[alone]] = splats.opacities[alone]
    first = np.zeros(count, dtype=np.int64)
    first[cells[::-1]] = np.arange(len(cells))[::-1]
    dense = np.zeros((avatar.count, avatar.skeleton.joint_count))
    np.add.at(dense, (np.arange(avatar.count)[:, None], binding.joints), binding.weights)
    joints, weights = _strongest(mean_of(dense))
    cloud = SplatCloud.checked(
        means, quaternion_from_matrix(vectors), merged_scales, opacities, mean_of(splats.sh), name=avatar.name
    )
    parts = Binding.checked(joints, weights, binding.parts[first], joint_count=avatar.skeleton.joint_count)
    return replace(avatar, splats=cloud, binding=parts)


def _strongest(weights: Float64Array) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    width = max(MAX_JOINTS_PER_GAUSSIAN, weights.shape[1])
    padded = np.zeros((len(weights), width))
    padded[:, : weights.shape[1]] = weights
    joints = np.argsort(-padded, axis=1, kind="stable")[:, :MAX_JOINTS_PER_GAUSSIAN]
    kept = np.take_along_axis(padded, joints, axis=1)
    joints = np.where(kept > 0, joints, joints[:, :1])
    return joints.astype(np.uint8), (kept / kept.sum(axis=1, keepdims=True)).astype(np.float32)


def _summed(values: NDArray[np.floating], cells: NDArray[np.int64], count: int) -> Float64Array:
    return np.bincount(cells, weights=values, minlength=count).astype(np.float64)
