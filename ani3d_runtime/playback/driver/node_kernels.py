# pyright: basic
"""Numba kernels of the driver: XPBD on control nodes, and what the runtime equation needs of where they went.

Macklin et al., "Small Steps in Physics Simulation", SCA 2019: many substeps with one sweep over the links each.
docs/driver.md has the same in words and formulas for other languages.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.geometry.matrix_kernels import adjugate_into
from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.playback.deform_kernels import write_quaternion

# Links of a node pull its rotation towards their own; this much of their strength holds it where it was at rest.
_REST_PULL = 0.02
# Newton's steps to the trace of the stretch, most of them far fewer; relative size of the last one.
_ROOT_ROUNDS, _ROOT_PRECISION = 40, 1e-10
# Below this, relative to a bundle's size, a half turn either way fits as well.
_UNDECIDED = 1e-12
# A blended skinning matrix flatter than this is not inverted: two joints turn the node opposite ways.
_FLATTEST = 0.05
_AIR_LIMIT = 0.3


@kernel()
def carry(joints, weights, transforms, matrices):
    """matrices [M, 3, 4] = blended skinning transforms [J, 3, 4] of every node."""
    for n in range(len(joints)):
        for a in range(3):
            for b in range(4):
                total = 0.0
                for k in range(4):
                    total += weights[n, k] * transforms[joints[n, k], a, b]
                matrices[n, a, b] = total


@kernel()
def place(matrices, points, out):
    """out [M, 3] = points [M, 3] of the rest pose, each carried by its own matrix."""
    for n in range(len(points)):
        for a in range(3):
            out[n, a] = matrices[n, a, 3]
            for b in range(3):
                out[n, a] += matrices[n, a, b] * points[n, b]


@inner()
def _brake(v, normal, drag, h):
    """Air: along the normal of cloth as it meets the air, and on all sides where there is no normal."""
    x, y, z = normal[0], normal[1], normal[2]
    if x == 0.0 and y == 0.0 and z == 0.0:
        speed = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
        keep = 1.0 / (1.0 + h * drag * speed)
        for a in range(3):
            v[a] *= keep
        return
    speed = v[0] * x + v[1] * y + v[2] * z
    loss = min(drag * h * np.sqrt(abs(speed)), _AIR_LIMIT) * speed
    v[0] -= loss * x
    v[1] -= loss * y
    v[2] -= loss * z


@inner()
def _resistances(mobility, first, second, compliances, h):
    """[L] what a link's stretch is divided by; 0 for links whose ends both are pinned."""
    result = np.zeros(len(first))
    for k in range(len(first)):
        total = mobility[first[k]] + mobility[second[k]]
        if total > 0.0:
            result[k] = total + compliances[k] / (h * h)
    return result


@inner()
def _solve_links(x, mobility, first, second, lengths, resistances):
    for k in range(len(first)):
        if resistances[k] == 0.0:
            continue
        i, j = first[k], second[k]
        dx, dy, dz = x[i, 0] - x[j, 0], x[i, 1] - x[j, 1], x[i, 2] - x[j, 2]
        length = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-12
        step = -(length - lengths[k]) / (resistances[k] * length)
        a, b = mobility[i] * step, mobility[j] * step
        x[i, 0] += a * dx
        x[i, 1] += a * dy
        x[i, 2] += a * dz
        x[j, 0] -= b * dx
        x[j, 1] -= b * dy
        x[j, 2] -= b * dz


