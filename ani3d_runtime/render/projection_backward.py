# pyright: basic
"""Gradient of projection: from gradients of each pair of Gaussian and tile to gradients of the 3D Gaussians."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.geometry.harmonics import sh_basis, sh_basis_gradient
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel
from ani3d_runtime.render.blending_backward import (
    BY_A,
    BY_B,
    BY_BLUE,
    BY_C,
    BY_DEPTH,
    BY_GREEN,
    BY_MEAN_X,
    BY_MEAN_Y,
    BY_OPACITY,
    BY_RED,
    GRADIENT_LENGTH,
)
from ani3d_runtime.render.conventions import FAST_MATH
from ani3d_runtime.render.projection import (
    BLUE,
    GREEN,
    HALF_A,
    HALF_C,
    LIMIT_BOTTOM,
    LIMIT_LEFT,
    LIMIT_RIGHT,
    LIMIT_TOP,
    POSITION,
    RED,
    B,
    rotation_matrix,
    screen_axes,
    screen_jacobian,
    to_camera,
    to_screen,
)

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
# gsplat's guard against dividing by a compensation of zero.
_COMPENSATION_FLOOR = np.float32(1e-6)


@inner(inline="always")
def _covariance_gradient(record, total):
    """Gradient by the three entries of the 2D covariance Σ, from that by the conic Q = Σ⁻¹: dΣ = -Q dQ Q."""
    a, b, c = _TWO * record[HALF_A], record[B], _TWO * record[HALF_C]
    by_a, by_b, by_c = total[BY_A], _HALF * total[BY_B], total[BY_C]
    m00, m01 = a * by_a + b * by_b, a * by_b + b * by_c
    m10, m11 = b * by_a + c * by_b, b * by_b + c * by_c
    return -(m00 * a + m01 * b), -(m00 * b + m01 * c), -(m10 * b + m11 * c)


@inner(inline="always")
def _compensation_gradient(xx, xy, yy, low_pass):
    """Antialiasing factor sqrt(det Σ / det(Σ + low pass)), and its gradient by the entries of Σ."""
    sharp = max(xx * yy - xy * xy, _ZERO)
    wide_xx, wide_yy = xx + low_pass, yy + low_pass
    wide = wide_xx * wide_yy - xy * xy
    factor = math.sqrt(sharp / wide)
    scale = _HALF / (factor + _COMPENSATION_FLOOR)
    ratio = sharp / (wide * wide)
    return (
        factor,
        scale * (yy / wide - ratio * wide_yy),
        scale * (ratio * xy - xy / wide),
        scale * (xx / wide - ratio * wide_xx),
    )


@inner(inline="always")
def _quaternion_gradient(w, x, y, z, unit, d):
    """Gradient by an unnormalised quaternion (scaled by ``unit`` to w, x, y, z) from that by its rotation matrix."""
    d00, d01, d02, d10, d11, d12, d20, d21, d22 = d
    by_w = _TWO * (x * (d21 - d12) + y * (d02 - d20) + z * (d10 - d01))
    by_x = _TWO * (-_TWO * x * (d11 + d22) + y * (d01 + d10) + z * (d02 + d20) + w * (d21 - d12))
    by_y = _TWO * (x * (d01 + d10) - _TWO * y * (d00 + d22) + z * (d12 + d21) + w * (d02 - d20))
    by_z = _TWO * (x * (d02 + d20) + y * (d12 + d21) - _TWO * z * (d00 + d11) + w * (d10 - d01))
    along = by_w * w + by_x * x + by_y * y + by_z * z
    return (
        (by_w - along * w) * unit,
        (by_x - along * x) * unit,
        (by_y - along * y) * unit,
        (by_z - along * z) * unit,
    )


@inner(inline="always", fastmath=FAST_MATH)
def _shape_gradient(
    record,
    total,
    camera,
    x,
    y,
    z,
    quats,
    scales,
    opacities,
    i,
    low_pass,
    antialiased,
    by_quats,
    by_scales,
    by_opacities,
):
    """Write the gradients by rotation, scales and opacity; returns that by the world position of the mean."""
    X, Y, Z = to_camera(camera, x, y, z)
    qw, qx, qy, qz = quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3]
    unit = _ONE / math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
    qw, qx, qy, qz = qw * unit, qx * unit, qy * unit, qz * unit
    turn = rotation_matrix(qw, qx, qy, qz)
    xx, xz, yy, yz, ray_x, ray_y = screen_jacobian(camera, X, Y, Z)
    screen = to_screen(camera, xx, xz, yy, yz)
    e00, e01, e02, e10, e11, e12 = screen_axes(screen, turn)
    s0, s1, s2 = scales[i, 0], scales[i, 1], scales[i, 2]
    u0, u1, u2, v0, v1, v2 = e00 * s0, e01 * s1, e02 * s2, e10 * s0, e11 * s1, e12 * s2

    by_xx, by_xy, by_yy = _covariance_gradient(record, total)
    by_opacities[i] = total[BY_OPACITY]
    if antialiased:
        factor, more_xx, more_xy, more_yy = _compensation_gradient(
            u0 * u0 + u1 * u1 + u2 * u2, u0 * v0 + u1 * v1 + u2 * v2, v0 * v0 + v1 * v1 + v2 * v2, low_pass
        )
        by_opacities[i] = total[BY_OPACITY] * factor
        by_factor = total[BY_OPACITY] * opacities[i]
        by_xx, by_xy, by_yy = by_xx + by_factor * more_xx, by_xy + by_factor * more_xy, by_yy + by_factor * more_yy

    # Σ = [u; v][u; v]ᵀ with u, v the rows of (screen axes × scales).
    du0, du1, du2 = _TWO * (by_xx * u0 + by_xy * v0), _TWO * (by_xx * u1 + by_xy * v1), _TWO * (by_xx * u2 + by_xy * v2)
    dv0, dv1, dv2 = _TWO * (by_xy * u0 + by_yy * v0), _TWO * (by_xy * u1 + by_yy * v1), _TWO * (by_xy * u2 + by_yy * v2)
    by_scales[i, 0] = du0 * e00 + dv0 * e10
    by_scales[i, 1] = du1 * e01 + dv1 * e11
    by_scales[i, 2] = du2 * e02 + dv2 * e12
    du0, du1, du2, dv0, dv1, dv2 = du0 * s0, du1 * s1, du2 * s2, dv0 * s0, dv1 * s1, dv2 * s2

    # axes = screen × turn
    w00, w01, w02, w10, w11, w12 = screen
    by_quats[i, 0], by_quats[i, 1], by_quats[i, 2], by_quats[i, 3] = _quaternion_gradient(
        qw,
        qx,
        qy,
        qz,
        unit,
        (
            w00 * du0 + w10 * dv0,
            w00 * du1 + w10 * dv1,
            w00 * du2 + w10 * dv2,
            w01 * du0 + w11 * dv0,
            w01 * du1 + w11 * dv1,
            w01 * du2 + w11 * dv2,
            w02 * du0 + w12 * dv0,
            w02 * du1 + w12 * dv1,
            w02 * du2 + w12 * dv2,
        ),
    )
    r00, r01, r02, r10, r11, r12, r20, r21, r22 = turn
    f0, f1, f2 = du0 * r00 + du1 * r01 + du2 * r02, du0 * r10 + du1 * r11 + du2 * r12, du0 * r20 + du1 * r21 + du2 * r22
    h0, h1, h2 = dv0 * r00 + dv1 * r01 + dv2 * r02, dv0 * r10 + dv1 * r11 + dv2 * r12, dv0 * r20 + dv1 * r21 + dv2 * r22
    by_jxx = f0 * camera[0] + f1 * camera[1] + f2 * camera[2]
    by_jxz = f0 * camera[8] + f1 * camera[9] + f2 * camera[10]
    by_jyy = h0 * camera[4] + h1 * camera[5] + h2 * camera[6]
    by_jyz = h0 * camera[8] + h1 * camera[9] + h2 * camera[10]

    # mean on screen = focal X / Z + centre; Jacobian entries: xx = fx / Z, xz = -xx ray_x, likewise y.
    inverse = _ONE / Z
    by_X = xx * total[BY_MEAN_X]
    by_Y = yy * total[BY_MEAN_Y]
    by_Z = total[BY_DEPTH] - (X * by_X + Y * by_Y) * inverse
    by_Z += inverse * (xx * (ray_x * by_jxz - by_jxx) + yy * (ray_y * by_jyz - by_jyy))
    # A clamped ray does not follow the point.
    if -camera[LIMIT_LEFT] <= X * inverse <= camera[LIMIT_RIGHT]:
        by_X -= xx * by_jxz * inverse
        by_Z += xx * by_jxz * X * inverse * inverse
    if -camera[LIMIT_TOP] <= Y * inverse <= camera[LIMIT_BOTTOM]:
        by_Y -= yy * by_jyz * inverse
        by_Z += yy * by_jyz * Y * inverse * inverse
    return (
        camera[0] * by_X + camera[4] * by_Y + camera[8] * by_Z,
        camera[1] * by_X + camera[5] * by_Y + camera[9] * by_Z,
        camera[2] * by_X + camera[6] * by_Y + camera[10] * by_Z,
    )


@inner(inline="always", fastmath=FAST_MATH)
def _harmonics_gradient(record, total, sh, degree, dx, dy, dz, i, basis, slopes, by_sh):
    """Write the gradient by the coefficients; returns that by the mean, through the view direction."""
    inverse = _ONE / math.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx * inverse, dy * inverse, dz * inverse
    sh_basis(dx, dy, dz, degree, basis)
    sh_basis_gradient(dx, dy, dz, degree, slopes)
    # A colour clamped at zero has no gradient.
    red = total[BY_RED] if record[RED] > _ZERO else _ZERO
    green = total[BY_GREEN] if record[GREEN] > _ZERO else _ZERO
    blue = total[BY_BLUE] if record[BLUE] > _ZERO else _ZERO
    ax, ay, az = _ZERO, _ZERO, _ZERO
    for k in range((degree + 1) * (degree + 1)):
        by_sh[i, k, 0], by_sh[i, k, 1], by_sh[i, k, 2] = basis[k] * red, basis[k] * green, basis[k] * blue
        along = red * sh[i, k, 0] + green * sh[i, k, 1] + blue * sh[i, k, 2]
        ax, ay, az = ax + along * slopes[k, 0], ay + along * slopes[k, 1], az + along * slopes[k, 2]
    radial = ax * dx + ay * dy + az * dz
    return (ax - radial * dx) * inverse, (ay - radial * dy) * inverse, (az - radial * dz) * inverse


@parallel_kernel(chunk=2048, fastmath=FAST_MATH)
def project_backward(
    first,
    last,
    means,
    quats,
    scales,
    opacities,
    sh,
    degree,
    camera,
    low_pass,
    antialiased,
    records,
    first_pairs,
    still,
    pair_gradients,
    by_means,
    by_quats,
    by_scales,
    by_opacities,
    by_sh,
    by_colours,
):
    """Add up the pairs of each Gaussian and fill the ``by_*`` arrays, shaped like what they are gradients of.

    ``degree`` -1 fills ``by_colours`` [N, 3], else ``by_sh`` [N, K, 3]. Gaussians on no tile have gradients of zero,
    and so have those before number ``still``.
    """
    total = np.empty(GRADIENT_LENGTH, np.float32)
    basis, slopes = np.empty(16, np.float32), np.empty((16, 3), np.float32)
    for i in range(first, last):
        if i < still or first_pairs[i + 1] == first_pairs[i]:
            by_means[i, :] = _ZERO
            by_quats[i, :] = _ZERO
            by_scales[i, :] = _ZERO
            by_opacities[i] = _ZERO
            if degree < 0:
                by_colours[i, :] = _ZERO
            else:
                by_sh[i, :, :] = _ZERO
            continue
        for k in range(GRADIENT_LENGTH):
            total[k] = _ZERO
        for pair in range(first_pairs[i], first_pairs[i + 1]):
            for k in range(GRADIENT_LENGTH):
                total[k] += pair_gradients[pair, k]
        x, y, z = means[i, 0], means[i, 1], means[i, 2]
        by_x, by_y, by_z = _shape_gradient(
            records[i],
            total,
            camera,
            x,
            y,
            z,
            quats,
            scales,
            opacities,
            i,
            low_pass,
            antialiased,
            by_quats,
            by_scales,
            by_opacities,
        )
        if degree < 0:
            by_colours[i, 0], by_colours[i, 1], by_colours[i, 2] = total[BY_RED], total[BY_GREEN], total[BY_BLUE]
        else:
            more_x, more_y, more_z = _harmonics_gradient(
                records[i],
                total,
                sh,
                degree,
                x - camera[POSITION],
                y - camera[POSITION + 1],
                z - camera[POSITION + 2],
                i,
                basis,
                slopes,
                by_sh,
            )
            by_x, by_y, by_z = by_x + more_x, by_y + more_y, by_z + more_z
        by_means[i, 0], by_means[i, 1], by_means[i, 2] = by_x, by_y, by_z
