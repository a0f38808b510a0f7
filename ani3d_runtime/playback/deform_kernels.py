# pyright: basic
"""The runtime equation in numba: one pass over the Gaussians, in blocks, on all cores.

Storage is float32; arithmetic is float64, so that thin Gaussians (scales 1 : 1000, variances 1 : 10^6) keep their
thin axis when the covariance is diagonalised.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from ani3d_runtime.parallel import parallel_kernel

BLOCK = 256
# L counts as a rotation when its stretch differs from 1 by less than this: 0.002 % of a scale.
RIGID_STRETCH = 2e-5
# An off-diagonal term is negligible below this cosine between the two axes.
NEGLIGIBLE_COSINE = 1e-6
MAX_POLAR_STEPS = 10
MAX_JACOBI_SWEEPS = 8


@njit(cache=True, error_model="numpy")
def quaternion_product(aw, ax, ay, az, bw, bx, by, bz):
    """a ⊗ b."""
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@njit(cache=True, error_model="numpy")
def rotation_rows(w, x, y, z):
    """The nine entries, row by row, of the rotation matrix of a unit quaternion."""
    return (
        1.0 - 2.0 * (y * y + z * z),
        2.0 * (x * y - w * z),
        2.0 * (x * z + w * y),
        2.0 * (x * y + w * z),
        1.0 - 2.0 * (x * x + z * z),
        2.0 * (y * z - w * x),
        2.0 * (x * z - w * y),
        2.0 * (y * z + w * x),
        1.0 - 2.0 * (x * x + y * y),
    )


@njit(cache=True, error_model="numpy")
def transposed_product(p, q):
    """Pᵀ Q of two 3x3 matrices given as nine entries."""
    return (
        p[0] * q[0] + p[3] * q[3] + p[6] * q[6],
        p[0] * q[1] + p[3] * q[4] + p[6] * q[7],
        p[0] * q[2] + p[3] * q[5] + p[6] * q[8],
        p[1] * q[0] + p[4] * q[3] + p[7] * q[6],
        p[1] * q[1] + p[4] * q[4] + p[7] * q[7],
        p[1] * q[2] + p[4] * q[5] + p[7] * q[8],
        p[2] * q[0] + p[5] * q[3] + p[8] * q[6],
        p[2] * q[1] + p[5] * q[4] + p[8] * q[7],
        p[2] * q[2] + p[5] * q[5] + p[8] * q[8],
    )


@njit(cache=True, error_model="numpy")
def polar_rotation(linear, w, x, y, z):
    """Quaternion of the rotation in the polar decomposition L = P H, from a first guess, and H.

    Newton: with M = PᵀL, the step ω that makes M symmetric solves (tr(M_s) I − M_s) ω = axial(M − Mᵀ). Where that
    system is singular (joints turned against each other by 180°) no rotation is distinguished and the guess stands.
    """
    m = transposed_product(rotation_rows(w, x, y, z), linear)
    for _ in range(MAX_POLAR_STEPS):
        ax = m[7] - m[5]
        ay = m[2] - m[6]
        az = m[3] - m[1]
        if ax * ax + ay * ay + az * az < 1e-11:
            break
        b01 = -0.5 * (m[1] + m[3])
        b02 = -0.5 * (m[2] + m[6])
        b12 = -0.5 * (m[5] + m[7])
        b00 = m[4] + m[8]
        b11 = m[0] + m[8]
        b22 = m[0] + m[4]
        c00 = b11 * b22 - b12 * b12
        c01 = b02 * b12 - b01 * b22
        c02 = b01 * b12 - b02 * b11
        determinant = b00 * c00 + b01 * c01 + b02 * c02
        if determinant < 1e-6:
            break
        scale = 1.0 / determinant
        ox = scale * (c00 * ax + c01 * ay + c02 * az)
        oy = scale * (c01 * ax + (b00 * b22 - b02 * b02) * ay + (b01 * b02 - b00 * b12) * az)
        oz = scale * (c02 * ax + (b01 * b02 - b00 * b12) * ay + (b00 * b11 - b01 * b01) * az)
        w, x, y, z = quaternion_product(w, x, y, z, 1.0, 0.5 * ox, 0.5 * oy, 0.5 * oz)
        length = 1.0 / math.sqrt(w * w + x * x + y * y + z * z)
        w *= length
        x *= length
        y *= length
        z *= length
        m = transposed_product(rotation_rows(w, x, y, z), linear)
    return w, x, y, z, m


@njit(cache=True, error_model="numpy")
def jacobi_turn(app, aqq, apq):
    """(cos, sin, tan, tan of the half) of the smaller angle that diagonalises [[app, apq], [apq, aqq]]."""
    difference = aqq - app
    twice = 2.0 * apq
    hypotenuse = math.sqrt(difference * difference + twice * twice)
    tangent = twice / (difference + (hypotenuse if difference >= 0.0 else -hypotenuse))
    secant = math.sqrt(1.0 + tangent * tangent)
    cosine = 1.0 / secant
    return cosine, tangent * cosine, tangent, tangent / (1.0 + secant)


@njit(cache=True, error_model="numpy")
def principal_axes(a00, a11, a22, a01, a02, a12):
    """Cyclic Jacobi on a symmetric 3x3 matrix that is near diagonal: (variances, quaternion of the axes, not unit).

    A turn in the plane of axes p and q is the quaternion (1, ±tan of half the angle) about the third.
    """
    w = 1.0
    x = 0.0
    y = 0.0
    z = 0.0
    negligible = NEGLIGIBLE_COSINE * NEGLIGIBLE_COSINE
    for _ in range(MAX_JACOBI_SWEEPS):
        turned = False
        if a01 * a01 > negligible * a00 * a11:
            turned = True
            c, s, t, half = jacobi_turn(a00, a11, a01)
            a00 -= t * a01
            a11 += t * a01
            a01 = 0.0
            a02, a12 = c * a02 - s * a12, s * a02 + c * a12
            w, x, y, z = w + z * half, x - y * half, y + x * half, z - w * half
        if a02 * a02 > negligible * a00 * a22:
            turned = True
            c, s, t, half = jacobi_turn(a00, a22, a02)
            a00 -= t * a02
            a22 += t * a02
            a02 = 0.0
            a01, a12 = c * a01 - s * a12, s * a01 + c * a12
            w, x, y, z = w - y * half, x - z * half, y + w * half, z + x * half
        if a12 * a12 > negligible * a11 * a22:
            turned = True
            c, s, t, half = jacobi_turn(a11, a22, a12)
            a11 -= t * a12
            a22 += t * a12
            a12 = 0.0
            a01, a02 = c * a01 - s * a02, s * a01 + c * a02
            w, x, y, z = w + x * half, x - w * half, y - z * half, z + y * half
        if not turned:
            break
    return a00, a11, a22, w, x, y, z


@njit(cache=True, error_model="numpy")
def sheared_axes(h, rotation, s0, s1, s2):
    """Axes of H R diag(s²) Rᵀ Hᵀ in the frame of R: (scales, quaternion relative to R, not unit)."""
    hr = (
        h[0] * rotation[0] + h[1] * rotation[3] + h[2] * rotation[6],
        h[0] * rotation[1] + h[1] * rotation[4] + h[2] * rotation[7],
        h[0] * rotation[2] + h[1] * rotation[5] + h[2] * rotation[8],
        h[3] * rotation[0] + h[4] * rotation[3] + h[5] * rotation[6],
        h[3] * rotation[1] + h[4] * rotation[4] + h[5] * rotation[7],
        h[3] * rotation[2] + h[4] * rotation[5] + h[5] * rotation[8],
        h[6] * rotation[0] + h[7] * rotation[3] + h[8] * rotation[6],
        h[6] * rotation[1] + h[7] * rotation[4] + h[8] * rotation[7],
        h[6] * rotation[2] + h[7] * rotation[5] + h[8] * rotation[8],
    )
    k = transposed_product(rotation, hr)
    v0 = s0 * s0
    v1 = s1 * s1
    v2 = s2 * s2
    a00, a11, a22, w, x, y, z = principal_axes(
        k[0] * k[0] * v0 + k[1] * k[1] * v1 + k[2] * k[2] * v2,
        k[3] * k[3] * v0 + k[4] * k[4] * v1 + k[5] * k[5] * v2,
        k[6] * k[6] * v0 + k[7] * k[7] * v1 + k[8] * k[8] * v2,
        k[0] * k[3] * v0 + k[1] * k[4] * v1 + k[2] * k[5] * v2,
        k[0] * k[6] * v0 + k[1] * k[7] * v1 + k[2] * k[8] * v2,
        k[3] * k[6] * v0 + k[4] * k[7] * v1 + k[5] * k[8] * v2,
    )
    return math.sqrt(max(a00, 0.0)), math.sqrt(max(a11, 0.0)), math.sqrt(max(a22, 0.0)), w, x, y, z


@njit(cache=True, error_model="numpy")
def accumulate(out, start, stop, coefficients, basis, detail_start, detail_stop, detail_indices, detail):
    """out = sum_k a_k B_k + detail for one block and one channel, three values per Gaussian."""
    values = 3 * (stop - start)
    out[:values] = 0.0
    for k in range(basis.shape[0]):
        a = coefficients[k]
        if a != 0.0:
            row = basis[k, 3 * start : 3 * stop]
            for v in range(values):
                out[v] += a * row[v]
    if detail.shape[0] > 0:
        for row in range(detail_start, detail_stop):
            v = 3 * (detail_indices[row] - start)
            out[v] += detail[row, 0]
            out[v + 1] += detail[row, 1]
            out[v + 2] += detail[row, 2]


@njit(cache=True, error_model="numpy")
def hang_on_nodes(i, x, y, z, node_indices, node_weights, node_rest, node_displacements, node_quats):
    """y_i and r_i of the runtime equation; the point itself and the identity where it hangs on no node."""
    total = 0.0
    px = 0.0
    py = 0.0
    pz = 0.0
    rw = 0.0
    rx = 0.0
    ry = 0.0
    rz = 0.0
    for slot in range(node_indices.shape[1]):
        a = float(node_weights[i, slot])
        if a == 0.0:
            continue
        n = node_indices[i, slot]
        qw = node_quats[n, 0]
        qx = node_quats[n, 1]
        qy = node_quats[n, 2]
        qz = node_quats[n, 3]
        dx = x - node_rest[n, 0]
        dy = y - node_rest[n, 1]
        dz = z - node_rest[n, 2]
        tx = 2.0 * (qy * dz - qz * dy)
        ty = 2.0 * (qz * dx - qx * dz)
        tz = 2.0 * (qx * dy - qy * dx)
        px += a * (x + qw * tx + qy * tz - qz * ty + node_displacements[n, 0])
        py += a * (y + qw * ty + qz * tx - qx * tz + node_displacements[n, 1])
        pz += a * (z + qw * tz + qx * ty - qy * tx + node_displacements[n, 2])
        signed = a
        if rw * qw + rx * qx + ry * qy + rz * qz < 0.0:
            signed = -a
        rw += signed * qw
        rx += signed * qx
        ry += signed * qy
        rz += signed * qz
        total += a
    length = math.sqrt(rw * rw + rx * rx + ry * ry + rz * rz)
    if total == 0.0 or length < 1e-12:
        return x, y, z, 1.0, 0.0, 0.0, 0.0
    length = 1.0 / length
    return px, py, pz, rw * length, rx * length, ry * length, rz * length


@njit(cache=True, error_model="numpy")
def joint_transforms(parents, zero_joints, inverse_bind, rotations, root_translation, matrices, quats):
    """Forward kinematics: fills ``matrices`` [J, 3, 4] with A_j (rest to posed) and ``quats`` [J, 4] with its rotation.

    ``inverse_bind`` is [J, 3, 4]; ``rotations`` are local, relative to the zero pose.
    """
    count = parents.shape[0]
    world = np.empty((count, 3, 4))
    for j in range(count):
        w = rotations[j, 0]
        x = rotations[j, 1]
        y = rotations[j, 2]
        z = rotations[j, 3]
        length = 1.0 / math.sqrt(w * w + x * x + y * y + z * z)
        r = rotation_rows(w * length, x * length, y * length, z * length)
        parent = parents[j]
        for a in range(3):
            if parent < 0:
                for b in range(3):
                    world[j, a, b] = r[3 * a + b]
                world[j, a, 3] = zero_joints[j, a] + root_translation[a]
            else:
                p = world[parent]
                for b in range(3):
                    world[j, a, b] = p[a, 0] * r[b] + p[a, 1] * r[3 + b] + p[a, 2] * r[6 + b]
                world[j, a, 3] = p[a, 3]
                for b in range(3):
                    world[j, a, 3] += p[a, b] * (zero_joints[j, b] - zero_joints[parent, b])
    for j in range(count):
        g = world[j]
        bind = inverse_bind[j]
        for a in range(3):
            for b in range(4):
                matrices[j, a, b] = g[a, 0] * bind[0, b] + g[a, 1] * bind[1, b] + g[a, 2] * bind[2, b]
            matrices[j, a, 3] += g[a, 3]
        quats[j] = quaternion_of(matrices[j])


@njit(cache=True, error_model="numpy")
def quaternion_of(m):
    """Unit quaternion of a rotation matrix (Shepperd: the largest component is found first)."""
    q = np.empty(4)
    trace = m[0, 0] + m[1, 1] + m[2, 2]
    if trace >= m[0, 0] and trace >= m[1, 1] and trace >= m[2, 2]:
        q[0] = 1.0 + trace
        q[1] = m[2, 1] - m[1, 2]
        q[2] = m[0, 2] - m[2, 0]
        q[3] = m[1, 0] - m[0, 1]
    elif m[0, 0] >= m[1, 1] and m[0, 0] >= m[2, 2]:
        q[0] = m[2, 1] - m[1, 2]
        q[1] = 1.0 + m[0, 0] - m[1, 1] - m[2, 2]
        q[2] = m[0, 1] + m[1, 0]
        q[3] = m[0, 2] + m[2, 0]
    elif m[1, 1] >= m[2, 2]:
        q[0] = m[0, 2] - m[2, 0]
        q[1] = m[0, 1] + m[1, 0]
        q[2] = 1.0 + m[1, 1] - m[0, 0] - m[2, 2]
        q[3] = m[1, 2] + m[2, 1]
    else:
        q[0] = m[1, 0] - m[0, 1]
        q[1] = m[0, 2] + m[2, 0]
        q[2] = m[1, 2] + m[2, 1]
        q[3] = 1.0 + m[2, 2] - m[0, 0] - m[1, 1]
    return q / math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])


@parallel_kernel(error_model="numpy")
def pose_gaussians(
    means,  # [N, 3] float32
    quats,  # [N, 4] float32, unit
    scales,  # [N, 3] float32
    joints,  # [N, 4] uint8
    weights,  # [N, 4] float32
    matrices,  # [J, 3, 4] float64, A_j
    joint_quats,  # [J, 4] float64
    node_indices,  # [N or 0, 4] int32
    node_weights,  # [N or 0, 4] float32
    node_rest,  # [M, 3] float64
    node_displacements,  # [M, 3] float64
    node_quats,  # [M, 4] float64, unit
    coefficients,  # [K] float32
    basis_position,  # [K or 0, 3 N] float32
    basis_rotation,  # [K or 0, 3 N]
    basis_logscale,  # [K or 0, 3 N]
    detail_indices,  # [S] int32, increasing
    detail_position,  # [S or 0, 3] float32
    detail_rotation,  # [S or 0, 3]
    detail_logscale,  # [S or 0, 3]
    out_means,  # [N, 3] float32
    out_quats,  # [N, 4] float32
    out_scales,  # [N, 3] float32
    out_views,  # [N, 4] float32
):
    """Posed means, quaternions and scales of the posed covariance, and the polar rotation of L."""
    count = means.shape[0]
    moves = basis_position.shape[0] > 0 or detail_position.shape[0] > 0
    turns = basis_rotation.shape[0] > 0 or detail_rotation.shape[0] > 0
    stretches = basis_logscale.shape[0] > 0 or detail_logscale.shape[0] > 0
    hangs = node_indices.shape[0] > 0
    for block in prange((count + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        stop = min(count, start + BLOCK)
        first = np.searchsorted(detail_indices, start)
        last = np.searchsorted(detail_indices, stop)
        move = np.empty(3 * BLOCK if moves else 0, np.float32)
        turn = np.empty(3 * BLOCK if turns else 0, np.float32)
        stretch = np.empty(3 * BLOCK if stretches else 0, np.float32)
        if moves:
            accumulate(move, start, stop, coefficients, basis_position, first, last, detail_indices, detail_position)
        if turns:
            accumulate(turn, start, stop, coefficients, basis_rotation, first, last, detail_indices, detail_rotation)
        if stretches:
            accumulate(stretch, start, stop, coefficients, basis_logscale, first, last, detail_indices, detail_logscale)
        for i in range(start, stop):
            v = 3 * (i - start)
            x = float(means[i, 0])
            y = float(means[i, 1])
            z = float(means[i, 2])
            qw = float(quats[i, 0])
            qx = float(quats[i, 1])
            qy = float(quats[i, 2])
            qz = float(quats[i, 3])
            s0 = float(scales[i, 0])
            s1 = float(scales[i, 1])
            s2 = float(scales[i, 2])
            if hangs:
                x, y, z, rw, rx, ry, rz = hang_on_nodes(
                    i, x, y, z, node_indices, node_weights, node_rest, node_displacements, node_quats
                )
                qw, qx, qy, qz = quaternion_product(rw, rx, ry, rz, qw, qx, qy, qz)
            if moves:
                x += move[v]
                y += move[v + 1]
                z += move[v + 2]
            if turns:
                tx = float(turn[v])
                ty = float(turn[v + 1])
                tz = float(turn[v + 2])
                angle = math.sqrt(tx * tx + ty * ty + tz * tz)
                factor = 0.5
                if angle > 1e-8:
                    factor = math.sin(0.5 * angle) / angle
                qw, qx, qy, qz = quaternion_product(
                    math.cos(0.5 * angle), factor * tx, factor * ty, factor * tz, qw, qx, qy, qz
                )
            if stretches:
                s0 *= math.exp(stretch[v])
                s1 *= math.exp(stretch[v + 1])
                s2 *= math.exp(stretch[v + 2])

            # Linear blend skinning: M = [L | t], and the blended quaternion as first guess of the polar rotation.
            used = 0
            l00 = 0.0
            l01 = 0.0
            l02 = 0.0
            l10 = 0.0
            l11 = 0.0
            l12 = 0.0
            l20 = 0.0
            l21 = 0.0
            l22 = 0.0
            t0 = 0.0
            t1 = 0.0
            t2 = 0.0
            pw = 0.0
            px = 0.0
            py = 0.0
            pz = 0.0
            for slot in range(4):
                a = float(weights[i, slot])
                if a == 0.0:
                    continue
                used += 1
                bone = joints[i, slot]
                l00 += a * matrices[bone, 0, 0]
                l01 += a * matrices[bone, 0, 1]
                l02 += a * matrices[bone, 0, 2]
                t0 += a * matrices[bone, 0, 3]
                l10 += a * matrices[bone, 1, 0]
                l11 += a * matrices[bone, 1, 1]
                l12 += a * matrices[bone, 1, 2]
                t1 += a * matrices[bone, 1, 3]
                l20 += a * matrices[bone, 2, 0]
                l21 += a * matrices[bone, 2, 1]
                l22 += a * matrices[bone, 2, 2]
                t2 += a * matrices[bone, 2, 3]
                bw = joint_quats[bone, 0]
                bx = joint_quats[bone, 1]
                by = joint_quats[bone, 2]
                bz = joint_quats[bone, 3]
                if pw * bw + px * bx + py * by + pz * bz < 0.0:
                    a = -a
                pw += a * bw
                px += a * bx
                py += a * by
                pz += a * bz
            out_means[i, 0] = l00 * x + l01 * y + l02 * z + t0
            out_means[i, 1] = l10 * x + l11 * y + l12 * z + t1
            out_means[i, 2] = l20 * x + l21 * y + l22 * z + t2
            length = math.sqrt(pw * pw + px * px + py * py + pz * pz)
            if length > 1e-9:
                length = 1.0 / length
                pw *= length
                px *= length
                py *= length
                pz *= length
            else:
                pw = 1.0
            if used > 1:
                linear = (l00, l01, l02, l10, l11, l12, l20, l21, l22)
                pw, px, py, pz, h = polar_rotation(linear, pw, px, py, pz)
                strain = max(
                    max(abs(h[0] - 1.0), max(abs(h[4] - 1.0), abs(h[8] - 1.0))),
                    max(abs(h[1]), max(abs(h[2]), abs(h[5]))),
                )
                if strain > RIGID_STRETCH:
                    s0, s1, s2, uw, ux, uy, uz = sheared_axes(h, rotation_rows(qw, qx, qy, qz), s0, s1, s2)
                    qw, qx, qy, qz = quaternion_product(qw, qx, qy, qz, uw, ux, uy, uz)
            out_views[i, 0] = pw
            out_views[i, 1] = px
            out_views[i, 2] = py
            out_views[i, 3] = pz
            qw, qx, qy, qz = quaternion_product(pw, px, py, pz, qw, qx, qy, qz)
            length = 1.0 / math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
            out_quats[i, 0] = qw * length
            out_quats[i, 1] = qx * length
            out_quats[i, 2] = qy * length
            out_quats[i, 3] = qz * length
            out_scales[i, 0] = s0
            out_scales[i, 1] = s1
            out_scales[i, 2] = s2
