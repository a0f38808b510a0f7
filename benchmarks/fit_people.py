"""How well a person is found in a cloud: built-in characters in poses of their own, turned, tilted, scaled and moved.

    python -m benchmarks.fit_people dancer runner

A row a case: how far the worst limb is from the cloud, how far the pose is from the true one, and how far Gaussians are
from where they should be when the avatar exercises, median / 95th percentile: arms from hanging to overhead and to the
front, elbows, a squat, a bow, a twist. Beside it the same for a plain way: the cloud is brought to the height of the
body, laid on it by rigid iterated closest points in the pose that was asked for, and bound.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.binding.bind import bind_to_body
from ani3d_runtime.bake.binding.find import laid_on_body
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.body.model import BodyModel, load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.geometry.frames import turned_cloud
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector
from ani3d_runtime.splats import SplatCloud

# Degrees: arms down, legs apart, arms forwards, right arm further down, turn about the height, tilt.
CASES = (
    (0, 0, 0, 0, 0, 0),
    (15, 0, 0, 0, 0, 0),
    (30, 0, 0, 0, 15, 0),
    (40, 10, 0, 0, 0, 0),
    (52, 0, 0, 0, 0, 0),
    (52, 25, 10, 0, 270, 0),
    (60, 0, 0, 15, -60, 0),
    (70, 0, 0, 0, 45, 0),
    (85, 0, 0, 0, 100, 0),
    (20, 30, 0, 0, 180, 0),
    (0, 45, 0, 0, 0, 0),
    (52, 0, 0, 0, 30, 35),
    (52, 0, 0, 0, 0, 60),
    (40, 0, 0, 0, 120, 90),
)
ICP_STEPS, ICP_POINTS = 40, 2000
# Units of the captured cloud in a metre.
SCALE = 3.0


def pose(names: tuple[str, ...], **vectors_deg: tuple[float, float, float]) -> np.ndarray:
    """[J, 4] of rotation vectors in degrees."""
    vectors = np.zeros((len(names), 3))
    for joint, vector in vectors_deg.items():
        vectors[names.index(joint)] = np.deg2rad(vector)
    return quaternion_from_rotation_vector(vectors).astype(np.float32)


def standing(names: tuple[str, ...], arms: float, legs: float, forwards: float, more: float) -> np.ndarray:
    """[J, 4] of a case."""
    return pose(
        names,
        left_shoulder=(0, -forwards, -arms),
        right_shoulder=(0, forwards, arms + more),
        left_hip=(0, 0, legs / 2),
        right_hip=(0, 0, -legs / 2),
    )


def exercise(names: tuple[str, ...]) -> Motion:
    """Eight poses that move every limb."""
    arms = [{"left_shoulder": (0, 0, up), "right_shoulder": (0, 0, -up)} for up in (-75, -40, 0, 40, 75)]
    front = {"left_shoulder": (0, -80, 0), "right_shoulder": (0, 80, 0), "left_elbow": (0, -60, 0)}
    squat = {"left_hip": (-70, 0, 15), "right_hip": (-70, 0, -15), "left_knee": (80, 0, 0), "right_knee": (80, 0, 0)}
    bow = {"spine1": (25, 0, 0), "spine2": (15, 20, 0), "neck": (10, -20, 0)}
    poses = np.stack([pose(names, **vectors) for vectors in (*arms, front, squat, bow)])
    return Motion("exercise", 1.0, names, np.zeros((len(poses), 3), dtype=np.float32), poses)


def exercised(avatar: Avatar) -> np.ndarray:
    """[T, N, 3] places of Gaussians while it exercises, from its pelvis."""
    motion = exercise(avatar.skeleton.joint_names)
    poser = MotionPoser(avatar, motion)
    placed = np.stack([poser.pose(float(frame)).cloud.means_m for frame in range(motion.frame_count)])
    return placed - avatar.skeleton.zero_joints_m[0]


def off_mm(avatar: Avatar, truth: np.ndarray, scale: float) -> tuple[float, float]:
    """Median and 95th percentile of distances to the truth, in millimetres of the person that was captured."""
    distances = np.linalg.norm(exercised(avatar) / scale - truth, axis=2) * 1e3
    return float(np.median(distances)), float(np.quantile(distances, 0.95))


def by_closest_points(cloud: SplatCloud, body: BodyModel, asked: RestPose) -> SplatCloud:
    """The cloud laid on the body by iterated closest points (Besl and McKay 1992); heights agree."""
    _, _, posed = asked.apply(body)
    rng = np.random.default_rng(0)
    target = posed[rng.permutation(len(posed))[:ICP_POINTS]].astype(np.float64)
    points = cloud.means_m[rng.permutation(cloud.count)[:ICP_POINTS]].astype(np.float64)
    scale = float(np.ptp(target[:, 1]) / np.ptp(points[:, 1]))
    points *= scale
    turn, shift = np.eye(3), target.mean(axis=0) - points.mean(axis=0)
    tree = KDTree(target)
    for _ in range(ICP_STEPS):
        near = target[tree.query(points @ turn.T + shift)[1]]
        u, _, vt = np.linalg.svd((near - near.mean(axis=0)).T @ (points - points.mean(axis=0)))
        turn = u * np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
        shift = near.mean(axis=0) - turn @ points.mean(axis=0)
    turned = turned_cloud(cloud, Rotation.from_matrix(turn).as_quat(scalar_first=True))
    means = (turned.means_m * scale + shift).astype(np.float32)
    return replace(turned, means_m=means, scales_m=(turned.scales_m * scale).astype(np.float32))


def plain(cloud: SplatCloud, body: BodyModel, asked: RestPose, truth: np.ndarray) -> str:
    """What closest points make of a case."""
    kept, laid = replace(asked, is_own=True), by_closest_points(cloud, body, asked)
    scale = SCALE * float(np.median(laid.scales_m / cloud.scales_m))
    try:
        median, p95 = off_mm(bind_to_body(laid, body, rest_pose=kept, fit="none"), truth, scale)
    except Ani3dError as error:
        return error.code
    return f"{median:.0f} / {p95:.0f} mm"


def main() -> None:
    """Print a row a case."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("characters", nargs="*", default=["dancer", "runner"])
    parser.add_argument("--cases", type=int, nargs="*", help="numbers of the cases to try")
    options = parser.parse_args()
    body = load_builtin_body()
    for name in options.characters:
        avatar = build_character(name, seed=0, detail="low").avatar
        truth = exercised(avatar)
        for case in [CASES[number] for number in options.cases] if options.cases else CASES:
            print(f"{name}: {row(avatar, body, case, truth)}", flush=True)


