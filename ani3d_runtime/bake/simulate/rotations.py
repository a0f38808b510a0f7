# pyright: basic
"""How far each particle has turned since the rest pose, read from the particles around it."""

from __future__ import annotations

import numpy as np
from numba import njit

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.simulate.proxy import Proxy


def particle_rotations(
    proxy: Proxy, positions_m: Float64Array, previous_wxyz: Float64Array, root_wxyz: Float64Array
) -> Float64Array:
    """[P, 4] rotation of each particle from the rest pose to ``positions_m`` [P, 3].

    Args:
        previous_wxyz: [P, 4] the answer for the frame before (or a guess): sheets refine it, so that rotations are
            continuous in time even where the neighbourhood alone leaves them open.
        root_wxyz: [P, 4] rotation of the rigid layer at each particle; strands take it at their root.
    """
    if proxy.strand_nodes:
        return _strand_rotations(proxy.rest_m, positions_m, root_wxyz, proxy.strand_nodes)
    return _sheet_rotations(proxy.rest_m, positions_m, proxy.neighbours, previous_wxyz)


@njit(cache=True, nogil=True)
def _multiply(a, b):
    return np.array(
        [
            a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
            a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
            a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
            a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
        ]
    )


@njit(cache=True, nogil=True)
def _turned(q, v):
    t = 2.0 * np.cross(q[1:], v)
    return v + q[0] * t + np.cross(q[1:], t)


@njit(cache=True, nogil=True)
def _sheet_rotations(rest, now, neighbours, guess):
    """Müller et al., "A Robust Method to Extract the Rotational Part of Deformations", MIG 2016.

    Works for flat neighbourhoods, whose covariance has no inverse, and starts from the last frame's answer.
    """
    count = rest.shape[0]
    result = guess.copy()
    covariance = np.empty((3, 3))
    for i in range(count):
        covariance[:] = 0.0
        for slot in range(neighbours.shape[1]):
            j = neighbours[i, slot]
            if j < 0:
                break
            for a in range(3):
                for b in range(3):
                    covariance[a, b] += (now[j, a] - now[i, a]) * (rest[j, b] - rest[i, b])
        q = result[i].copy()
        for _ in range(24):
            torque = np.zeros(3)
            total = 1e-12
            for b in range(3):
                unit = np.zeros(3)
                unit[b] = 1.0
                column = _turned(q, unit)
                target = covariance[:, b].copy()
                torque += np.cross(column, target)
                total += abs(column[0] * target[0] + column[1] * target[1] + column[2] * target[2])
            omega = torque / total
            angle = np.sqrt((omega**2).sum())
            if angle < 1e-7:
                break
            half = 0.5 * min(angle, 2.0)
            turn = np.empty(4)
            turn[0] = np.cos(half)
            turn[1:] = np.sin(half) / angle * omega
            q = _multiply(turn, q)
            q /= np.sqrt((q**2).sum())
        result[i] = q
    return result


@njit(cache=True, nogil=True)
def _strand_rotations(rest, now, roots, nodes):
    """Parallel transport: each node turns by the least rotation that keeps its tangent on the strand."""
    count = rest.shape[0]
    result = np.empty((count, 4))
    for start in range(0, count, nodes):
        q = roots[start].copy()
        for k in range(nodes):
            i = start + k
            low, high = start + max(k - 1, 0), start + min(k + 1, nodes - 1)
            target = now[high] - now[low]
            target = target / (np.sqrt((target**2).sum()) + 1e-12)
            tangent = rest[high] - rest[low]
            tangent = _turned(q, tangent / (np.sqrt((tangent**2).sum()) + 1e-12))
            turn = np.empty(4)
            turn[0] = 1.0 + (tangent * target).sum()
            turn[1:] = np.cross(tangent, target)
            length = np.sqrt((turn**2).sum())
            # A strand folded back on itself has no least rotation; keep the last one.
            if length > 1e-4:
                q = _multiply(turn / length, q)
                q /= np.sqrt((q**2).sum())
            result[i] = q
    return result
