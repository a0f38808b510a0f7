"""Skeleton, and the joint transforms that carry the rest pose to a posed one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.errors import InputError
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.spec.format import MANIFEST_MAX_JOINTS

MAX_JOINTS = MANIFEST_MAX_JOINTS


@dataclass(frozen=True)
class Skeleton:
    """A tree of joints, parents before children.

    Attributes:
        joint_names: J names, unique.
        parents: [J] int32, -1 for the root, which is joint 0.
        zero_joints_m: [J, 3] joint positions in the zero pose (all local rotations identity), metres.
        rest_rotations_wxyz: [J, 4] local joint rotations of the pose in which the avatar's splats lie.
            Identity for an avatar whose rest pose is the zero pose.
        rest_translation_m: [3] root translation of that pose.
    """

    joint_names: tuple[str, ...]
    parents: Int32Array
    zero_joints_m: Float32Array
    rest_rotations_wxyz: Float32Array
    rest_translation_m: Float32Array

    @classmethod
    def in_zero_pose(cls, joint_names: tuple[str, ...], parents: Int32Array, zero_joints_m: Float32Array) -> Skeleton:
        """A skeleton whose rest pose is the zero pose."""
        identity = np.zeros((len(joint_names), 4), dtype=np.float32)
        identity[:, 0] = 1
        return cls(joint_names, parents, zero_joints_m, identity, np.zeros(3, dtype=np.float32))

    def __post_init__(self) -> None:
        count = len(self.joint_names)
        parents = np.asarray(self.parents)
        tree = (
            0 < count <= MAX_JOINTS
            and len(set(self.joint_names)) == count
            and parents.shape == (count,)
            and parents[0] == -1
            and bool((parents[1:] >= 0).all())
            and bool((parents[1:] < np.arange(1, count)).all())
        )
        if not tree or self.zero_joints_m.shape != (count, 3) or self.rest_rotations_wxyz.shape != (count, 4):
            raise InputError(
                "skeleton-invalid",
                "skeleton",
                found=f"{count} joints with parents {parents.tolist()[:8]}…",
                expected=f"1..{MAX_JOINTS} uniquely named joints, root first, each parent before its children",
                fix="Reorder the joints so that parents come first.",
            )

    @property
    def joint_count(self) -> int:
        """J, the number of joints."""
        return len(self.joint_names)

    def global_transforms(self, joint_rotations_wxyz: Float32Array, root_translation_m: Float32Array) -> Float64Array:
        """Forward kinematics.

        Args:
            joint_rotations_wxyz: [T, J, 4] local rotations relative to the zero pose.
            root_translation_m: [T, 3] added to the root joint's zero position.

        Returns:
            [T, J, 3, 4] joint frame to world.
        """
        local = matrix_from_quaternion(np.asarray(joint_rotations_wxyz, dtype=np.float64))
        frames, joints = local.shape[:2]
        result = np.empty((frames, joints, 3, 4))
        zero = self.zero_joints_m.astype(np.float64)
        result[:, 0, :, :3] = local[:, 0]
        result[:, 0, :, 3] = zero[0] + root_translation_m
        for joint in range(1, joints):
            parent = int(self.parents[joint])
            rotation = result[:, parent, :, :3]
            result[:, joint, :, :3] = rotation @ local[:, joint]
            result[:, joint, :, 3] = rotation @ (zero[joint] - zero[parent]) + result[:, parent, :, 3]
        return result

    def inverse_bind(self) -> Float64Array:
        """[J, 3, 4] world (rest pose) to joint frame."""
        bind = self.global_transforms(self.rest_rotations_wxyz[None], self.rest_translation_m[None])[0]
        inverse = np.empty_like(bind)
        inverse[:, :, :3] = bind[:, :, :3].transpose(0, 2, 1)
        inverse[:, :, 3] = -np.einsum("jab,jb->ja", inverse[:, :, :3], bind[:, :, 3])
        return inverse

    def skinning_transforms(self, joint_rotations_wxyz: Float32Array, root_translation_m: Float32Array) -> Float64Array:
        """A_j(t) of the runtime equation: rest pose to posed, [T, J, 3, 4]."""
        posed = self.global_transforms(joint_rotations_wxyz, root_translation_m)
        bind = self.inverse_bind()
        result = np.empty_like(posed)
        result[..., :3] = posed[..., :3] @ bind[None, :, :, :3]
        result[..., 3] = np.einsum("tjab,jb->tja", posed[..., :3], bind[:, :, 3]) + posed[..., 3]
        return result