def row(avatar: Avatar, body: BodyModel, case: tuple[float, ...], truth: np.ndarray) -> str:
    """What a case comes to."""
    arms, legs, forwards, more, yaw, tilt = case
    names = avatar.skeleton.joint_names
    stood = standing(names, arms, legs, forwards, more)
    motion = Motion("stand", 1.0, names, np.zeros((1, 3), dtype=np.float32), stood[None])
    cloud = MotionPoser(avatar, motion).pose(0.0).with_rotated_harmonics()
    far = replace(cloud, means_m=cloud.means_m * np.float32(SCALE) + 5, scales_m=cloud.scales_m * np.float32(SCALE))
    turned = turned_cloud(far, Rotation.from_euler("yx", [yaw, tilt], degrees=True).as_quat(scalar_first=True))
    asked = RestPose.a(body) if arms > 25 else RestPose.t(body)
    started = time.process_time()
    laid = laid_on_body(turned, body, asked, fit="auto", axes="rdf", name="person")
    seconds = time.process_time() - started
    cosine = np.abs((laid.pose.rotations_wxyz * stood).sum(axis=1)).clip(0, 1)
    median, p95 = off_mm(bind_to_body(turned, body, rest_pose=asked, laid=laid), truth, SCALE * laid.report.scale)
    return (
        f"arms {arms}, legs {legs}, forwards {forwards}, right arm {more:+}, turned {yaw}, tilted {tilt}: "
        f"worst limb {max(laid.off_m.values()) * 1e3:.0f} mm, pose {np.rad2deg(2 * np.arccos(cosine)).max():.1f}°, "
        f"{seconds:.1f} CPU-s; exercise {median:.0f} / {p95:.0f} mm; "
        f"closest points {plain(turned, body, asked, truth)}"
    )


if __name__ == "__main__":
    main()
