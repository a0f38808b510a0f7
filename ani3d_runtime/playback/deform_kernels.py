# pyright: basic
"""The runtime equation in numba: one pass over the Gaussians, in blocks, on all cores.

Within a block each Gaussian is moved and skinned by itself. Those that hang on one joint are done then; the others are
collected in packs, whose shear is solved a vector at a time (``shear_kernels``). Positions are summed in float64.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

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


@njit(cache=True, error_model="numpy")
def _carried(i, x, y, z, nodes):
    """y_i and r_i of the runtime equation; the point itself and the identity where it hangs on no node."""
    total = 0.0
    px = 0.0
    py = 0.0
    pz = 0.0
    rw = 0.0
    rx = 0.0
    ry = 0.0
    rz = 0.0
    for slot in range(nodes.indices.shape[1]):
        a = float(nodes.weights[i, slot])
        if a == 0.0:
            continue
        n = nodes.indices[i, slot]
        qw = nodes.quats[n, 0]
        qx = nodes.quats[n, 1]
        qy = nodes.quats[n, 2]
        qz = nodes.quats[n, 3]
        dx = x - nodes.rest[n, 0]
        dy = y - nodes.rest[n, 1]
        dz = z - nodes.rest[n, 2]
        tx = 2.0 * (qy * dz - qz * dy)
        ty = 2.0 * (qz * dx - qx * dz)
        tz = 2.0 * (qx * dy - qy * dx)
        px += a * (x + qw * tx + qy * tz - qz * ty + nodes.displacements[n, 0])
        py += a * (y + qw * ty + qz * tx - qx * tz + nodes.displacements[n, 1])
        pz += a * (z + qw * tz + qx * ty - qy * tx + nodes.displacements[n, 2])
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
def _solve_shear(packs, count, posed):
    """Solve the packs of ``count`` Gaussians and give each its result."""
    used = (count + LANES - 1) // LANES
    linear = np.empty(9 * LANES, np.float32)
    for lane in range(count - (used - 1) * LANES, LANES):
        fill_idle_lane(packs.lanes[(used - 1) * PACK : used * PACK], lane)
    for number in range(used):
        pack = packs.lanes[number * PACK : (number + 1) * PACK]
        solve_pack(pack, linear)
        for lane in range(min(LANES, count - number * LANES)):
            i = packs.members[number * LANES + lane]
            for axis in range(3):
                posed.scales[i, axis] = pack[SCALE + axis * LANES + lane]
            for component in range(4):
                posed.quats[i, component] = pack[TURN + component * LANES + lane]
                posed.views[i, component] = pack[VIEW + component * LANES + lane]


@njit(cache=True, error_model="numpy")
def _moved(i, v, rest, nodes, offsets):
    """Mean, quaternion and scales in rest-pose space: carried by the nodes, then changed by values from ``v`` on."""
    x, y, z = float(rest.means[i, 0]), float(rest.means[i, 1]), float(rest.means[i, 2])
    qw, qx = float(rest.quats[i, 0]), float(rest.quats[i, 1])
    qy, qz = float(rest.quats[i, 2]), float(rest.quats[i, 3])
    s0, s1, s2 = float(rest.scales[i, 0]), float(rest.scales[i, 1]), float(rest.scales[i, 2])
    if nodes.indices.shape[0] > 0:
        x, y, z, rw, rx, ry, rz = _carried(i, x, y, z, nodes)
        qw, qx, qy, qz = quaternion_product(rw, rx, ry, rz, qw, qx, qy, qz)
    move, turn, stretch = offsets
    if move.shape[0] > 0:
        x += move[v]
        y += move[v + 1]
        z += move[v + 2]
    if turn.shape[0] > 0 and (turn[v] != 0.0 or turn[v + 1] != 0.0 or turn[v + 2] != 0.0):
        tx, ty, tz = float(turn[v]), float(turn[v + 1]), float(turn[v + 2])
        angle = math.sqrt(tx * tx + ty * ty + tz * tz)
        factor = math.sin(0.5 * angle) / angle
        qw, qx, qy, qz = quaternion_product(
            math.cos(0.5 * angle), factor * tx, factor * ty, factor * tz, qw, qx, qy, qz
        )
    if stretch.shape[0] > 0:
        s0 *= math.exp(stretch[v])
        s1 *= math.exp(stretch[v + 1])
        s2 *= math.exp(stretch[v + 2])
    return x, y, z, qw, qx, qy, qz, s0, s1, s2


@njit(cache=True, error_model="numpy")
def _blended(i, rest, joints):
    """Linear blend skinning: how many joints, M = [L | t] row by row, and the blended unit quaternion.

    The quaternion is the first guess of the polar rotation of L.
    """
    used = 0
    l00 = l01 = l02 = t0 = 0.0
    l10 = l11 = l12 = t1 = 0.0
    l20 = l21 = l22 = t2 = 0.0
    pw = px = py = pz = 0.0
    for slot in range(4):
        a = float(rest.weights[i, slot])
        if a == 0.0:
            continue
        used += 1
        bone = rest.joints[i, slot]
        m = joints.matrices[bone]
        l00 += a * m[0, 0]
        l01 += a * m[0, 1]
        l02 += a * m[0, 2]
        t0 += a * m[0, 3]
        l10 += a * m[1, 0]
        l11 += a * m[1, 1]
        l12 += a * m[1, 2]
        t1 += a * m[1, 3]
        l20 += a * m[2, 0]
        l21 += a * m[2, 1]
        l22 += a * m[2, 2]
        t2 += a * m[2, 3]
        bw, bx, by, bz = joints.quats[bone, 0], joints.quats[bone, 1], joints.quats[bone, 2], joints.quats[bone, 3]
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
    return used, (l00, l01, l02, t0, l10, l11, l12, t1, l20, l21, l22, t2), (pw, px, py, pz)


@njit(cache=True, error_model="numpy")
def _pose_one(i, v, rest, joints, nodes, offsets, packs, sheared, posed):
    """Pose one Gaussian, or put it into a pack where L is no rotation; returns how many are in packs now."""
    x, y, z, qw, qx, qy, qz, s0, s1, s2 = _moved(i, v, rest, nodes, offsets)
    used, (l00, l01, l02, t0, l10, l11, l12, t1, l20, l21, l22, t2), (pw, px, py, pz) = _blended(i, rest, joints)
    posed.means[i, 0] = l00 * x + l01 * y + l02 * z + t0
    posed.means[i, 1] = l10 * x + l11 * y + l12 * z + t1
    posed.means[i, 2] = l20 * x + l21 * y + l22 * z + t2
    if used > 1:
        pack = packs.lanes[sheared // LANES * PACK :]
        lane = sheared % LANES
        packs.members[sheared] = i
        put3(pack, LINEAR + lane, l00, l01, l02)
        put3(pack, LINEAR + 3 * LANES + lane, l10, l11, l12)
        put3(pack, LINEAR + 6 * LANES + lane, l20, l21, l22)
        put3(pack, SCALE + lane, s0, s1, s2)
        put4(pack, VIEW + lane, pw, px, py, pz)
        put4(pack, TURN + lane, qw, qx, qy, qz)
        return sheared + 1
    posed.views[i, 0], posed.views[i, 1], posed.views[i, 2], posed.views[i, 3] = pw, px, py, pz
    qw, qx, qy, qz = quaternion_product(pw, px, py, pz, qw, qx, qy, qz)
    length = 1.0 / math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
    posed.quats[i, 0], posed.quats[i, 1] = qw * length, qx * length
    posed.quats[i, 2], posed.quats[i, 3] = qy * length, qz * length
    posed.scales[i, 0], posed.scales[i, 1], posed.scales[i, 2] = s0, s1, s2
    return sheared


@parallel_kernel(chunk=16 * BLOCK, error_model="numpy")
def pose_gaussians(first, last, rest, joints, nodes, correctives, detail, posed):
    """Fill ``posed`` of type :class:`PosedGaussians`; the other records are of the types above, in their order."""
    packs = _Packs(np.empty((BLOCK // LANES) * PACK, np.float32), np.empty(BLOCK, np.int64))
    a, indices = correctives.coefficients, detail.indices
    for start in range(first, last, BLOCK):
        stop = min(last, start + BLOCK)
        rows = (np.searchsorted(indices, start), np.searchsorted(indices, stop))
        offsets = _Offsets(
            _added_up(start, stop, a, correctives.position, rows, indices, detail.position),
            _added_up(start, stop, a, correctives.rotation, rows, indices, detail.rotation),
            _added_up(start, stop, a, correctives.log_scale, rows, indices, detail.log_scale),
        )
        sheared = 0
        for i in range(start, stop):
            sheared = _pose_one(i, 3 * (i - start), rest, joints, nodes, offsets, packs, sheared, posed)
        _solve_shear(packs, sheared, posed)
