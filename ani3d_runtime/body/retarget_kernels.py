"""Retargeting frame by frame, compiled: what :mod:`ani3d_runtime.body.retarget` describes."""

# pyright: basic
from __future__ import annotations

import numpy as np

from ani3d_runtime.kernels import inner, kernel

UNIT_TOLERANCE = 0.01


@inner()
def copy_into(a, out):
    """``out`` = a. Of ``out[:] = a`` numba compiles, for a second, what it would say if the shapes differed."""
    for k in range(len(out)):
        out[k] = a[k]


@inner()
def multiply_into(a, b, out):
    """``out`` = a ⊗ b; ``out`` is neither."""
    aw, ax, ay, az = a[0], a[1], a[2], a[3]
    bw, bx, by, bz = b[0], b[1], b[2], b[3]
    out[0] = aw * bw - ax * bx - ay * by - az * bz
    out[1] = aw * bx + ax * bw + ay * bz - az * by
    out[2] = aw * by - ax * bz + ay * bw + az * bx
    out[3] = aw * bz + ax * by - ay * bx + az * bw


@inner()
def rotate_into(q, v, out):
    """``out`` [3] = v turned by the unit quaternion q."""
    tx = 2 * (q[2] * v[2] - q[3] * v[1])
    ty = 2 * (q[3] * v[0] - q[1] * v[2])
    tz = 2 * (q[1] * v[1] - q[2] * v[0])
    out[0] = v[0] + q[0] * tx + q[2] * tz - q[3] * ty
    out[1] = v[1] + q[0] * ty + q[3] * tx - q[1] * tz
    out[2] = v[2] + q[0] * tz + q[1] * ty - q[2] * tx


@inner()
def relative_into(a, b, out):
    """``out`` = conj(a) ⊗ b of unit quaternions; ``out`` is neither."""
    aw, ax, ay, az = a[0], -a[1], -a[2], -a[3]
    bw, bx, by, bz = b[0], b[1], b[2], b[3]
    out[0] = aw * bw - ax * bx - ay * by - az * bz
    out[1] = aw * bx + ax * bw + ay * bz - az * by
    out[2] = aw * by - ax * bz + ay * bw + az * bx
    out[3] = aw * bz + ax * by - ay * bx + az * bw


@inner()
def normalised_into(a, out):
    """``out`` = a at unit length."""
    length = np.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2] + a[3] * a[3])
    for component in range(4):
        out[component] = a[component] / length


@kernel()
def pose_fault(rotations_wxyz, root_position):
    """0 where a pose can be used, 1 where it is not finite, 2 where a quaternion is not of unit length."""
    for axis in range(3):
        if not np.isfinite(root_position[axis]):
            return 1
    for joint in range(len(rotations_wxyz)):
        length = 0.0
        for component in range(4):
            length += rotations_wxyz[joint, component] ** 2
        if not np.isfinite(length):
            return 1
        if abs(np.sqrt(length) - 1) > UNIT_TOLERANCE:
            return 2
    return 0


@kernel()
def retarget_frames(
    rotations_wxyz,  # [T, K, 4] local, of the source
    root_position,  # [T, 3]
    parents,  # [K]
    offsets,  # [K, 3]
    source_of,  # [J] joint of the source, -1 where the body's joint follows its parent
    afterwards,  # [J, 4] what each body joint turns by before its source's rotation
    body_parents,  # [J]
    legs,  # [2, 2] hip and ankle joint of the source, left and right
    scale,
    raised,  # metres
    hips_from_root,  # [3] metres, in the root's frame
    zero_root,  # [3] metres
    local_out,  # [T, J, 4] float32
    root_out,  # [T, 3] float32
    lines_out,  # [T, 2, 3] metres
):
    """Local rotations and root translations of the body for every frame of the source, and its ankles from its hips."""
    joints, bodies = len(parents), len(source_of)
    turns, places = np.empty((joints, 4)), np.empty((joints, 3))
    globals_ = np.empty((bodies, 4))
    arm, local = np.empty(3), np.empty(4)
    for frame in range(len(rotations_wxyz)):
        copy_into(rotations_wxyz[frame, 0], turns[0])
        copy_into(root_position[frame], places[0])
        for joint in range(1, joints):
            parent = parents[joint]
            rotate_into(turns[parent], offsets[joint], arm)
            for axis in range(3):
                places[joint, axis] = places[parent, axis] + arm[axis]
            multiply_into(turns[parent], rotations_wxyz[frame, joint], turns[joint])
        for joint in range(bodies):
            if source_of[joint] >= 0:
                multiply_into(turns[source_of[joint]], afterwards[joint], globals_[joint])
            elif joint == 0:
                copy_into(afterwards[0], globals_[0])
            else:
                copy_into(globals_[body_parents[joint]], globals_[joint])
            if joint == 0:
                copy_into(globals_[0], local)
            else:
                relative_into(globals_[body_parents[joint]], globals_[joint], local)
            normalised_into(local, local_out[frame, joint])
        rotate_into(globals_[0], hips_from_root, arm)
        for axis in range(3):
            hip_axis = (places[legs[0, 0], axis] + places[legs[1, 0], axis]) / 2
            root_out[frame, axis] = scale * hip_axis - arm[axis] - zero_root[axis]
            for side in range(2):
                lines_out[frame, side, axis] = scale * (places[legs[side, 1], axis] - places[legs[side, 0], axis])
        root_out[frame, 1] += raised
