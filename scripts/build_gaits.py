"""Make the built-in walk and run: ``python scripts/build_gaits.py`` writes body/data/motions/{walk,run}.npz.

Trunk and arms swing in sines of the stride. The pelvis goes ahead at an even speed. A foot comes down, rolls over heel
and ball, whose places on the floor are fixed, and swings to the next step on a quintic; hips and knees follow by the
law of cosines. A stride is a whole number of frames, so that both motions repeat exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.interpolate import BPoly, PchipInterpolator

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.body.sole_points import sole_points
from ani3d_runtime.geometry.quaternion import (
    conjugate,
    multiply,
    normalised,
    quaternion_from_rotation_vector,
    rotate,
    rotation_vector_from_quaternion,
)

OUTPUT = Path(__file__).parent.parent / "ani3d_runtime" / "body" / "data" / "motions"
FPS, FRAMES = 30, 300
# Share of its length from which on a swinging leg is stretched less than its foot's way asks for.
_BENT = 0.93
_STANDS = 0.5
# Rows of a joint: mean, sine and cosine of the stride, sine and cosine of the step; columns: rotation vector, rad.
Sines = dict[str, tuple[tuple[float, float, float], ...]]


@dataclass(frozen=True)
class Gait:
    """How somebody goes.

    Attributes:
        stride_frames: frames from a step of the left foot to its next.
        speed_m_s: of the pelvis.
        stance: share of a stride in which a foot is down. early: how much of it the left foot comes down before 0.
        pitch_deg: knots (share of the stance, or 1 to 2 in the swing; toes up) of a foot.
        spread_m: of a foot to its side. behind_m: of an ankle, behind the pelvis,
            halfway through its stance. toe_out_deg. lift_m: of the ankle in the middle of a swing.
        snap_m_s2: acceleration of a foot ahead when it has lifted, and back when it comes down.
        bounce_m: sine and cosine of the step, of the pelvis' height. sway_m: of the pelvis to the standing foot.
        stretch: share of a leg's length that it is stretched to at most.
        body: of trunk and arms.
    """

    stride_frames: int
    speed_m_s: float
    stance: float
    early: float
    pitch_deg: tuple[tuple[float, float], ...]
    spread_m: float
    behind_m: float
    toe_out_deg: float
    lift_m: float
    snap_m_s2: float
    bounce_m: tuple[float, float]
    sway_m: float
    stretch: float
    body: Sines = field(default_factory=dict[str, tuple[tuple[float, float, float], ...]])


def _arms(shoulder: tuple[float, ...], elbow: tuple[float, float], collar: float, phase: float) -> Sines:
    """Both arms: swing about x and y of the shoulders and hang; bend of the elbows, mean and swing."""
    lean, ahead, hang, swing_x, swing_y = shoulder
    sine, cosine = np.cos(phase), np.sin(phase)
    both: Sines = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        both[f"{side}_shoulder"] = (
            (lean, sign * ahead, -sign * hang),
            (sign * swing_x * sine, swing_y * sine, 0.0),
            (sign * swing_x * cosine, swing_y * cosine, 0.0),
        )
        both[f"{side}_elbow"] = (
            (0.0, -sign * elbow[0], 0.0), (0.0, elbow[1] * sine, 0.0), (0.0, elbow[1] * cosine, 0.0),
        )  # fmt: skip
        both[f"{side}_collar"] = (
            (0.0, 0.0, -sign * 0.03), (0.0, -collar * sine, 0.0), (0.0, -collar * cosine, 0.0),
        )  # fmt: skip
        both[f"{side}_hand"] = ((0.0, 0.0, -sign * 0.5),)
    return both


def _trunk(lean: float, neck: float, head: float, tilt: float) -> Sines:
    """Pelvis and spine turn against each other, the head looks ahead."""
    return {
        "pelvis": ((lean, 0, 0), (0, -0.088, tilt), (0, -0.052, 0), (0.019, 0, 0)),
        "spine1": ((0.01, 0, 0), (0, 0.071, -0.37 * tilt), (0, 0.043, 0)),
        "spine2": ((0.01, 0, 0), (0, 0.088, -0.45 * tilt), (0, 0.054, 0)),
        "spine3": ((0.01, 0, 0), (0, 0.088, -0.45 * tilt), (0, 0.054, 0)),
        "neck": ((neck, 0, 0), (0, -0.043, 0), (0, -0.026, 0)),
        "head": ((head, 0, 0), (0, -0.034, 0), (0, -0.02, 0), (0.019, 0, 0)),
    }


WALK = Gait(
    stride_frames=33,
    speed_m_s=1.15,
    stance=0.62,
    early=0.03,
    pitch_deg=((0, 20), (0.16, 0), (0.55, 0), (0.8, -19), (1, -50), (1.25, -42), (1.6, 2), (1.85, 20), (2, 20)),
    spread_m=0.095,
    behind_m=0.045,
    toe_out_deg=6,
    lift_m=0.03,
    snap_m_s2=24.0,
    bounce_m=(-0.004, -0.011),
    sway_m=0.014,
    stretch=0.99,
    body=_trunk(0.034, -0.021, 0.02, 0.048) | _arms((0.031, 0.022, 1.248, 0.336, 0.243), (0.384, 0.136), 0.038, 0.49),
)
RUN = Gait(
    stride_frames=21,
    speed_m_s=3.0,
    stance=0.36,
    early=0.04,
    pitch_deg=((0, 6), (0.22, 0), (0.5, 0), (0.75, -24), (1, -58), (1.3, -75), (1.65, -25), (1.88, 5), (2, 6)),
    spread_m=0.06,
    behind_m=0.1,
    toe_out_deg=4,
    lift_m=0.16,
    snap_m_s2=80.0,
    bounce_m=(-0.028, -0.01),
    sway_m=0.01,
    stretch=0.965,
    body=_trunk(0.156, -0.094, 0.02, 0.043) | _arms((0.118, 0.092, 1.303, 0.509, 0.397), (1.606, 0.21), 0.06, 0.4),
)


def made(gait: Gait) -> tuple[Float64Array, Float64Array]:
    """Rotation vectors [FRAMES, 24, 3] and root translations [FRAMES, 3]."""
    skeleton = load_builtin_body().skeleton
    count = gait.stride_frames
    cycle = np.arange(count) / count
    vectors = np.zeros((count, skeleton.joint_count, 3))
    for name, rows in gait.body.items():
        waves = _waves(cycle)[:, : len(rows)]
        vectors[:, skeleton.joint_names.index(name)] = waves @ np.array(rows)
    rotations = quaternion_from_rotation_vector(vectors)
    root = np.zeros((count, 3))
    # A pelvis is over the foot that stands, a little late.
    root[:, 0] = gait.sway_m * np.sin(2 * np.pi * (cycle + gait.early - 0.06))
    root[:, 1] = _waves(cycle)[:, 3:] @ np.array(gait.bounce_m)
    feet = [_foot(gait, skeleton, side, cycle) for side in (0, 1)]
    root[:, 1] += _height(gait, skeleton, rotations, root, feet)
    for side in (0, 1):
        _reach(skeleton, rotations, root, side, *feet[side], _free(gait, cycle, side))
    return _repeated(gait, rotations, root)


def _waves(cycle: Float64Array) -> Float64Array:
    """[T, 5] one, sine and cosine of the stride, sine and cosine of the step."""
    stride = 2 * np.pi * cycle
    return np.stack([np.ones_like(cycle), np.sin(stride), np.cos(stride), np.sin(2 * stride), np.cos(2 * stride)], 1)


def _foot(
    gait: Gait, skeleton: Skeleton, side: int, cycle: Float64Array
) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Ankle [T, 3] as seen from the pelvis' way, orientation [T, 4] of the foot, and [T, 4] local one of its toes."""
    at = (cycle + gait.early + 0.5 * side) % 1
    stance = gait.stance
    # From 0 to 1 in the stance, from 1 to 2 in the swing.
    share = np.where(at < stance, at / stance, 1 + (at - stance) / (1 - stance))
    knots, degrees = np.array(gait.pitch_deg).T
    around = np.concatenate([knots[:-1] - 2, knots, knots[1:] + 2])
    pitch = np.deg2rad(PchipInterpolator(around, np.concatenate([degrees[:-1], degrees, degrees[1:]]))(share))
    # Toes stay on the floor while the heel lifts, and straighten in the swing.
    bend = np.where(pitch < 0, -pitch, 0) * np.interp(share, (0, 1, 1.35, 2), (1, 1, 0, 0))
    out = np.deg2rad(gait.toe_out_deg) * (1 if side == 0 else -1)
    turn = quaternion_from_rotation_vector(np.stack([0 * pitch, out + 0 * pitch, 0 * pitch], axis=1))
    facing = multiply(turn, quaternion_from_rotation_vector(np.stack([-pitch, 0 * pitch, 0 * pitch], axis=1)))
    toes = quaternion_from_rotation_vector(np.stack([-bend, 0 * bend, 0 * bend], axis=1))
    middle = gait.stance * gait.stride_frames / FPS * gait.speed_m_s / 2

    def stand(part: float) -> Float64Array:
        return _rolled(gait, skeleton, side, part, middle)

    ankle = np.array([stand(part) if part <= 1 else np.zeros(3) for part in share])
    swing = share > 1
    ankle[swing] = _swung(gait, stand, share[swing] - 1)
    return ankle, facing, toes


