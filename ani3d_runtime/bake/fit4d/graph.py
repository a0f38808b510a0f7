"""NodeGraph: control nodes spread over cloth and hair, their neighbours, and which Gaussians hang on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.deformation import NODES_PER_GAUSSIAN
from ani3d_runtime.physics.grid import thin_to_blue_noise

# Points that stand for the surface while distances along it are measured.
_FIRST_SPACING_M = 0.010
_MOST_POINTS = 5000
_SURFACE_NEIGHBOURS = 8
_REACH_IN_SPACINGS = 2.6
# Gaussians whose joints differ more than this belong to different limbs, however close they lie in the rest pose.
_OTHER_LIMB = 0.8
_EDGES_PER_NODE = 8
_NEARBY_POINTS = 3


@dataclass(frozen=True)
class NodeGraph:
    """Control nodes on the rest-pose surface of what may move.

    Distances are measured along the surface, so that a hem does not hang on the leg beside it.

    Attributes:
        rest_m: [M, 3] c_n. joints, weights: [M, 4] their binding.
        freedom: [M] 0..1, of the Gaussian that each node was picked from.
        edges: [E, 2] int32 pairs of neighbouring nodes, each pair in both orders.
        members: [S] int32, increasing: the Gaussians that hang on nodes.
        indices: [S, 4] int32 nodes. shares: [S, 4] a_in; a row sums to the Gaussian's freedom, 0..1.
    """

    rest_m: Float32Array
    joints: NDArray[np.uint8]
    weights: Float32Array
    freedom: Float32Array
    edges: Int32Array
    members: Int32Array
    indices: Int32Array
    shares: Float32Array

    @property
    def count(self) -> int:
        """M, the number of nodes."""
        return len(self.rest_m)

    @classmethod
    def over(cls, avatar: Avatar, freedom: Float32Array, node_count: int) -> NodeGraph:
        """Spread nodes over the Gaussians whose freedom [N] is above zero.

        Args:
            avatar: in rest pose.
            freedom: how far each Gaussian may leave the rigid layer: 0 not at all, 1 freely.
            node_count: at most so many nodes.
        """
        members = np.flatnonzero(freedom > 0).astype(np.int32)
        surface = _Surface(avatar, members)
        chosen, distances = surface.spread(node_count)
        indices, shares = surface.hang(avatar.splats.means_m[members].astype(np.float64), distances)
        home = surface.gaussians[chosen]
        return cls(
            rest_m=np.ascontiguousarray(avatar.splats.means_m[home]),
            joints=np.ascontiguousarray(avatar.binding.joints[home]),
            weights=np.ascontiguousarray(avatar.binding.weights[home]),
            freedom=freedom[home].astype(np.float32),
            edges=_edges(distances[:, chosen]),
            members=members,
            indices=indices,
            shares=(shares * freedom[members, None]).astype(np.float32),
        )

    def carrying(self, members: Int32Array, rows: NDArray[np.int64]) -> NodeGraph:
        """The same nodes carrying Gaussians of another avatar, which hang as those in ``rows`` of this one do."""
        return replace(
            self,
            members=members,
            indices=np.ascontiguousarray(self.indices[rows]),
            shares=np.ascontiguousarray(self.shares[rows]),
        )


class _Surface:
    """Points spread over the Gaussians that may move, and ways along them."""

    def __init__(self, avatar: Avatar, members: Int32Array) -> None:
        points = avatar.splats.means_m[members].astype(np.float64)
        spacing = _FIRST_SPACING_M
        kept = thin_to_blue_noise(points, np.full(len(points), spacing))
        while kept.sum() > _MOST_POINTS:
            spacing *= max(1.1, float(np.sqrt(kept.sum() / _MOST_POINTS)))
            kept = thin_to_blue_noise(points, np.full(len(points), spacing))
        self.gaussians: Int32Array = members[kept]
        self._points: Float64Array = points[kept]
        count = len(self._points)
        distance, nearest = _nearest(self._points, self._points, min(_SURFACE_NEIGHBOURS + 1, count))
        first = np.repeat(np.arange(count), nearest.shape[1])
        second, length = nearest.ravel(), distance.ravel()
        # A sparse avatar's points lie further apart than they are thinned to.
        spacing = max(spacing, float(np.median(distance[:, min(1, distance.shape[1] - 1)])))
        binding = avatar.binding.take(self.gaussians)
        dense = np.zeros((count, avatar.skeleton.joint_count), dtype=np.float32)
        np.add.at(dense, (np.arange(count)[:, None], binding.joints), binding.weights)
        joined = (
            (first != second)
            & (length < _REACH_IN_SPACINGS * spacing)
            & (binding.parts[first] == binding.parts[second])
            & (np.abs(dense[first] - dense[second]).sum(axis=1) < _OTHER_LIMB)
        )
        first, second, length = first[joined], second[joined], length[joined]
        self._ways = coo_matrix((length, (first, second)), shape=(count, count)).tocsr()

    def spread(self, node_count: int) -> tuple[NDArray[np.int64], Float64Array]:
        """Points farthest from each other [M], and the distance of every point to each of them [M, P]."""
        count = min(node_count, len(self._points))
        chosen = np.empty(count, dtype=np.int64)
        distances = np.empty((count, len(self._points)))
        nearest = np.full(len(self._points), np.inf)
        current = int(np.argmax(self._points[:, 1]))
        for k in range(count):
            chosen[k] = current
            distances[k] = dijkstra(self._ways, directed=False, indices=current)
            np.minimum(nearest, distances[k], out=nearest)
            # Pieces without a node yet come first, the largest value of all being inf.
            current = int(np.argmax(nearest))
            if nearest[current] <= 0:
                return chosen[: k + 1], distances[: k + 1]
        return chosen, distances

    def hang(self, points: Float64Array, distances: Float64Array) -> tuple[Int32Array, Float64Array]:
        """The nearest nodes of [S, 3] points and how much they carry, falling to zero at the next one's distance."""
        gap, nearest = _nearest(self._points, points, min(_NEARBY_POINTS, len(self._points)))
        along = np.min(distances[:, nearest] + gap[None], axis=2).T
        wanted = min(NODES_PER_GAUSSIAN + 1, along.shape[1])
        ranked = np.argpartition(along, wanted - 1, axis=1)[:, :wanted]
        far = np.take_along_axis(along, ranked, axis=1)
        order = np.argsort(far, axis=1, kind="stable")
        ranked, far = np.take_along_axis(ranked, order, axis=1), np.take_along_axis(far, order, axis=1)
        carriers = min(NODES_PER_GAUSSIAN, wanted)
        reach = np.where(np.isfinite(far[:, -1:]), far[:, -1:], np.nan)
        if wanted <= NODES_PER_GAUSSIAN:
            reach = 1.5 * reach
        reach = np.where(np.isnan(reach), 2 * np.where(np.isfinite(far), far, 0).max(axis=1, keepdims=True), reach)
        falloff = np.clip(1 - far[:, :carriers] / np.maximum(reach, 1e-9), 0, 1) ** 2
        falloff[:, 0] = np.maximum(falloff[:, 0], 1e-6)
        indices = np.repeat(ranked[:, :1], NODES_PER_GAUSSIAN, axis=1).astype(np.int32)
        shares = np.zeros(indices.shape)
        indices[:, :carriers] = ranked[:, :carriers]
        shares[:, :carriers] = np.where(np.isfinite(far[:, :carriers]), falloff, 0)
        shares[:, 0] = np.where(np.isfinite(far[:, 0]), shares[:, 0], 1)
        return np.ascontiguousarray(indices), shares / shares.sum(axis=1, keepdims=True)


def _nearest(points: Float64Array, queries: Float64Array, count: int) -> tuple[Float64Array, NDArray[np.int64]]:
    distances, indices = KDTree(points).query(queries, [*range(1, count + 1)])  # pyright: ignore[reportArgumentType]
    return np.asarray(distances, dtype=np.float64), np.asarray(indices, dtype=np.int64)


def _edges(distances: Float64Array) -> Int32Array:
    """[E, 2] each node and those nearest to it along the surface, in both orders, sorted."""
    count = len(distances)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, : min(_EDGES_PER_NODE + 1, count)]
    first, second = np.repeat(np.arange(count), nearest.shape[1]), nearest.ravel()
    kept = (first != second) & np.isfinite(distances[first, second])
    pairs = np.stack([first[kept], second[kept]], axis=1)
    return np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0).astype(np.int32).reshape(-1, 2)
