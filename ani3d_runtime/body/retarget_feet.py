"""FootLock: a foot that stands stays where it stands, though bones of other lengths would make it slide.

A foot counts as standing while its toe joint is low and slow; heels roll. It is then held there over the ground, and
its sole let down, or up, to the floor, by turning hip and knee (two bones, law of cosines), its own orientation kept.
Where a foot comes to stand it brakes, and once it moves off what the lock has added fades, both as a critically damped
spring does: the speed of the foot never jumps, and knees are not jerked. For a whole motion there is ``foot_planting``.
"""

# pyright: basic
from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.leg_reach import NEGLIGIBLE_M, distance_of, place_joints, reach
from ani3d_runtime.body.retarget_kernels import rotate_into
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.body.sole_points import sole_points
from ani3d_runtime.kernels import inner, kernel

_LOW_M = 0.09  # toe joints of a standing adult are 3 cm above the floor
_SLOW_M_S, _MOVING_M_S = 0.2, 0.5
_MAX_HELD_M = 0.12
# Soles that are farther from the floor are held in height as well; and a sole lifts so far before its foot leaves.
_FLOOR_M, _LIFTS_M = 0.06, 0.02
# Of the spring: a tenth is left after 0.2 s.
_RATE_HZ = 20.0


class FootLock:
    """Holds the feet of one body, pose after pose.

    Args:
        skeleton: the body's; the floor is y = 0.

    Raises:
        MotionError: ``retarget-no-legs``.
    """

    def __init__(self, skeleton: Skeleton) -> None:
        soles = sole_points(skeleton)
        self._parents = np.ascontiguousarray(skeleton.parents, dtype=np.int32)
        self._zero = skeleton.zero_joints_m.astype(np.float64)
        self._legs, self._carriers, self._offsets = soles.legs, soles.joints, soles.offsets_m
        # Rows of a foot: where its source was, what it is held at, what is added, the speed of that, and its own speed.
        self._feet = np.zeros((2, 5, 3))
        # Where its sole was lowest in this stance, metres.
        self._lowest = np.zeros(2)
        self._standing = np.zeros(2, dtype=np.bool_)
        self.release()

    def hold(self, local_wxyz: Float32Array, root_translation_m: Float32Array, dt_s: float) -> None:
        """Change the legs' rotations [J, 4] so that standing feet stay; ``dt_s`` seconds since the pose before."""
        _hold(
            local_wxyz,
            root_translation_m,
            max(dt_s, 1e-3),
            self._parents,
            self._zero,
            self._legs,
            self._carriers,
            self._offsets,
            self._feet,
            self._lowest,
            self._standing,
        )

    def release(self) -> None:
        """The motion does not go on from the pose before."""
        self._feet[:] = 0
        self._feet[:, 0] = np.nan
        self._standing[:] = False


@kernel()
def _hold(local, root, dt_s, parents, zero, legs, carriers, offsets, feet, lowest, standing):
    joints = len(parents)
    turns, places = np.empty((joints, 4)), np.empty((joints, 3))
    place_joints(local, root, parents, zero, turns, places)
    at, target, arm = np.empty(3), np.empty(3), np.empty(3)
    for side in range(2):
        ankle, toe = legs[side, 2], legs[side, 3]
        before, held, added, speed, shown_speed = feet[side]
        # Over the ground a foot is where its toe joint is, in height where its sole is.
        low = np.inf
        for point in range(3):
            rotate_into(turns[carriers[side, point]], offsets[side, point], arm)
            low = min(low, places[carriers[side, point], 1] + arm[1])
        at[0], at[1], at[2] = places[toe, 0], low, places[toe, 2]
        fresh = np.isnan(before[0])
        moved = 0.0 if fresh else distance_of(at, before) / dt_s
        if standing[side]:
            lowest[side] = min(lowest[side], low)
            standing[side] = (
                moved < _MOVING_M_S
                and np.hypot(at[0] - held[0], at[2] - held[2]) < _MAX_HELD_M
                and low < lowest[side] + _LIFTS_M
            )
        for axis in range(3):
            if fresh:
                added[axis] = speed[axis] = shown_speed[axis] = 0.0
            elif standing[side]:
                shown, shown_speed[axis] = _sprung(before[axis] + added[axis] - held[axis], shown_speed[axis], dt_s)
                after = held[axis] + shown - at[axis]
                speed[axis] = (after - added[axis]) / dt_s
                added[axis] = after
            else:
                after, speed[axis] = _sprung(added[axis], speed[axis], dt_s)
                shown_speed[axis] = (at[axis] + after - before[axis] - added[axis]) / dt_s
                added[axis] = after
            before[axis] = at[axis]
            target[axis] = places[ankle, axis] + added[axis]
        if not standing[side] and not fresh and moved < _SLOW_M_S and places[toe, 1] < _LOW_M:
            standing[side] = True
            lowest[side] = low
            for axis in range(3):
                # Where it comes to rest when it brakes from here.
                held[axis] = at[axis] + added[axis] + shown_speed[axis] / _RATE_HZ
            if abs(low) < _FLOOR_M:
                held[1] = 0.0
        if distance_of(target, places[ankle]) > NEGLIGIBLE_M:
            reach(local, turns, places, parents[legs[side, 0]], legs[side], target)


@inner()
def _sprung(offset, velocity, dt_s):
    """The offset, and its velocity, that a critically damped spring has left after ``dt_s``."""
    pulled = velocity + _RATE_HZ * offset
    left = np.exp(-_RATE_HZ * dt_s)
    return (offset + pulled * dt_s) * left, (velocity - _RATE_HZ * pulled * dt_s) * left