def _rolled(gait: Gait, skeleton: Skeleton, side: int, share: float, middle: float) -> Float64Array:
    """[3] ankle of a standing foot, seen from the pelvis: it turns about heel or ball on the floor."""
    soles = sole_points(skeleton)
    ankle, toe = soles.legs[side, 2:]
    knots, degrees = np.array(gait.pitch_deg).T
    around = np.concatenate([knots[:-1] - 2, knots, knots[1:] + 2])
    pitch = float(np.deg2rad(PchipInterpolator(around, np.concatenate([degrees[:-1], degrees, degrees[1:]]))(share)))
    heel = soles.offsets_m[side, 0]
    # The foot bends at the toe joint, which keeps its height over the floor.
    joint = (skeleton.zero_joints_m[toe] - skeleton.zero_joints_m[ankle]).astype(np.float64)
    pivot = heel if pitch > 0 else joint
    height = 0.0 if pitch > 0 else float(joint[1] - heel[1])
    out = np.deg2rad(gait.toe_out_deg) * (1 if side == 0 else -1)
    turn = quaternion_from_rotation_vector(np.array([0.0, out, 0.0]))
    facing = multiply(turn, quaternion_from_rotation_vector(np.array([-pitch, 0.0, 0.0])))
    flat = rotate(turn, pivot)
    place = np.array([flat[0], height, flat[2]]) - rotate(facing, pivot)
    sign = 1 if side == 0 else -1
    ahead = middle * (1 - 2 * share) - gait.behind_m
    return place + np.array([sign * gait.spread_m, 0.0, ahead])


