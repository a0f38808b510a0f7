"""Round cones in the flesh of every limb, fitted to the Gaussians that no clip moves.

Flesh does not lie around its bone: the calf is behind the shin, the thigh in front of a line from hip to knee. So the
axis of a cone goes through the middles of cross-sections, and its ends lie off the bone.
"""

from __future__ import annotations

from typing import NamedTuple

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
# Cross-sections of a limb, each from Gaussians of so much more than its own length of bone; how many they need.
_SECTIONS, _OVERLAP, _FEWEST_IN_SECTION = 8, 1.5, 8
# The middle of a section lies between these shares of it, in each of so many directions; so many per cent of its skin
# lie within the cone's radius. More would keep cloth farther from the body than it hangs.
_EXTENT_PERCENT, _DIRECTIONS = (4.0, 96.0), 6
_RADIUS_PERCENT = 60.0
# No axis leaves its bone by more than this share of the limb's radius.
_FARTHEST_OFF = 0.8


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
    trunk = _forked(skeleton)
    strongest = binding.joints[np.arange(avatar.count), binding.weights.argmax(axis=1)]
    solid = np.isin(binding.parts, _BODY) & ~moves & (binding.weights.max(axis=1) > 0.5)
    joints: list[int] = []
    cones: list[_Cone] = []
    for joint in range(1, skeleton.joint_count):
        parent = int(skeleton.parents[joint])
        points, bone = means[solid & (strongest == parent)], np.stack([heads[parent], heads[joint]])
        cone = _around_bone(points, bone) if trunk[parent] else _in_flesh(points, bone)
        if cone is not None:
            joints.append(parent)
            cones.append(cone)
    return Capsules(
        np.array(joints, dtype=np.uint8),
        np.array([cone.ends_m for cone in cones]).reshape(-1, 2, 3),
        np.array([cone.radii_m for cone in cones]).reshape(-1, 2),
    )


def _forked(skeleton: Skeleton) -> np.ndarray:
    """[J] bool, joints of the trunk: several limbs end below them."""
    ends = np.zeros(skeleton.joint_count, dtype=np.int64)
    ends[np.setdiff1d(np.arange(skeleton.joint_count), skeleton.parents)] = 1
    for joint in range(skeleton.joint_count - 1, 0, -1):
        ends[skeleton.parents[joint]] += ends[joint]
    return ends > 1


class _Cone(NamedTuple):
    """ends_m: [2, 3], radii_m: [2]."""

    ends_m: Float64Array
    radii_m: Float64Array


class _Beside(NamedTuple):
    """Points beside a bone.

    Attributes:
        along: [P] 0..1 on the bone. across_m: [P, 3] from it, at right angles.
    """

    along: Float64Array
    across_m: Float64Array


def _beside(points: Float64Array, bone: Float64Array) -> _Beside | None:
    """Those of some points that lie beside a bone [2, 3]; None where they are too few."""
    start, way = bone[0], bone[1] - bone[0]
    length = float(np.linalg.norm(way))
    if length < _SHORTEST_M:
        return None
    along = (points - start) @ way / length**2
    beside = (along > 0) & (along < 1)
    if beside.sum() < _FEWEST_GAUSSIANS:
        return None
    along = along[beside]
    return _Beside(along, points[beside] - start - along[:, None] * way)


def _around_bone(points: Float64Array, bone: Float64Array) -> _Cone | None:
    """A cone of the trunk: its axis is the bone."""
    beside = _beside(points, bone)
    if beside is None:
        return None
    radii = _line(beside.along, np.linalg.norm(beside.across_m, axis=1)[:, None])[:, 0]
    return _Cone(bone, np.minimum(np.clip(radii, *_RADII_M) * _TRUNK_WIDTH, _RADII_M[1]))


def _in_flesh(points: Float64Array, bone: Float64Array) -> _Cone | None:
    """A cone of a limb: its axis goes through the middles of cross-sections."""
    beside = _beside(points, bone)
    if beside is None:
        return None
    sides = _directions(bone[1] - bone[0])
    places: list[float] = []
    middles: list[Float64Array] = []
    radii: list[float] = []
    for place in (np.arange(_SECTIONS) + 0.5) / _SECTIONS:
        section = beside.across_m[np.abs(beside.along - place) < 0.5 * _OVERLAP / _SECTIONS]
        if len(section) >= _FEWEST_IN_SECTION:
            places.append(place)
            middles.append(_middle(section, sides))
            radii.append(float(np.percentile(np.linalg.norm(section - middles[-1], axis=1), _RADIUS_PERCENT)))
    if len(places) < 2:
        return _around_bone(points, bone)
    off = _line(np.array(places), np.array(middles))
    size = np.clip(_line(np.array(places), np.array(radii)[:, None])[:, 0], *_RADII_M)
    lengths = np.linalg.norm(off, axis=1)
    off *= np.minimum(1.0, _FARTHEST_OFF * size / np.maximum(lengths, 1e-9))[:, None]
    return _Cone(bone + off, size)


def _directions(way: Float64Array) -> Float64Array:
    """[D, 3] unit vectors at right angles to a bone, spread over half a turn."""
    across = np.linalg.svd(way[None])[2][1:]
    angles = np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) @ across


def _middle(section: Float64Array, sides: Float64Array) -> Float64Array:
    """[3] the point that is nearest to half way between both edges in every direction.

    A mean would go to the side that has more Gaussians.
    """
    low, high = np.percentile(section @ sides.T, _EXTENT_PERCENT, axis=0)
    halves: Float64Array = (low + high) / 2
    # For directions spread evenly over half a turn the sum of their squares is half their number in each axis.
    return halves @ sides * (2 / len(sides))


def _line(along: Float64Array, values: Float64Array) -> Float64Array:
    """[2, k] ends at 0 and 1 of the line nearest to values [P, k]."""
    return np.linalg.lstsq(np.stack([1 - along, along], axis=1), values, rcond=None)[0].astype(np.float64)
