# pyright: basic
"""Numba kernels of the XPBD solver: one call advances all substeps of an interval.

Macklin et al., "Small Steps in Physics Simulation", SCA 2019: many substeps with one constraint sweep each.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.kernels import inner, kernel


@inner()
def push_air(velocities, positions, movable, triangles, wind, drag, h):
    """Air resistance on triangles, capped so that it can slow a particle but never turn it round."""
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax = positions[j, 0] - positions[i, 0]
        ay = positions[j, 1] - positions[i, 1]
        az = positions[j, 2] - positions[i, 2]
        bx = positions[k, 0] - positions[i, 0]
        by = positions[k, 1] - positions[i, 1]
        bz = positions[k, 2] - positions[i, 2]
        nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        area = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
        nx, ny, nz = nx / area, ny / area, nz / area
        vx = (velocities[i, 0] + velocities[j, 0] + velocities[k, 0]) / 3 - wind[0]
        vy = (velocities[i, 1] + velocities[j, 1] + velocities[k, 1]) / 3 - wind[1]
        vz = (velocities[i, 2] + velocities[j, 2] + velocities[k, 2]) / 3 - wind[2]
        speed = vx * nx + vy * ny + vz * nz
        change = -drag * area * speed * np.sqrt(abs(speed)) * h
        limit = 0.3 * abs(speed)
        change = min(max(change, -limit), limit)
        for q in (i, j, k):
            if movable[q]:
                velocities[q, 0] += change * nx
                velocities[q, 1] += change * ny
                velocities[q, 2] += change * nz


@inner()
def predict(positions, velocities, movable, carrier, gravity, damping, max_speed, h):
    """Explicit half of a substep: gravity, damping and the speed clamp around the carrier's velocity."""
    keep = max(0.0, 1.0 - damping * h)
    for i in range(positions.shape[0]):
        if not movable[i]:
            continue
        velocities[i, 1] -= gravity * h
        rx = (velocities[i, 0] - carrier[0]) * keep
        ry = (velocities[i, 1] - carrier[1]) * keep
        rz = (velocities[i, 2] - carrier[2]) * keep
        speed = np.sqrt(rx * rx + ry * ry + rz * rz)
        if speed > max_speed:
            rx, ry, rz = rx * max_speed / speed, ry * max_speed / speed, rz * max_speed / speed
        velocities[i, 0], velocities[i, 1], velocities[i, 2] = rx + carrier[0], ry + carrier[1], rz + carrier[2]
        for axis in range(3):
            positions[i, axis] += h * velocities[i, axis]


@inner()
def solve_links(positions, movable, pairs, lengths, compliances, h):
    """One Gauss-Seidel sweep over the distance constraints.

    Always in the same order: what a sweep leaves unsolved is then the same in every substep. Alternating sweeps look
    more even and shake the cloth with metres per second.
    """
    for link in range(pairs.shape[0]):
        i, j = pairs[link, 0], pairs[link, 1]
        mobility = (1.0 if movable[i] else 0.0) + (1.0 if movable[j] else 0.0)
        if mobility == 0.0:
            continue
        dx, dy, dz = (
            positions[i, 0] - positions[j, 0],
            positions[i, 1] - positions[j, 1],
            positions[i, 2] - positions[j, 2],
        )
        length = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-12
        stretch = length - lengths[link]
        compliance = compliances[link]
        if compliance < 0.0:
            if stretch <= 0.0:
                continue
            compliance = 0.0
        step = -stretch / (mobility + compliance / (h * h)) / length
        if movable[i]:
            positions[i, 0] += step * dx
            positions[i, 1] += step * dy
            positions[i, 2] += step * dz
        if movable[j]:
            positions[j, 0] -= step * dx
            positions[j, 1] -= step * dy
            positions[j, 2] -= step * dz


