"""Choosing the storage order: levels of detail as prefixes, neighbours side by side.

Gaussians are walked part by part along a Morton curve in blocks of 16. In each block the most important goes to
level 0, the next to level 1, then two, four and eight to levels 2, 3 and 4: every prefix of levels is spread over
the whole avatar and holds what counts most of its neighbourhood. Within a level the walk's order stays, so that
neighbours in space are neighbours in the bytes.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.sections.order import StorageOrder

_BLOCK = 16
_LEVEL_OF_RANK = np.array([0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4])


def storage_order(avatar: Avatar) -> StorageOrder:
    """Choose the order for an avatar; deterministic."""
    splats = avatar.splats
    scales = np.sort(splats.scales_m, axis=1)
    importance = splats.opacities * scales[:, 1] * scales[:, 2]
    walk = np.lexsort((morton_codes(splats.means_m), avatar.binding.parts))
    blocks = np.arange(len(walk)) // _BLOCK
    by_importance = np.lexsort((-importance[walk], blocks))
    rank = np.empty(len(walk), dtype=np.int64)
    rank[by_importance] = np.arange(len(walk)) % _BLOCK
    level = _LEVEL_OF_RANK[rank]
    permutation = walk[np.argsort(level, kind="stable")].astype(np.int32)
    sizes = np.bincount(level, minlength=int(_LEVEL_OF_RANK.max()) + 1)
    return StorageOrder(permutation, tuple(int(size) for size in sizes if size))


def morton_codes(points_m: Float32Array) -> np.ndarray:
    """[N] uint64 codes of 16 bits per axis in the points' bounding cube."""
    low = points_m.min(axis=0)
    extent = max(float((points_m.max(axis=0) - low).max()), 1e-9)
    cells = ((points_m - low) * (65535 / extent)).astype(np.uint64)
    codes = np.zeros(len(points_m), dtype=np.uint64)
    for bit in range(16):
        for axis in range(3):
            codes |= ((cells[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(3 * bit + axis)
    return codes
