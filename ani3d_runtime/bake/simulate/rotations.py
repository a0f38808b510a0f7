# pyright: basic
"""How far each particle has turned since the rest pose, read from the particles around it."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.simulate.proxy import Proxy
from ani3d_runtime.kernels import inner, kernel


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


@inner()
def _turn_by(q, w, x, y, z):
    """q becomes the unit quaternion of (w, x, y, z) ⊗ q."""
    a, b, c, d = q[0], q[1], q[2], q[3]
    q[0] = w * a - x * b - y * c - z * d
    q[1] = w * b + x * a + y * d - z * c
    q[2] = w * c - x * d + y * a + z * b
    q[3] = w * d + x * c - y * b + z * a
    length = np.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2 + q[3] ** 2)
    for k in range(4):
        q[k] /= length


@inner()
def _matrix_into(q, m):
    w, x, y, z = q[0], q[1], q[2], q[3]
    m[0, 0], m[0, 1], m[0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    m[1, 0], m[1, 1], m[1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    m[2, 0], m[2, 1], m[2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)


@kernel()
def _sheet_rotations(rest, now, neighbours, guess):
    """Müller et al., "A Robust Method to Extract the Rotational Part of Deformations", MIG 2016.

    Works for flat neighbourhoods, whose covariance has no inverse, and starts from the last frame's answer.
    """
    result = guess.copy()
    covariance = np.empty((3, 3))
    m = np.empty((3, 3))
    for i in range(rest.shape[0]):
        covariance[:] = 0.0
        for slot in range(neighbours.shape[1]):
            j = neighbours[i, slot]
            if j < 0:
                break
            for a in range(3):
                for b in range(3):
                    covariance[a, b] += (now[j, a] - now[i, a]) * (rest[j, b] - rest[i, b])
        q = result[i]
        for _ in range(30):
            _matrix_into(q, m)
            x = y = z = 0.0
            total = 1e-12
            for b in range(3):
                x += m[1, b] * covariance[2, b] - m[2, b] * covariance[1, b]
                y += m[2, b] * covariance[0, b] - m[0, b] * covariance[2, b]
                z += m[0, b] * covariance[1, b] - m[1, b] * covariance[0, b]
                total += m[0, b] * covariance[0, b] + m[1, b] * covariance[1, b] + m[2, b] * covariance[2, b]
            total = max(abs(total), 1e-9)
            x, y, z = x / total, y / total, z / total
            angle = np.sqrt(x * x + y * y + z * z)
            if angle < 1e-6:
                break
            half = 0.5 * min(angle, 1.5)
            s = np.sin(half) / angle
            _turn_by(q, np.cos(half), s * x, s * y, s * z)
    return result


@kernel()
def _strand_rotations(rest, now, roots, nodes):
    """Parallel transport: each node turns by the least rotation that keeps its tangent on the strand."""
    result = np.empty((rest.shape[0], 4))
    m = np.empty((3, 3))
    q = np.empty(4)
    for start in range(0, rest.shape[0], nodes):
        for component in range(4):
            q[component] = roots[start, component]
        for k in range(nodes):
            low, high = start + max(k - 1, 0), start + min(k + 1, nodes - 1)
            _matrix_into(q, m)
            rx, ry, rz = rest[high, 0] - rest[low, 0], rest[high, 1] - rest[low, 1], rest[high, 2] - rest[low, 2]
            ax = m[0, 0] * rx + m[0, 1] * ry + m[0, 2] * rz
            ay = m[1, 0] * rx + m[1, 1] * ry + m[1, 2] * rz
            az = m[2, 0] * rx + m[2, 1] * ry + m[2, 2] * rz
            bx, by, bz = now[high, 0] - now[low, 0], now[high, 1] - now[low, 1], now[high, 2] - now[low, 2]
            scale = np.sqrt((ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz)) + 1e-18
            w = 1.0 + (ax * bx + ay * by + az * bz) / scale
            # A strand folded back on itself has no least rotation; keep the last one.
            if w > 1e-3:
                _turn_by(q, w, (ay * bz - az * by) / scale, (az * bx - ax * bz) / scale, (ax * by - ay * bx) / scale)
            for component in range(4):
                result[start + k, component] = q[component]
    return result