@inner()
def follow_targets(positions, movable, compliances, start, end, a, h):
    """Pinned particles go to their targets, loosely attached ones are drawn to them."""
    for i in range(positions.shape[0]):
        if not movable[i]:
            for axis in range(3):
                positions[i, axis] = start[i, axis] * (1 - a) + end[i, axis] * a
        elif compliances[i] < 1e9:
            pull = 1.0 / (1.0 + compliances[i] / (h * h))
            for axis in range(3):
                target = start[i, axis] * (1 - a) + end[i, axis] * a
                positions[i, axis] += pull * (target - positions[i, axis])


@inner()
def keep_outside(
    positions, previous, movable, near, start, end, start_normals, end_normals, a, share, thickness, friction
):
    """Push particles out of the planes through the nearest surface points, and slow their sliding.

    A particle loses the motion that took it in, and no more: ``previous`` moves along with the rest of the push. Who
    finds a plane right above it, because others are nearest now, would otherwise leave it with metres per second.
    ``share`` is the part of the interval that one substep covers.
    """
    reach = 0.08 * 0.08
    for i in range(positions.shape[0]):
        if not movable[i]:
            continue
        for q in range(near.shape[1]):
            b = near[i, q]
            if b < 0:
                break
            nx = start_normals[b, 0] * (1 - a) + end_normals[b, 0] * a
            ny = start_normals[b, 1] * (1 - a) + end_normals[b, 1] * a
            nz = start_normals[b, 2] * (1 - a) + end_normals[b, 2] * a
            rx = positions[i, 0] - (start[b, 0] * (1 - a) + end[b, 0] * a)
            ry = positions[i, 1] - (start[b, 1] * (1 - a) + end[b, 1] * a)
            rz = positions[i, 2] - (start[b, 2] * (1 - a) + end[b, 2] * a)
            depth = thickness - (rx * nx + ry * ny + rz * nz)
            if depth <= 0.0 or rx * rx + ry * ry + rz * rz > reach:
                continue
            mx = positions[i, 0] - previous[i, 0] - (end[b, 0] - start[b, 0]) * share
            my = positions[i, 1] - previous[i, 1] - (end[b, 1] - start[b, 1]) * share
            mz = positions[i, 2] - previous[i, 2] - (end[b, 2] - start[b, 2]) * share
            normal = mx * nx + my * ny + mz * nz
            positions[i, 0] += depth * nx
            positions[i, 1] += depth * ny
            positions[i, 2] += depth * nz
            excess = max(depth - max(-normal, 0.0), 0.0)
            previous[i, 0] += excess * nx
            previous[i, 1] += excess * ny
            previous[i, 2] += excess * nz
            positions[i, 0] -= friction * (mx - normal * nx)
            positions[i, 1] -= friction * (my - normal * ny)
            positions[i, 2] -= friction * (mz - normal * nz)


@kernel()
def advance(
    positions, velocities, movable, follow, targets_start, targets_end, carrier,
    pairs, lengths, compliances, triangles, wind,
    near, surface_start, surface_end, normals_start, normals_end,
    thickness, friction, damping, drag, max_speed, gravity, duration, substeps,
):  # fmt: skip
    """Advance ``positions`` and ``velocities`` in place by ``duration`` seconds."""
    h = duration / substeps
    previous = np.empty_like(positions)
    for s in range(substeps):
        a = (s + 1) / substeps
        if drag > 0.0:
            push_air(velocities, positions, movable, triangles, wind, drag, h)
        for i in range(positions.shape[0]):
            for axis in range(3):
                previous[i, axis] = positions[i, axis]
        predict(positions, velocities, movable, carrier, gravity, damping, max_speed, h)
        follow_targets(positions, movable, follow, targets_start, targets_end, a, h)
        solve_links(positions, movable, pairs, lengths, compliances, h)
        if near.shape[0] > 0:
            keep_outside(
                positions, previous, movable, near, surface_start, surface_end, normals_start, normals_end,
                a, 1.0 / substeps, thickness, friction,
            )  # fmt: skip
        for i in range(positions.shape[0]):
            for axis in range(3):
                velocities[i, axis] = (positions[i, axis] - previous[i, axis]) / h
