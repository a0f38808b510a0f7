"""How a Gaussian looks that stands for a cluster: the mean, spread, opacity and colour of the cluster."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.codec.sections.appearance import LevelAppearance
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.splats import SplatCloud

# Gaussians in place of a patch leave gaps where they are as wide as the patch's own spread, and lie over each other,
# as they do in an avatar, where their variance is so many times that.
_OVERLAP = 3.0
_LEAST_OPACITY, _MOST_OPACITY = 0.05, 0.98


def look_of_clusters(stored: SplatCloud, owners: Int32Array, weights: Float64Array) -> LevelAppearance:
    """The look of a level whose Gaussians stand for clusters.

    Args:
        stored: [N] in storage order, the level's Gaussians first.
        owners: [N] which of them stands for each.
        weights: [N] > 0, how much of each is seen.
    """
    count = int(owners.max()) + 1
    totals = np.bincount(owners, weights, count)

    def mean(values: Float64Array) -> Float64Array:
        columns = [np.bincount(owners, weights * column, count) for column in values.T]
        return np.stack(columns, axis=1) / totals[:, None]

    ours = stored.take(np.arange(count, dtype=np.int32))
    middles = mean(stored.means_m.astype(np.float64))
    turns = matrix_from_quaternion(ours.quats_wxyz.astype(np.float64))[owners]
    # Along the axes of who stands for the cluster: how far its Gaussians lie apart, and how wide they are themselves.
    apart = np.einsum("nij,ni->nj", turns, stored.means_m.astype(np.float64) - middles[owners])
    axes = matrix_from_quaternion(stored.quats_wxyz.astype(np.float64)) * stored.scales_m[:, None].astype(np.float64)
    wide = (np.einsum("nij,nik->njk", turns, axes) ** 2).sum(axis=2)
    scales = np.sqrt(mean(wide + _OVERLAP * apart**2))
    opacities = mean(stored.opacities[:, None].astype(np.float64))[:, 0]
    return LevelAppearance(
        (middles - ours.means_m).astype(np.float32),
        np.log(scales / ours.scales_m).astype(np.float32),
        np.clip(opacities, _LEAST_OPACITY, _MOST_OPACITY).astype(np.float32),
        (mean(stored.sh[:, 0].astype(np.float64)) - ours.sh[:, 0]).astype(np.float32),
    )
