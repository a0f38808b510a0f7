"""NeighbourTree: which points are nearest, without a look at all of them.

What the codec compares are positions with trajectories, forty numbers that lie close to a surface; boxes around a few
points each rule nearly all others out, so that the cost of a search hardly grows with the number of points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.codec.encoder import neighbour_kernels

_POINTS_PER_LEAF = 16


class NeighbourTree:
    """A tree of boxes around points."""

    def __init__(self, points: Float32Array) -> None:
        """Build it over [n, d] points, n > 0."""
        depth = max(0, int(np.ceil(np.log2(len(points) / _POINTS_PER_LEAF))))
        nodes = (2 << depth) - 1
        self._order = np.arange(len(points), dtype=np.int32)
        self._ranges = np.zeros((nodes, 2), dtype=np.int64)
        self._low = np.empty((nodes, points.shape[1]), dtype=np.float32)
        self._high = np.empty_like(self._low)
        neighbour_kernels.build_tree(points, self._order, self._ranges, self._low, self._high)
        self._points = points[self._order]

    def nearest(self, queries: Float32Array, count: int) -> tuple[Int32Array, Float32Array]:
        """([Q, C] indices, [Q, C] squared distances) of the C nearest points of each query [Q, d], nearest first.

        Ties go to the lower index. Where there are fewer points than ``count``, indices are 0 and distances infinite.
        """
        indices = np.zeros((len(queries), count), dtype=np.int32)
        squared = np.empty((len(queries), count), dtype=np.float32)
        neighbour_kernels.search(
            len(queries), queries, self._points, self._order, self._ranges, self._low, self._high, indices, squared
        )
        return indices, squared

    def farthest(self, count: int) -> NDArray[np.int64]:
        """[count or fewer] distinct points, point 0 first, each the farthest from those before it."""
        chosen = np.empty(min(count, len(self._order)), dtype=np.int64)
        distinct = neighbour_kernels.farthest_points(
            self._points, self._order, self._ranges, self._low, self._high, chosen
        )
        return chosen[:distinct]
