"""Round cones around the bones, fitted to the Gaussians that no clip moves."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.sections.driver_model import Capsules

_BODY = (Part.SKIN, Part.FACE, Part.GARMENT)
_FEWEST_GAUSSIANS = 30
_SHORTEST_M = 0.03
_RADII_M = (0.02, 0.25)
# A round cone stands for a flat trunk: so many times its mean radius it is as wide as hips are. Where they are narrow
# nothing is pushed, for no node is pushed out of where it rests.
_TRUNK_WIDTH = 1.3


def fitted_capsules(avatar: Avatar, moves: np.ndarray) -> Capsules:
    """One cone per bone that enough Gaussians lie along.

    Args:
        avatar: whole.
        moves: [N] bool, Gaussians that some clip moves.
    """
    skeleton, binding = avatar.skeleton, avatar.binding
    means = avatar.splats.means_m.astype(np.float64)
    heads = skeleton.global_transforms(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])[
        0, :, :, 3
    ]
    width = np.where(_forked(skeleton), _TRUNK_WIDTH, 1.0)
    strongest = binding.joints[np.arange(avatar.count), binding.weights.argmax(axis=1)]
    solid = np.isin(binding.parts, _BODY) & ~moves & (binding.weights.max(axis=1) > 0.5)
    joints: list[int] = []
    ends: list[Float64Array] = []
    radii: list[Float64Array] = []
    for joint in range(1, skeleton.joint_count):
        parent = int(skeleton.parents[joint])
        radius = _cone_radii(means[solid & (strongest == parent)], heads[parent], heads[joint])
        if radius is not None:
            joints.append(parent)
            ends.append(np.stack([heads[parent], heads[joint]]))
            radii.append(np.minimum(radius * width[parent], _RADII_M[1]))
    return Capsules(np.array(joints, dtype=np.uint8), np.array(ends).reshape(-1, 2, 3), np.array(radii).reshape(-1, 2))


def _forked(skeleton: Skeleton) -> np.ndarray:
    """[J] bool, joints of the trunk: several limbs end below them."""
    ends = np.zeros(skeleton.joint_count, dtype=np.int64)
    ends[np.setdiff1d(np.arange(skeleton.joint_count), skeleton.parents)] = 1
    for joint in range(skeleton.joint_count - 1, 0, -1):
        ends[skeleton.parents[joint]] += ends[joint]
    return ends > 1


def _cone_radii(points: Float64Array, start: Float64Array, end: Float64Array) -> Float64Array | None:
    """[2] radii at both ends, by least squares; None where too few points lie along the bone."""
    bone = end - start
    length = float(np.linalg.norm(bone))
    if length < _SHORTEST_M:
        return None
    along = (points - start) @ bone / length**2
    beside = (along > 0) & (along < 1)
    if beside.sum() < _FEWEST_GAUSSIANS:
        return None
    points, along = points[beside], along[beside]
    away = np.linalg.norm(points - start - along[:, None] * bone, axis=1)
    fitted = np.linalg.lstsq(np.stack([1 - along, along], axis=1), away, rcond=None)[0]
    return np.clip(fitted, *_RADII_M)
