"""Looping motions: one period of a motion, joined at the seam, and the endless row of its frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.period import gone_on_with
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.geometry.heading import heading_of, heading_rotation
from ani3d_runtime.geometry.quaternion import (
    conjugate,
    multiply,
    normalised,
    quaternion_from_rotation_vector,
    rotate,
    rotation_vector_from_quaternion,
)
from ani3d_runtime.geometry.travel import Travel, about_y

# What the poses on both sides of the seam differ by is taken out over so many seconds before and after it, or half a
# period; what their velocities differ by over fewer, as it would grow with the time.
_POSE_S = 1.0
_VELOCITY_S = 0.25
# A path that turns by less in a period is straight, and one that goes on by less, as slowly, stays where it is.
_STRAIGHT_RAD = np.radians(5.0)
_STILL_M = 0.15
_STILL_M_S = 0.25


@dataclass(frozen=True)
class LoopingMotion:
    """One period of a motion whose frame T is frame 0 again, its root carried by the travel.

    Attributes:
        motion: T frames.
        travel: of the root in one period; None where it comes back.
        root_joint_m: [3] the root joint in the zero pose, which root translations are added to.
    """

    motion: Motion
    travel: Travel | None
    root_joint_m: Float32Array

    def unrolled(self, before: int, after: int) -> Motion:
        """Frames -``before`` to T + ``after`` (exclusive) of the endless row."""
        count = self.motion.frame_count
        numbers = np.arange(-before, count + after)
        turns, frames = np.divmod(numbers, count)
        root = self.motion.root_translation_m[frames].astype(np.float64)
        rotations = self.motion.joint_rotations_wxyz[frames].astype(np.float64)
        if self.travel is not None:
            joint = self.root_joint_m.astype(np.float64)
            for turn in np.unique(turns):
                rows = turns == turn
                shift_m, heading_rad = self.travel.power(int(turn))
                root[rows] = about_y(heading_rad, joint + root[rows]) + shift_m - joint
                rotations[rows, 0] = multiply(heading_rotation(np.array(heading_rad)), rotations[rows, 0])
        return replace(
            self.motion,
            root_translation_m=root.astype(np.float32),
            joint_rotations_wxyz=rotations.astype(np.float32),
        )


def looped(motion: Motion, skeleton: Skeleton, start: int, end: int) -> LoopingMotion:
    """Frames ``start`` to ``end`` (exclusive) of a motion as one period, so that ``end`` is ``start`` again.

    Pose, height and their velocities are joined: what they differ by goes into the frames around the seam, half of it
    on either side. Where the root goes over the ground, its path and its heading are kept, and what a period adds to
    them is the travel; a path that is all but straight becomes straight, and one that all but stays is brought back.

    Args:
        motion: of T frames, on ``skeleton``.
        start, end: 0 <= start < end <= T, and at least two frames.
    """
    longer = gone_on_with(motion) if end == motion.frame_count else motion
    joint = skeleton.zero_joints_m[0].astype(np.float64)
    root = joint + longer.root_translation_m.astype(np.float64)
    rotations = longer.joint_rotations_wxyz.astype(np.float64)
    travel = _travel(root, rotations[:, 0], start, end, motion.fps)
    seam = _Seam.of(root, rotations, start, end, travel)
    count = end - start
    near, away = _shares(count, round(_POSE_S * motion.fps)), _bumps(count, round(_VELOCITY_S * motion.fps))
    turned = rotations[start:end].copy()
    # The seam is seen from its end; frames after it have the heading of the start.
    ahead, back = near[:, None] > 0, 0.0 if travel is None else -travel.heading_rad
    for child in range(rotations.shape[1]):
        for vectors in (near[:, None] * seam.turn_rad[child], away[:, None] * seam.turning_rad[child]):
            seen = np.where(ahead, about_y(back, vectors), vectors) if child == 0 else vectors
            turned[:, child] = multiply(quaternion_from_rotation_vector(seen), turned[:, child])
    turned = normalised(turned)
    moved = near[:, None] * seam.shift_m + away[:, None] * seam.shifting_m
    moved = np.where(ahead, about_y(back, moved), moved)
    # What led to the first frame is no part of a loop: earlier periods are.
    period = replace(
        motion,
        before=None,
        root_translation_m=(root[start:end] + moved - joint).astype(np.float32),
        joint_rotations_wxyz=turned.astype(np.float32),
    )
    return LoopingMotion(period, travel, skeleton.zero_joints_m[0])


@dataclass(frozen=True)
class _Seam:
    """What frame ``end`` has ahead of frame ``start``, carried by the travel.

    Attributes:
        turn_rad: [J, 3] rotation vectors of local rotations; turning_rad: [J, 3] the same of their steps, as they are
            once both frames are turned to the middle between them.
        shift_m: [3] of the root; shifting_m: [3] the same of its steps.
    """

    turn_rad: Float64Array
    turning_rad: Float64Array
    shift_m: Float64Array
    shifting_m: Float64Array

    @classmethod
    def of(cls, root: Float64Array, rotations: Float64Array, start: int, end: int, travel: Travel | None) -> _Seam:
        heading, shift = (0.0, np.zeros(3)) if travel is None else (travel.heading_rad, np.array(travel.translation_m))
        carry = heading_rotation(np.array(heading))
        first, last = rotations[start].copy(), rotations[end]
        first[0] = multiply(carry, first[0])
        # Steps are taken in the middle where both frames have neighbours on both sides, and next to the seam elsewhere.
        middle = start > 0 and end + 1 < len(root)
        before = (start - 1, start + 1) if middle else (start, start + 1)
        behind = (end - 1, end + 1) if middle else (end - 1, end)
        parts = 2.0 if middle else 1.0
        turning = _between(rotations, *before) / parts
        turning[0] = about_y(heading, turning[0])
        step = about_y(heading, (root[before[1]] - root[before[0]]) / parts)
        turn = rotation_vector_from_quaternion(multiply(last, conjugate(first)))
        half = quaternion_from_rotation_vector(turn / 2)
        return cls(
            turn_rad=turn,
            turning_rad=rotate(conjugate(half), _between(rotations, *behind) / parts) - rotate(half, turning),
            shift_m=root[end] - about_y(heading, root[start]) - shift,
            shifting_m=(root[behind[1]] - root[behind[0]]) / parts - step,
        )


def _travel(root: Float64Array, root_rotations: Float64Array, start: int, end: int, fps: float) -> Travel | None:
    """What a period adds to the root's path; None where it stays and faces where it did."""
    heading = heading_of(root_rotations)
    turn = float((heading[end] - heading[start] + np.pi) % (2 * np.pi) - np.pi)
    turn = turn if abs(turn) >= _STRAIGHT_RAD else 0.0
    way = (root[end] - root[start]) * np.array([1.0, 0.0, 1.0])
    length = float(np.linalg.norm(way))
    stays = length < _STILL_M and length < _STILL_M_S * (end - start) / fps
    if stays and turn == 0.0:
        return None
    goal = root[start] if stays else root[start] + way
    x, _, z = goal - about_y(turn, root[start])
    return Travel((float(x), 0.0, float(z)), turn)


def _between(rotations: Float64Array, first: int, second: int) -> Float64Array:
    """[J, 3] rotation vectors that lead from one frame to another."""
    return rotation_vector_from_quaternion(multiply(rotations[second], conjugate(rotations[first])))


def _shares(count: int, width: int) -> Float64Array:
    """[count] what of the seam's difference is added: 1/2 at the start, -1/2 at the end, none away from both."""
    places, width = np.arange(count, dtype=np.float64), max(1, min(width, count // 2))
    ahead = np.clip(1 - places / width, 0, None) ** 2
    behind = np.clip(1 - (count - places) / width, 0, None) ** 2
    return 0.5 * (ahead - behind)


def _bumps(count: int, width: int) -> Float64Array:
    """[count] frames' worth of the difference of steps that is added: of slope 1/2 behind the seam, -1/2 before it."""
    places, width = np.arange(count, dtype=np.float64), max(1, min(width, count // 2))
    ahead = places * np.clip(1 - places / width, 0, None) ** 2
    left = count - places
    behind = left * np.clip(1 - left / width, 0, None) ** 2
    return 0.5 * (ahead + behind)