@kernel()
def keep_outside(x, before, mobility, start, end, radii, gaps, friction, a, share):
    """Push nodes out of capsules by ``gaps`` [Q, M], and slow their sliding; ``start``, ``end`` are [Q, 2, 3]."""
    for q in range(len(radii)):
        ax = start[q, 0, 0] * (1 - a) + end[q, 0, 0] * a
        ay = start[q, 0, 1] * (1 - a) + end[q, 0, 1] * a
        az = start[q, 0, 2] * (1 - a) + end[q, 0, 2] * a
        bx = start[q, 1, 0] * (1 - a) + end[q, 1, 0] * a - ax
        by = start[q, 1, 1] * (1 - a) + end[q, 1, 1] * a - ay
        bz = start[q, 1, 2] * (1 - a) + end[q, 1, 2] * a - az
        along = 1.0 / (bx * bx + by * by + bz * bz + 1e-12)
        # Most nodes are not even in the box around the capsule.
        wide = max(radii[q, 0], radii[q, 1])
        left, right = min(ax, ax + bx) - wide, max(ax, ax + bx) + wide
        bottom, top = min(ay, ay + by) - wide, max(ay, ay + by) + wide
        back, front = min(az, az + bz) - wide, max(az, az + bz) + wide
        for i in range(len(x)):
            gap = gaps[q, i]
            if mobility[i] == 0.0 or not (
                bottom - gap < x[i, 1] < top + gap
                and left - gap < x[i, 0] < right + gap
                and back - gap < x[i, 2] < front + gap
            ):
                continue
            px, py, pz = x[i, 0] - ax, x[i, 1] - ay, x[i, 2] - az
            u = min(max((px * bx + py * by + pz * bz) * along, 0.0), 1.0)
            reach = radii[q, 0] * (1 - u) + radii[q, 1] * u + gap
            nx, ny, nz = px - u * bx, py - u * by, pz - u * bz
            squared = nx * nx + ny * ny + nz * nz
            if squared >= reach * reach:
                continue
            distance = np.sqrt(squared) + 1e-9
            nx, ny, nz = nx / distance, ny / distance, nz / distance
            depth = reach - distance
            x[i, 0] += depth * nx
            x[i, 1] += depth * ny
            x[i, 2] += depth * nz
            mx = x[i, 0] - before[i, 0]
            my = x[i, 1] - before[i, 1]
            mz = x[i, 2] - before[i, 2]
            mx -= ((end[q, 0, 0] - start[q, 0, 0]) * (1 - u) + (end[q, 1, 0] - start[q, 1, 0]) * u) * share
            my -= ((end[q, 0, 1] - start[q, 0, 1]) * (1 - u) + (end[q, 1, 1] - start[q, 1, 1]) * u) * share
            mz -= ((end[q, 0, 2] - start[q, 0, 2]) * (1 - u) + (end[q, 1, 2] - start[q, 1, 2]) * u) * share
            through = mx * nx + my * ny + mz * nz
            x[i, 0] -= friction[i] * (mx - through * nx)
            x[i, 1] -= friction[i] * (my - through * ny)
            x[i, 2] -= friction[i] * (mz - through * nz)


@kernel()
def gaps_kept(rest, ends, radii, thickness, gaps):
    """gaps [Q, M] = what nodes keep away from capsules [Q, 2, 3]: ``thickness``, or what they do at rest if less."""
    for q in range(len(radii)):
        ax, ay, az = ends[q, 0, 0], ends[q, 0, 1], ends[q, 0, 2]
        bx, by, bz = ends[q, 1, 0] - ax, ends[q, 1, 1] - ay, ends[q, 1, 2] - az
        along = 1.0 / (bx * bx + by * by + bz * bz + 1e-12)
        for i in range(len(rest)):
            px, py, pz = rest[i, 0] - ax, rest[i, 1] - ay, rest[i, 2] - az
            u = min(max((px * bx + py * by + pz * bz) * along, 0.0), 1.0)
            nx, ny, nz = px - u * bx, py - u * by, pz - u * bz
            there = np.sqrt(nx * nx + ny * ny + nz * nz) - radii[q, 0] * (1 - u) - radii[q, 1] * u
            gaps[q, i] = min(thickness[i], there)


