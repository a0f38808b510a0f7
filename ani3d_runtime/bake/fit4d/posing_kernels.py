# pyright: basic
"""The gradient of the runtime equation: from posed Gaussians back to their residual in rest-pose space.

The forward pass is ``playback.deform_kernels.pose_gaussians``, so what is fitted is what is played. It diagonalises the
posed covariance Σ = A Aᵀ, A = L R(q') diag(s'), into axes and scales; the rasteriser's gradients by those two are put
together to the gradient by Σ here, which stays finite where scales coincide, and taken on to q' and s'.
"""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel

# Where two posed variances differ by less than this share of the largest, their axes count as undetermined.
_SAME = 1e-4
_F = np.float32
_FAST = {"contract", "nsz", "arcp"}


@inner(inline="always", fastmath=_FAST)
def rotation_into(w, x, y, z, out):
    """The rotation matrix of a unit quaternion."""
    out[0, 0] = 1 - 2 * (y * y + z * z)
    out[0, 1] = 2 * (x * y - w * z)
    out[0, 2] = 2 * (x * z + w * y)
    out[1, 0] = 2 * (x * y + w * z)
    out[1, 1] = 1 - 2 * (x * x + z * z)
    out[1, 2] = 2 * (y * z - w * x)
    out[2, 0] = 2 * (x * z - w * y)
    out[2, 1] = 2 * (y * z + w * x)
    out[2, 2] = 1 - 2 * (x * x + y * y)


@inner(inline="always", fastmath=_FAST)
def linear_part(i, joints, weights, matrices, out):
    """L_i, the linear part of the blended skinning matrix."""
    share, m = weights[i, 0], matrices[joints[i, 0]]
    for a in range(3):
        for b in range(3):
            out[a, b] = share * m[a, b]
    for slot in range(1, 4):
        share = weights[i, slot]
        if share != 0.0:
            m = matrices[joints[i, slot]]
            for a in range(3):
                for b in range(3):
                    out[a, b] += share * m[a, b]


@inner(inline="always", fastmath=_FAST)
def _covariance_gradient(axes, scales, quat, by_quat, by_scale, half):
    """H = Rpᵀ (dLoss/dΣ) Rp into ``half`` from gradients by the posed quaternion and scales."""
    w, x, y, z = quat[0], quat[1], quat[2], quat[3]
    g0, g1, g2, g3 = by_quat[0], by_quat[1], by_quat[2], by_quat[3]
    # Turning by theta in the axes' own frame moves the quaternion by q ⊗ (0, theta) / 2.
    turn0 = 0.5 * (-x * g0 + w * g1 + z * g2 - y * g3)
    turn1 = 0.5 * (-y * g0 - z * g1 + w * g2 + x * g3)
    turn2 = 0.5 * (-z * g0 + y * g1 - x * g2 + w * g3)
    d0, d1, d2 = scales[0] * scales[0], scales[1] * scales[1], scales[2] * scales[2]
    floor = (_SAME * max(d0, d1, d2)) ** 2
    a, b, c = d0 - d1, d2 - d0, d1 - d2
    half[0, 1] = half[1, 0] = 0.5 * turn2 * a / (a * a + floor)
    half[0, 2] = half[2, 0] = 0.5 * turn1 * b / (b * b + floor)
    half[1, 2] = half[2, 1] = 0.5 * turn0 * c / (c * c + floor)
    for k in range(3):
        half[k, k] = 0.5 * by_scale[k] / scales[k]


