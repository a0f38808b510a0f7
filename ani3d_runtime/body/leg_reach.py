"""Legs brought to where their ankles shall be, by hip and knee: two bones and the law of cosines, compiled."""

# pyright: basic
from __future__ import annotations

import numpy as np

from ani3d_runtime.body.retarget_kernels import copy_into, multiply_into, normalised_into, relative_into, rotate_into
from ani3d_runtime.kernels import inner, kernel

LEG_JOINTS = ("hip", "knee", "ankle", "foot")
NEGLIGIBLE_M = 1e-4


@kernel()
def reach_ankles(local, root, parents, zero, legs, added):
    """Turn hips and knees of every frame so that ankles move by ``added``; feet keep their orientation.

    Args:
        local: [T, J, 4] float32 local rotations, changed in place.
        root: [T, 3] float32 added to the root's zero position.
        parents: [J].
        zero: [J, 3] joints of the zero pose, metres.
        legs: [2, 4] hip, knee, ankle and toe joint of either side.
        added: [T, 2, 3] metres, in the world.
    """
    joints = len(parents)
    turns, places, target = np.empty((joints, 4)), np.empty((joints, 3)), np.empty(3)
    for frame in range(len(local)):
        place_joints(local[frame], root[frame], parents, zero, turns, places)
        for side in range(2):
            ankle = legs[side, 2]
            for axis in range(3):
                target[axis] = places[ankle, axis] + added[frame, side, axis]
            if distance_of(target, places[ankle]) > NEGLIGIBLE_M:
                reach(local[frame], turns, places, parents[legs[side, 0]], legs[side], target)


@kernel()
def reach_along(local, root, parents, zero, legs, lines):
    """Turn hips and knees of every frame so that ankles are at ``lines`` [T, 2, 3] from their hips; else as above."""
    joints = len(parents)
    turns, places, target = np.empty((joints, 4)), np.empty((joints, 3)), np.empty(3)
    for frame in range(len(local)):
        place_joints(local[frame], root[frame], parents, zero, turns, places)
        for side in range(2):
            hip, ankle = legs[side, 0], legs[side, 2]
            for axis in range(3):
                target[axis] = places[hip, axis] + lines[frame, side, axis]
            if distance_of(target, places[ankle]) > NEGLIGIBLE_M:
                reach(local[frame], turns, places, parents[hip], legs[side], target)


@inner()
def place_joints(local, root, parents, zero, turns, places):
    """Global rotations [J, 4] and positions [J, 3] of one pose."""
    bone, arm = np.empty(3), np.empty(3)
    for joint in range(len(parents)):
        parent = parents[joint]
        for axis in range(3):
            bone[axis] = zero[joint, axis] - (zero[parent, axis] if parent >= 0 else -root[axis])
        if parent < 0:
            copy_into(local[joint], turns[joint])
            copy_into(bone, places[joint])
            continue
        rotate_into(turns[parent], bone, arm)
        for axis in range(3):
            places[joint, axis] = places[parent, axis] + arm[axis]
        multiply_into(turns[parent], local[joint], turns[joint])


@inner()
def reach(local, turns, places, trunk, leg, target):
    """Bring an ankle to ``target``, as far as the leg is long. ``trunk`` is the joint above the hip."""
    hip, knee, ankle = leg[0], leg[1], leg[2]
    thigh, shin, moved, far_to, axis = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for k in range(3):
        thigh[k] = places[knee, k] - places[hip, k]
        shin[k] = places[ankle, k] - places[knee, k]
        far_to[k] = target[k] - places[hip, k]
    a, b, far = length_of(thigh), length_of(shin), length_of(far_to)
    if far < 0.1 * a:
        return  # a foot at the hip gives no direction to reach for
    _cross_into(thigh, shin, axis)
    plane = length_of(axis)
    if plane <= 1e-4 * a * b:
        # A straight leg has no plane to bend in: it bends as knees do, about what points to the side.
        moved[0], moved[1], moved[2] = 1.0, 0.0, 0.0
        rotate_into(turns[hip], moved, axis)
        plane = 1.0
    distance = min(max(far, abs(a - b) + 1e-4), a + b - 1e-4)
    bend = _interior(a, b, distance_of(places[ankle], places[hip])) - _interior(a, b, distance)
    knee_turn, leg_turn, quat = np.empty(4), np.empty(4), np.empty(4)
    knee_turn[0] = np.cos(bend / 2)
    for k in range(3):
        knee_turn[1 + k] = np.sin(bend / 2) * axis[k] / plane
    rotate_into(knee_turn, shin, moved)
    for k in range(3):
        moved[k] += thigh[k]
    # The smallest turn from where the ankle is now, seen from the hip, to where it shall be.
    _cross_into(moved, far_to, axis)
    copy_into(axis, leg_turn[1:])
    leg_turn[0] = length_of(moved) * far + moved[0] * far_to[0] + moved[1] * far_to[1] + moved[2] * far_to[2]
    normalised_into(leg_turn, leg_turn)
    new_hip, new_knee = np.empty(4), np.empty(4)
    multiply_into(leg_turn, turns[hip], new_hip)
    multiply_into(knee_turn, turns[knee], quat)
    multiply_into(leg_turn, quat, new_knee)
    for joint, parent, child in ((hip, turns[trunk], new_hip), (knee, new_hip, new_knee)):
        relative_into(parent, child, quat)
        normalised_into(quat, local[joint])
    relative_into(new_knee, turns[ankle], quat)
    normalised_into(quat, local[ankle])


@inner()
def length_of(a):
    """Length of a vector [3]."""
    return np.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


@inner()
def distance_of(a, b):
    """Distance of two points [3]."""
    return np.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)


@inner()
def _interior(a, b, c):
    """The angle between sides a and b of a triangle, opposite c."""
    return np.arccos(min(1.0, max(-1.0, (a * a + b * b - c * c) / (2 * a * b))))


@inner()
def _cross_into(a, b, out):
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]
