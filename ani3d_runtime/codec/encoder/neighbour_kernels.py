# pyright: basic
"""The inner loops of searching neighbours in a tree of boxes.

The tree is a heap: node k has children 2k + 1 and 2k + 2, the last half of its nodes are leaves. Results are exact and
do not depend on how points are shared out among boxes: ties go to the lower index, and a box is passed over only where
rounding cannot matter.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.parallel import parallel_kernel

# Sums of squares in float32 are off by a few millionths at most, whatever the order of their terms.
_SURELY = np.float32(1 - 1e-5)
_DEEPEST = 64


@kernel()
def build_tree(points, order, ranges, low, high):
    """Share points out among boxes, halving each along its longest side.

    Args:
        points: [n, d] float32.
        order: [n] in: 0..n-1; out: indices of points, those of a box side by side.
        ranges: [K, 2] out, first and last position in ``order`` of each node.
        low, high: [K, d] float32 out, the boxes.
    """
    keys = np.empty(len(order), points.dtype)
    leaves_from = len(ranges) // 2
    ranges[0, 0], ranges[0, 1] = 0, len(order)
    for node in range(len(ranges)):
        first, last = ranges[node]
        low[node] = np.inf
        high[node] = -np.inf
        for place in range(first, last):
            for d in range(points.shape[1]):
                value = points[order[place], d]
                low[node, d] = min(low[node, d], value)
                high[node, d] = max(high[node, d], value)
        if node < leaves_from:
            longest = 0
            for d in range(points.shape[1]):
                if high[node, d] - low[node, d] > high[node, longest] - low[node, longest]:
                    longest = d
            for place in range(first, last):
                keys[place] = points[order[place], longest]
            middle = (first + last) // 2
            _select(keys, order, first, last, middle)
            ranges[2 * node + 1, 0], ranges[2 * node + 1, 1] = first, middle
            ranges[2 * node + 2, 0], ranges[2 * node + 2, 1] = middle, last


@inner()
def _select(keys, order, first, last, middle):
    """Sort ``first`` to ``last`` just so far that no key before ``middle`` is above one behind it (Hoare)."""
    left, right = first, last - 1
    while left < right:
        pivot = keys[(left + right) // 2]
        i, j = left, right
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            right = j
        elif middle >= i:
            left = i
        else:
            return


@inner(fastmath=True)
def _squared_distance(one, other):
    total = np.float32(0)
    for d in range(len(one)):
        difference = one[d] - other[d]
        total += difference * difference
    return total


@inner(fastmath=True)
def _squared_gap(point, low, high):
    """From a point to a box; 0 inside."""
    total = np.float32(0)
    for d in range(len(point)):
        outside = max(low[d] - point[d], point[d] - high[d], np.float32(0))
        total += outside * outside
    return total


@parallel_kernel(chunk=256)
def search(first, last, queries, points, order, ranges, low, high, indices, squared):
    """The nearest points of each query, nearest first, ties to the lower index.

    Args:
        queries: [Q, d] float32.
        points: [n, d] float32 in the tree's order.
        order, ranges, low, high: of :func:`build_tree`.
        indices: [Q, C] in: zeros; out: as the points were numbered before; zeros where there are too few.
        squared: [Q, C] float32 out, squared distances; infinite where there are too few.
    """
    nodes = np.empty(_DEEPEST, np.int64)
    gaps = np.empty(_DEEPEST, np.float32)
    for i in range(first, last):
        squared[i] = np.inf
        nodes[0], gaps[0] = 0, 0
        waiting = 1
        while waiting > 0:
            waiting -= 1
            node = nodes[waiting]
            if gaps[waiting] * _SURELY > squared[i, -1]:
                continue
            if node >= len(ranges) // 2:
                _scan(queries[i], points, order, ranges[node, 0], ranges[node, 1], indices[i], squared[i])
                continue
            near, far = 2 * node + 1, 2 * node + 2
            near_gap = _squared_gap(queries[i], low[near], high[near])
            far_gap = _squared_gap(queries[i], low[far], high[far])
            if far_gap < near_gap:
                near, far, near_gap, far_gap = far, near, far_gap, near_gap
            nodes[waiting], gaps[waiting] = far, far_gap
            nodes[waiting + 1], gaps[waiting + 1] = near, near_gap
            waiting += 2


@inner()
def _scan(query, points, order, first, last, indices, squared):
    """Put the points of a leaf among the nearest where they belong."""
    for place in range(first, last):
        distance = _squared_distance(query, points[place])
        index = order[place]
        slot = len(squared)
        while slot > 0 and (
            distance < squared[slot - 1] or (distance == squared[slot - 1] and index < indices[slot - 1])
        ):
            slot -= 1
            if slot + 1 < len(squared):
                squared[slot + 1] = squared[slot]
                indices[slot + 1] = indices[slot]
        if slot < len(squared):
            squared[slot] = distance
            indices[slot] = index


@kernel()
def farthest_points(points, order, ranges, low, high, chosen):
    """Fill ``chosen`` with indices of points, point 0 first, each farthest from those before it; how many are distinct.

    Args:
        points: [n, d] float32 in the tree's order.
        order, ranges, low, high: of :func:`build_tree`.
        chosen: [count] out.
    """
    distance = np.full(len(points), np.inf, dtype=np.float32)
    # Per node the largest distance in it, and the lowest index that has it.
    reach = np.full(len(ranges), np.inf, dtype=np.float32)
    farthest = np.empty(len(ranges), np.int64)
    current = np.empty(points.shape[1], points.dtype)
    places = np.empty(len(points), np.int64)
    for place in range(len(order)):
        places[order[place]] = place
    farthest[0] = 0
    for k in range(len(chosen)):
        chosen[k] = farthest[0]
        for d in range(points.shape[1]):
            current[d] = points[places[farthest[0]], d]
        _come_nearer(current, points, order, ranges, low, high, distance, reach, farthest)
        if reach[0] <= 0:
            return k + 1
    return len(chosen)


@inner()
def _come_nearer(current, points, order, ranges, low, high, distance, reach, farthest):
    """Take one more chosen point into account, wherever it may be nearer than those before it."""
    leaves_from = len(ranges) // 2
    touched = np.zeros(len(ranges), np.bool_)
    touched[0] = True
    for node in range(len(ranges)):
        if node > 0:
            touched[node] = (
                touched[(node - 1) // 2] and _squared_gap(current, low[node], high[node]) * _SURELY < reach[node]
            )
        if not touched[node] or node < leaves_from:
            continue
        reach[node], farthest[node] = -1, len(order)
        for place in range(ranges[node, 0], ranges[node, 1]):
            # One term after the other: which point is farthest decides what is written.
            total = np.float32(0)
            for d in range(len(current)):
                difference = points[place, d] - current[d]
                total += difference * difference
            distance[place] = min(distance[place], total)
            _keep_farther(distance[place], order[place], node, reach, farthest)
    for node in range(leaves_from - 1, -1, -1):
        if touched[node]:
            reach[node], farthest[node] = -1, len(order)
            for child in (2 * node + 1, 2 * node + 2):
                _keep_farther(reach[child], farthest[child], node, reach, farthest)


@inner()
def _keep_farther(distance, index, node, reach, farthest):
    if distance > reach[node] or (distance == reach[node] and index < farthest[node]):
        reach[node], farthest[node] = distance, index
