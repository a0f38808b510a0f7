# pyright: basic
"""The inner loops of fitting control nodes."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.parallel import parallel_kernel

_TURNS = 12
_HINTS = 6


@parallel_kernel(chunk=4)
def local_rotations(first, last, rest, moved, hints, neighbours, rotations):
    """Rotations [T, M, 4] that best carry each node's neighbours from rest to their places in every frame.

    Müller et al. 2016, "A Robust Method to Extract the Rotational Part of Deformations", started from the frame
    before. ``hints`` [T, n, 3] or [0, 0, 3] are the neighbours' own rotation vectors; they and the frame before decide
    where the neighbours lie on a line.
    """
    frames = rotations.shape[0]
    size = neighbours.shape[1]
    for node in range(first, last):
        centre = np.zeros(3)
        for p in range(size):
            for a in range(3):
                centre[a] += rest[neighbours[node, p], a] / size
        spread = 1e-12
        for p in range(size):
            for a in range(3):
                spread += (rest[neighbours[node, p], a] - centre[a]) ** 2
        w, x, y, z = 1.0, 0.0, 0.0, 0.0
        for frame in range(frames):
            cx = np.zeros(3)
            for p in range(size):
                j = neighbours[node, p]
                for a in range(3):
                    cx[a] += (rest[j, a] + moved[frame, j, a]) / size
            m = np.zeros((3, 3))
            for p in range(size):
                j = neighbours[node, p]
                for a in range(3):
                    out = rest[j, a] + moved[frame, j, a] - cx[a]
                    for b in range(3):
                        m[a, b] += out * (rest[j, b] - centre[b])
            if len(hints):
                asked = min(size, _HINTS)
                for p in range(asked):
                    hint = hints[frame, neighbours[node, p]]
                    angle = math.sqrt(hint[0] * hint[0] + hint[1] * hint[1] + hint[2] * hint[2])
                    factor = math.sin(0.5 * angle) / angle if angle > 1e-6 else 0.5
                    _add_rotation(
                        m,
                        0.05 * spread / asked,
                        math.cos(0.5 * angle),
                        factor * hint[0],
                        factor * hint[1],
                        factor * hint[2],
                    )
            _add_rotation(m, 0.02 * spread, w, x, y, z)
            for _ in range(_TURNS):
                r = np.zeros((3, 3))
                _add_rotation(r, 1.0, w, x, y, z)
                o0 = o1 = o2 = 0.0
                dot = 0.0
                for b in range(3):
                    o0 += r[1, b] * m[2, b] - r[2, b] * m[1, b]
                    o1 += r[2, b] * m[0, b] - r[0, b] * m[2, b]
                    o2 += r[0, b] * m[1, b] - r[1, b] * m[0, b]
                    dot += r[0, b] * m[0, b] + r[1, b] * m[1, b] + r[2, b] * m[2, b]
                scale = 1.0 / (abs(dot) + 1e-12 * spread + 1e-30)
                o0 *= scale
                o1 *= scale
                o2 *= scale
                angle = math.sqrt(o0 * o0 + o1 * o1 + o2 * o2)
                if angle < 1e-5:
                    break
                s = math.sin(0.5 * angle) / angle
                c = math.cos(0.5 * angle)
                o0 *= s
                o1 *= s
                o2 *= s
                w, x, y, z = (
                    c * w - o0 * x - o1 * y - o2 * z,
                    c * x + o0 * w + o1 * z - o2 * y,
                    c * y - o0 * z + o1 * w + o2 * x,
                    c * z + o0 * y - o1 * x + o2 * w,
                )
            length = 1.0 / math.sqrt(w * w + x * x + y * y + z * z)
            w *= length
            x *= length
            y *= length
            z *= length
            rotations[frame, node, 0] = w
            rotations[frame, node, 1] = x
            rotations[frame, node, 2] = y
            rotations[frame, node, 3] = z


@inner()
def _add_rotation(m, weight, w, x, y, z):
    m[0, 0] += weight * (1 - 2 * (y * y + z * z))
    m[0, 1] += weight * 2 * (x * y - w * z)
    m[0, 2] += weight * 2 * (x * z + w * y)
    m[1, 0] += weight * 2 * (x * y + w * z)
    m[1, 1] += weight * (1 - 2 * (x * x + z * z))
    m[1, 2] += weight * 2 * (y * z - w * x)
    m[2, 0] += weight * 2 * (x * z - w * y)
    m[2, 1] += weight * 2 * (y * z + w * x)
    m[2, 2] += weight * (1 - 2 * (x * x + y * y))


@inner()
def _through_node(point, rest, displacement, rotation, out):
    """Displacement of ``point`` if it hung on one node alone."""
    d0 = point[0] - rest[0]
    d1 = point[1] - rest[1]
    d2 = point[2] - rest[2]
    w, x, y, z = rotation[0], rotation[1], rotation[2], rotation[3]
    t0 = 2 * (y * d2 - z * d1)
    t1 = 2 * (z * d0 - x * d2)
    t2 = 2 * (x * d1 - y * d0)
    out[0] = w * t0 + y * t2 - z * t1 + displacement[0]
    out[1] = w * t1 + z * t0 - x * t2 + displacement[1]
    out[2] = w * t2 + x * t1 - y * t0 + displacement[2]


@parallel_kernel(chunk=64)
def accumulate_weights(first, last, points, moved, node_rest, displacements, rotations, nodes, normal, right):
    """Normal equations [S, k, k] and [S, k] of each Gaussian's weights, added over the frames of one clip."""
    frames, slots = len(moved), nodes.shape[1]
    for i in range(first, last):
        each = np.zeros((slots, 3))
        for frame in range(frames):
            for slot in range(slots):
                n = nodes[i, slot]
                _through_node(points[i], node_rest[n], displacements[frame, n], rotations[frame, n], each[slot])
            for a in range(slots):
                for axis in range(3):
                    right[i, a] += each[a, axis] * moved[frame, i, axis]
                for b in range(a + 1):
                    total = 0.0
                    for axis in range(3):
                        total += each[a, axis] * each[b, axis]
                    normal[i, a, b] += total
    # The upper triangle mirrors the lower one when the system is solved.


