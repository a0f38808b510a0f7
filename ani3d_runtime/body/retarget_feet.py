"""FootLock: a foot that stands stays where it stands, though bones of other lengths would make it slide.

A foot counts as standing while its toe joint is low and slow; heels roll. It is then held there by turning hip and knee
(two bones, law of cosines), its own orientation kept; once it moves off, what the lock has added fades.
"""

# pyright: basic
from __future__ import annotations

import numba
import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_kernels import multiply_into, rotate_into
from ani3d_runtime.body.skeleton import Skeleton

_LOW_M = 0.09  # toe joints of a standing adult are 3 cm above the floor
_SLOW_M_S, _MOVING_M_S = 0.4, 0.8
_MAX_HELD_M = 0.12
_FADE_S = 0.08  # to a third
_NOTHING_M = 1e-4


class FootLock:
    """Holds the feet of one body, pose after pose.

    Args:
        skeleton: the body's; the floor is y = 0.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        names = skeleton.joint_names
        self._parents = np.ascontiguousarray(skeleton.parents, dtype=np.int32)
        self._zero = skeleton.zero_joints_m.astype(np.float64)
        joints = ("hip", "knee", "ankle", "foot")
        self._legs = np.array([[names.index(f"{side}_{joint}") for joint in joints] for side in ("left", "right")])
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


@numba.njit(cache=True, nogil=True)
def _hold(local, root, dt_s, parents, zero, legs, before, held, added, standing):
    joints = len(parents)
    turns, places = np.empty((joints, 4)), np.empty((joints, 3))
    arm, quat = np.empty(3), np.empty(4)
    turns[0] = local[0]
    places[0] = zero[0] + root
    for joint in range(1, joints):
        parent = parents[joint]
        rotate_into(turns[parent], zero[joint] - zero[parent], arm)
        places[joint] = places[parent] + arm
        quat[:] = local[joint]
        multiply_into(turns[parent], quat, turns[joint])
    for side in range(2):
        hip, knee, ankle = legs[side, 0], legs[side, 1], legs[side, 2]
        place = places[legs[side, 3]].copy()
        speed = np.sqrt(((place - before[side]) ** 2).sum()) / dt_s
        before[side] = place
        if standing[side]:
            away = np.sqrt(((place - held[side]) ** 2).sum())
            standing[side] = speed < _MOVING_M_S and away < _MAX_HELD_M
        elif speed < _SLOW_M_S and place[1] < _LOW_M:
            # Where it is shown now, so that nothing jumps when it is caught again while the last hold fades.
            held[side] = place + added[side]
            standing[side] = True
        if standing[side]:
            added[side] = held[side] - place
        else:
            added[side] *= np.exp(-dt_s / _FADE_S)
        if (added[side] ** 2).sum() > _NOTHING_M**2:
            _reach(local, turns, places, parents[hip], hip, knee, ankle, places[ankle] + added[side])


@numba.njit(cache=True, nogil=True)
def _reach(local, turns, places, trunk, hip, knee, ankle, target):
    """Bring the ankle to ``target``, as far as the leg is long."""
    thigh, shin = places[knee] - places[hip], places[ankle] - places[knee]
    a, b = np.sqrt((thigh**2).sum()), np.sqrt((shin**2).sum())
    reach = target - places[hip]
    distance = min(max(np.sqrt((reach**2).sum()), abs(a - b) + 1e-4), a + b - 1e-4)
    now = np.sqrt(((places[ankle] - places[hip]) ** 2).sum())
    bend = _interior(a, b, now) - _interior(a, b, distance)
    axis = np.cross(thigh, shin)
    length = np.sqrt((axis**2).sum())
    if length < 1e-6 * a * b:
        return  # a straight leg has no plane to bend in; it is straight for a frame or two only
    axis /= length
    knee_turn, leg_turn, quat, arm = np.empty(4), np.empty(4), np.empty(4), np.empty(3)
    knee_turn[0] = np.cos(bend / 2)
    knee_turn[1:] = np.sin(bend / 2) * axis
    rotate_into(knee_turn, shin, arm)
    moved = thigh + arm
    # The smallest turn from where the ankle is now, seen from the hip, to where it shall be.
    u, v = moved / np.sqrt((moved**2).sum()), reach / np.sqrt((reach**2).sum())
    leg_turn[0] = 1.0 + (u * v).sum()
    leg_turn[1:] = np.cross(u, v)
    leg_turn /= np.sqrt((leg_turn**2).sum())
    new_hip, new_knee = np.empty(4), np.empty(4)
    multiply_into(leg_turn, turns[hip], new_hip)
    multiply_into(knee_turn, turns[knee], quat)
    multiply_into(leg_turn, quat, new_knee)
    _local(turns[trunk], new_hip, local[hip])
    _local(new_hip, new_knee, local[knee])
    _local(new_knee, turns[ankle], local[ankle])


@numba.njit(cache=True, nogil=True)
def _interior(a, b, c):
    """The angle between sides a and b of a triangle, opposite c."""
    return np.arccos(min(1.0, max(-1.0, (a * a + b * b - c * c) / (2 * a * b))))


@numba.njit(cache=True, nogil=True)
def _local(parent, child, out):
    inverse, quat = np.empty(4), np.empty(4)
    inverse[0], inverse[1:] = parent[0], -parent[1:]
    multiply_into(inverse, child, quat)
    out[:] = quat / np.sqrt((quat**2).sum())
