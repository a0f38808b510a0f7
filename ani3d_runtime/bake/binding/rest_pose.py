"""RestPose: the pose a cloud of Gaussians was captured in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array, checked_float32
from ani3d_runtime.body.model import BodyModel, ShapedBody
from ani3d_runtime.body.readers.joint_layouts import conformed, layout_names
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError, UsageError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector
from ani3d_runtime.npz import NpzArchive

# How far the arms of a usual A-pose hang below the T-pose's.
A_POSE_ARMS_DOWN_RAD = float(np.deg2rad(52))


@dataclass(frozen=True)
class RestPose:
    """A pose and the shape it was captured with.

    Attributes:
        name: how it is called in notes.
        rotations_wxyz: [J, 4] local joint rotations relative to the zero pose.
        translation_m: [3] of the root, in our axes.
        betas: [B] body shape; None for the mean.
        is_own: whether it is of the user's own making, and not to be changed.
        is_open: whether the user leaves it to be found.
    """

    name: str
    rotations_wxyz: Float32Array
    translation_m: Float32Array
    betas: Float32Array | None = None
    is_own: bool = False
    is_open: bool = False

    @classmethod
    def named(cls, name: str, body: BodyModel) -> RestPose:
        """``t``, ``a``, ``auto`` to find it, or the path of an .npz file.

        Raises:
            MotionError: as :meth:`read`. UsageError: ``rest-pose-unknown``.
        """
        known = {"t": cls.t, "a": cls.a}
        if name.lower() in known:
            return known[name.lower()](body)
        if name.lower() == "auto":
            return replace(cls.a(body), is_open=True)
        if not Path(name).is_file() and Path(name).suffix.lower() != ".npz":
            raise UsageError(
                "rest-pose-unknown",
                "rest_pose",
                found=repr(name),
                expected="t, a, auto, or an .npz with poses",
                fix="Pass --rest-pose t for arms to the sides, a for arms lowered by 52°, auto to have it found.",
            )
        return cls.read(name, body)

    @classmethod
    def t(cls, body: BodyModel) -> RestPose:
        """The zero pose of SMPL bodies: arms to the sides."""
        return cls._of("T-pose", body, {})

    @classmethod
    def a(cls, body: BodyModel) -> RestPose:
        """Arms lowered by 52 degrees."""
        lowered = {
            "left_shoulder": (0.0, 0.0, -A_POSE_ARMS_DOWN_RAD),
            "right_shoulder": (0.0, 0.0, A_POSE_ARMS_DOWN_RAD),
        }
        return cls._of("A-pose", body, lowered)

    @classmethod
    def _of(cls, name: str, body: BodyModel, vectors_rad: dict[str, tuple[float, float, float]]) -> RestPose:
        rotations = np.zeros((body.joint_count, 3))
        for joint, vector in vectors_rad.items():
            rotations[body.joint_names.index(joint)] = vector
        return cls(name, quaternion_from_rotation_vector(rotations).astype(np.float32), np.zeros(3, dtype=np.float32))

    @classmethod
    def read(cls, path: Path | str, body: BodyModel) -> RestPose:
        """Read a pose: ``poses`` [J, 3], [1, J, 3] or [J*3] rotation vectors, optional ``trans`` [3] and ``betas``.

        Rotations and translation are in our axes (Y up, facing +Z), as SMPL's own are.

        Raises:
            MotionError: ``rest-pose-*``, ``motion-joint-count``, ``motion-joint-mismatch``.
        """
        archive = NpzArchive(path, error=MotionError, code_prefix="rest-pose")
        name = "poses" if "poses" in archive or "pose" not in archive else "pose"
        shape = archive.shape(name)
        if not _is_one_pose(shape):
            raise MotionError(
                "rest-pose-wrong-shape",
                f"{archive.path}: {name}",
                found=f"shape {shape}",
                expected="one pose: [J, 3], [1, J, 3] or [3 J] rotation vectors",
                fix="Save the pose of the capture alone; a motion of many frames is not a rest pose.",
            )
        vectors = _read(archive, name, shape).reshape(-1, 3)
        names = layout_names(len(vectors), body.skeleton, str(path))
        quats = quaternion_from_rotation_vector(vectors).astype(np.float32)[None]
        rotations, _ = conformed(names, quats, body.skeleton, str(path))
        return cls(
            archive.path.name,
            rotations[0],
            _read_vector(archive, "trans", 3) if "trans" in archive else np.zeros(3, dtype=np.float32),
            _read_vector(archive, "betas", None) if "betas" in archive else None,
            is_own=True,
        )

    def apply(self, body: BodyModel) -> tuple[ShapedBody, Skeleton, Float32Array]:
        """The body of this shape, its skeleton resting in this pose, and its posed vertices [V, 3] metres."""
        shaped = body.shaped(self.betas)
        skeleton = replace(
            shaped.skeleton, rest_rotations_wxyz=self.rotations_wxyz, rest_translation_m=self.translation_m
        )
        return shaped, skeleton, shaped.pose_vertices(self.rotations_wxyz[None], self.translation_m[None])[0]


def _is_one_pose(shape: tuple[int, ...]) -> bool:
    """[J, 3], [1, J, 3], [3 J] or [1, 3 J]."""
    match shape:
        case (joints, 3) | (1, joints, 3):
            return joints > 0
        case (numbers,) | (1, numbers):
            return numbers > 0 and numbers % 3 == 0
        case _:
            return False


def _read(archive: NpzArchive, name: str, shape: tuple[int | None, ...]) -> Float32Array:
    return checked_float32(
        archive.array(name), shape, name=f"{archive.path}: {name}", error=MotionError, code_prefix="rest-pose"
    )


def _read_vector(archive: NpzArchive, name: str, length: int | None) -> Float32Array:
    values = _read(archive, name, tuple(None for _ in archive.shape(name))).ravel()
    if length is not None and len(values) != length:
        raise MotionError(
            "rest-pose-wrong-shape",
            f"{archive.path}: {name}",
            found=f"{len(values)} numbers",
            expected=f"{length}",
            fix="Save the values of one pose.",
        )
    return values
