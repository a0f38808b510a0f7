# pyright: basic
"""The runtime equation in numba: one pass over the Gaussians, in blocks, on all cores.

Within a block each Gaussian is moved and skinned by itself. Those that hang on one joint are done then; the others are
collected in packs, whose shear is solved a vector at a time (``shear_kernels``). Positions are summed in float64.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ani3d_runtime.kernels import inner, kernel
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


class RestGaussians(NamedTuple):
    """N Gaussians in rest-pose space, and the joints that move them."""

    means: np.ndarray  # [N, 3] float32
    quats: np.ndarray  # [N, 4] float32, unit
    scales: np.ndarray  # [N, 3] float32
    joints: np.ndarray  # [N, 4] uint8
    weights: np.ndarray  # [N, 4] float32


class JointTransforms(NamedTuple):
    """J joints, rest pose to posed."""

    matrices: np.ndarray  # [J, 3, 4] float64, A_j
    quats: np.ndarray  # [J, 4] float64


class NodeTransforms(NamedTuple):
    """M control nodes, and which of them each Gaussian hangs on."""

    indices: np.ndarray  # [N or 0, 4] int32
    weights: np.ndarray  # [N or 0, 4] float32
    rest: np.ndarray  # [M, 3] float64
    displacements: np.ndarray  # [M, 3] float64
    quats: np.ndarray  # [M, 4] float64, unit


class Correctives(NamedTuple):
    """K shapes and how much of each."""

    coefficients: np.ndarray  # [K] float32
    position: np.ndarray  # [K or 0, 3 N] float32
    rotation: np.ndarray  # [K or 0, 3 N] float32
    log_scale: np.ndarray  # [K or 0, 3 N] float32


class DetailRows(NamedTuple):
    """What single Gaussians do on top."""

    indices: np.ndarray  # [S] int32, increasing
    position: np.ndarray  # [S or 0, 3] float32
    rotation: np.ndarray  # [S or 0, 3] float32
    log_scale: np.ndarray  # [S or 0, 3] float32


class PosedGaussians(NamedTuple):
    """What is filled: the posed covariance as quaternions and scales, and the polar rotation of L."""

    means: np.ndarray  # [N, 3] float32
    quats: np.ndarray  # [N, 4] float32
    scales: np.ndarray  # [N, 3] float32
    views: np.ndarray  # [N, 4] float32

    @classmethod
    def unfilled(cls, count: int) -> PosedGaussians:
        """Room for ``count`` Gaussians."""
        return cls(*(np.empty((count, width), np.float32) for width in (3, 4, 3, 4)))


class _Offsets(NamedTuple):
    """Correctives and detail of one block, added up: three values per Gaussian, or none where nothing changes."""

    position: np.ndarray
    rotation: np.ndarray
    log_scale: np.ndarray


class _Packs(NamedTuple):
    """Those of a block whose shear is still to be solved."""

    lanes: np.ndarray  # [BLOCK / LANES * PACK] float32
    members: np.ndarray  # [BLOCK] int64


@inner()
def quaternion_product(aw, ax, ay, az, bw, bx, by, bz):
    """a ⊗ b."""
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@inner()
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


@inner()
def _first_from(indices, wanted):
    """Where in increasing ``indices`` the first that is not below ``wanted`` stands."""
    low, high = 0, indices.shape[0]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@inner()
def _added_up(start, stop, coefficients, basis, rows, indices, detail):
    """sum_k a_k B_k + detail for one block and one channel; empty where there is neither.

    ``rows`` are the first of ``indices`` that lies in the block and the first behind it.
    """
    first, last = rows
    if basis.shape[0] == 0 and (last == first or detail.shape[0] == 0):
        return np.empty(0, np.float32)
    out = np.zeros(3 * (stop - start), np.float32)
    for k in range(basis.shape[0]):
        a = coefficients[k]
        if a != 0.0:
            for v in range(out.shape[0]):
                out[v] += a * basis[k, 3 * start + v]
    if detail.shape[0] > 0:
        for row in range(first, last):
            v = 3 * (indices[row] - start)
            out[v] += detail[row, 0]
            out[v + 1] += detail[row, 1]
            out[v + 2] += detail[row, 2]
    return out


@inner()
def _carried(i, x, y, z, node_indices, node_weights, node_rest, node_displacements, node_quats):
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


@kernel()
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


@inner()
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


@inner()
def put3(pack, at, a, b, c):
    """Three fields of one lane."""
    pack[at] = a
    pack[at + LANES] = b
    pack[at + 2 * LANES] = c


@inner()
def put4(pack, at, a, b, c, d):
    """Four fields of one lane."""
    pack[at] = a
    pack[at + LANES] = b
    pack[at + 2 * LANES] = c
    pack[at + 3 * LANES] = d


@inner()
def _move(start, stop, rest, nodes, offsets, moved):
    """Carry a block with its nodes and change it by ``offsets``: its Gaussians in rest-pose space into ``moved``."""
    means, quats, scales, _, _ = rest
    node_indices, node_weights, node_rest, node_displacements, node_quats = nodes
    move, turn, stretch = offsets
    for i in range(start, stop):
        row, v = i - start, 3 * (i - start)
        x, y, z = float(means[i, 0]), float(means[i, 1]), float(means[i, 2])
        qw, qx, qy, qz = float(quats[i, 0]), float(quats[i, 1]), float(quats[i, 2]), float(quats[i, 3])
        s0, s1, s2 = float(scales[i, 0]), float(scales[i, 1]), float(scales[i, 2])
        if node_indices.shape[0] > 0:
            x, y, z, rw, rx, ry, rz = _carried(
                i, x, y, z, node_indices, node_weights, node_rest, node_displacements, node_quats
            )
            qw, qx, qy, qz = quaternion_product(rw, rx, ry, rz, qw, qx, qy, qz)
        if move.shape[0] > 0:
            x += move[v]
            y += move[v + 1]
            z += move[v + 2]
        if turn.shape[0] > 0 and (turn[v] != 0.0 or turn[v + 1] != 0.0 or turn[v + 2] != 0.0):
            tx, ty, tz = float(turn[v]), float(turn[v + 1]), float(turn[v + 2])
            angle = math.sqrt(tx * tx + ty * ty + tz * tz)
            # The squares of subnormal turns are 0.
            factor = math.sin(0.5 * angle) / angle if angle > 0.0 else 0.5
            qw, qx, qy, qz = quaternion_product(
                math.cos(0.5 * angle), factor * tx, factor * ty, factor * tz, qw, qx, qy, qz
            )
        if stretch.shape[0] > 0:
            s0 *= math.exp(stretch[v])
            s1 *= math.exp(stretch[v + 1])
            s2 *= math.exp(stretch[v + 2])
        moved[row, 0], moved[row, 1], moved[row, 2] = x, y, z
        moved[row, 3], moved[row, 4], moved[row, 5], moved[row, 6] = qw, qx, qy, qz
        moved[row, 7], moved[row, 8], moved[row, 9] = s0, s1, s2


@inner()
def _skin(start, stop, rest, joints, moved, packs, posed):
    """Blend the joints' transforms, L and t, for a block: all means, and the rest of those that hang on one joint.

    The others go into packs; returns how many. Their polar rotation starts from the blended quaternion.
    """
    _, _, _, joint_indices, weights = rest
    matrices, joint_quats = joints
    lanes, members = packs
    means, quats, scales, views = posed
    sheared = 0
    for i in range(start, stop):
        used = 0
        l00 = l01 = l02 = t0 = 0.0
        l10 = l11 = l12 = t1 = 0.0
        l20 = l21 = l22 = t2 = 0.0
        pw = px = py = pz = 0.0
        for slot in range(4):
            a = float(weights[i, slot])
            if a == 0.0:
                continue
            used += 1
            bone = joint_indices[i, slot]
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
            bw, bx, by, bz = joint_quats[bone, 0], joint_quats[bone, 1], joint_quats[bone, 2], joint_quats[bone, 3]
            if pw * bw + px * bx + py * by + pz * bz < 0.0:
                a = -a
            pw += a * bw
            px += a * bx
            py += a * by
            pz += a * bz
        length = math.sqrt(pw * pw + px * px + py * py + pz * pz)
        if length > 1e-9:
            length = 1.0 / length
            pw, px, py, pz = pw * length, px * length, py * length, pz * length
        else:
            pw = 1.0
        row = i - start
        x, y, z = moved[row, 0], moved[row, 1], moved[row, 2]
        means[i, 0] = l00 * x + l01 * y + l02 * z + t0
        means[i, 1] = l10 * x + l11 * y + l12 * z + t1
        means[i, 2] = l20 * x + l21 * y + l22 * z + t2
        qw, qx, qy, qz = moved[row, 3], moved[row, 4], moved[row, 5], moved[row, 6]
        if used > 1:
            at = sheared // LANES * PACK + sheared % LANES
            put3(lanes, at + LINEAR, l00, l01, l02)
            put3(lanes, at + LINEAR + 3 * LANES, l10, l11, l12)
            put3(lanes, at + LINEAR + 6 * LANES, l20, l21, l22)
            put3(lanes, at + SCALE, moved[row, 7], moved[row, 8], moved[row, 9])
            put4(lanes, at + VIEW, pw, px, py, pz)
            put4(lanes, at + TURN, qw, qx, qy, qz)
            members[sheared] = i
            sheared += 1
            continue
        views[i, 0], views[i, 1], views[i, 2], views[i, 3] = pw, px, py, pz
        qw, qx, qy, qz = quaternion_product(pw, px, py, pz, qw, qx, qy, qz)
        length = 1.0 / math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
        quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3] = qw * length, qx * length, qy * length, qz * length
        scales[i, 0], scales[i, 1], scales[i, 2] = moved[row, 7], moved[row, 8], moved[row, 9]
    return sheared


@inner()
def _solve_shear(packs, count, posed):
    """Solve the packs of ``count`` Gaussians and give each its result."""
    lanes, members = packs
    _, quats, scales, views = posed
    used = (count + LANES - 1) // LANES
    linear = np.empty(9 * LANES, np.float32)
    for lane in range(count - (used - 1) * LANES, LANES):
        fill_idle_lane(lanes[(used - 1) * PACK : used * PACK], lane)
    for number in range(used):
        pack = lanes[number * PACK : (number + 1) * PACK]
        solve_pack(pack, linear)
        for lane in range(min(LANES, count - number * LANES)):
            i = members[number * LANES + lane]
            for axis in range(3):
                scales[i, axis] = pack[SCALE + axis * LANES + lane]
            for component in range(4):
                quats[i, component] = pack[TURN + component * LANES + lane]
                views[i, component] = pack[VIEW + component * LANES + lane]


@parallel_kernel(chunk=16 * BLOCK)
def pose_gaussians(first, last, rest, joints, nodes, correctives, detail, posed):
    """Fill ``posed`` of type :class:`PosedGaussians`; the other records are of the types above, in their order.

    Numba hands an array to a function number by number, so records go to functions that work on a whole block.
    """
    moved = np.empty((BLOCK, 10))
    packs = _Packs(np.empty((BLOCK // LANES) * PACK, np.float32), np.empty(BLOCK, np.int64))
    a, indices = correctives.coefficients, detail.indices
    for start in range(first, last, BLOCK):
        stop = min(last, start + BLOCK)
        rows = (_first_from(indices, start), _first_from(indices, stop))
        offsets = _Offsets(
            _added_up(start, stop, a, correctives.position, rows, indices, detail.position),
            _added_up(start, stop, a, correctives.rotation, rows, indices, detail.rotation),
            _added_up(start, stop, a, correctives.log_scale, rows, indices, detail.log_scale),
        )
        _move(start, stop, rest, nodes, offsets, moved)
        _solve_shear(packs, _skin(start, stop, rest, joints, moved, packs, posed), posed)
