"""When a bake says that feet come down and lift, against walks whose feet are known.

    python -m benchmarks.motion.contacts

The built-in body walks with exactly planted, flat feet: hips go at an even speed, legs are bent to reach the ankles.
Rows are frame rates, speeds, and a walk on the spot, whose ground goes by. A marker is late by how long it lies behind
the first frame of the stance, or of the swing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.foot_contacts import SIDES, Sole, foot_contacts
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.geometry.quaternion import conjugate, multiply, normalised, rotate

_STANCE = 0.62
_LIFT_M = 0.12
_CROUCH_M = 0.06
_SOLE_M, _HEEL_M, _TOE_M = 0.06, 0.05, 0.16
_SECONDS = 6.0


class Gait(NamedTuple):
    """How somebody walks.

    Attributes:
        speed_m_s: over the ground. cadence_hz: steps of one foot a second. on_the_spot: the ground goes by instead.
    """

    fps: float
    speed_m_s: float
    cadence_hz: float
    on_the_spot: bool = False


def walked(skeleton: Skeleton, gait: Gait) -> tuple[Motion, dict[str, list[int]]]:
    """A walk, and for each marker's name the frames at which it belongs."""
    count = round(_SECONDS * gait.fps)
    t = np.arange(count) / gait.fps
    zero = skeleton.zero_joints_m.astype(np.float64)
    names = skeleton.joint_names
    rotations = np.zeros((count, skeleton.joint_count, 4))
    rotations[..., 0] = 1
    way = gait.speed_m_s * t
    root = np.stack([0 * t, 0 * t - _CROUCH_M, way], axis=1)
    truth: dict[str, list[int]] = {}
    for side, offset in zip(SIDES, (0.0, 0.5), strict=True):
        hip, knee, ankle = (names.index(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        cycle = t * gait.cadence_hz + offset
        stance = cycle % 1 < _STANCE
        changes = np.flatnonzero(np.diff(stance.astype(int))) + 1
        truth[f"{side}_foot_down"] = [int(frame) for frame in changes if stance[frame]]
        truth[f"{side}_foot_up"] = [int(frame) for frame in changes if not stance[frame]]
        placed = zero[hip] + root
        goal = np.tile(zero[ankle], (count, 1))
        ahead, lift = _foot(cycle)
        length = gait.speed_m_s / gait.cadence_hz
        # A stance begins half of its length ahead of the hip and ends half of it behind.
        goal[:, 2] += length * (ahead - offset) + 0.5 * _STANCE * length
        goal[:, 1] += lift
        _reach(rotations, (hip, knee, ankle), zero, placed, goal)
    if gait.on_the_spot:
        root[:, 2] = 0.0
    return Motion("walk", gait.fps, names, root.astype(np.float32), rotations.astype(np.float32)), truth


def _foot(cycle: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Place of a foot in step lengths, and its height in metres."""
    whole, part = np.divmod(cycle, 1)
    swing = np.clip((part - _STANCE) / (1 - _STANCE), 0, 1)
    return whole + swing**2 * (3 - 2 * swing), _LIFT_M * np.sin(np.pi * swing) ** 2


def _reach(
    rotations: Float64Array,
    joints: tuple[int, int, int],
    zero: Float64Array,
    hip_m: Float64Array,
    ankle_m: Float64Array,
) -> None:
    """Bend a leg, knees to the front, so that the ankle is where it is wanted; the foot stays level."""
    hip, knee, ankle = joints
    thigh, shin = zero[knee] - zero[hip], zero[ankle] - zero[knee]
    a, b = float(np.linalg.norm(thigh)), float(np.linalg.norm(shin))
    line = ankle_m - hip_m
    distance = np.minimum(np.linalg.norm(line, axis=1), 0.9999 * (a + b))
    along = line / np.linalg.norm(line, axis=1, keepdims=True)
    front = np.array([0.0, 0.0, 1.0]) - along[:, 2:3] * along
    front /= np.linalg.norm(front, axis=1, keepdims=True)
    cosine = (a**2 + distance**2 - b**2) / (2 * a * distance)
    knee_m = hip_m + a * (cosine[:, None] * along + np.sqrt(1 - cosine**2)[:, None] * front)
    rotations[:, hip] = _between(thigh, knee_m - hip_m)
    rotations[:, knee] = _between(shin, rotate(conjugate(rotations[:, hip]), ankle_m - knee_m))
    rotations[:, ankle] = conjugate(multiply(rotations[:, hip], rotations[:, knee]))


def _between(start: Float64Array, ends: Float64Array) -> Float64Array:
    """[T, 4] shortest rotations that take one direction to others."""
    first = np.broadcast_to(start / np.linalg.norm(start), ends.shape)
    second = ends / np.linalg.norm(ends, axis=1, keepdims=True)
    real = 1 + (first * second).sum(axis=1, keepdims=True)
    return normalised(np.concatenate([real, np.cross(first, second)], axis=1))


def soles_in_zero_pose(skeleton: Skeleton) -> list[Sole]:
    """Heel and toes below the ankles; the foot's bone moves both."""
    soles: list[Sole] = []
    for side in SIDES:
        joint = skeleton.joint_names.index(f"{side}_ankle")
        x, y, z = skeleton.zero_joints_m[joint].astype(np.float64)
        soles.append(Sole((joint, joint), np.array([[x, y - _SOLE_M, z - _HEEL_M], [x, y - _SOLE_M, z + _TOE_M]])))
    return soles


def errors_of(skeleton: Skeleton, gait: Gait) -> tuple[list[int], int, int]:
    """Frames that found markers are late, how many are missed, and how many are none."""
    motion, truth = walked(skeleton, gait)
    found = foot_contacts(motion, skeleton, soles_in_zero_pose(skeleton))
    late: list[int] = []
    matched = 0
    for name, frames in truth.items():
        marked = [contact.frame for contact in found if contact.name == name]
        for frame in frames:
            nearest = min(marked, key=lambda at, frame=frame: abs(at - frame), default=None)
            if nearest is not None and abs(nearest - frame) < gait.fps / gait.cadence_hz / 4:
                late.append(nearest - frame)
                matched += 1
    return late, sum(map(len, truth.values())) - matched, len(found) - matched


def main() -> None:
    """Print the table."""
    skeleton = load_builtin_body().skeleton
    print(
        "| frames/s | m/s | | markers | late, mean ms | worst ms | missed | wrong |\n|---|---|---|---|---|---|---|---|"
    )
    for fps in (24.0, 30.0, 60.0, 120.0):
        for speed_m_s, cadence_hz in ((0.5, 0.6), (1.3, 0.95)):
            for on_the_spot in (False, True):
                late, missed, wrong = errors_of(skeleton, Gait(fps, speed_m_s, cadence_hz, on_the_spot))
                where = "on the spot" if on_the_spot else ""
                worst, mean = 1e3 / fps * max(late, key=abs), 1e3 / fps * np.mean(late)
                print(
                    f"| {fps:g} | {speed_m_s} | {where} | {len(late)} | {mean:.0f} | {worst:.0f} | {missed} | {wrong} |"
                )


if __name__ == "__main__":
    main()
