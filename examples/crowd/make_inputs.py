"""Make the two inputs of this library that are not built in: a person made of Gaussians, and a motion.

``stripes.ply`` stands for a capture: a 3DGS PLY in the axes of a camera, in A pose. ``bow.npz`` stands for a take of a
motion capture tool. Both are the same bytes every time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ani3d_runtime.body.model import SMPL_JOINT_NAMES, load_builtin_body
from ani3d_runtime.formats.gaussian_ply import gaussian_ply_bytes
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix, quaternion_from_rotation_vector
from ani3d_runtime.splats import SplatCloud

FOLDER = Path(__file__).resolve().parent
GAUSSIANS = 9_000
ARM_RAD = np.deg2rad(52)
FRAMES, FPS = 45, 30.0
PELVIS_M = 1.102  # above the soles
SKIN, CLOTH = (0.80, 0.60, 0.48), ((0.13, 0.22, 0.36), (0.93, 0.90, 0.82))


def striped_person() -> SplatCloud:
    """Flat Gaussians all over the skin of the built-in body, in striped clothes, in a camera's axes (RDF)."""
    random = np.random.default_rng(15)
    shaped = load_builtin_body().shaped()
    bend = np.zeros((len(SMPL_JOINT_NAMES), 3))
    bend[SMPL_JOINT_NAMES.index("left_shoulder"), 2] = -ARM_RAD
    bend[SMPL_JOINT_NAMES.index("right_shoulder"), 2] = ARM_RAD
    pose = quaternion_from_rotation_vector(bend)[None].astype(np.float32)
    triangles = shaped.pose_vertices(pose, np.zeros((1, 3), np.float32))[0][shaped.faces].astype(np.float64)
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    chosen = random.choice(len(areas), GAUSSIANS, p=areas / areas.sum())
    means = np.einsum("nk,nkd->nd", random.dirichlet((1, 1, 1), GAUSSIANS), triangles[chosen])
    turn = quaternion_from_matrix(_frames_around(normals[chosen] / areas[chosen, None]))
    to_camera = np.array([1.0, -1.0, -1.0])  # half a turn about x: of a quaternion wxyz, (x, -w, ...) up to its sign
    w, x, y, z = turn.T
    return SplatCloud.checked(
        means * to_camera,
        np.stack([-x, w, -z, y], axis=1),
        np.full((GAUSSIANS, 3), (0.011, 0.011, 0.002)),
        np.full(GAUSSIANS, 0.97),
        ((_colours(means, random) - 0.5) / SH_C0)[:, None],
        name="stripes",
    )


def _frames_around(normals: np.ndarray) -> np.ndarray:
    """[N, 3, 3] rotations whose third axis is the normal."""
    first = np.cross(normals, np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]]))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return np.stack([first, np.cross(normals, first), normals], axis=2)


def _colours(means_m: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """[N, 3] stripes between neck and ankles, skin elsewhere, a little uneven as captures are."""
    share = (means_m[:, 1] - means_m[:, 1].min()) / np.ptp(means_m[:, 1])
    clothed = (share > 0.06) & (share < 0.82) & (np.abs(means_m[:, 0]) < 0.42)
    stripes = np.array(CLOTH)[np.floor(share * 28).astype(int) % 2]
    return np.clip(np.where(clothed[:, None], stripes, SKIN) + random.normal(0, 0.02, (len(share), 3)), 0.02, 0.98)


def bow() -> dict[str, np.ndarray]:
    """A bow and back: axis-angle poses [T, J, 3] of SMPL's joints, Y up."""
    poses = np.zeros((FRAMES, len(SMPL_JOINT_NAMES), 3))
    depth = np.sin(np.pi * np.arange(FRAMES) / (FRAMES - 1)) ** 2
    for name, angle_deg in (
        ("left_hip", -12),
        ("right_hip", -12),
        ("pelvis", 12),
        ("spine2", 25),
        ("spine3", 15),
        ("neck", 18),
    ):
        poses[:, SMPL_JOINT_NAMES.index(name), 0] = np.deg2rad(angle_deg) * depth
    for side, sign in (("left", -1), ("right", 1)):
        poses[:, SMPL_JOINT_NAMES.index(f"{side}_shoulder"), 2] = sign * np.deg2rad(68)
    return {"poses": poses.reshape(FRAMES, -1), "trans": np.tile([0, PELVIS_M, 0], (FRAMES, 1)), "fps": np.array(FPS)}


def main() -> None:
    """Write both beside this file."""
    (FOLDER / "stripes.ply").write_bytes(gaussian_ply_bytes(striped_person()))
    np.savez(FOLDER / "bow.npz", **bow())


if __name__ == "__main__":
    main()
