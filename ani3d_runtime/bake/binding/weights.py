"""Skin weights for Gaussians, from the body they lie on.

Each Gaussian is first given an anchor, the surface point it belongs to. The nearest one is not always it: in an A-pose
a sleeve can lie nearer to the ribs. So neighbours vote, and nearness between anchors is measured in the zero pose,
where arms and legs are apart, and by their normals, which differ on the facing sides of two limbs. Weights are then
blended over surface points around the anchor, the wider the farther the Gaussian floats, and smoothed over neighbours
that share the anchor's limb.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Int32Array, UInt8Array
from ani3d_runtime.avatar import MAX_JOINTS_PER_GAUSSIAN
from ani3d_runtime.bake.binding.beside_arms import BesideArms
from ani3d_runtime.bake.binding.skirt import Skirt
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.bake.binding.voting import vote
from ani3d_runtime.splats import SplatCloud

_CANDIDATES = 12
_COARSE_CANDIDATES = 32
_NEIGHBOURS = 8
_VOTE_ROUNDS = 4
_VOTE_WEIGHT = 1.0
# Neighbours' anchors further apart than this are on different limbs, however far.
_FAR_M = 0.15
# Opposite normals count as this much distance: thighs nearly touch even in the zero pose.
_NORMAL_DISTANCE_M = 0.08
_NEAR_WIDTH_M = 0.008
# Between these distances from the body, blending goes over from the fine to the wide set of surface points.
_CLOSE_M, _LOOSE_M = 0.03, 0.10
_LOOSE_REACH_M = 0.40
_SMOOTHING_ROUNDS = 3
_CHUNK = 16384


@dataclass(frozen=True)
class SurfaceBinding:
    """Where each Gaussian sits on the body.

    Attributes:
        joints: [N, 4] uint8.
        weights: [N, 4] rows summing to 1.
        anchors: [N] int32 indices of surface points.
        distances_m: [N] to the anchor.
        neighbours: [N, K] int32 nearest other Gaussians.
    """

    joints: UInt8Array
    weights: Float32Array
    anchors: Int32Array
    distances_m: Float32Array
    neighbours: Int32Array


def bind_to_surface(cloud: SplatCloud, surface: BodySurface, joint_names: tuple[str, ...] = ()) -> SurfaceBinding:
    """Give every Gaussian skin weights of up to four joints.

    Args:
        cloud: on the surface.
        surface: of the posed body.
        joint_names: of its weights, which tell arms from the clothes that hang beside them; empty where nobody knows.
    """
    means = cloud.means_m
    neighbours = _neighbours(means)
    nearest: Int32Array = np.asarray(surface.tree().query(means, k=_CANDIDATES, workers=-1)[1], dtype=np.int32)
    beside = BesideArms.of(cloud, neighbours, surface, joint_names)
    first = beside.kept(np.ascontiguousarray(nearest[:, 0]))
    anchors = beside.kept(_voted_anchors(means, first, neighbours, surface))
    skirt = Skirt.of(means, anchors, neighbours, surface, joint_names)
    anchors = skirt.kept(anchors, surface)
    distances = np.linalg.norm(means - surface.points_m[anchors], axis=1).astype(np.float32)
    weights = _blended(means, nearest, anchors, distances, surface)
    weights = _smoothed(weights, anchors, distances, neighbours, surface)
    if len(skirt.rows):
        weights = skirt.carried(weights, joint_names.index("pelvis"))
    joints, weights = _strongest(weights)
    return SurfaceBinding(joints, weights, anchors, distances, neighbours)


def _neighbours(means: Float32Array) -> Int32Array:
    """[N, K] nearest other Gaussians; a cloud of fewer than K repeats itself."""
    count = min(_NEIGHBOURS + 1, len(means))
    if count == 1:
        return np.zeros((1, 1), dtype=np.int32)
    found: Int32Array = np.asarray(KDTree(means).query(means, k=count, workers=-1)[1], dtype=np.int32)
    return np.ascontiguousarray(found[:, 1:])


def _apart(first: NDArray[np.int32], second: NDArray[np.int32], surface: BodySurface) -> Float32Array:
    """How far two surface points are apart on the body: zero-pose distance, and more where normals oppose."""
    gap = np.linalg.norm(surface.zero_points_m[first] - surface.zero_points_m[second], axis=-1)
    facing = (surface.normals[first] * surface.normals[second]).sum(axis=-1)
    return (gap + _NORMAL_DISTANCE_M * np.maximum(0.0, -facing)).astype(np.float32)


def _voted_anchors(
    means: Float32Array, nearest: Int32Array, neighbours: Int32Array, surface: BodySurface
) -> Int32Array:
    """Let each Gaussian keep its anchor or take a neighbour's, whichever is near and agrees with the neighbours."""
    anchors = nearest
    for _ in range(_VOTE_ROUNDS):
        updated = np.empty_like(anchors)
        vote(
            len(means),
            means,
            nearest,
            neighbours,
            anchors,
            surface.points_m,
            surface.zero_points_m,
            surface.normals,
            np.float32(_VOTE_WEIGHT),
            np.float32(_FAR_M),
            np.float32(_NORMAL_DISTANCE_M),
            updated,
        )
        if (updated == anchors).all():
            break
        anchors = updated
    return anchors


