"""Made-up motions: dances and gaits of sines and splines. None of them is taken from a recording."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.interpolate import PchipInterpolator

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.model import SMPL_JOINT_NAMES
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.retarget import feet_on_floor
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector

FPS = 30.0
_SIDES = (("left", 1.0), ("right", -1.0))

MadeUpKind = Literal["dance", "gait"]


def made_up_motion(name: str, kind: MadeUpKind, skeleton: Skeleton, frames: int, rng: np.random.Generator) -> Motion:
    """``frames`` frames at 30 Hz on the floor; the body spins, walks, kicks, sways and stops at random.

    Args:
        skeleton: of a body in SMPL layout, the first 22 joints of which move.
    """
    vectors = np.zeros((frames, skeleton.joint_count, 3))
    # From swaying to whirling; and movement comes and goes: cloth shows its inertia where the body starts and stops.
    energy = rng.uniform(0.1, 1.0)
    strength = energy * np.clip(_wander(rng, frames, 0.9, 0.0, 1.5), 0, 1)
    swing = np.zeros((frames, skeleton.joint_count))
    if kind == "dance":
        _dance(vectors, swing, strength, rng)
    else:
        _gait(vectors, swing, strength, rng)
    _torso(vectors, strength, rng, sway=0.16 if kind == "dance" else 0.07)
    rotations = multiply(
        quaternion_from_rotation_vector(np.stack([swing, 0 * swing, 0 * swing], axis=2)),
        quaternion_from_rotation_vector(vectors),
    )
    yaw = turning_yaw(rng, frames, energy if kind == "dance" else 0.4 * energy)
    rotations[:, 0] = multiply(turns(yaw), rotations[:, 0])
    root = _root_path(yaw, strength, energy, rng, forward_m_s=rng.uniform(0, 3.0) if kind == "gait" else 0.0)
    motion = Motion(name, FPS, skeleton.joint_names, root.astype(np.float32), rotations.astype(np.float32))
    return feet_on_floor(motion, skeleton)[0]


def _dance(vectors: Float64Array, swing: Float64Array, strength: Float64Array, rng: np.random.Generator) -> None:
    """Arms sweep between hanging and raised, legs lift to a beat, the stance opens and closes."""
    frames = len(vectors)
    phase = 2 * np.pi * np.cumsum(_wander(rng, frames, 1.5, 0.45, 1.6)) / FPS
    lift, side_lift = rng.uniform(0.1, 1.4), rng.uniform(0, 0.6)
    for side, sign in _SIDES:
        shoulder, elbow = _joint(f"{side}_shoulder"), _joint(f"{side}_elbow")
        vectors[:, shoulder, 2] = sign * _wander(rng, frames, 0.7, -1.4, 0.9)
        vectors[:, shoulder, 1] = -sign * _wander(rng, frames, 0.7, -0.5, 0.8)
        vectors[:, elbow, 1] = -sign * _wander(rng, frames, 0.6, 0.1, 1.6)
        beat = np.maximum(0, sign * np.sin(phase)) ** rng.uniform(0.8, 2.5) * strength
        hip = _joint(f"{side}_hip")
        swing[:, hip] = -lift * beat + 0.15 * strength * _wander(rng, frames, 0.5, -1, 1)
        vectors[:, hip, 2] = sign * (0.08 + side_lift * beat + 0.12 * strength * _wander(rng, frames, 0.7, -0.3, 1))
        vectors[:, hip, 1] = sign * _wander(rng, frames, 0.9, -0.2, 0.35)
        swing[:, _joint(f"{side}_knee")] = 0.15 + rng.uniform(0.6, 1.3) * lift * beat
        swing[:, _joint(f"{side}_ankle")] = 0.4 * beat


def _gait(vectors: Float64Array, swing: Float64Array, strength: Float64Array, rng: np.random.Generator) -> None:
    """Walking to running on both legs in turn, the arms against them."""
    frames = len(vectors)
    phase = 2 * np.pi * np.cumsum(_wander(rng, frames, 1.8, 0.7, 1.6)) / FPS
    stride, bend = rng.uniform(0.25, 0.9), rng.uniform(0.5, 1.6)
    droop, fold = rng.uniform(1.0, 1.4), rng.uniform(0.2, 1.6)
    for side, sign in _SIDES:
        step = phase + (0 if sign > 0 else np.pi)
        swing[:, _joint(f"{side}_hip")] = -stride * strength * (np.sin(step) + 0.2)
        vectors[:, _joint(f"{side}_hip"), 2] = sign * 0.05
        swing[:, _joint(f"{side}_knee")] = 0.1 + bend * strength * np.maximum(0, np.cos(step + 0.5)) ** 1.5
        swing[:, _joint(f"{side}_ankle")] = -0.25 * strength * np.sin(step)
        swing[:, _joint(f"{side}_shoulder")] = 0.8 * stride * strength * np.sin(step)
        vectors[:, _joint(f"{side}_shoulder"), 2] = -sign * droop
        vectors[:, _joint(f"{side}_elbow"), 1] = -sign * fold


def _torso(vectors: Float64Array, strength: Float64Array, rng: np.random.Generator, sway: float) -> None:
    frames = len(vectors)
    for name, share in (("pelvis", 0.6), ("spine1", 0.6), ("spine2", 0.5), ("spine3", 0.5), ("neck", 0.8), ("head", 1)):
        for axis in range(3):
            vectors[:, _joint(name), axis] += sway * share * (0.3 + strength) * _wander(rng, frames, 0.5, -1, 1)


def turning_yaw(rng: np.random.Generator, frames: int, energy: float) -> Float64Array:
    """[T] radians about Y: drifting, with a few spins of up to 9 rad/s."""
    time = np.arange(frames) / FPS
    rate = energy * rng.uniform(0, 1.2) * _wander(rng, frames, 0.8, -1, 1)
    for _ in range(rng.binomial(3, 0.45 * energy)):
        middle, half = rng.uniform(0, time[-1]), rng.uniform(0.2, 0.8)
        rate += rng.choice((-1, 1)) * rng.uniform(2, 9) * np.exp(-(((time - middle) / half) ** 4))
    return rng.uniform(0, 2 * np.pi) + np.cumsum(rate) / FPS


def _root_path(
    yaw: Float64Array, strength: Float64Array, energy: float, rng: np.random.Generator, forward_m_s: float
) -> Float64Array:
    """[T, 3] drifting over the floor, or going where the body faces; bouncing, at times jumping."""
    frames = len(yaw)
    drift = energy * rng.uniform(0, 0.8)
    still = np.zeros(frames)
    velocity = drift * np.stack([_wander(rng, frames, 0.8, -1, 1), still, _wander(rng, frames, 0.8, -1, 1)], axis=1)
    velocity += (forward_m_s * strength)[:, None] * np.stack([np.sin(yaw), still, np.cos(yaw)], axis=1)
    path = np.cumsum(velocity, axis=0) / FPS
    time = np.arange(frames) / FPS
    path[:, 1] = 0.06 * rng.random() * strength * np.abs(np.sin(2 * np.pi * rng.uniform(0.6, 1.6) * time))
    for _ in range(rng.binomial(2, 0.35 * energy)):
        height = rng.uniform(0.05, 0.30)
        half = np.sqrt(2 * height / 9.81)
        path[:, 1] += np.maximum(0, height * (1 - ((time - rng.uniform(0, time[-1])) / half) ** 2))
    return path


def _wander(rng: np.random.Generator, frames: int, pace_s: float, low: float, high: float) -> Float64Array:
    """[T] a smooth random walk between ``low`` and ``high``, with a new goal about every ``pace_s``."""
    knots = np.cumsum(rng.uniform(0.5, 1.5, int(frames / FPS / pace_s * 2) + 4) * pace_s) - 2 * pace_s
    return PchipInterpolator(knots, rng.uniform(low, high, len(knots)))(np.arange(frames) / FPS)


def turns(yaw: Float64Array) -> Float64Array:
    """[T, 4] rotations about Y."""
    return quaternion_from_rotation_vector(np.stack([0 * yaw, yaw, 0 * yaw], axis=1))


def _joint(name: str) -> int:
    return SMPL_JOINT_NAMES.index(name)
