"""Eight poses that strain a surface, as a motion: ``python -m benchmarks.motion.poses poses.npz``.

Arms overhead, squat, kick, split, a bow, a lunge, a side bend and a hug; each is gone to in 0.7 s and held for 0.5 s.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.model import SMPL_JOINT_NAMES
from ani3d_runtime.geometry.easing import quintic
from ani3d_runtime.geometry.quaternion import (
    quaternion_from_rotation_vector,
    rotation_vector_from_quaternion,
    slerp,
)

FPS, GOING_FRAMES, HELD_FRAMES = 30, 21, 15
_ARMS_DOWN = {"left_shoulder": (0, 0, -1.2), "right_shoulder": (0, 0, 1.2)}
_ARMS_AHEAD = {"left_shoulder": (0, -1.3, -0.4), "right_shoulder": (0, 1.3, 0.4)}
# Rotation vectors of joints, rad: x bends forwards, y turns to the left, z lifts the left side.
POSES: dict[str, dict[str, tuple[float, float, float]]] = {
    "overhead": {
        "left_collar": (0, 0, 0.3), "right_collar": (0, 0, -0.3),
        "left_shoulder": (0, 0, 1.2), "right_shoulder": (0, 0, -1.2),
    },
    "squat": {
        **_ARMS_AHEAD, "pelvis": (0.4, 0, 0),
        "left_hip": (-2.0, 0, 0.25), "right_hip": (-2.0, 0, -0.25), "left_knee": (2.1, 0, 0), "right_knee": (2.1, 0, 0),
        "left_ankle": (-0.5, 0, 0), "right_ankle": (-0.5, 0, 0),
    },
    "kick": {**_ARMS_DOWN, "pelvis": (-0.2, 0, 0), "right_hip": (-1.9, 0, 0), "left_hip": (0.2, 0, 0)},
    "split": {
        **_ARMS_DOWN, "left_hip": (0, 0, 1.1), "right_hip": (0, 0, -1.1),
    },
    "bow": {
        **_ARMS_DOWN, "pelvis": (0.9, 0, 0), "left_hip": (-0.9, 0, 0), "right_hip": (-0.9, 0, 0),
        "spine1": (0.4, 0, 0), "spine2": (0.4, 0, 0), "spine3": (0.3, 0, 0),
    },
    "lunge": {
        **_ARMS_DOWN, "left_hip": (-1.4, 0, 0), "left_knee": (1.4, 0, 0), "right_hip": (0.7, 0, 0),
        "right_knee": (0.5, 0, 0),
    },
    "side bend": {
        "left_shoulder": (0, 0, 1.2), "right_shoulder": (0, 0, 1.2), "left_collar": (0, 0, 0.3),
        "spine1": (0, 0, -0.4), "spine2": (0, 0, -0.4), "spine3": (0, 0, -0.3),
    },
    "hug": {
        "left_shoulder": (0, -1.7, -0.1), "right_shoulder": (0, 1.7, 0.1), "left_collar": (0, -0.3, 0),
        "right_collar": (0, 0.3, 0), "left_elbow": (0, -1.0, 0), "right_elbow": (0, 1.0, 0),
    },
}  # fmt: skip


def rotation_vectors() -> Float64Array:
    """[T, 24, 3] of the whole motion; it begins standing with the arms down."""
    stops = [_pose(_ARMS_DOWN), *map(_pose, POSES.values())]
    frames = [np.broadcast_to(stops[0], (HELD_FRAMES, *stops[0].shape))]
    for start, end in pairwise(stops):
        shares = quintic(np.arange(1, GOING_FRAMES + 1) / GOING_FRAMES)
        frames += [np.stack([slerp(start, end, share) for share in shares])]
        frames += [np.broadcast_to(end, (HELD_FRAMES, *end.shape))]
    return rotation_vector_from_quaternion(np.concatenate(frames))


def held_frame(name: str) -> int:
    """The last frame in which a pose is held."""
    return HELD_FRAMES + (list(POSES).index(name) + 1) * (GOING_FRAMES + HELD_FRAMES) - 1


def _pose(turned: Mapping[str, tuple[float, float, float]]) -> Float64Array:
    vectors = np.zeros((len(SMPL_JOINT_NAMES), 3))
    for name, vector in turned.items():
        vectors[SMPL_JOINT_NAMES.index(name)] = vector
    return quaternion_from_rotation_vector(vectors)


def main() -> None:
    """Write the motion."""
    parser = argparse.ArgumentParser(description="Write the motion of eight poses that strain a surface.")
    parser.add_argument("output", type=Path)
    vectors = rotation_vectors()
    np.savez(parser.parse_args().output, poses=vectors, trans=np.zeros((len(vectors), 3)), fps=FPS)


if __name__ == "__main__":
    main()
