# pyright: basic
"""Numba kernel of the residual: one attached Gaussian over all frames, so that its rotation vector stays continuous."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.geometry.matrix_kernels import adjugate_into
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel


@inner()
def _inverse_into(m, out):
    """Inverse of a 3x3 matrix; returns its determinant."""
    det = adjugate_into(m, out)
    # Joints turned against each other can blend to a flat matrix; a tiny floor keeps the answer finite.
    if abs(det) < 1e-6:
        det = 1e-6 if det >= 0 else -1e-6
    for a in range(3):
        for b in range(3):
            out[a, b] /= det
    return det


@inner()
def _polar_into(m, rotation, inverse):
    """Rotation of the polar decomposition by Newton's iteration (Higham 1986)."""
    for a in range(3):
        for b in range(3):
            rotation[a, b] = m[a, b]
    for _ in range(10):
        _inverse_into(rotation, inverse)
        change = 0.0
        for a in range(3):
            for b in range(3):
                value = 0.5 * (rotation[a, b] + inverse[b, a])
                change = max(change, abs(value - rotation[a, b]))
                rotation[a, b] = value
        if change < 1e-10:
            break


@inner()
def _quaternion_into(m, q):
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    if trace > 0:
        s = np.sqrt(trace + 1.0) * 2
        q[0], q[1] = 0.25 * s, (m[2, 1] - m[1, 2]) / s
        q[2], q[3] = (m[0, 2] - m[2, 0]) / s, (m[1, 0] - m[0, 1]) / s
    elif m[0, 0] > m[1, 1] and m[0, 0] > m[2, 2]:
        s = np.sqrt(max(1e-12, 1.0 + m[0, 0] - m[1, 1] - m[2, 2])) * 2
        q[0], q[1] = (m[2, 1] - m[1, 2]) / s, 0.25 * s
        q[2], q[3] = (m[0, 1] + m[1, 0]) / s, (m[0, 2] + m[2, 0]) / s
    elif m[1, 1] > m[2, 2]:
        s = np.sqrt(max(1e-12, 1.0 + m[1, 1] - m[0, 0] - m[2, 2])) * 2
        q[0], q[1] = (m[0, 2] - m[2, 0]) / s, (m[0, 1] + m[1, 0]) / s
        q[2], q[3] = 0.25 * s, (m[1, 2] + m[2, 1]) / s
    else:
        s = np.sqrt(max(1e-12, 1.0 + m[2, 2] - m[0, 0] - m[1, 1])) * 2
        q[0], q[1] = (m[1, 0] - m[0, 1]) / s, (m[0, 2] + m[2, 0]) / s
        q[2], q[3] = (m[1, 2] + m[2, 1]) / s, 0.25 * s


@parallel_kernel(chunk=16)
def residual_of_attached(
    first,
    last,
    rest,
    joints,
    weights,
    transforms,
    particle_rest,
    positions,
    rotations,
    particles,
    shares,
    dpos,
    drot,
):
    """Fill dpos [T, S, 3] and drot [T, S, 3] of Gaussians that hang on particles.

    Args:
        rest: [S, 3]. joints, weights: [S, 4]. transforms: [T, J, 3, 4] rest pose to posed.
        particle_rest: [P, 3]. positions: [T, P, 3] and rotations: [T, P, 4] world.
        particles, shares: [S, 4] what each Gaussian hangs on.
    """
    frames = transforms.shape[0]
    for i in range(first, last):
        m, inverse, polar, q, p = np.empty((3, 4)), np.empty((3, 3)), np.empty((3, 3)), np.empty(4), np.empty(4)
        before = np.zeros(3)
        for t in range(frames):
            m[:] = 0.0
            for slot in range(4):
                w = weights[i, slot]
                if w > 0:
                    for a in range(3):
                        for b in range(4):
                            m[a, b] += w * transforms[t, joints[i, slot], a, b]
            # Each particle carries what surrounds it.
            x = y = z = 0.0
            q[:] = 0.0
            for slot in range(4):
                share = shares[i, slot]
                if share == 0.0:
                    continue
                k = particles[i, slot]
                w0, w1, w2, w3 = rotations[t, k, 0], rotations[t, k, 1], rotations[t, k, 2], rotations[t, k, 3]
                ox, oy, oz = (
                    rest[i, 0] - particle_rest[k, 0],
                    rest[i, 1] - particle_rest[k, 1],
                    rest[i, 2] - particle_rest[k, 2],
                )
                cx, cy, cz = 2 * (w2 * oz - w3 * oy), 2 * (w3 * ox - w1 * oz), 2 * (w1 * oy - w2 * ox)
                x += share * (positions[t, k, 0] + ox + w0 * cx + w2 * cz - w3 * cy)
                y += share * (positions[t, k, 1] + oy + w0 * cy + w3 * cx - w1 * cz)
                z += share * (positions[t, k, 2] + oz + w0 * cz + w1 * cy - w2 * cx)
                sign = share if q[0] * w0 + q[1] * w1 + q[2] * w2 + q[3] * w3 >= 0 else -share
                q[0] += sign * w0
                q[1] += sign * w1
                q[2] += sign * w2
                q[3] += sign * w3
            length = np.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2 + q[3] ** 2)
            for k in range(4):
                q[k] /= length
            _inverse_into(m, inverse)
            x, y, z = x - m[0, 3], y - m[1, 3], z - m[2, 3]
            for a in range(3):
                dpos[t, i, a] = inverse[a, 0] * x + inverse[a, 1] * y + inverse[a, 2] * z - rest[i, a]
            _polar_into(m, polar, inverse)
            _quaternion_into(polar, p)
            # conj(p) ⊗ q, as the rotation vector nearest to that of the frame before.
            r0 = p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3]
            r1 = p[0] * q[1] - p[1] * q[0] - p[2] * q[3] + p[3] * q[2]
            r2 = p[0] * q[2] + p[1] * q[3] - p[2] * q[0] - p[3] * q[1]
            r3 = p[0] * q[3] - p[1] * q[2] + p[2] * q[1] - p[3] * q[0]
            if r0 < 0:
                r0, r1, r2, r3 = -r0, -r1, -r2, -r3
            sine = np.sqrt(r1 * r1 + r2 * r2 + r3 * r3)
            angle = 2 * np.arctan2(sine, r0)
            if sine < 1e-9:
                nx, ny, nz, angle = 0.0, 0.0, 0.0, 0.0
            else:
                nx, ny, nz = r1 / sine, r2 / sine, r3 / sine
            along = nx * before[0] + ny * before[1] + nz * before[2]
            angle += 2 * np.pi * np.rint((along - angle) / (2 * np.pi))
            before[0], before[1], before[2] = angle * nx, angle * ny, angle * nz
            for a in range(3):
                drot[t, i, a] = before[a]
