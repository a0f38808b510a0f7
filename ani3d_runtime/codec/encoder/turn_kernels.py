# pyright: basic
"""Rotations of Gaussians: what detail must add to the nodes' rotation, and how far a decoded shape is off."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel

# Share of the shape bound that a left-out spin about a near-symmetry axis may use.
_SPIN_SHARE = 0.35


@inner()
def _product(a, b):
    return (
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    )


@inner()
def _conjugate(a):
    return (a[0], -a[1], -a[2], -a[3])


@inner()
def _exp(v0, v1, v2):
    angle = math.sqrt(v0 * v0 + v1 * v1 + v2 * v2)
    factor = 0.5
    if angle > 1e-8:
        factor = math.sin(0.5 * angle) / angle
    return (math.cos(0.5 * angle), factor * v0, factor * v1, factor * v2)


@inner()
def _log(q):
    sign = -1.0 if q[0] < 0 else 1.0
    sine = math.sqrt(q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    factor = 2.0
    if sine > 1e-9:
        factor = 2.0 * math.atan2(sine, sign * q[0]) / sine
    return (sign * factor * q[1], sign * factor * q[2], sign * factor * q[3])


@inner()
def _quaternion(row):
    return (float(row[0]), float(row[1]), float(row[2]), float(row[3]))


@parallel_kernel(chunk=64)
def rotation_targets(
    first, last, turns, source_quats, decoded_quats, carried, scales, spins_free, bounds, widest, targets, tolerances
):
    """Rotation vectors that take what the nodes give to what the source says.

    Where two axes of a Gaussian are so alike that the spin in their plane does not show, the spin is left out.

    Args:
        turns: [F, S, 3] source rotation vectors; [0, S, 3] where the source has none.
        source_quats, decoded_quats: [S, 4] rest rotations.
        carried: [S, F, 4] r_i.
        scales: [S, 3] decoded scales, enlarged by the most that the group scales them.
        spins_free: [S] whether spins may be left out; not where a Gaussian stretches, which would make them show.
        bounds: [S] on the shape error, metres.
        widest: largest tolerance, rad.
        targets: [S, F, 3] out; tolerances: [S] out.
    """
    frames = carried.shape[1]
    for i in range(first, last):
        s = scales[i]
        axis = 0
        spread = 1e30
        reach = 0.0
        for a in range(3):
            difference = abs(s[(a + 1) % 3] - s[(a + 2) % 3])
            reach = max(reach, difference if spins_free[i] else s[a])
            if difference < spread:
                spread = difference
                axis = a
        source = _quaternion(source_quats[i])
        decoded = _quaternion(decoded_quats[i])
        largest_spin = 0.0
        for spinless in range(1 if spins_free[i] else 0, -1, -1):
            largest_spin = 0.0
            for t in range(frames):
                turn = (1.0, 0.0, 0.0, 0.0)
                if len(turns):
                    turn = _exp(float(turns[t, i, 0]), float(turns[t, i, 1]), float(turns[t, i, 2]))
                wanted = _product(turn, source)
                base = _product(_quaternion(carried[i, t]), decoded)
                if spinless:
                    local = _product(_conjugate(base), wanted)
                    length = math.sqrt(local[0] * local[0] + local[1 + axis] * local[1 + axis])
                    if length > 1e-6:
                        c = local[0] / length
                        sine = local[1 + axis] / length
                        largest_spin = max(largest_spin, 2.0 * abs(c * sine))
                        if axis == 0:
                            spin = (c, sine, 0.0, 0.0)
                        elif axis == 1:
                            spin = (c, 0.0, sine, 0.0)
                        else:
                            spin = (c, 0.0, 0.0, sine)
                        wanted = _product(wanted, _conjugate(spin))
                v = _log(_product(wanted, _conjugate(base)))
                targets[i, t, 0] = v[0]
                targets[i, t, 1] = v[1]
                targets[i, t, 2] = v[2]
            if largest_spin * spread <= _SPIN_SHARE * bounds[i]:
                break
        left = bounds[i] - (largest_spin * spread if spinless else 0.0)
        tolerances[i] = min(widest, left / max(reach, 1e-9))
        _unwrap(targets[i])


@inner()
def _unwrap(track):
    """Add whole turns to rotation vectors so that each lies nearest the frame before."""
    for t in range(1, len(track)):
        angle = math.sqrt(track[t, 0] ** 2 + track[t, 1] ** 2 + track[t, 2] ** 2)
        if angle < 1e-6:
            continue
        along = (track[t, 0] * track[t - 1, 0] + track[t, 1] * track[t - 1, 1] + track[t, 2] * track[t - 1, 2]) / angle
        turns = np.rint((along - angle) / (2 * math.pi))
        if turns != 0.0:
            factor = np.float32(1 + turns * 2 * math.pi / angle)
            track[t, 0] *= factor
            track[t, 1] *= factor
            track[t, 2] *= factor


@inner()
def _axes(q):
    w, x, y, z = q
    return (
        1 - 2 * (y * y + z * z),
        2 * (x * y - w * z),
        2 * (x * z + w * y),
        2 * (x * y + w * z),
        1 - 2 * (x * x + z * z),
        2 * (y * z - w * x),
        2 * (x * z - w * y),
        2 * (y * z + w * x),
        1 - 2 * (x * x + y * y),
    )


@parallel_kernel(chunk=64)
def shape_errors(
    first,
    last,
    turns,
    stretches,
    source_rows,
    detail,
    decoded_stretches,
    detail_rows,
    source_quats,
    decoded_quats,
    carried,
    scales,
    out,
):
    """How far decoded shapes are off, [S, F] metres: Frobenius norm of the difference of sqrt(covariance), over sqrt 2.

    ``turns`` and ``stretches`` [F, n, 3] are the source's, ``detail`` and ``decoded_stretches`` [F, n, 3] the decoded
    rotation vectors and log-scales; any of them may have length 0 where it is all zero. ``source_rows`` and
    ``detail_rows`` [S] say which of their rows is a Gaussian's, -1 for none.
    """
    for i in range(first, last):
        source = _quaternion(source_quats[i])
        decoded = _quaternion(decoded_quats[i])
        row = source_rows[i]
        told = detail_rows[i]
        for t in range(out.shape[1]):
            wanted = source
            if row >= 0 and len(turns):
                v = turns[t, row]
                wanted = _product(_exp(float(v[0]), float(v[1]), float(v[2])), source)
            given = _product(_quaternion(carried[i, t]), decoded)
            if told >= 0 and len(detail):
                v = detail[t, told]
                given = _product(_exp(float(v[0]), float(v[1]), float(v[2])), given)
            p = _axes(wanted)
            q = _axes(given)
            total = 0.0
            for a in range(3):
                s = float(scales[i, a])
                if row >= 0 and len(stretches):
                    s *= math.exp(stretches[t, row, a])
                for b in range(3):
                    z = float(scales[i, b])
                    if told >= 0 and len(decoded_stretches):
                        z *= math.exp(decoded_stretches[t, told, b])
                    cosine = p[a] * q[b] + p[a + 3] * q[b + 3] + p[a + 6] * q[b + 6]
                    # sum_ab (s_a - z_b)^2 cos^2 is the squared Frobenius norm, without cancellation.
                    total += (s - z) * (s - z) * cosine * cosine
            out[i, t] = math.sqrt(0.5 * total)


@parallel_kernel(chunk=256)
def vector_errors(first, last, wanted, source_rows, given, detail_rows, start, out):
    """Lengths [S, F] of given - wanted + start, with rows as in :func:`shape_errors` and ``start`` [S, F, 3]."""
    for i in range(first, last):
        row = source_rows[i]
        told = detail_rows[i]
        for t in range(out.shape[1]):
            total = 0.0
            for a in range(3):
                value = float(start[i, t, a])
                if told >= 0 and len(given):
                    value += given[t, told, a]
                if row >= 0 and len(wanted):
                    value -= wanted[t, row, a]
                total += value * value
            out[i, t] = math.sqrt(total)
