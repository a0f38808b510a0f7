"""triangles_over: a surface through points that lie on cloth, for the air to push against."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix

from ani3d_runtime.arrays import Float64Array, Int32Array

# Slimmer triangles than this say nothing about which way the cloth faces.
_LEAST_SINE = 0.2


def triangles_over(points_m: Float64Array, pairs: Int32Array) -> Int32Array:
    """[F, 3] triangles of neighbours in whose circle's sphere no other neighbour lies.

    On points that are spread evenly over a surface these are about those of its Delaunay triangulation. Cloth is not
    closed by them everywhere, nor everywhere single.

    Args:
        points_m: [P, 3].
        pairs: [E, 2] which points are neighbours.
    """
    count = len(points_m)
    triples = _cliques(pairs, count)
    a, b, c = (points_m[triples[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    squared = np.einsum("ij,ij->i", normal, normal)
    sides = np.stack([np.linalg.norm(b - c, axis=1), np.linalg.norm(c - a, axis=1), np.linalg.norm(a - b, axis=1)])
    longest = np.sort(sides, axis=0)[1:].prod(axis=0)
    steep = np.sqrt(squared) > _LEAST_SINE * longest
    triples, normal, squared = triples[steep], normal[steep], squared[steep]
    a, b, c = a[steep], b[steep], c[steep]
    ab, ac = b - a, c - a
    # Centre of the circle through three points in space.
    towards = np.einsum("ij,ij->i", ac, ac)[:, None] * np.cross(np.cross(ab, ac), ab)
    towards = towards + np.einsum("ij,ij->i", ab, ab)[:, None] * np.cross(ac, np.cross(ab, ac))
    offset = towards / (2 * squared[:, None])
    radius = np.linalg.norm(offset, axis=1)
    centre = a + offset
    empty = np.ones(len(triples), dtype=bool)
    for corner in range(3):
        for other in _neighbour_columns(pairs, count, triples[:, corner]):
            known = (other[:, None] == triples).any(axis=1) | (other < 0)
            near = np.linalg.norm(points_m[other] - centre, axis=1) < radius * (1 - 1e-9)
            empty &= known | ~near
    return triples[empty].astype(np.int32)


def areas_of(points_m: Float64Array, triangles: Int32Array) -> Float64Array:
    """[F] m^2."""
    a, b, c = (points_m[triangles[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def _cliques(pairs: Int32Array, count: int) -> Int32Array:
    """[C, 3] increasing triples of points that are all neighbours of each other."""
    low, high = np.sort(pairs, axis=1).T
    after = coo_matrix((np.ones(len(pairs)), (low, high)), shape=(count, count)).tocsr()
    found: list[Int32Array] = []
    for first, second in zip(low.tolist(), high.tolist(), strict=True):
        of_first = after.indices[after.indptr[first] : after.indptr[first + 1]]
        of_second = after.indices[after.indptr[second] : after.indptr[second + 1]]
        both = np.intersect1d(of_first, of_second, assume_unique=True)
        triples = np.stack([np.full(len(both), first), np.full(len(both), second), both], axis=1)
        found.append(triples.astype(np.int32))
    return np.concatenate(found).astype(np.int32) if found else np.zeros((0, 3), np.int32)


def _neighbour_columns(pairs: Int32Array, count: int, chosen: Int32Array) -> list[Int32Array]:
    """Columns [C] of the neighbours of the chosen points, one neighbour each; −1 where there are no more."""
    degree = np.bincount(pairs.ravel(), minlength=count)
    table = np.full((count, int(degree.max(initial=0))), -1, np.int32)
    first, second = np.concatenate([pairs, pairs[:, ::-1]]).T
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    table[first, np.arange(len(first)) - np.searchsorted(first, first)] = second
    return list(table[chosen].T)
