"""Joints, nodes and correctives of one instant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.deformation import Frame
from tests.golden.reference import skinning_matrices

MASKS = 3


def packed_joints(transforms: NDArray[np.float64], masks: Sequence[ArrayLike] = ()) -> NDArray[np.float32]:
    """[J, 4, 4]: three rows of A_j, then the masks of sources 1, 2, 3, each [J]; 1 of those that have none."""
    packed = np.zeros((len(transforms), 4, 4), np.float32)
    packed[:, :3] = transforms[:, :3]
    packed[:, 3, :MASKS] = 1
    for number, mask in enumerate(masks):
        packed[:, 3, number] = mask
    return packed


def packed_nodes(rest_m: ArrayLike, displacements_m: ArrayLike, rotations_wxyz: ArrayLike) -> NDArray[np.float32]:
    """[M, 2, 4]: unit rotation, and where it takes the origin."""
    rest, quats = np.asarray(rest_m, np.float64).reshape(-1, 3), np.asarray(rotations_wxyz, np.float64).reshape(-1, 4)
    quats = quats / np.linalg.norm(quats, axis=1, keepdims=True)
    axis = quats[:, 1:]
    turned = rest + 2 * np.cross(axis, np.cross(axis, rest) + quats[:, :1] * rest)
    packed = np.zeros((len(rest), 2, 4), np.float32)
    packed[:, 0] = quats
    packed[:, 1, :3] = rest + np.asarray(displacements_m, np.float64).reshape(-1, 3) - turned
    return packed


def packed_correctives(
    position_m: ArrayLike, rotation_rad: ArrayLike, log_scale: ArrayLike, colour: ArrayLike
) -> NDArray[np.float32]:
    """[K, N, 12], each argument [K, N, 3]."""
    channels = [np.asarray(channel, np.float32) for channel in (position_m, rotation_rad, log_scale, colour)]
    return np.ascontiguousarray(np.concatenate(channels, axis=-1))


def transforms_of(skeleton: Skeleton, frame: Frame) -> NDArray[np.float64]:
    """[J, 4, 4] A_j, by the oracle of the golden vectors."""
    rest = {
        "parents": np.array(skeleton.parents, np.float64),
        "zero_joints_m": skeleton.zero_joints_m.astype(np.float64),
        "rest_rotations_wxyz": skeleton.rest_rotations_wxyz.astype(np.float64),
        "rest_translation_m": skeleton.rest_translation_m.astype(np.float64),
    }
    posed = {
        "joint_rotations_wxyz": frame.joint_rotations_wxyz.astype(np.float64),
        "root_translation_m": frame.root_translation_m.astype(np.float64),
    }
    return np.array(skinning_matrices({"skeleton": rest, "frame": posed}))
