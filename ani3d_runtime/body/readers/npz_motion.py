"""Motions in .npz files: AMASS (SMPL, SMPL-H, SMPL-X) and plain ``poses``/``trans``/``fps``.

AMASS is Z up with axis-angle poses [T, 3 J], ``mocap_framerate`` (SMPL-H) or ``mocap_frame_rate`` (SMPL-X); see
https://amass.is.tue.mpg.de. Plain files are Y up. Only the arrays needed are read, and nothing is unpickled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array, checked_float32
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.joint_layouts import conformed, layout_names
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.frames import points_from_axes, rotation_from_axes
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector
from ani3d_runtime.npz import NpzArchive

_AMASS_RATES = ("mocap_framerate", "mocap_frame_rate")


def read_npz_motion(path: Path | str, skeleton: Skeleton, *, name: str, axes: str, say: Say) -> Motion:
    """Read an .npz motion for a skeleton.

    Args:
        path: the file.
        skeleton: the body's; its joints are filled by name.
        name: name of the motion.
        axes: ``auto`` (Z up for AMASS, Y up otherwise), ``yup`` or ``zup``.
        say: takes one sentence per decision.

    Raises:
        MotionError: ``motion-*``.
    """
    archive = NpzArchive(path, error=MotionError, code_prefix="motion")
    rotation_vectors = _read_poses(archive)
    frames, joints = rotation_vectors.shape[:2]
    rate_name = next((key for key in (*_AMASS_RATES, "fps") if key in archive), None)
    if rate_name is None:
        raise MotionError(
            "motion-no-frame-rate",
            path,
            found=f"arrays {', '.join(archive.names)}",
            expected="fps, mocap_framerate or mocap_frame_rate",
            fix="Save the file with fps=….",
        )
    fps = _scalar(archive, rate_name)
    if axes == "auto":
        axes = "zup" if rate_name in _AMASS_RATES else "yup"
        say(f"{Path(path).name}: {'AMASS, Z up' if axes == 'zup' else 'Y up'}, {joints} joints, {fps:g} frames/s")
    rotations = quaternion_from_rotation_vector(rotation_vectors)
    rotations[:, 0] = multiply(rotation_from_axes(axes), rotations[:, 0])
    names = _joint_names(archive, joints, skeleton)
    local, lost = conformed(names, rotations.astype(np.float32), skeleton, str(path))
    if lost:
        say(f"{Path(path).name}: the body has no {', '.join(lost[:4])}{' …' if len(lost) > 4 else ''}; left out")
    return Motion(
        name,
        fps,
        skeleton.joint_names,
        _read_root(archive, frames, skeleton, axes, say).astype(np.float32),
        local,
        _read_betas(archive),
    )


def _read_poses(archive: NpzArchive) -> Float64Array:
    """[T, J, 3] rotation vectors."""
    shape = archive.shape("poses")
    flat = len(shape) == 2 and shape[1] % 3 == 0
    if 0 in shape or not (flat or (len(shape) == 3 and shape[2] == 3)):
        raise MotionError(
            "motion-empty" if shape and shape[0] == 0 else "motion-wrong-shape",
            f"{archive.path}: poses",
            found=f"shape {shape}",
            expected="[T, J, 3] or [T, 3 J] rotation vectors with T > 0",
            fix="Save axis-angle poses, one row per frame.",
        )
    poses = _finite(archive, "poses", tuple(None for _ in shape))
    return poses.astype(np.float64).reshape(shape[0], -1, 3)


def _joint_names(archive: NpzArchive, joints: int, skeleton: Skeleton) -> tuple[str, ...]:
    if "joint_names" not in archive:
        return layout_names(joints, skeleton, str(archive.path))
    names: NDArray[Any] = archive.array("joint_names")
    if names.dtype.kind != "U" or names.shape != (joints,) or len(set(names.tolist())) != joints:
        raise MotionError(
            "motion-joint-count",
            f"{archive.path}: joint_names",
            found=f"shape {names.shape} of {names.dtype}",
            expected=f"{joints} different names, one for each joint of poses",
            fix="Save joint_names as an array of strings.",
        )
    return tuple(str(name) for name in names)


def _read_root(archive: NpzArchive, frames: int, skeleton: Skeleton, axes: str, say: Say) -> Float64Array:
    if "trans" not in archive:
        say(f"{archive.path.name}: no trans; the root stays in place")
        return np.zeros((frames, 3))
    trans = _finite(archive, "trans", (frames, 3)).astype(np.float64)
    # trans is added to the root joint's zero position before the world is turned, and after: solve for what to add.
    root = skeleton.zero_joints_m[0].astype(np.float64)
    return points_from_axes(trans + root, axes) - root


def _read_betas(archive: NpzArchive) -> Float32Array | None:
    if "betas" not in archive:
        return None
    betas = _finite(archive, "betas", tuple(None for _ in archive.shape("betas")))
    return betas if betas.ndim == 1 else betas.reshape(-1, betas.shape[-1])[0]


def _scalar(archive: NpzArchive, name: str) -> float:
    value: NDArray[Any] = archive.array(name)
    if value.size != 1 or value.dtype.kind not in "iuf" or not 0 < float(value.reshape(())) <= 1000:
        raise MotionError(
            "motion-frame-rate",
            f"{archive.path}: {name}",
            found=f"{value.tolist() if value.size <= 4 else value.shape}",
            expected="one number of frames per second, above 0 and at most 1000",
            fix=f"Save {name} as one number.",
        )
    return float(value.reshape(()))


def _finite(archive: NpzArchive, name: str, shape: tuple[int | None, ...]) -> Float32Array:
    return checked_float32(
        archive.array(name), shape, name=f"{archive.path}: {name}", error=MotionError, code_prefix="motion"
    )