@kernel()
def advance(
    x, v, mobility, follow, damping, drag, gaps, friction, normals,
    first, second, lengths, compliances, targets_start, targets_end, capsules_start, capsules_end, radii,
    carrier, gravity, max_speed, duration, substeps,
):  # fmt: skip
    """Advance positions ``x`` and velocities ``v`` [M, 3] in place by ``duration`` seconds."""
    h = duration / substeps
    before = np.empty_like(x)
    resistances = _resistances(mobility, first, second, compliances, h)
    for s in range(substeps):
        a = (s + 1) / substeps
        for i in range(len(x)):
            for k in range(3):
                before[i, k] = x[i, k]
            if mobility[i] == 0.0:
                for k in range(3):
                    x[i, k] = targets_start[i, k] * (1 - a) + targets_end[i, k] * a
                continue
            _brake(v[i], normals[i], drag[i], h)
            keep = 1.0 / (1.0 + h * damping[i])
            speed = 0.0
            for k in range(3):
                v[i, k] = (v[i, k] - carrier[k]) * keep
                speed += v[i, k] * v[i, k]
            limit = min(1.0, max_speed / (np.sqrt(speed) + 1e-12))
            pull = 1.0 / (1.0 + follow[i] / (h * h))
            for k in range(3):
                v[i, k] = v[i, k] * limit + carrier[k]
                if k == 1:
                    v[i, k] -= gravity * h
                x[i, k] += h * v[i, k]
                x[i, k] += pull * (targets_start[i, k] * (1 - a) + targets_end[i, k] * a - x[i, k])
        _solve_links(x, mobility, first, second, lengths, resistances)
        keep_outside(x, before, mobility, capsules_start, capsules_end, radii, gaps, friction, a, 1.0 / substeps)
        for i in range(len(x)):
            for k in range(3):
                v[i, k] = (x[i, k] - before[i, k]) / h


@inner()
def _inverse(m, out):
    """Inverse of the 3x3 part of m [3, 4] into out [3, 3]; the transpose where m is all but flat."""
    det = adjugate_into(m, out)
    if not det > _FLATTEST:
        for a in range(3):
            for b in range(3):
                out[a, b] = m[b, a]
        return
    s = 1.0 / det
    for a in range(3):
        for b in range(3):
            out[a, b] *= s


