"""Learned displacements: ridge regression from features of the pose history onto what physics leaves over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float64Array, UInt8Array
from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.sections.driver_model import Correctives
from ani3d_runtime.playback import deform_kernels
from ani3d_runtime.playback.driver.pose_history import PoseHistory, scaled

COMPONENTS = 16
POLES = ((0.6, 0.5), (1.2, 0.4), (2.4, 0.4))
# Penalties that are tried, per feature and frame; the strictest all but switches a component off.
_PENALTIES = (0.03, 0.3, 3.0, 30.0, 300.0)
_BLOCKS = 6
# A component that foretells less than this of frames that it was not fitted to is left out.
_LEAST_GAIN = 0.03
# A feature less minus so much, over so much, is 1: the last one gives way to what is always added.
_CONSTANT = 1e6
_TRACKED = ("hip", "knee", "ankle", "spine", "chest", "neck", "head", "elbow")


def tracked_joints(skeleton: Skeleton) -> UInt8Array:
    """Joints that cloth feels most; every third where names say nothing."""
    named = [j for j, name in enumerate(skeleton.joint_names) if j and any(part in name.lower() for part in _TRACKED)]
    chosen = named or list(range(1, skeleton.joint_count, 3))
    return np.array(chosen[:16], dtype=np.uint8)


def fitted_correctives(
    skeleton: Skeleton,
    clips: Sequence[ClipTracks],
    skinning: Sequence[Float64Array],
    left: Sequence[Float64Array],
    offset_m: Float64Array,
) -> Correctives:
    """What can be foretold of ``left``, the displacements [T, M, 3] per clip that physics does not explain.

    Args:
        offset_m: [M, 3] what is always there of it, which is stored as a direction of its own.
    """
    nodes = left[0].shape[1]
    blank = _blank(tracked_joints(skeleton), nodes)
    raw = np.concatenate([pose_features(skeleton, clip, moved) for clip, moved in zip(clips, skinning, strict=True)])
    targets = np.concatenate([(each - offset_m).reshape(len(each), -1) for each in left])
    means, scales = raw.mean(axis=0), raw.std(axis=0) + 1e-3
    # Rows are weighted by the root of what their squares count.
    counts = np.repeat([clip.weight for clip in clips], [len(clip) for clip in clips])
    counts = np.sqrt(counts / counts.mean())[:, None]
    basis = _principal(counts * targets)
    inputs = scaled(raw, replace(blank, means=means, scales=scales))
    inputs[:, -1] = 0
    weights = _ridge(counts * inputs, counts * (targets @ basis.T), _blocks([len(clip) for clip in clips]))
    kept = np.flatnonzero(np.abs(weights).max(axis=1) > 0)
    weights, basis = weights[kept], basis[kept]
    size_m = float(np.linalg.norm(offset_m))
    if size_m > 0:
        means[-1], scales[-1] = -_CONSTANT, _CONSTANT
        always = np.zeros((1, len(means)))
        always[0, -1] = size_m
        weights = np.concatenate([weights, always])
        basis = np.concatenate([basis, offset_m.reshape(1, -1) / size_m])
    if len(weights) == 0:
        return Correctives.none(nodes)
    return replace(blank, means=means, scales=scales, weights=weights, basis_m=basis.reshape(-1, nodes, 3))


def pose_features(skeleton: Skeleton, clip: ClipTracks, transforms: Float64Array) -> Float64Array:
    """[T, D] features of a clip whose first pose stood for ever; transforms [T, J, 3, 4]."""
    history = PoseHistory(_blank(tracked_joints(skeleton), 0), _rest_joints(skeleton))
    history.reset(transforms[0])
    return np.stack([history.step(moved, 1 / clip.fps) for moved in transforms])


def _blank(tracked: UInt8Array, nodes: int) -> Correctives:
    none = Correctives.none(nodes)
    return Correctives(tracked, np.array(POLES), none.means, none.scales, none.weights, none.basis_m)


def _rest_joints(skeleton: Skeleton) -> Float64Array:
    rest, translation = skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None]
    return skeleton.global_transforms(rest, translation)[0, :, :, 3]


def joint_transforms(skeleton: Skeleton, clip: ClipTracks) -> Float64Array:
    """[T, J, 3, 4] rest to posed."""
    result = np.empty((len(clip), skeleton.joint_count, 3, 4))
    quats = np.empty((skeleton.joint_count, 4))
    parents = np.ascontiguousarray(skeleton.parents, dtype=np.int32)
    zero, bind = skeleton.zero_joints_m.astype(np.float64), skeleton.inverse_bind()
    for pose, matrices in zip(clip.poses, result, strict=True):
        deform_kernels.joint_transforms(
            parents,
            zero,
            bind,
            pose.joint_rotations_wxyz.astype(np.float64),
            pose.root_translation_m.astype(np.float64),
            matrices,
            quats,
        )
    return result


def _principal(targets: Float64Array) -> Float64Array:
    """[R, 3 M] orthonormal directions of the largest amounts, the mean among them."""
    stride = max(1, len(targets) // 400)
    rows = np.linalg.svd(targets[::stride], full_matrices=False)[2]
    return rows[:COMPONENTS]


def _blocks(lengths: Sequence[int]) -> np.ndarray:
    """[T] which part of the frames each belongs to: whole clips where there are several, else stretches of one."""
    if len(lengths) > 1:
        return np.repeat(np.arange(len(lengths)), lengths)
    return np.arange(lengths[0]) * _BLOCKS // max(lengths[0], 1)


def _ridge(inputs: Float64Array, amounts: Float64Array, blocks: np.ndarray) -> Float64Array:
    """[R, D] weights; each component has the penalty that foretells best the blocks left out, or none of it."""
    strengths = [penalty * inputs.shape[1] for penalty in _PENALTIES]
    foretold = np.zeros((len(strengths), *amounts.shape))
    for block in np.unique(blocks):
        out = blocks == block
        for k, solved in enumerate(ridge_solutions(inputs[~out], amounts[~out], strengths)):
            foretold[k, out] = inputs[out] @ solved
    errors = ((foretold - amounts) ** 2).sum(axis=1)
    best = errors.argmin(axis=0)
    gains = 1 - errors.min(axis=0) / np.maximum((amounts**2).sum(axis=0), 1e-12)
    weights = np.zeros((amounts.shape[1], inputs.shape[1]))
    for k, solved in enumerate(ridge_solutions(inputs, amounts, strengths)):
        chosen = (best == k) & (gains > _LEAST_GAIN)
        weights[chosen] = solved.T[chosen]
    return weights


def ridge_solutions(inputs: Float64Array, amounts: Float64Array, strengths: Sequence[float]) -> list[Float64Array]:
    """[D, R] ridge solutions through the Gram matrix of features or of frames, whichever is smaller, decomposed once.

    The two are the same: (XᵀX + λ)⁻¹ Xᵀ = Xᵀ (XXᵀ + λ)⁻¹.
    """
    frames, features = inputs.shape
    if frames < features:
        values, vectors = np.linalg.eigh(inputs @ inputs.T)
        seen, back = vectors.T @ amounts, inputs.T @ vectors
    else:
        values, vectors = np.linalg.eigh(inputs.T @ inputs)
        seen, back = vectors.T @ (inputs.T @ amounts), vectors
    return [back @ (seen / (np.maximum(values, 0) + strength)[:, None]) for strength in strengths]