def _blended(
    means: Float32Array,
    nearest: Int32Array,
    anchors: Int32Array,
    distances: Float32Array,
    surface: BodySurface,
) -> Float32Array:
    """[N, J] weights averaged over surface points around each anchor."""
    result = np.empty((len(means), surface.weights.shape[1]), dtype=np.float32)
    for start in range(0, len(means), _CHUNK):
        rows = slice(start, start + _CHUNK)
        options = np.concatenate([anchors[rows, None], nearest[rows]], axis=1)
        width = np.maximum(_NEAR_WIDTH_M, 0.3 * distances[rows])[:, None]
        same = _apart(options, anchors[rows, None], surface) < 0.04 + 2 * distances[rows, None]
        result[rows] = _kernel_average(means[rows], options, width, same, surface)
    loose = np.flatnonzero(distances > _CLOSE_M)
    if not len(loose):
        return result
    count = min(_COARSE_CANDIDATES, len(surface.coarse))
    tree = surface.coarse_tree()
    for start in range(0, len(loose), _CHUNK):
        rows = loose[start : start + _CHUNK]
        options = surface.coarse[np.asarray(tree.query(means[rows], k=count)[1]).reshape(len(rows), count)]
        options = np.concatenate([anchors[rows, None], options], axis=1)
        width = (0.6 * distances[rows])[:, None]
        gap = np.linalg.norm(surface.zero_points_m[options] - surface.zero_points_m[anchors[rows], None], axis=-1)
        wide = _kernel_average(means[rows], options, width, gap < _LOOSE_REACH_M, surface)
        share = np.clip((distances[rows] - _CLOSE_M) / (_LOOSE_M - _CLOSE_M), 0, 1)[:, None]
        result[rows] += share * (wide - result[rows])
    return result


def _kernel_average(
    means: Float32Array,
    options: NDArray[np.int32],
    width_m: Float32Array,
    allowed: NDArray[np.bool_],
    surface: BodySurface,
) -> Float32Array:
    squared = ((means[:, None] - surface.points_m[options]) ** 2).sum(axis=-1)
    squared = squared - np.where(allowed, squared, np.inf).min(axis=1, keepdims=True)
    kernel = np.where(allowed, np.exp(-np.maximum(squared, 0) / (2 * width_m**2)), 0).astype(np.float32)
    kernel /= kernel.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkj->nj", kernel, surface.weights[options])


def _smoothed(
    weights: Float32Array,
    anchors: Int32Array,
    distances: Float32Array,
    neighbours: Int32Array,
    surface: BodySurface,
) -> Float32Array:
    """Average with neighbours on the same limb; loose Gaussians take more of them."""
    share = np.clip(0.4 + distances / _LOOSE_M, 0.4, 0.9)
    for _ in range(_SMOOTHING_ROUNDS):
        result = np.empty_like(weights)
        for start in range(0, len(weights), _CHUNK):
            rows = slice(start, start + _CHUNK)
            around = neighbours[rows]
            apart = _apart(anchors[around], anchors[rows, None], surface)
            kernel = np.exp(-((apart / (0.03 + distances[rows, None])) ** 2)).astype(np.float32)
            total = kernel.sum(axis=1, keepdims=True)
            mean = np.einsum("nk,nkj->nj", kernel / np.maximum(total, 1e-6), weights[around])
            mix = (share[rows, None] * np.minimum(total, 1)).astype(np.float32)
            result[rows] = weights[rows] + mix * (mean - weights[rows])
        weights = result
    return weights


def _strongest(weights: Float32Array) -> tuple[UInt8Array, Float32Array]:
    """The four largest weights of each row, normalised, and their joints."""
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :MAX_JOINTS_PER_GAUSSIAN]
    if joints.shape[1] < MAX_JOINTS_PER_GAUSSIAN:
        joints = np.pad(joints, ((0, 0), (0, MAX_JOINTS_PER_GAUSSIAN - joints.shape[1])), mode="edge")
    strongest = np.take_along_axis(weights, joints, axis=1)
    strongest[:, weights.shape[1] :] = 0
    strongest = np.maximum(strongest, 0)
    return joints.astype(np.uint8), (strongest / strongest.sum(axis=1, keepdims=True)).astype(np.float32)
