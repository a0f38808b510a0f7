# pyright: basic
"""Which nodes are near each other, in whole cells, so that every decoder finds the same."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.kernels import kernel
from ani3d_runtime.spec.format import MODEL_MAX_NODES, MODEL_NODE_PARENTS

_NODE_BITS = (MODEL_MAX_NODES - 1).bit_length()


def node_neighbours(cells: np.ndarray) -> Int32Array:
    """[M, M] for each node all nodes, nearest first, ties to the lower index; ``cells`` are [M, 3]."""
    squared = np.empty((len(cells), len(cells)), dtype=np.int64)
    _squared_distances(cells.astype(np.int64), squared)
    if squared.max(initial=0) >= 1 << 63 - _NODE_BITS:
        return np.argsort(squared, axis=1, kind="stable").astype(np.int32)
    # The index in the lowest bits: plain sorting of numbers is many times faster than sorting indices stably.
    squared <<= _NODE_BITS
    squared |= np.arange(len(cells))
    squared.sort(axis=1)
    return (squared & ((1 << _NODE_BITS) - 1)).astype(np.int32)


def node_parents(cells: np.ndarray) -> Int32Array:
    """[M, 3] for each node the three nearest among those before it, ties to the lower index; zero for nodes 0..2."""
    parents = np.zeros((len(cells), MODEL_NODE_PARENTS), dtype=np.int32)
    _nearest_before(cells.astype(np.int64), parents)
    return parents


def nodes_by_rank(neighbours: Int32Array, nearest: Int32Array, gaps: Int32Array) -> Int32Array:
    """[H, 4] nodes.

    Args:
        neighbours: [M, M] of :func:`node_neighbours`.
        nearest: [H] rank of each Gaussian's first node among the neighbours of the first node before it (of node 0 for
            the first Gaussian), 0..M-1.
        gaps: [3, H] of rank of its other nodes, sums 0..M-1.
    """
    nodes = np.empty((len(nearest), len(gaps) + 1), dtype=np.int32)
    _follow_ranks(neighbours, nearest, gaps, nodes)
    return nodes


@kernel()
def _squared_distances(cells, out):
    for i in range(len(cells)):
        for j in range(len(cells)):
            x, y, z = cells[i, 0] - cells[j, 0], cells[i, 1] - cells[j, 1], cells[i, 2] - cells[j, 2]
            out[i, j] = x * x + y * y + z * z


@kernel()
def _nearest_before(cells, parents):
    best = np.empty(MODEL_NODE_PARENTS, np.int64)
    for node in range(MODEL_NODE_PARENTS, len(cells)):
        best[:] = np.iinfo(np.int64).max
        for other in range(node):
            x, y, z = (
                cells[node, 0] - cells[other, 0],
                cells[node, 1] - cells[other, 1],
                cells[node, 2] - cells[other, 2],
            )
            squared = x * x + y * y + z * z
            slot = MODEL_NODE_PARENTS
            while slot > 0 and squared < best[slot - 1]:
                if slot < MODEL_NODE_PARENTS:
                    best[slot] = best[slot - 1]
                    parents[node, slot] = parents[node, slot - 1]
                slot -= 1
            if slot < MODEL_NODE_PARENTS:
                best[slot] = squared
                parents[node, slot] = other


@kernel()
def _follow_ranks(neighbours, nearest, gaps, nodes):
    first = 0
    for row in range(len(nearest)):
        first = neighbours[first, nearest[row]]
        nodes[row, 0] = first
        rank = 0
        for slot in range(len(gaps)):
            rank += gaps[slot, row]
            nodes[row, slot + 1] = neighbours[first, rank]
