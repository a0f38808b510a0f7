"""Section ``skeleton``: names, tree, zero-pose joints and the rest pose."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.skeleton import MAX_JOINTS, Skeleton
from ani3d_runtime.errors import InputError
from ani3d_runtime.geometry.quaternion import normalised
from ani3d_runtime.package.fields import Fields
from ani3d_runtime.package.layout import broken, pack, unpack
from ani3d_runtime.spec.format import MANIFEST_MAX_NAME_CHARS, SKELETON_MAX_POSITION_M, SKELETON_UNIT_TOLERANCE


def encode_skeleton(skeleton: Skeleton) -> bytes:
    """msgpack map; positions and rotations as little-endian float32, exact."""
    fields = {
        "joint_names": list(skeleton.joint_names),
        "parents": [int(parent) for parent in skeleton.parents],
        "zero_joints_m": skeleton.zero_joints_m.astype("<f4").tobytes(),
        "rest_rotations_wxyz": skeleton.rest_rotations_wxyz.astype("<f4").tobytes(),
        "rest_translation_m": skeleton.rest_translation_m.astype("<f4").tobytes(),
    }
    return pack(fields)


def decode_skeleton(section: bytes, joint_count: int, name: str) -> Skeleton:
    """Read a skeleton of ``joint_count`` joints.

    Raises:
        BrokenPackageError: ``skeleton-invalid``.
    """
    fields = Fields(unpack(section, f"{name}: skeleton", "skeleton-invalid"), "skeleton")
    listed = fields.items("joint_names", max_count=MAX_JOINTS)
    names = Fields(dict(enumerate(listed)), "skeleton.joint_names")
    parents = fields.integers("parents", -1, MAX_JOINTS, max_count=MAX_JOINTS)
    arrays = {
        field: np.frombuffer(fields.binary(field, 4 * math.prod(shape)), "<f4").astype(np.float32).reshape(shape)
        for field, shape in (
            ("zero_joints_m", (joint_count, 3)),
            ("rest_rotations_wxyz", (joint_count, 4)),
            ("rest_translation_m", (3,)),
        )
    }
    sane = all((np.abs(array) <= SKELETON_MAX_POSITION_M).all() for array in arrays.values())
    if not len(listed) == len(parents) == joint_count or not sane or not _unit(arrays["rest_rotations_wxyz"]):
        raise broken(
            "skeleton-invalid", f"{name}: skeleton", "numbers that are no skeleton", f"{joint_count} finite joints"
        )
    arrays["rest_rotations_wxyz"] = normalised(arrays["rest_rotations_wxyz"]).astype(np.float32)
    try:
        return Skeleton(
            tuple(names.text(position, max_chars=MANIFEST_MAX_NAME_CHARS) for position in range(joint_count)),
            np.array(parents, dtype=np.int32),
            **arrays,
        )
    except InputError as error:
        raise broken("skeleton-invalid", f"{name}: skeleton", error.found, error.expected) from None


def _unit(quats_wxyz: Float32Array) -> bool:
    return bool((np.abs(np.linalg.norm(quats_wxyz, axis=1) - 1) < SKELETON_UNIT_TOLERANCE).all())