def _swung(gait: Gait, stand: Callable[[float], Float64Array], part: Float64Array) -> Float64Array:
    """[S, 3] of an ankle on its way from the end of a stance to the start of the next, ``part`` of it done."""
    step, per_swing = 1e-3, gait.stance / (1 - gait.stance)
    ends: list[list[Float64Array]] = []
    swing_s = (1 - gait.stance) * gait.stride_frames / FPS
    for at, sign in ((1.0, -1.0), (0.0, 1.0)):
        a, b, c = (stand(at + sign * step * k) for k in (0, 1, 2))
        speed = sign * (-3 * a + 4 * b - c) / (2 * step) / per_swing
        # A foot soon goes ahead with the pelvis, and back with the ground only shortly before it comes down.
        ends.append([a, speed, -sign * np.array([0.0, 0.0, gait.snap_m_s2 * swing_s**2])])
    way = BPoly.from_derivatives([0.0, 1.0], ends)(part)
    way[:, 1] += gait.lift_m * (4 * part * (1 - part)) ** 2
    return way


def _free(gait: Gait, cycle: Float64Array, side: int) -> Float64Array:
    """[T] 0 where a foot is down, 1 in the most of its swing."""
    part = np.clip((((cycle + gait.early + 0.5 * side) % 1) - gait.stance) / (1 - gait.stance), 0, 1)
    return np.minimum(1, 12 * part * (1 - part))