@parallel_kernel(chunk=512, fastmath=_FAST)
def residual_gradient(
    first,
    last,
    quats,  # [S, 4] rest
    scales,  # [S, 3] rest
    joints,  # [S, 4]
    weights,  # [S, 4]
    matrices,  # [J, 3, 4]
    turns,  # [S, 4] unit, q' = turn ⊗ q
    stretches,  # [S or 0, 3] dlogscale
    posed_quats,  # [S, 4]
    posed_scales,  # [S, 3]
    by_means,  # [S, 3]
    by_quats,  # [S, 4]
    by_scales,  # [S, 3]
    by_moves,  # [S, 3] out, by dpos
    by_turns,  # [S, 4] out, tangent to the unit quaternions
    by_stretches,  # [S or 0, 3] out
):
    """Gradients by the residual of the Gaussians that may move."""
    linear, axes = np.empty((3, 3), _F), np.empty((3, 3), _F)
    turned, half = np.empty((3, 3), _F), np.empty((3, 3), _F)
    shape, inside, by_shape = np.empty((3, 3), _F), np.empty((3, 3), _F), np.empty((3, 3), _F)
    for i in range(first, last):
        if (
            by_means[i, 0] == 0 and by_means[i, 1] == 0 and by_means[i, 2] == 0
            and by_scales[i, 0] == 0 and by_scales[i, 1] == 0 and by_scales[i, 2] == 0
        ):  # fmt: skip
            # Not in the picture.
            by_moves[i, :] = 0.0
            by_turns[i, :] = 0.0
            if by_stretches.shape[0] > 0:
                by_stretches[i, :] = 0.0
            continue
        linear_part(i, joints, weights, matrices, linear)
        for b in range(3):
            by_moves[i, b] = (
                linear[0, b] * by_means[i, 0] + linear[1, b] * by_means[i, 1] + linear[2, b] * by_means[i, 2]
            )
        tw, tx, ty, tz = turns[i, 0], turns[i, 1], turns[i, 2], turns[i, 3]
        qw, qx, qy, qz = quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3]
        rotation_into(
            tw * qw - tx * qx - ty * qy - tz * qz,
            tw * qx + tx * qw + ty * qz - tz * qy,
            tw * qy - tx * qz + ty * qw + tz * qx,
            tw * qz + tx * qy - ty * qx + tz * qw,
            turned,
        )
        for k in range(3):
            size = scales[i, k]
            if stretches.shape[0] > 0:
                size *= math.exp(stretches[i, k])
            for a in range(3):
                turned[a, k] *= size
        q = posed_quats[i]
        rotation_into(q[0], q[1], q[2], q[3], axes)
        _covariance_gradient(axes, posed_scales[i], q, by_quats[i], by_scales[i], half)
        # shape = L R(q') S', inside = Rpᵀ shape, by_shape = 2 Rp H inside.
        for a in range(3):
            for k in range(3):
                shape[a, k] = linear[a, 0] * turned[0, k] + linear[a, 1] * turned[1, k] + linear[a, 2] * turned[2, k]
        for a in range(3):
            for k in range(3):
                inside[a, k] = axes[0, a] * shape[0, k] + axes[1, a] * shape[1, k] + axes[2, a] * shape[2, k]
        for a in range(3):
            for k in range(3):
                by_shape[a, k] = half[a, 0] * inside[0, k] + half[a, 1] * inside[1, k] + half[a, 2] * inside[2, k]
        for a in range(3):
            for k in range(3):
                inside[a, k] = 2 * (
                    axes[a, 0] * by_shape[0, k] + axes[a, 1] * by_shape[1, k] + axes[a, 2] * by_shape[2, k]
                )
        if by_stretches.shape[0] > 0:
            for k in range(3):
                by_stretches[i, k] = (
                    inside[0, k] * shape[0, k] + inside[1, k] * shape[1, k] + inside[2, k] * shape[2, k]
                )
        # With W = Lᵀ by_shape and C = R(q') S', the gradient by a turn on the left of q' is sum_k C_k × W_k.
        dx = dy = dz = _F(0)
        for k in range(3):
            wx = linear[0, 0] * inside[0, k] + linear[1, 0] * inside[1, k] + linear[2, 0] * inside[2, k]
            wy = linear[0, 1] * inside[0, k] + linear[1, 1] * inside[1, k] + linear[2, 1] * inside[2, k]
            wz = linear[0, 2] * inside[0, k] + linear[1, 2] * inside[1, k] + linear[2, 2] * inside[2, k]
            dx += turned[1, k] * wz - turned[2, k] * wy
            dy += turned[2, k] * wx - turned[0, k] * wz
            dz += turned[0, k] * wy - turned[1, k] * wx
        by_turns[i, 0] = 2 * (-dx * tx - dy * ty - dz * tz)
        by_turns[i, 1] = 2 * (dx * tw + dy * tz - dz * ty)
        by_turns[i, 2] = 2 * (dy * tw + dz * tx - dx * tz)
        by_turns[i, 3] = 2 * (dz * tw + dx * ty - dy * tx)


@parallel_kernel(chunk=2048, fastmath=_FAST)
def rotation_vectors(first, last, turns, vectors):
    """Rotation vectors [S, 3], no longer than pi, of unit quaternions [S, 4]."""
    for row in range(first, last):
        w, x, y, z = turns[row, 0], turns[row, 1], turns[row, 2], turns[row, 3]
        if w < 0:
            w, x, y, z = -w, -x, -y, -z
        sine = math.sqrt(x * x + y * y + z * z)
        scale = _F(2) if sine < 1e-6 else 2 * math.atan2(sine, w) / sine
        vectors[row, 0], vectors[row, 1], vectors[row, 2] = scale * x, scale * y, scale * z
