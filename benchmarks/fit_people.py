"""How well a person is found in a cloud: built-in characters in poses of their own, turned, scaled and moved.

    python -m benchmarks.fit_people dancer runner

A row a case: how far the worst limb is from the cloud, how far the pose is from the true one, CPU seconds.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np

from ani3d_runtime.bake.binding.find import laid_on_body
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.geometry.frames import turned_cloud
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector

# Degrees: arms down, legs apart, arms forwards, right arm further down, turn about the height.
CASES = (
    (0, 0, 0, 0, 0),
    (52, 0, 0, 0, 0),
    (30, 0, 0, 0, 15),
    (70, 0, 0, 0, 45),
    (85, 0, 0, 0, 100),
    (20, 30, 0, 0, 180),
    (52, 25, 10, 0, 270),
    (60, 0, 0, 15, -60),
    (40, 10, 0, 0, 0),
)


def pose(names: tuple[str, ...], arms: float, legs: float, forwards: float, more: float) -> np.ndarray:
    """[J, 4] of a case."""
    vectors = np.zeros((len(names), 3))
    for joint, vector in {
        "left_shoulder": (0, -forwards, -arms),
        "right_shoulder": (0, forwards, arms + more),
        "left_hip": (0, 0, legs / 2),
        "right_hip": (0, 0, -legs / 2),
    }.items():
        vectors[names.index(joint)] = np.deg2rad(vector)
    return quaternion_from_rotation_vector(vectors).astype(np.float32)


def main(characters: list[str]) -> None:
    """Print a row a case."""
    body = load_builtin_body()
    for name in characters:
        avatar = build_character(name, seed=0, detail="low").avatar
        names = avatar.skeleton.joint_names
        for arms, legs, forwards, more, yaw in CASES:
            truth = pose(names, arms, legs, forwards, more)
            motion = Motion("stand", 1.0, names, np.zeros((1, 3), dtype=np.float32), truth[None])
            cloud = MotionPoser(avatar, motion).pose(0.0).with_rotated_harmonics()
            far = replace(cloud, means_m=cloud.means_m * np.float32(3) + 5, scales_m=cloud.scales_m * np.float32(3))
            turned = turned_cloud(far, quaternion_from_rotation_vector(np.array([0, np.deg2rad(yaw), 0])))
            asked = RestPose.a(body) if arms > 25 else RestPose.t(body)
            started = time.process_time()
            laid = laid_on_body(turned, body, asked, fit="auto", axes="rdf", name=name)
            seconds = time.process_time() - started
            cosine = np.abs((laid.pose.rotations_wxyz * truth).sum(axis=1)).clip(0, 1)
            off_deg = np.rad2deg(2 * np.arccos(cosine)).max()
            print(
                f"{name}: arms {arms}, legs {legs}, forwards {forwards}, right arm {more:+}, turned {yaw}: "
                f"worst limb {max(laid.off_m.values()) * 1e3:.0f} mm, pose {off_deg:.1f}°, {seconds:.1f} CPU-s"
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["dancer", "runner"])
