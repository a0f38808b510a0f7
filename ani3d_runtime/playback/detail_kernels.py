# pyright: basic
"""Rotations of detail between two frames, or two clips."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel

_CHUNK = 1024


def turned_between(first_rad: Float32Array, last_rad: Float32Array, shares: float | Float64Array) -> Float32Array:
    """[S, 3] rotation vectors on the shorter arc between two, which may be longer than half a turn.

    Args:
        first_rad, last_rad: [S, 3] rotation vectors.
        shares: of the last, 0..1; one for all, or [S].
    """
    between = np.empty((len(first_rad), 3), dtype=np.float32)
    shares = np.ascontiguousarray(np.broadcast_to(np.asarray(shares, dtype=np.float64), len(first_rad)))
    _fill_between(len(first_rad), np.ascontiguousarray(first_rad), np.ascontiguousarray(last_rad), shares, between)
    return between


@inner()
def _exponential(x, y, z):
    """Unit quaternion of a rotation vector."""
    angle = math.sqrt(x * x + y * y + z * z)
    share = math.sin(0.5 * angle) / angle if angle > 1e-9 else 0.5
    return math.cos(0.5 * angle), share * x, share * y, share * z


@parallel_kernel(_CHUNK)
def _fill_between(first, last, start, end, shares, between):  # pyright: ignore
    """Quaternions of both, mixed with the signs that are nearer to each other, and back to a rotation vector."""
    for row in range(first, last):
        aw, ax, ay, az = _exponential(float(start[row, 0]), float(start[row, 1]), float(start[row, 2]))
        bw, bx, by, bz = _exponential(float(end[row, 0]), float(end[row, 1]), float(end[row, 2]))
        share = shares[row] if aw * bw + ax * bx + ay * by + az * bz >= 0.0 else -shares[row]
        rest = 1.0 - shares[row]
        w, x, y, z = rest * aw + share * bw, rest * ax + share * bx, rest * ay + share * by, rest * az + share * bz
        if w < 0.0:
            w, x, y, z = -w, -x, -y, -z
        sine = math.sqrt(x * x + y * y + z * z)
        # The arc tangent needs no unit length; near the identity it is the quotient itself.
        factor = 2.0 * math.atan2(sine, w) / sine if sine > 1e-9 else 2.0 / w
        between[row, 0] = factor * x
        between[row, 1] = factor * y
        between[row, 2] = factor * z