def _height(
    gait: Gait, skeleton: Skeleton, rotations: Float64Array, root: Float64Array, feet: list[tuple[Float64Array, ...]]
) -> float:
    """By how much the pelvis goes up so that no leg of a standing foot is stretched farther than it may be."""
    cycle = np.arange(len(root)) / len(root)
    placed = skeleton.global_transforms(rotations.astype(np.float32), root.astype(np.float32))[..., 3]
    zero, least = skeleton.zero_joints_m.astype(np.float64), np.inf
    for side, (hip, knee, ankle, _) in enumerate(sole_points(skeleton).legs):
        leg_m = float(np.linalg.norm(zero[hip] - zero[knee]) + np.linalg.norm(zero[knee] - zero[ankle]))
        target = feet[side][0]
        across = ((target - placed[:, hip])[:, ::2] ** 2).sum(axis=1)
        room = np.sqrt(np.maximum((gait.stretch * leg_m) ** 2 - across, 1e-6)) + target[:, 1] - placed[:, hip, 1]
        least = min(least, float(room[_free(gait, cycle, side) < _STANDS].min()))
    return least


def _reach(
    skeleton: Skeleton,
    rotations: Float64Array,
    root: Float64Array,
    side: int,
    ankle_m: Float64Array,
    facing: Float64Array,
    toes: Float64Array,
    free: Float64Array,
) -> None:
    """Bend a leg, the knee to where the foot points, so that the ankle is where it is wanted."""
    hip, knee, ankle, toe = sole_points(skeleton).legs[side]
    zero = skeleton.zero_joints_m.astype(np.float64)
    pelvis = rotations[:, 0]
    hip_m = zero[0] + root + rotate(pelvis, np.broadcast_to(zero[hip] - zero[0], root.shape))
    thigh, shin = zero[knee] - zero[hip], zero[ankle] - zero[knee]
    a, b = float(np.linalg.norm(thigh)), float(np.linalg.norm(shin))
    line = ankle_m - hip_m
    far = np.linalg.norm(line, axis=1)
    along = line / far[:, None]
    # A leg that swings does not straighten with a jerk: what is too far is reached for and not reached.
    bent = (_BENT + (1 - _BENT) * np.tanh((np.maximum(far / (a + b), _BENT) - _BENT) / (1 - _BENT))) * (a + b)
    distance = far + free * (np.where(far > _BENT * (a + b), bent, far) - far)
    out = np.deg2rad(0.5 * (1 if side == 0 else -1))
    ahead = np.array([np.sin(out), 0.0, np.cos(out)])
    front = ahead - (along @ ahead)[:, None] * along
    front /= np.linalg.norm(front, axis=1, keepdims=True)
    cosine = np.minimum((a**2 + distance**2 - b**2) / (2 * a * distance), 1)
    knee_m = hip_m + a * (cosine[:, None] * along + np.sqrt(1 - cosine**2)[:, None] * front)
    hip_turn = _between(thigh, knee_m - hip_m)
    knee_turn = _between(shin, rotate(conjugate(hip_turn), hip_m + distance[:, None] * along - knee_m))
    rotations[:, hip] = multiply(conjugate(pelvis), hip_turn)
    rotations[:, knee] = knee_turn
    rotations[:, ankle] = multiply(conjugate(multiply(hip_turn, knee_turn)), facing)
    rotations[:, toe] = toes


def _between(start: Float64Array, ends: Float64Array) -> Float64Array:
    """[T, 4] shortest rotations that take one direction to others."""
    first = np.broadcast_to(start / np.linalg.norm(start), ends.shape)
    second = ends / np.linalg.norm(ends, axis=1, keepdims=True)
    real = 1 + (first * second).sum(axis=1, keepdims=True)
    return normalised(np.concatenate([real, np.cross(first, second)], axis=1))


def _repeated(gait: Gait, rotations: Float64Array, root: Float64Array) -> tuple[Float64Array, Float64Array]:
    frames = np.arange(FRAMES)
    path = root[frames % gait.stride_frames].copy()
    path[:, 2] = frames * gait.speed_m_s / FPS
    return rotation_vector_from_quaternion(rotations)[frames % gait.stride_frames], path


def main() -> None:
    """Write both motions."""
    for name, gait in (("walk", WALK), ("run", RUN)):
        poses, trans = made(gait)
        np.savez_compressed(
            OUTPUT / f"{name}.npz", poses=poses.astype(np.float32), trans=trans.astype(np.float32), fps=np.int64(FPS)
        )


if __name__ == "__main__":
    main()