@inner()
def _matrix(q, m):
    w, x, y, z = q[0], q[1], q[2], q[3]
    m[0, 0], m[0, 1], m[0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    m[1, 0], m[1, 1], m[1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    m[2, 0], m[2, 1], m[2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)


@kernel()
def displacements(matrices, rest, reach, x, v, out):
    """out [M, 3] = u, with |u| <= reach; a node beyond it, or not a number, is taken back and stopped."""
    inverse = np.empty((3, 3))
    for n in range(len(rest)):
        _inverse(matrices[n], inverse)
        squared = 0.0
        for a in range(3):
            total = -rest[n, a]
            for b in range(3):
                total += inverse[a, b] * (x[n, b] - matrices[n, b, 3])
            out[n, a] = total
            squared += total * total
        if squared <= reach * reach:
            continue
        share = reach / np.sqrt(squared) if np.isfinite(squared) else 0.0
        for a in range(3):
            out[n, a] = out[n, a] * share if share > 0.0 else 0.0
            v[n, a] = 0.0
        for a in range(3):
            x[n, a] = matrices[n, a, 3]
            for b in range(3):
                x[n, a] += matrices[n, a, b] * (rest[n, b] + out[n, b])


@kernel()
def rotations(matrices, rest, first, second, x, out):
    """out [M, 4] = q, the rotation that carries a node's links from rest to where they are; one of q and -q: that
    nearer to what ``out`` was."""
    spread, squares = _link_products(rest, first, second, x)
    inverse, c, cofactors, r = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    q = np.empty(4)
    for n in range(len(rest)):
        _inverse(matrices[n], inverse)
        for a in range(3):
            for b in range(3):
                c[a, b] = 0.0
                for k in range(3):
                    c[a, b] += inverse[a, k] * spread[n, 3 * k + b]
            c[a, a] += _REST_PULL * squares[n] + 1e-12
        if _nearest_rotation(c, cofactors, r):
            write_quaternion(r, q)
            nearer = q[0] * out[n, 0] + q[1] * out[n, 1] + q[2] * out[n, 2] + q[3] * out[n, 3] >= 0.0
            for k in range(4):
                out[n, k] = q[k] if nearer else -q[k]


@inner()
def _link_products(rest, first, second, x):
    """[M, 9] sum over a node's links of (posed) (rest)^T, row by row, and [M] of their squared rest lengths."""
    spread, squares = np.zeros((len(rest), 9)), np.zeros(len(rest))
    for k in range(len(first)):
        i, j = first[k], second[k]
        ex, ey, ez = rest[j, 0] - rest[i, 0], rest[j, 1] - rest[i, 1], rest[j, 2] - rest[i, 2]
        squared = ex * ex + ey * ey + ez * ez
        squares[i] += squared
        squares[j] += squared
        for a in range(3):
            d = x[j, a] - x[i, a]
            px, py, pz = d * ex, d * ey, d * ez
            spread[i, 3 * a] += px
            spread[i, 3 * a + 1] += py
            spread[i, 3 * a + 2] += pz
            spread[j, 3 * a] += px
            spread[j, 3 * a + 1] += py
            spread[j, 3 * a + 2] += pz
    return spread, squares


@inner()
def _nearest_rotation(c, cofactors, r):
    """r [3, 3] = the rotation nearest to c [3, 3]; False where several are. ``cofactors`` is scratch space.

    With c = r s, s symmetric: the trace of s is the largest root of Horn's quartic (Horn, "Closed-form solution of
    absolute orientation using unit quaternions", JOSA 1987), found by Newton from above; |c| and det c are the other
    invariants of s, and Cayley-Hamilton gives r.
    """
    squared, minors = 0.0, 0.0
    for a in range(3):
        below, under = (a + 1) % 3, (a + 2) % 3
        for b in range(3):
            right, beyond = (b + 1) % 3, (b + 2) % 3
            cofactors[a, b] = c[below, right] * c[under, beyond] - c[below, beyond] * c[under, right]
            squared += c[a, b] * c[a, b]
            minors += cofactors[a, b] * cofactors[a, b]
    det = c[0, 0] * cofactors[0, 0] + c[0, 1] * cofactors[0, 1] + c[0, 2] * cofactors[0, 2]
    trace = np.sqrt(3.0 * squared)
    for _ in range(_ROOT_ROUNDS):
        slope = 4.0 * (trace * (trace * trace - squared) - 2.0 * det)
        if not slope > 0.0:
            break
        value = (trace * trace - 2.0 * squared) * trace * trace - 8.0 * det * trace
        step = (value + squared * squared - 4.0 * minors) / slope
        trace -= step
        if not step > _ROOT_PRECISION * trace:
            break
    second = 0.5 * (trace * trace - squared)
    scale = trace * second - det
    if not scale > _UNDECIDED * squared * trace:
        return False
    for a in range(3):
        for b in range(3):
            cubic = 0.0
            for k in range(3):
                cubic += c[a, k] * (c[0, k] * c[0, b] + c[1, k] * c[1, b] + c[2, k] * c[2, b])
            r[a, b] = (trace * cofactors[a, b] + (trace * trace - second) * c[a, b] - cubic) / scale
    return True


@kernel()
def turned_normals(matrices, q, rest_normals, out):
    """out [M, 3] = normals of the rest pose in the world; zero stays zero."""
    m = np.empty((3, 3))
    for n in range(len(q)):
        _matrix(q[n], m)
        length = 0.0
        for a in range(3):
            out[n, a] = 0.0
            for b in range(3):
                turned = m[b, 0] * rest_normals[n, 0] + m[b, 1] * rest_normals[n, 1] + m[b, 2] * rest_normals[n, 2]
                out[n, a] += matrices[n, a, b] * turned
            length += out[n, a] * out[n, a]
        length = np.sqrt(length) + 1e-12
        for a in range(3):
            out[n, a] /= length
