"""Sheet: who lies beside whom on a surface of Gaussians, and how their places say how the surface is stretched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.codec.encoder.neighbour_tree import NeighbourTree
from ani3d_runtime.codec.encoder.node_fit import motion_features
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.residual import ResidualLayer

# Strands are no surface, and a face is carried by one joint.
_PARTS = (Part.SKIN, Part.GARMENT, Part.ACCESSORY)
_CANDIDATES, _NEIGHBOURS, _FEWEST = 24, 12, 5
# Beside each other are those whose normals differ by less than 45 degrees and that lie in each other's plane rather
# than above each other, as lining and cloth do.
_LEAST_COSINE, _MOST_ABOVE = 0.7, 0.5
# Gaussians whose joints differ more than this belong to different limbs, however close they lie in the rest pose.
_OTHER_LIMB = 0.8
# So much narrower than long may the spread of neighbours be; less says nothing about the other direction.
_LEAST_SPREAD = 0.15
_SAMPLED_FRAMES = 24


@dataclass(frozen=True)
class Sheet:
    """Gaussians of surfaces, and their neighbours there.

    Attributes:
        members: [S] int32 increasing, indices of Gaussians.
        axes: [S, 3] int32, numbers of each Gaussian's axes: two along the surface, then the one across.
        neighbours: [S, K] int32, indices of Gaussians.
        gradients: [S, K, 3] 1/m, 0 for neighbours that do not count: the surface's deformation, as far as it lies in
            the surface, is the sum of (x_k - x_i) gradients_k^T.
        normals: [S, 3] unit, rest pose.
    """

    members: Int32Array
    axes: Int32Array
    neighbours: Int32Array
    gradients: Float64Array
    normals: Float64Array

    def __len__(self) -> int:
        return len(self.members)

    def part(self, chosen: np.ndarray) -> Sheet:
        """Some of its members, by number or mask."""
        return Sheet(
            self.members[chosen],
            self.axes[chosen],
            self.neighbours[chosen],
            self.gradients[chosen],
            self.normals[chosen],
        )


def sheet_of(avatar: Avatar, layer: ResidualLayer) -> Sheet:
    """The surfaces of an avatar. What a layer moves apart, such as folds that touch, does not lie side by side."""
    splats, binding = avatar.splats, avatar.binding
    members = np.flatnonzero(np.isin(binding.parts, _PARTS)).astype(np.int32)
    if len(members) <= _CANDIDATES:
        return _none()
    axes = np.argsort(-splats.scales_m[members], axis=1, kind="stable").astype(np.int32)
    rotations = matrix_from_quaternion(splats.quats_wxyz[members].astype(np.float64))
    normals = np.take_along_axis(rotations, axes[:, None, 2:], axis=2)[:, :, 0]
    near = _nearest(avatar, layer, members)
    offsets = (splats.means_m[members][near] - splats.means_m[members][:, None]).astype(np.float64)
    lengths = np.linalg.norm(offsets, axis=2)
    weights = _dense_weights(avatar, members)
    beside = (np.abs(np.einsum("nkb,nb->nk", normals[near], normals)) > _LEAST_COSINE) & (lengths > 1e-6)
    beside &= np.abs(np.einsum("nkb,nb->nk", offsets, normals)) < _MOST_ABOVE * lengths
    for column in range(near.shape[1]):
        apart = np.abs(weights[near[:, column]] - weights).sum(axis=1)
        beside[:, column] &= apart < _OTHER_LIMB
    beside &= np.cumsum(beside, axis=1) <= _NEIGHBOURS
    known, gradients = _gradients(offsets, lengths, normals, beside)
    return Sheet(members, axes, members[near], gradients, normals).part(known)


def _none() -> Sheet:
    empty = np.zeros((0, 3), dtype=np.int32)
    return Sheet(empty[:, 0], empty, empty, np.zeros((0, 3, 3)), np.zeros((0, 3)))


def _nearest(avatar: Avatar, layer: ResidualLayer, members: Int32Array) -> Int32Array:
    """[S, K] numbers of the nearest members, in place and motion together, without the member itself."""
    stride = max(1, layer.frame_count // _SAMPLED_FRAMES)
    dense = np.zeros((len(layer.dpos_m[::stride]), avatar.count, 3), dtype=np.float32)
    dense[:, layer.indices] = layer.dpos_m[::stride]
    features = motion_features(avatar.splats.means_m[members], avatar.binding.parts[members], [dense[:, members]])
    nearest, _ = NeighbourTree(features).nearest(features, _CANDIDATES + 1)
    return nearest[:, 1:]


def _dense_weights(avatar: Avatar, members: Int32Array) -> Float32Array:
    """[S, J] skinning weights."""
    binding = avatar.binding
    result = np.zeros((len(members), avatar.skeleton.joint_count), dtype=np.float32)
    np.add.at(result, (np.arange(len(members))[:, None], binding.joints[members]), binding.weights[members])
    return result


def _gradients(
    offsets: Float64Array, lengths: Float64Array, normals: Float64Array, beside: np.ndarray
) -> tuple[np.ndarray, Float64Array]:
    """Least squares over the neighbours, near ones first: who has enough of them [S], and weights [S, K, 3]."""
    count = np.maximum(beside.sum(axis=1), 1)
    reach = np.where(beside, lengths, 0).sum(axis=1) / count
    shares = np.where(beside, np.exp(-0.5 * (lengths / np.maximum(reach, 1e-9)[:, None]) ** 2), 0)
    first = np.cross(normals, np.eye(3)[np.abs(normals).argmin(axis=1)])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    plane = np.stack([first, np.cross(normals, first)], axis=2)
    flat = np.einsum("nkb,nbp->nkp", offsets, plane)
    spread = np.einsum("nk,nkp,nkq->npq", shares, flat, flat)
    low, high = np.moveaxis(np.linalg.eigvalsh(spread), 1, 0)
    known = (beside.sum(axis=1) >= _FEWEST) & (low > _LEAST_SPREAD**2 * high)
    spread[~known] = np.eye(2)
    solved = np.einsum("nk,npq,nkq->nkp", shares, np.linalg.inv(spread), flat)
    return known, np.einsum("nkp,nbp->nkb", solved, plane)
