"""FootLock: a foot that stands stays where it stands, though bones of other lengths would make it slide.

A foot counts as standing while its toe joint is low and slow; heels roll. It is then held there by turning hip and knee
(two bones, law of cosines), its own orientation kept; once it moves off, what the lock has added fades.
"""

# pyright: basic
from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_kernels import copy_into, multiply_into, normalised_into, relative_into, rotate_into
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.kernels import inner, kernel

_LOW_M = 0.09  # toe joints of a standing adult are 3 cm above the floor
_SLOW_M_S, _MOVING_M_S = 0.4, 0.8
_MAX_HELD_M = 0.12
_FADE_S = 0.08  # to a third
_NOTHING_M = 1e-4


class FootLock:
    """Holds the feet of one body, pose after pose.

    Args:
        skeleton: the body's; the floor is y = 0.

    Raises:
        MotionError: ``retarget-no-legs``.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        names = skeleton.joint_names
        self._parents = np.ascontiguousarray(skeleton.parents, dtype=np.int32)
        self._zero = skeleton.zero_joints_m.astype(np.float64)
        legs = [[f"{side}_{joint}" for joint in ("hip", "knee", "ankle", "foot")] for side in ("left", "right")]
        missing = [joint for leg in legs for joint in leg if joint not in names]
        if missing:
            raise MotionError(
                "retarget-no-legs",
                "foot lock",
                found=f"an avatar without {', '.join(missing)}",
                expected="hips, knees, ankles and feet under their names in SMPL",
                fix="Publish without locking the feet.",
            )
        self._legs = np.array([[names.index(joint) for joint in leg] for leg in legs])
        self._before = np.full((2, 3), np.nan)
        self._held = np.zeros((2, 3))
        self._added = np.zeros((2, 3))
        self._standing = np.zeros(2, dtype=np.bool_)

    def hold(self, local_wxyz: Float32Array, root_translation_m: Float32Array, dt_s: float) -> None:
        """Change the legs' rotations [J, 4] so that standing feet stay; ``dt_s`` seconds since the pose before."""
        _hold(
            local_wxyz,
            root_translation_m,
            max(dt_s, 1e-3),
            self._parents,
            self._zero,
            self._legs,
            self._before,
            self._held,
            self._added,
            self._standing,
        )

    def release(self) -> None:
        """The motion does not go on from the pose before."""
        self._before[:] = np.nan
        self._added[:] = 0
        self._standing[:] = False


@kernel()
def _hold(local, root, dt_s, parents, zero, legs, before, held, added, standing):
    joints = len(parents)
    turns, places = np.empty((joints, 4)), np.empty((joints, 3))
    bone, arm = np.empty(3), np.empty(3)
    for joint in range(joints):
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
    fading = np.exp(-dt_s / _FADE_S)
    target = np.empty(3)
    for side in range(2):
        hip, ankle, toe = legs[side, 0], legs[side, 2], legs[side, 3]
        speed = _distance(places[toe], before[side]) / dt_s
        copy_into(places[toe], before[side])
        if standing[side]:
            standing[side] = speed < _MOVING_M_S and _distance(places[toe], held[side]) < _MAX_HELD_M
        elif speed < _SLOW_M_S and places[toe, 1] < _LOW_M:
            standing[side] = True
            for axis in range(3):
                # Where it is shown now, so that nothing jumps when it is caught again while the last hold fades.
                held[side, axis] = places[toe, axis] + added[side, axis]
        for axis in range(3):
            if standing[side]:
                added[side, axis] = held[side, axis] - places[toe, axis]
            else:
                added[side, axis] *= fading
            target[axis] = places[ankle, axis] + added[side, axis]
        if _distance(target, places[ankle]) > _NOTHING_M:
            _reach(local, turns, places, parents[hip], hip, legs[side, 1], ankle, target)


@inner()
def _reach(local, turns, places, trunk, hip, knee, ankle, target):
    """Bring the ankle to ``target``, as far as the leg is long."""
    thigh, shin, moved, reach, axis = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for k in range(3):
        thigh[k] = places[knee, k] - places[hip, k]
        shin[k] = places[ankle, k] - places[knee, k]
        reach[k] = target[k] - places[hip, k]
    a, b, far = _length(thigh), _length(shin), _length(reach)
    _cross_into(thigh, shin, axis)
    plane = _length(axis)
    if plane <= 1e-6 * a * b or far < 0.1 * a:
        return  # a straight leg has no plane to bend in, a foot at the hip no direction to reach for
    distance = min(max(far, abs(a - b) + 1e-4), a + b - 1e-4)
    bend = _interior(a, b, _distance(places[ankle], places[hip])) - _interior(a, b, distance)
    knee_turn, leg_turn, quat = np.empty(4), np.empty(4), np.empty(4)
    knee_turn[0] = np.cos(bend / 2)
    for k in range(3):
        knee_turn[1 + k] = np.sin(bend / 2) * axis[k] / plane
    rotate_into(knee_turn, shin, moved)
    for k in range(3):
        moved[k] += thigh[k]
    # The smallest turn from where the ankle is now, seen from the hip, to where it shall be.
    _cross_into(moved, reach, axis)
    copy_into(axis, leg_turn[1:])
    leg_turn[0] = _length(moved) * far + moved[0] * reach[0] + moved[1] * reach[1] + moved[2] * reach[2]
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
def _interior(a, b, c):
    """The angle between sides a and b of a triangle, opposite c."""
    return np.arccos(min(1.0, max(-1.0, (a * a + b * b - c * c) / (2 * a * b))))


@inner()
def _length(a):
    return np.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


@inner()
def _distance(a, b):
    return np.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)


@inner()
def _cross_into(a, b, out):
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]
