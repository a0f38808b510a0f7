"""Merging Gaussians pair by pair until few are left, each standing for a cluster.

Ward's criterion: the pair goes first whose union adds least to the sum of squared distances within clusters, weighted
by how much of a Gaussian is seen. Distances are in space and, scaled, in colour; parts stay apart. Pairs that are
each other's best are merged, many in a round, the cheapest first, so that the result is that of merging one by one
nearly always.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array, UInt8Array
from ani3d_runtime.codec.encoder.neighbour_tree import NeighbourTree

_CANDIDATES = 8
# Of the clusters that are left, so many may be merged away in one round: many while they are small and alike.
_SHARE_AT_FIRST, _SHARE_LATER = 0.2, 0.08
# Metres between parts, far more than any avatar measures.
_PART_DISTANCE_M = 1e3


@dataclass(frozen=True)
class Clustering:
    """Every Gaussian in one cluster, and one of each cluster that stands for it.

    Attributes:
        representatives: [n] which Gaussians stand for clusters, rising.
        owners: [N] for each Gaussian, the representative of its cluster.
    """

    representatives: Int32Array
    owners: Int32Array


def clusterings(
    points: Float64Array, parts: UInt8Array, weights: Float64Array, sizes: Float64Array, counts: list[int]
) -> list[Clustering]:
    """Clusterings of so many clusters each, each a coarser one of that before it.

    Representatives of a coarser clustering are among those of the finer one. There are more clusters than asked for
    where that many parts occur.

    Args:
        points: [N, d] positions and what else makes Gaussians unlike each other, in metres.
        parts: [N] that are not mixed.
        weights: [N] > 0, how much of each is seen.
        sizes: [N] the largest of a cluster stands for it.
        counts: how many clusters, falling.
    """
    state = _Clusters(points, parts, weights, sizes)
    found: list[Clustering] = []
    for count in counts:
        while state.count > count and state.merge(state.count - count):
            pass
        found.append(state.clustering())
    return found


class _Clusters:
    """Clusters as they are after some rounds; a cluster is named after one of its Gaussians."""

    def __init__(self, points: Float64Array, parts: UInt8Array, weights: Float64Array, sizes: Float64Array) -> None:
        self._points = points.copy()
        self._parts = parts
        self._sizes = sizes
        self._weights = weights.copy()
        self._alive = np.arange(len(parts))
        self._names = np.arange(len(parts))
        self._representatives = np.arange(len(parts))

    @property
    def count(self) -> int:
        return len(self._alive)

    def clustering(self) -> Clustering:
        owners = self._representatives[self._names]
        return Clustering(np.unique(owners).astype(np.int32), owners.astype(np.int32))

    def merge(self, most: int) -> bool:
        """One round of at most so many unions; False where no two clusters may be united."""
        first, second = self._pairs()
        share = _SHARE_AT_FIRST if 2 * self.count > len(self._parts) else _SHARE_LATER
        most = min(most, max(int(share * self.count), 1))
        first, second = first[:most], second[:most]
        if not len(first):
            return False
        ours, theirs = self._weights[first, None], self._weights[second, None]
        self._points[first] = (ours * self._points[first] + theirs * self._points[second]) / (ours + theirs)
        self._weights[first] += self._weights[second]
        self._represent(first, second)
        renamed = np.arange(len(self._parts))
        renamed[second] = first
        self._names = renamed[self._names]
        self._alive = np.setdiff1d(self._alive, second, assume_unique=True)
        return True

    def _represent(self, first: np.ndarray, second: np.ndarray) -> None:
        """Of two representatives, the larger one stands for the union, and of equals the one that comes first.

        Nearness to the middle would make packages 6 % larger: others are predicted best from large Gaussians.
        """
        ours, theirs = self._representatives[first], self._representatives[second]
        self._representatives[first] = np.where(self._sizes[ours] >= self._sizes[theirs], ours, theirs)

    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of clusters that are each other's best, the cheapest first; the lower name comes first."""
        alive = self._alive
        parts = self._parts[alive, None].astype(np.float32) * np.float32(_PART_DISTANCE_M)
        points = np.concatenate([self._points[alive].astype(np.float32), parts], axis=1)
        nearest, squared = NeighbourTree(points).nearest(points, min(_CANDIDATES, len(alive)))
        here = np.arange(len(alive))
        ours, theirs = self._weights[alive, None], self._weights[alive[nearest]]
        may = (nearest != here[:, None]) & (self._parts[alive[nearest]] == self._parts[alive, None])
        costs = np.where(may, squared * ours * theirs / (ours + theirs), np.inf)
        choice = costs.argmin(axis=1)
        best, price = nearest[here, choice], costs[here, choice]
        is_pair = np.isfinite(price) & (best[best] == here)
        if not is_pair.any() and np.isfinite(price).any():
            # No two are each other's best among the neighbours that were looked at: the cheapest union goes ahead.
            cheapest = int(price.argmin())
            best[best[cheapest]] = cheapest
            is_pair[[cheapest, best[cheapest]]] = True
        lower = np.flatnonzero(is_pair & (best > here))
        lower = lower[np.argsort(price[lower], kind="stable")]
        return alive[lower], alive[best[lower]]