@parallel_kernel(chunk=64)
def solve_weights(first, last, normal, right, start, regularisation, weights):
    """Non-negative weights that sum to one: projected gradient from ``start``, pulled a little towards it."""
    slots = start.shape[1]
    for i in range(first, last):
        a = np.zeros((slots, slots))
        trace = 1e-12
        for r in range(slots):
            trace += normal[i, r, r]
            for c in range(r + 1):
                a[r, c] = normal[i, r, c]
                a[c, r] = normal[i, r, c]
        b = np.zeros(slots)
        bound = 0.0
        for r in range(slots):
            a[r, r] += regularisation * trace / slots
            b[r] = right[i, r] + regularisation * trace / slots * start[i, r]
            row = 0.0
            for c in range(slots):
                row += abs(a[r, c])
            bound = max(bound, row)
        w = start[i].astype(np.float64)
        for _ in range(80):
            for r in range(slots):
                gradient = -b[r]
                for c in range(slots):
                    gradient += a[r, c] * w[c]
                weights[i, r] = w[r] - gradient / bound
            _project_to_simplex(weights[i], start[i], w)
        for r in range(slots):
            weights[i, r] = w[r]


@inner()
def _project_to_simplex(values, allowed, out):
    """The nearest non-negative values that sum to one; slots with an ``allowed`` of zero stay at zero."""
    for r in range(len(values)):
        out[r] = values[r] if allowed[r] > 0 else 0.0
    active = np.zeros(len(values), dtype=np.bool_)
    count = 0
    for r in range(len(values)):
        active[r] = allowed[r] > 0
        count += active[r]
    for _ in range(len(values)):
        total = 0.0
        for r in range(len(values)):
            if active[r]:
                total += out[r]
        shift = (1.0 - total) / max(count, 1)
        negative = False
        for r in range(len(values)):
            if active[r]:
                out[r] += shift
                if out[r] < 0:
                    out[r] = 0.0
                    active[r] = False
                    count -= 1
                    negative = True
        if not negative:
            break


@kernel()
def gram(nodes, weights, out):
    """W^T W [M, M] of the sparse weight matrix W [S, M]."""
    for i in range(len(nodes)):
        for a in range(nodes.shape[1]):
            for b in range(nodes.shape[1]):
                out[nodes[i, a], nodes[i, b]] += weights[i, a] * weights[i, b]


@parallel_kernel(chunk=1)
def left_over(first, last, points, moved, node_rest, displacements, rotations, nodes, weights, out):
    """W^T (moved - what the nodes give) [T, M, 3]."""
    for frame in range(first, last):
        each = np.zeros(3)
        total = np.zeros(3)
        for i in range(len(points)):
            for axis in range(3):
                total[axis] = moved[frame, i, axis]
            for slot in range(nodes.shape[1]):
                n = nodes[i, slot]
                _through_node(points[i], node_rest[n], displacements[frame, n], rotations[frame, n], each)
                for axis in range(3):
                    total[axis] -= weights[i, slot] * each[axis]
            for slot in range(nodes.shape[1]):
                for axis in range(3):
                    out[frame, nodes[i, slot], axis] += weights[i, slot] * total[axis]
