"""Periods: which two frames of a motion are most alike, so that what lies between them can be looped."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.geometry.heading import heading_of, heading_rotation
from ani3d_runtime.geometry.quaternion import conjugate, multiply

# Shorter loops are no gait: a sprinter's two steps take longer.
_SHORTEST_S = 0.4
_LONGEST_S = 30.0
# How many seconds of its velocity a difference of velocities counts as.
_VELOCITY_S = 0.1
# Distances are in units of how far the motion strays from its mean pose. A pair above this is no pair.
MOST_UNLIKE = 0.3
# A shorter period is preferred where its pair is at most this unlike, or so many times as unlike as the best.
_ALIKE_ENOUGH = 0.05
_TIMES_AS_UNLIKE = 2.0
# Pairs of one lag are as good as the best up to so many times its unlikeness, and so much more.
_TIMES_AS_GOOD, _AS_GOOD = 1.25, 0.01
# What lies between must move at least this share of what the whole motion does: a moment of rest is no period.
_LEAST_ACTIVITY = 0.5
# The shortest period is looked for down to the bottom of the dip that it lies in, at most so much longer.
_DIP = 1.25
# A jump of the joints below this is nothing to be afraid of, however slowly the motion goes.
_SMALL_JUMP_RAD = np.radians(5.0)
# Jumps are measured by what joints turn in so many seconds, so that no motion is judged by its frame rate.
_STEP_S = 1 / 30
# Metres, root mean square over joints and frames: what strays less from its mean does not move at all.
_STILL_M = 1e-4


@dataclass(frozen=True)
class Period:
    """Two frames of a motion that are alike.

    Attributes:
        start, end: frames, ``start`` < ``end``; frame ``end`` is ``start`` come again.
        jump_rad: largest turn of a joint between the two poses, the heading of the root left out.
        step_rad: the same over 1/30 s where the motion goes fast (95 of 100 steps are smaller).
        unlikeness: distance of poses and velocities, 1 where it is as large as the motion strays from its mean.
        is_still: whether the whole motion is one pose, so that any two frames are alike and none comes again.
    """

    start: int
    end: int
    jump_rad: float
    step_rad: float
    unlikeness: float
    is_still: bool

    @property
    def frame_count(self) -> int:
        """Frames of one period."""
        return self.end - self.start

    @property
    def most_jump_rad(self) -> float:
        """The largest jump that can be joined."""
        return max(self.step_rad, float(_SMALL_JUMP_RAD))

    @property
    def is_good(self) -> bool:
        """Whether the seam can be joined without a change of pose that shows."""
        return self.unlikeness <= MOST_UNLIKE and self.jump_rad <= self.most_jump_rad


def found_period(motion: Motion, skeleton: Skeleton) -> Period | None:
    """The pair of frames to loop a motion between, good or not; None where it has too few frames for any.

    Poses are compared where the root stands at the origin and faces the front, by positions and velocities of joints.
    The shortest lag wins among those whose best pair is nearly as good as the best of all; among its good pairs, the
    one at which the body moves least, for there a seam shows least.
    """
    shortest = max(2, round(_SHORTEST_S * motion.fps))
    longest = min(motion.frame_count, round(_LONGEST_S * motion.fps))
    if longest <= shortest:
        return None
    # A cycle that was authored to loop ends a frame before its first one comes again.
    poses = _Poses(gone_on_with(motion), skeleton)
    unlike = np.array([poses.most_alike(lag) for lag in range(shortest, longest + 1)])
    if not np.isfinite(unlike).any():
        return poses.period(0, motion.frame_count)
    chosen = _shortest_dip(unlike, shortest)
    start = poses.calmest(shortest + chosen)
    return poses.period(start, start + shortest + chosen)


def given_period(motion: Motion, skeleton: Skeleton, start: int, end: int) -> Period:
    """Two frames that somebody has chosen, 0 <= ``start`` < ``end`` <= T; frame T is the last one gone on with."""
    return _Poses(gone_on_with(motion) if end == motion.frame_count else motion, skeleton).period(start, end)


def _shortest_dip(unlike: Float64Array, shortest: int) -> int:
    """Place of the shortest good lag: of the bottom of the first dip that is deep enough."""
    enough = max(_ALIKE_ENOUGH, _TIMES_AS_UNLIKE * float(unlike.min()))
    first = int(np.flatnonzero(unlike <= enough)[0])
    dip = unlike[first : int((first + shortest) * _DIP) - shortest + 1]
    return first + int(dip.argmin()) if len(dip) else first


class _Poses:
    """Poses and velocities of a motion in place, for comparison."""

    def __init__(self, motion: Motion, skeleton: Skeleton) -> None:
        rotations = motion.joint_rotations_wxyz.astype(np.float64)
        heading = heading_of(rotations[:, 0])
        faced = rotations.copy()
        faced[:, 0] = multiply(conjugate(heading_rotation(heading)), rotations[:, 0])
        root = motion.root_translation_m.astype(np.float64)
        height = root * np.array([0.0, 1.0, 0.0])
        positions = skeleton.global_transforms(faced.astype(np.float32), height.astype(np.float32))[..., 3]
        self._rotations = faced
        joints = skeleton.joint_count
        moving = np.gradient(positions, 1 / motion.fps, axis=0) if motion.frame_count > 1 else np.zeros_like(positions)
        way = np.gradient(root, 1 / motion.fps, axis=0) if motion.frame_count > 1 else np.zeros_like(root)
        cosine, sine = np.cos(heading), np.sin(heading)
        ahead = np.stack([cosine * way[:, 0] - sine * way[:, 2], sine * way[:, 0] + cosine * way[:, 2]], axis=1)
        features = np.concatenate(
            [
                positions.reshape(len(root), -1) / np.sqrt(joints),
                _VELOCITY_S * moving.reshape(len(root), -1) / np.sqrt(joints),
                _VELOCITY_S * ahead,
            ],
            axis=1,
        )
        self._features = features.astype(np.float32)
        # Mean of three frames: a joint may stand for a moment in the middle of a leap.
        speeds = np.linalg.norm(moving, axis=2).mean(axis=1)
        self._speeds = np.convolve(np.pad(speeds, 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
        strays = _strays(features)
        self._is_still = strays < _STILL_M
        self._activity = max(strays, _STILL_M)
        # Sums along time, so that the activity of any stretch is a difference of two.
        self._sums = np.concatenate([np.zeros((1, features.shape[1])), np.cumsum(features, axis=0)])
        self._squares = np.concatenate([[0.0], np.cumsum((features**2).sum(axis=1))])
        self._step_rad = self._step(motion.fps) if len(root) > 1 else 0.0

    def most_alike(self, lag: int) -> float:
        """Unlikeness of the best pair that is ``lag`` frames apart; infinite where little goes on between any."""
        return float(self._unlikeness(lag).min())

    def calmest(self, lag: int) -> int:
        """First frame of the pair, of those all but as good as the best, at which joints are slowest."""
        unlike = self._unlikeness(lag)
        good = unlike <= _TIMES_AS_GOOD * float(unlike.min()) + _AS_GOOD
        return int(np.where(good, self._speeds[: len(unlike)], np.inf).argmin())

    def _unlikeness(self, lag: int) -> Float64Array:
        """[T - lag] of each frame and the one ``lag`` frames later."""
        apart = np.sqrt(((self._features[lag:] - self._features[:-lag]) ** 2).sum(axis=1)) / self._activity
        mean = (self._sums[lag:-1] - self._sums[: -lag - 1]) / lag
        squares = (self._squares[lag:-1] - self._squares[: -lag - 1]) / lag
        active = np.sqrt(np.maximum(squares - (mean**2).sum(axis=1), 0)) >= _LEAST_ACTIVITY * self._activity
        return np.where(active, apart, np.inf)

    def period(self, start: int, end: int) -> Period:
        jump = float(self._turns(slice(start, start + 1), slice(end, end + 1))[0])
        apart = float(np.linalg.norm(self._features[end] - self._features[start])) / self._activity
        return Period(start, end, jump, self._step_rad, apart, self._is_still)

    def _step(self, fps: float) -> float:
        """Turn of a joint in ``_STEP_S`` where the motion goes fast, radians, from whole frames about as far apart."""
        lag = min(max(1, round(_STEP_S * fps)), len(self._rotations) - 1)
        return float(np.quantile(self._turns(slice(None, -lag), slice(lag, None)), 0.95)) * _STEP_S * fps / lag

    def _turns(self, first: slice, second: slice) -> Float64Array:
        """[T] largest turn of a joint between frames, radians."""
        cosines = np.abs((self._rotations[first] * self._rotations[second]).sum(axis=2)).clip(0, 1)
        return 2 * np.arccos(cosines).max(axis=1)


def _strays(features: Float64Array) -> float:
    """Root mean square distance from the mean."""
    return float(np.sqrt(((features - features.mean(axis=0)) ** 2).sum(axis=1).mean()))


def gone_on_with(motion: Motion) -> Motion:
    """The motion and one frame more, that goes on as the last two did."""
    rotations = motion.joint_rotations_wxyz.astype(np.float64)
    last, before = rotations[-1], rotations[-2] if motion.frame_count > 1 else rotations[-1]
    root = motion.root_translation_m
    ahead = 2 * root[-1] - root[-2] if motion.frame_count > 1 else root[-1]
    turned = multiply(multiply(last, conjugate(before)), last)
    return replace(
        motion,
        root_translation_m=np.concatenate([root, ahead[None]]).astype(np.float32),
        joint_rotations_wxyz=np.concatenate([rotations, turned[None]]).astype(np.float32),
    )
