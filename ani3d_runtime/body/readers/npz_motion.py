"""Motions in .npz files: AMASS, plain ``poses``/``trans``/``fps``, and the keys of other tools of the SMPL family.

AMASS has axis-angle poses [T, 3 J], ``mocap_framerate`` (SMPL-H) or ``mocap_frame_rate`` (SMPL-X); see
https://amass.is.tue.mpg.de. SMPL's and SMPL-X's own code names ``global_orient``, ``body_pose`` and ``transl``,
VPoser's ``root_orient`` and ``pose_body``. Only the arrays needed are read, and nothing is unpickled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array, checked_float32
from ani3d_runtime.body.joint_names import SMPLH_JOINT_NAMES, SMPLX_JOINT_NAMES
from ani3d_runtime.body.model import SMPL_JOINT_NAMES
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.readers.options import MotionOptions
from ani3d_runtime.body.readers.smpl_motion import SmplMotion, smpl_motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import quaternion_from_matrix, rotation_vector_from_quaternion
from ani3d_runtime.npz import NpzArchive

_AMASS_RATES = ("mocap_framerate", "mocap_frame_rate")
_RATES = (*_AMASS_RATES, "fps", "frame_rate", "framerate", "frameRate", "mocap_fps")
_WHOLE = ("poses", "smpl_poses")
_ROOTS = ("global_orient", "root_orient")
_BODIES = ("body_pose", "pose_body")
_PATHS = ("trans", "transl", "smpl_trans", "bodyTranslation", "translation")
_SHAPES = ("betas", "shapeParameters", "smpl_betas")
# smplcodec's .smpl: https://github.com/meshcapade/smplcodec
_CODEC_BODY = "bodyPose"
_CODEC_PARTS, _CODEC_JOINTS = ("headPose", "leftHandPose", "rightHandPose"), (3, 15, 15)


def read_npz_motion(path: Path, skeleton: Skeleton, *, name: str, options: MotionOptions, say: Say) -> Motion:
    """Read an .npz motion, or a .smpl, for a skeleton.

    Args:
        path: the file.
        skeleton: the body's; its joints are filled by name.
        name: name of the motion.
        options: how the file is to be understood.
        say: takes one sentence per decision, and doubts.

    Raises:
        MotionError: ``motion-*``.
    """
    return smpl_motion(read_smpl_npz(path), skeleton, name=name, options=options, subject=str(path), say=say)


def read_smpl_npz(path: Path) -> SmplMotion:
    """The motion of an .npz or .smpl file, as it stands.

    Raises:
        MotionError: ``motion-*``.
    """
    archive = NpzArchive(path, error=MotionError, code_prefix="motion")
    poses, names = _read_poses(archive)
    rate = _first(archive, _RATES)
    if rate is None and _first(archive, _ROOTS) is None:
        raise MotionError(
            "motion-no-frame-rate",
            path,
            found=f"arrays {', '.join(archive.names)}",
            expected="fps, mocap_framerate or mocap_frame_rate",
            fix="Save the file with fps=…. One pose, without a motion, is for --rest-pose.",
        )
    is_amass = rate in _AMASS_RATES
    path_name = _first(archive, _PATHS)
    return SmplMotion(
        poses=poses,
        trans=None if path_name is None else _finite(archive, path_name, (len(poses), 3)).astype(np.float64),
        fps=None if rate is None else _scalar(archive, rate),
        betas=_read_betas(archive),
        joint_names=names,
        axes_hint="zup" if is_amass else "yup",
        hint="as AMASS has" if is_amass else "as such files usually have",
        floor_at_zero=is_amass,
    )


def _read_poses(archive: NpzArchive) -> tuple[Float64Array, tuple[str, ...] | None]:
    """[T, J, 3] rotation vectors, and the joints' names where they are not one of the family's layouts."""
    root, body = _first(archive, _ROOTS), _first(archive, _BODIES)
    whole = _first(archive, _WHOLE)
    if whole is None and _CODEC_BODY in archive:
        return _codec_poses(archive)
    if whole is None and root is not None and body is not None:
        return _parted_poses(archive, root, body)
    poses = _vectors(archive, whole or _refused_keys(archive))
    return poses, _joint_names(archive, poses.shape[1])


def _refused_keys(archive: NpzArchive) -> str:
    raise MotionError(
        "motion-missing-array",
        archive.path,
        found=f"arrays {', '.join(archive.names) or 'none'}",
        expected="poses, smpl_poses, global_orient and body_pose, or root_orient and pose_body; with trans or transl",
        fix="Save rotation vectors as poses [T, J, 3], trans [T, 3] and fps.",
    )


def _parted_poses(archive: NpzArchive, root: str, body: str) -> tuple[Float64Array, tuple[str, ...]]:
    """Root, body and, where they are there, hands: in one array."""
    body_vectors = _vectors(archive, body)
    parts = [_vectors(archive, root)[:, :1], body_vectors]
    joints = 1 + body_vectors.shape[1]
    names = (SMPL_JOINT_NAMES if joints > 22 else SMPLX_JOINT_NAMES)[:joints]
    hands = [name for name in ("left_hand_pose", "right_hand_pose") if name in archive]
    if len(hands) == 2 and joints == 22:
        fingers = [_vectors(archive, name) for name in hands]
        if all(hand.shape[1] == 15 for hand in fingers):  # fewer are coefficients, which need MANO's own basis
            parts += fingers
            names = SMPLH_JOINT_NAMES
    if len({len(part) for part in parts}) > 1 or joints not in (22, 24):
        raise MotionError(
            "motion-wrong-shape",
            f"{archive.path}: {body}",
            found=f"{' and '.join(str(part.shape) for part in parts)}",
            expected="as many frames in each, and 21 or 23 joints of the body",
            fix="Save global_orient [T, 3] and body_pose [T, 63] or [T, 69].",
        )
    return np.concatenate(parts, axis=1), names


def _codec_poses(archive: NpzArchive) -> tuple[Float64Array, tuple[str, ...] | None]:
    """Whatever parts there are: SMPL has 24 joints in one, SMPL-H no head, and what nobody moved is left out."""
    body = _vectors(archive, _CODEC_BODY)
    if body.shape[1] == len(SMPL_JOINT_NAMES):
        return body, SMPL_JOINT_NAMES
    parts = [_vectors(archive, name) if name in archive else None for name in _CODEC_PARTS]
    found = [
        np.zeros((len(body), joints, 3)) if part is None else part
        for part, joints in zip(parts, _CODEC_JOINTS, strict=True)
    ]
    if body.shape[1] != 22 or any(
        part.shape[:2] != (len(body), joints) for part, joints in zip(found, _CODEC_JOINTS, strict=True)
    ):
        raise MotionError(
            "motion-wrong-shape",
            f"{archive.path}: {_CODEC_BODY}",
            found=f"{', '.join(str(part.shape) for part in (body, *found))}",
            expected="[T, 24, 3]; or [T, 22, 3], and where they are there [T, 3, 3] and twice [T, 15, 3]",
            fix="Write the .smpl file again.",
        )
    return np.concatenate([body, *found], axis=1), SMPLX_JOINT_NAMES


def _vectors(archive: NpzArchive, name: str) -> Float64Array:
    """[T, J, 3] rotation vectors of an array of them, or of matrices."""
    shape = archive.shape(name)
    is_matrix = shape[-2:] == (3, 3) and (len(shape) == 4 or (len(shape) == 3 and name in _ROOTS))
    flat = len(shape) == 2 and shape[1] % 3 == 0
    if 0 in shape or not (is_matrix or flat or (len(shape) == 3 and shape[2] == 3)):
        raise MotionError(
            "motion-empty" if shape and shape[0] == 0 else "motion-wrong-shape",
            f"{archive.path}: {name}",
            found=f"shape {shape}",
            expected="[T, J, 3] or [T, 3 J] rotation vectors with T > 0",
            fix="Save axis-angle poses, one row per frame.",
        )
    values = _finite(archive, name, tuple(None for _ in shape)).astype(np.float64)
    if is_matrix:
        return rotation_vector_from_quaternion(quaternion_from_matrix(values.reshape(shape[0], -1, 3, 3)))
    return values.reshape(shape[0], -1, 3)


def _joint_names(archive: NpzArchive, joints: int) -> tuple[str, ...] | None:
    if "joint_names" not in archive:
        return None
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


def _read_betas(archive: NpzArchive) -> Float32Array | None:
    name = _first(archive, _SHAPES)
    if name is None:
        return None
    betas = _finite(archive, name, tuple(None for _ in archive.shape(name)))
    return betas if betas.ndim == 1 else betas.reshape(-1, betas.shape[-1])[0]


def _first(archive: NpzArchive, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in archive), None)


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
