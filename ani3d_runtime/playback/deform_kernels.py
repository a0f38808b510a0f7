# pyright: basic
"""The runtime equation in numba: one pass over the Gaussians, in blocks, on all cores.

Within a block each Gaussian is moved and skinned by itself. Those that hang on one joint are done then; the others are
collected in packs, whose shear is solved a vector at a time (``shear_kernels``). Positions are summed in float64.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from ani3d_runtime.parallel import parallel_kernel
from ani3d_runtime.playback.shear_kernels import (
    LANES,
    LINEAR,
    PACK,
    SCALE,
    TURN,
    VIEW,
    fill_idle_lane,
    solve_pack,
)

BLOCK = 256


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
def accumulate(out, start, stop, coefficients, basis, detail_start, detail_stop, detail_indices, detail):
    """out = sum_k a_k B_k + detail for one block and one channel, three values per Gaussian."""
    values = 3 * (stop - start)
    for v in range(values):
        out[v] = 0.0
    for k in range(basis.shape[0]):
        a = coefficients[k]
        if a != 0.0:
            for v in range(values):
                out[v] += a * basis[k, 3 * start + v]
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
        write_quaternion(matrices[j], quats[j])


@njit(cache=True, error_model="numpy")
def write_quaternion(m, q):
    """Write the unit quaternion of a rotation matrix (Shepperd: the largest component is found first)."""
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
    length = 1.0 / math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
    for component in range(4):
        q[component] *= length


@njit(cache=True, error_model="numpy")
def put3(pack, at, a, b, c):
    """Three fields of one lane."""
    pack[at] = a
    pack[at + LANES] = b
    pack[at + 2 * LANES] = c


@njit(cache=True, error_model="numpy")
def put4(pack, at, a, b, c, d):
    """Four fields of one lane."""
    pack[at] = a
    pack[at + LANES] = b
    pack[at + 2 * LANES] = c
    pack[at + 3 * LANES] = d


@njit(cache=True, error_model="numpy")
def solve_shear(ws, members, out_quats, out_scales, out_views):
    """Solve the packs that hold ``members`` and give each Gaussian its result."""
    count = len(members)
    packs = (count + LANES - 1) // LANES
    linear = np.empty(9 * LANES, np.float32)
    for lane in range(count - (packs - 1) * LANES, LANES):
        fill_idle_lane(ws[(packs - 1) * PACK : packs * PACK], lane)
    for number in range(packs):
        pack = ws[number * PACK : (number + 1) * PACK]
        solve_pack(pack, linear)
        for lane in range(min(LANES, count - number * LANES)):
            i = members[number * LANES + lane]
            for axis in range(3):
                out_scales[i, axis] = pack[SCALE + axis * LANES + lane]
            for component in range(4):
                out_quats[i, component] = pack[TURN + component * LANES + lane]
                out_views[i, component] = pack[VIEW + component * LANES + lane]


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
    hangs = node_indices.shape[0] > 0
    for block in prange((count + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        stop = min(count, start + BLOCK)
        first = np.searchsorted(detail_indices, start)
        last = np.searchsorted(detail_indices, stop)
        moves = basis_position.shape[0] > 0 or (last > first and detail_position.shape[0] > 0)
        turns = basis_rotation.shape[0] > 0 or (last > first and detail_rotation.shape[0] > 0)
        stretches = basis_logscale.shape[0] > 0 or (last > first and detail_logscale.shape[0] > 0)
        move = np.empty(3 * BLOCK if moves else 0, np.float32)
        turn = np.empty(3 * BLOCK if turns else 0, np.float32)
        stretch = np.empty(3 * BLOCK if stretches else 0, np.float32)
        if moves:
            accumulate(move, start, stop, coefficients, basis_position, first, last, detail_indices, detail_position)
        if turns:
            accumulate(turn, start, stop, coefficients, basis_rotation, first, last, detail_indices, detail_rotation)
        if stretches:
            accumulate(stretch, start, stop, coefficients, basis_logscale, first, last, detail_indices, detail_logscale)
        ws = np.empty((BLOCK // LANES) * PACK, np.float32)
        members = np.empty(BLOCK, np.int64)
        sheared = 0
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
            if turns and (turn[v] != 0.0 or turn[v + 1] != 0.0 or turn[v + 2] != 0.0):
                tx = float(turn[v])
                ty = float(turn[v + 1])
                tz = float(turn[v + 2])
                angle = math.sqrt(tx * tx + ty * ty + tz * tz)
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
                pack = ws[sheared // LANES * PACK :]
                lane = sheared % LANES
                members[sheared] = i
                sheared += 1
                put3(pack, LINEAR + lane, l00, l01, l02)
                put3(pack, LINEAR + 3 * LANES + lane, l10, l11, l12)
                put3(pack, LINEAR + 6 * LANES + lane, l20, l21, l22)
                put3(pack, SCALE + lane, s0, s1, s2)
                put4(pack, VIEW + lane, pw, px, py, pz)
                put4(pack, TURN + lane, qw, qx, qy, qz)
                continue
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
        solve_shear(ws, members[:sheared], out_quats, out_scales, out_views)
