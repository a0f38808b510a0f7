"""Locks: hair that hangs in a slender bundle, as a ponytail does, and bends like a chain.

Nodes of such a bundle that all hold on to each other make a truss, which barely bends. So each holds on to the node
before it, towards the root, and a little to the one before that.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.codec.sections.driver_model import NodeLinks

# Nodes that are farther apart belong to different bundles.
_APART_M = 0.09
_FEWEST_NODES = 4
# A bundle is so many times as long as it is wide; hair around a head is not.
_SLENDER = 3.0
# The node before lies so much nearer to the root, as a share of how far it is away.
_RISE = 0.3
_STRETCH_S2, _BEND_S2 = 1e-7, 2e-4
# Little more than its root holds a lock.
LOCK_FOLLOW_S2 = 0.05


def locks_of(node_rest_m: Float64Array, strands: np.ndarray) -> list[np.ndarray]:
    """Nodes of every slender bundle.

    Args:
        node_rest_m: [M, 3].
        strands: [M] bool, nodes of hair.
    """
    hair = np.flatnonzero(strands)
    if len(hair) < _FEWEST_NODES:
        return []
    count, labels = connected_components(_distances(node_rest_m[hair]) < _APART_M)
    bundles = [hair[labels == number] for number in range(count)]
    return [bundle for bundle in bundles if _is_slender(node_rest_m[bundle])]


def lock_links(node_rest_m: Float64Array, spread_m: Float64Array, lock: np.ndarray) -> NodeLinks:
    """Links of a lock, each to the two nodes before it.

    Args:
        spread_m: [M] how far nodes go, rms; the root is that which goes least far.
        lock: its nodes.
    """
    places = node_rest_m[lock]
    apart = _distances(places)
    depth = apart[int(spread_m[lock].argmin())]
    before = _before(apart, depth)
    found: dict[tuple[int, int], float] = {}
    for node, parent in enumerate(before):
        for other, compliance in ((parent, _STRETCH_S2), (before[parent] if parent >= 0 else -1, _BEND_S2)):
            if other >= 0:
                first, second = sorted((int(lock[node]), int(lock[other])))
                found.setdefault((first, second), compliance)
    pairs = sorted(found)
    return NodeLinks(np.array(pairs, dtype=np.int32).reshape(-1, 2), np.array([found[pair] for pair in pairs]))


def _before(apart: Float64Array, depth: Float64Array) -> Int32Array:
    """[L] the nearest node that lies clearly nearer to the root; -1 for the root."""
    before = np.full(len(apart), -1, dtype=np.int32)
    for node in np.flatnonzero(depth > 0):
        nearer = depth[node] - depth >= _RISE * apart[node]
        nearer[node] = False
        before[node] = np.where(nearer, apart[node], np.inf).argmin()
    return before


def _is_slender(places: Float64Array) -> bool:
    if len(places) < _FEWEST_NODES:
        return False
    sizes = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
    return bool(sizes[0] > _SLENDER * sizes[1])


def _distances(points: Float64Array) -> Float64Array:
    return np.linalg.norm(points[:, None] - points[None], axis=2)
