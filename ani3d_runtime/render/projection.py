# pyright: basic
"""Projection: 3D Gaussians to the 2D Gaussians of one camera (EWA splatting, Zwicker et al. 2001).

Each visible Gaussian becomes one record of 16 float32, one cache line, laid out by the column numbers below; the rest
of the rasteriser reads nothing else. A record with ``REACH_Y`` zero is not visible.
"""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.geometry.harmonics import sh_basis
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel
from ani3d_runtime.render.conventions import ALPHA_CUTOFF, FAST_MATH, MAX_EXTENT_SIGMAS

# Columns of a record. The exponent at offset (dx, dy) px from the mean is HALF_A dx² + B dx dy + HALF_C dy².
RECORD_LENGTH = 16
MEAN_X, MEAN_Y, HALF_A, B, HALF_C, OPACITY, RED, GREEN, BLUE, DEPTH = range(10)
# Half the width and height of the region where the Gaussian reaches the alpha cut-off, px.
REACH_X, REACH_Y = 10, 11
# The region's row at dy spans SLOPE dy ± sqrt(SPAN - SQUEEZE dy²); it is widest on the right at dy = TIP.
SLOPE, SPAN, SQUEEZE, TIP = 12, 13, 14, 15

# Slots of the camera vector, see `_camera_vector` in rasterise.py.
VIEW, FOCAL_X, FOCAL_Y, CENTRE_X, CENTRE_Y, WIDTH, HEIGHT = 0, 12, 13, 14, 15, 16, 17
LIMIT_LEFT, LIMIT_RIGHT, LIMIT_TOP, LIMIT_BOTTOM = 18, 19, 20, 21
POSITION = 22

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
# Rounding may not cut a pixel off the region, so it is widened by this; the blend kernel tests alpha itself.
_SPAN_SLACK_PX2, _SPAN_SLACK = np.float32(1e-3), np.float32(1.0001)


@inner(inline="always")
def to_camera(camera, x, y, z):
    """World point to camera frame, metres."""
    return (
        camera[0] * x + camera[1] * y + camera[2] * z + camera[3],
        camera[4] * x + camera[5] * y + camera[6] * z + camera[7],
        camera[8] * x + camera[9] * y + camera[10] * z + camera[11],
    )


@inner(inline="always")
def rotation_matrix(w, x, y, z):
    """Row-major 3×3 rotation of a unit quaternion."""
    return (
        _ONE - _TWO * (y * y + z * z),
        _TWO * (x * y - w * z),
        _TWO * (x * z + w * y),
        _TWO * (x * y + w * z),
        _ONE - _TWO * (x * x + z * z),
        _TWO * (y * z - w * x),
        _TWO * (x * z - w * y),
        _TWO * (y * z + w * x),
        _ONE - _TWO * (x * x + y * y),
    )


@inner(inline="always")
def screen_jacobian(camera, X, Y, Z):
    """d pixel / d camera point, its four non-zero entries, the ray clamped near the field of view; and that ray."""
    inverse = _ONE / Z
    ray_x = min(max(X * inverse, -camera[LIMIT_LEFT]), camera[LIMIT_RIGHT])
    ray_y = min(max(Y * inverse, -camera[LIMIT_TOP]), camera[LIMIT_BOTTOM])
    xx = camera[FOCAL_X] * inverse
    yy = camera[FOCAL_Y] * inverse
    return xx, -xx * ray_x, yy, -yy * ray_y, ray_x, ray_y


@inner(inline="always")
def to_screen(camera, xx, xz, yy, yz):
    """2×3, row-major: the screen Jacobian times the camera's rotation, so pixels per metre in the world's axes."""
    return (
        xx * camera[0] + xz * camera[8],
        xx * camera[1] + xz * camera[9],
        xx * camera[2] + xz * camera[10],
        yy * camera[4] + yz * camera[8],
        yy * camera[5] + yz * camera[9],
        yy * camera[6] + yz * camera[10],
    )


@inner(inline="always")
def screen_axes(screen, turn):
    """2×3, row-major: the Gaussian's unit axes on screen, px per metre."""
    w00, w01, w02, w10, w11, w12 = screen
    r00, r01, r02, r10, r11, r12, r20, r21, r22 = turn
    return (
        w00 * r00 + w01 * r10 + w02 * r20,
        w00 * r01 + w01 * r11 + w02 * r21,
        w00 * r02 + w01 * r12 + w02 * r22,
        w10 * r00 + w11 * r10 + w12 * r20,
        w10 * r01 + w11 * r11 + w12 * r21,
        w10 * r02 + w11 * r12 + w12 * r22,
    )


@inner(inline="always")
def _view_colour(sh, i, degree, dx, dy, dz, basis):
    """Colour seen along (dx, dy, dz), not below zero."""
    inverse = _ONE / math.sqrt(dx * dx + dy * dy + dz * dz)
    sh_basis(dx * inverse, dy * inverse, dz * inverse, degree, basis)
    red, green, blue = _HALF, _HALF, _HALF
    for k in range((degree + 1) * (degree + 1)):
        red += basis[k] * sh[i, k, 0]
        green += basis[k] * sh[i, k, 1]
        blue += basis[k] * sh[i, k, 2]
    return max(red, _ZERO), max(green, _ZERO), max(blue, _ZERO)


