"""Foot contacts: at which frames a foot comes down and when it lifts, from the height and the speed of its sole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton

SIDES = ("left", "right")
FEWEST_FRAMES = 3
# A point comes down below the first height over the floor and leaves it above the second.
_DOWN_M, _UP_M = 0.05, 0.08
# The same of its speed over the ground: shares of the speed of a swinging foot, and least speeds.
_DOWN_SHARE, _UP_SHARE = 0.2, 0.3
_DOWN_M_S, _UP_M_S = 0.35, 0.5
# The floor is where the lower foot is in one frame of ten.
_FLOOR_QUANTILE = 0.1
# Ground that goes by slower than this stands: on a treadmill it does not.
_TREADMILL_M_S = 0.4
_NEAR_FLOOR_M = 0.02
# Shorter steps and shorter swings are none.
_SHORTEST_S = 0.07


@dataclass(frozen=True)
class Sole:
    """Points of one foot's sole.

    Attributes:
        joints: [P] that carry the points: ankle and toes.
        points_m: [P, 3] in the rest pose.
    """

    joints: tuple[int, ...]
    points_m: Float64Array


@dataclass(frozen=True)
class Contact:
    """A foot that comes down, or lifts.

    Attributes:
        name: such as ``left_foot_down``.
        frame: the first one that is so.
    """

    name: str
    frame: int


@dataclass(frozen=True)
class Stances:
    """When feet are down.

    Attributes:
        down: [T] bool of each foot.
        floor_m: height of the floor under them.
        ground_m_s: [2] speed of the ground along x and z: zero but on a treadmill.
    """

    down: tuple[NDArray[np.bool_], ...]
    floor_m: float
    ground_m_s: Float64Array


def foot_contacts(motion: Motion, skeleton: Skeleton, soles: Sequence[Sole]) -> list[Contact]:
    """Contacts of both feet, in the order of frames.

    A foot is down while one of its points is low and goes with the ground. The ground of a motion that walks on the
    spot goes by as fast as most points do that are near the floor. A foot that is down at frame 0 does not come down.

    Args:
        motion: of T frames, on ``skeleton``.
        soles: of the left and of the right foot.
    """
    if motion.frame_count < FEWEST_FRAMES:
        return []
    carried = skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    stances = stances_of([_track(carried, sole) for sole in soles], motion.fps)
    found: list[Contact] = []
    for side, down in zip(SIDES, stances.down, strict=True):
        for frame in np.flatnonzero(down[1:] != down[:-1]) + 1:
            found.append(Contact(f"{side}_foot_{'down' if down[frame] else 'up'}", int(frame)))
    return sorted(found, key=lambda contact: contact.frame)


def stances_of(tracks: Sequence[Float64Array], fps: float) -> Stances:
    """When feet are down.

    Args:
        tracks: [T, P, 3] of each foot, where the points of its sole are, metres. T is ``FEWEST_FRAMES`` or more.
        fps: frames per second, Hz.
    """
    heights = [track[..., 1] for track in tracks]
    floor_m = float(np.quantile(np.min([height.min(axis=1) for height in heights], axis=0), _FLOOR_QUANTILE))
    velocities = [np.gradient(track[..., ::2], 1 / fps, axis=0) for track in tracks]
    ground = _ground_velocity(velocities, heights, floor_m)
    speeds = [np.linalg.norm(velocity - ground, axis=2) for velocity in velocities]
    swing_m_s = float(np.quantile(np.concatenate([speed.max(axis=1) for speed in speeds]), 0.95))
    shortest = max(2, round(_SHORTEST_S * fps))
    down = [_down(height - floor_m, speed, swing_m_s, shortest) for height, speed in zip(heights, speeds, strict=True)]
    return Stances(tuple(down), floor_m, ground)


def _track(carried: Float64Array, sole: Sole) -> Float64Array:
    """[T, P, 3] where the points of a sole are."""
    transforms = carried[:, list(sole.joints)]
    return np.einsum("tpab,pb->tpa", transforms[..., :3], sole.points_m) + transforms[..., 3]


def _ground_velocity(velocities: list[Float64Array], heights: list[Float64Array], floor_m: float) -> Float64Array:
    """[2] along x and z; zero but on a treadmill."""
    near = [height < floor_m + _NEAR_FLOOR_M for height in heights]
    moving = np.concatenate([velocity[low] for velocity, low in zip(velocities, near, strict=True)])
    if not len(moving):
        return np.zeros(2)
    common = np.median(moving, axis=0)
    return common if float(np.linalg.norm(common)) > _TREADMILL_M_S else np.zeros(2)


def _down(heights_m: Float64Array, speeds_m_s: Float64Array, swing_m_s: float, shortest: int) -> NDArray[np.bool_]:
    """[T] whether a foot is down, with hysteresis, without phases shorter than ``shortest`` frames."""
    comes = (heights_m < _DOWN_M) & (speeds_m_s < max(_DOWN_M_S, _DOWN_SHARE * swing_m_s))
    stays = (heights_m < _UP_M) & (speeds_m_s < max(_UP_M_S, _UP_SHARE * swing_m_s))
    down = np.zeros(len(heights_m), dtype=bool)
    points = comes[0].copy()
    for frame in range(len(heights_m)):
        points = comes[frame] | (points & stays[frame])
        down[frame] = points.any()
    return _without_short(_without_short(down, False, shortest), True, shortest)


def _without_short(down: NDArray[np.bool_], value: bool, shortest: int) -> NDArray[np.bool_]:
    """Phases of a value that are too short become the other, but for those that go on beyond either end."""
    result = down.copy()
    edges = np.flatnonzero(np.diff(down.astype(np.int8))) + 1
    for start, end in pairwise(edges.tolist()):
        if down[start] == value and end - start < shortest:
            result[start:end] = not value
    return result