@inner(inline="always", fastmath=FAST_MATH)
def _write_shape(record, camera, x, y, z, quats, scales, opacity, i, low_pass, near, far, radius_clip, antialiased):
    """Fill a record but for its colour; False where the Gaussian does not show in the image."""
    X, Y, Z = to_camera(camera, x, y, z)
    if not (near <= Z <= far):
        return False
    qw, qx, qy, qz = quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3]
    unit = _ONE / math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
    xx, xz, yy, yz, _, _ = screen_jacobian(camera, X, Y, Z)
    screen = to_screen(camera, xx, xz, yy, yz)
    e00, e01, e02, e10, e11, e12 = screen_axes(screen, rotation_matrix(qw * unit, qx * unit, qy * unit, qz * unit))
    u0, u1, u2 = e00 * scales[i, 0], e01 * scales[i, 1], e02 * scales[i, 2]
    v0, v1, v2 = e10 * scales[i, 0], e11 * scales[i, 1], e12 * scales[i, 2]
    sharp_xx, cov_xy, sharp_yy = u0 * u0 + u1 * u1 + u2 * u2, u0 * v0 + u1 * v1 + u2 * v2, v0 * v0 + v1 * v1 + v2 * v2
    cov_xx, cov_yy = sharp_xx + low_pass, sharp_yy + low_pass
    # The cross product of the rows: the difference of products would leave nothing of a needle but rounding errors.
    cross0, cross1, cross2 = u1 * v2 - u2 * v1, u2 * v0 - u0 * v2, u0 * v1 - u1 * v0
    sharp = cross0 * cross0 + cross1 * cross1 + cross2 * cross2
    determinant = sharp + low_pass * (sharp_xx + sharp_yy + low_pass)
    if not (determinant > _ZERO):  # also where it is NaN
        return False
    seen_opacity = opacity
    if antialiased:
        seen_opacity *= math.sqrt(sharp / determinant)
    if not (seen_opacity > ALPHA_CUTOFF):
        return False
    extent = min(MAX_EXTENT_SIGMAS, math.sqrt(_TWO * math.log(seen_opacity / ALPHA_CUTOFF)))
    reach_x, reach_y = extent * math.sqrt(cov_xx), extent * math.sqrt(cov_yy)
    if math.ceil(reach_x) <= radius_clip and math.ceil(reach_y) <= radius_clip:
        return False
    mean_x = camera[FOCAL_X] * X / Z + camera[CENTRE_X]
    mean_y = camera[FOCAL_Y] * Y / Z + camera[CENTRE_Y]
    inside_x = mean_x + reach_x > _ZERO and mean_x - reach_x < camera[WIDTH]
    if not (inside_x and mean_y + reach_y > _ZERO and mean_y - reach_y < camera[HEIGHT]):
        return False
    inverse = _ONE / determinant
    record[MEAN_X] = mean_x
    record[MEAN_Y] = mean_y
    record[HALF_A] = _HALF * cov_yy * inverse
    record[B] = -cov_xy * inverse
    record[HALF_C] = _HALF * cov_xx * inverse
    record[OPACITY] = seen_opacity
    record[DEPTH] = Z
    record[REACH_X] = reach_x
    record[REACH_Y] = reach_y
    # Row at dy of the ellipse A dx² + 2B dx dy + C dy² = extent², with the covariance (A C - B² = 1/determinant).
    record[SLOPE] = cov_xy / cov_yy
    record[SPAN] = extent * extent * determinant / cov_yy * _SPAN_SLACK + _SPAN_SLACK_PX2
    record[SQUEEZE] = determinant / (cov_yy * cov_yy)
    record[TIP] = reach_x * cov_xy / cov_xx
    return True


@parallel_kernel(chunk=4096, fastmath=FAST_MATH)
def project(
    first,
    last,
    means,
    quats,
    scales,
    opacities,
    sh,
    colours,
    degree,
    camera,
    low_pass,
    near,
    far,
    radius_clip,
    antialiased,
    records,
):
    """Fill ``records`` [N, 16]. ``degree`` -1 takes ``colours`` [N, 3] as they are, else ``sh`` is evaluated."""
    basis = np.empty(16, np.float32)
    for i in range(first, last):
        record = records[i]
        x, y, z = means[i, 0], means[i, 1], means[i, 2]
        visible = _write_shape(
            record, camera, x, y, z, quats, scales, opacities[i], i, low_pass, near, far, radius_clip, antialiased
        )
        if not visible:
            record[REACH_Y] = _ZERO
        elif degree < 0:
            record[RED], record[GREEN], record[BLUE] = colours[i, 0], colours[i, 1], colours[i, 2]
        else:
            record[RED], record[GREEN], record[BLUE] = _view_colour(
                sh, i, degree, x - camera[POSITION], y - camera[POSITION + 1], z - camera[POSITION + 2], basis
            )
