"""Fitting the model that clips share: control nodes, who hangs on them, and who predicts whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.codec.encoder.coding import AvatarCoding, channel_over
from ani3d_runtime.codec.encoder.node_fit import fit_nodes, fit_tracks, motion_features
from ani3d_runtime.codec.encoder.prediction_fit import fit_prediction
from ani3d_runtime.codec.primitives import column_kernels
from ani3d_runtime.codec.sections.model import rounded_rest
from ani3d_runtime.codec.sections.node_motion import node_motion
from ani3d_runtime.codec.sections.nodes import NodeTracks
from ani3d_runtime.codec.sections.prediction import Prediction
from ani3d_runtime.deformation import DeformationModel
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.spec.format import MODEL_WEIGHT_UNITS

_GAUSSIANS_PER_NODE = 24
_MAX_NODES = 512
# A Gaussian hangs on nodes only where it moves by several times the bound; nodes are kept only where they help.
_HANGS_FROM = 4.0
_FEWEST_HANGING = 64
_USEFUL_SHARE = 0.5
# Frames that prediction weights are fitted to; what coding adds to a parent, as shares of the bounds.
_SAMPLED_FRAMES = 40
_PARENT_NOISE = 0.25
_PARENT_TURN_NOISE_SHARE = 0.1


def fit_deformation(
    coding: AvatarCoding, clips: Sequence[ResidualLayer], moving: Int32Array
) -> tuple[DeformationModel, list[NodeTracks]]:
    """Nodes for what moves far, fitted to all clips together, and their motion in each clip.

    Args:
        coding: of the avatar.
        clips: their residual layers.
        moving: [S] increasing, the Gaussians that any of them moves.
    """
    none = DeformationModel.empty(coding.source.count)
    reach = np.zeros(len(moving), dtype=np.float32)
    for clip in clips:
        places = np.searchsorted(moving, clip.indices)
        reach[places] = np.maximum(reach[places], column_kernels.longest(clip.dpos_m))
    hanging = moving[reach > _HANGS_FROM * coding.position_m[moving]]
    if len(hanging) < _FEWEST_HANGING:
        return none, [resting_nodes(clip.frame_count, 0) for clip in clips]
    displacements, turns = zip(*(_motion_over(coding, hanging, clip) for clip in clips), strict=True)
    rest = coding.decoded.splats.means_m[hanging]
    parts = coding.source.binding.parts[hanging]
    fit = fit_nodes(rest, parts, displacements, turns, min(_MAX_NODES, len(hanging) // _GAUSSIANS_PER_NODE))
    model = replace(none, node_rest_m=rounded_rest(fit.rest_m))
    model.node_indices[hanging] = fit.indices
    model.node_weights[hanging] = (fit.weights / np.float32(MODEL_WEIGHT_UNITS)).astype(np.float32)
    kept = _useful_parts(coding, model, hanging, displacements, fit.tracks)
    if not kept.any():
        return DeformationModel.empty(coding.source.count), [resting_nodes(clip.frame_count, 0) for clip in clips]
    model.node_weights[hanging[~kept]] = 0
    return model, list(fit.tracks)


def fit_tracks_to(coding: AvatarCoding, model: DeformationModel, clip: ResidualLayer) -> NodeTracks:
    """The motion in one more clip of nodes that were fitted to others."""
    hanging = np.flatnonzero(model.node_weights.any(axis=1)).astype(np.int32)
    if len(hanging) == 0:
        return resting_nodes(clip.frame_count, model.node_count)
    displacements, turns = _motion_over(coding, hanging, clip)
    return fit_tracks(
        coding.decoded.splats.means_m[hanging],
        coding.source.binding.parts[hanging],
        displacements,
        turns,
        model.node_rest_m,
        model.node_indices[hanging],
        model.node_weights[hanging],
    )


def fit_prediction_to(
    coding: AvatarCoding,
    model: DeformationModel,
    clips: Sequence[ResidualLayer],
    tracks: Sequence[NodeTracks],
    moving: Int32Array,
    ends: tuple[int, ...] | None = None,
) -> Prediction:
    """From a sample of frames of all clips, less what the nodes give.

    Args:
        coding: of the avatar.
        model: its nodes.
        clips: the residual layers.
        tracks: the nodes' motion in each of them.
        moving: [S] the tracks.
        ends: of the stages, where they are given.
    """
    stride = max(1, sum(clip.frame_count for clip in clips) // _SAMPLED_FRAMES)
    sampled = [channel_over(moving, clip, clip.dpos_m[::stride]) for clip in clips]
    rest = coding.decoded.splats.means_m[moving]
    features = motion_features(rest, coding.source.binding.parts[moving], sampled)
    left, turned = zip(
        *(
            _left_over(coding, model, moved, clip, track, moving, stride)
            for moved, clip, track in zip(sampled, clips, tracks, strict=True)
        ),
        strict=True,
    )
    return fit_prediction(
        features,
        _side_by_side(left),
        _side_by_side(turned),
        position_noise_m=_PARENT_NOISE * coding.position_m[moving],
        rotation_noise_rad=np.full(len(moving), _PARENT_TURN_NOISE_SHARE * coding.bounds.turn_rad),
        ends=ends,
    )


def _left_over(
    coding: AvatarCoding,
    model: DeformationModel,
    moved: Float32Array,
    clip: ResidualLayer,
    track: NodeTracks,
    moving: Int32Array,
    stride: int,
) -> tuple[Float32Array, Float32Array]:
    """What nodes leave of every ``stride``-th frame's displacements ``moved`` [t, S, 3] and of its turns, [S, 3 t]."""
    carried_m, carried = node_motion(
        coding.decoded.splats.means_m,
        model,
        moving,
        np.ascontiguousarray(track.displacements_m[::stride]),
        np.ascontiguousarray(track.rotations_wxyz[::stride]),
    )
    left = moved.transpose(1, 0, 2) + coding.offset_m[moving].astype(np.float32)[:, None]
    left -= carried_m
    turns = None if clip.drot_rad is None else channel_over(moving, clip, clip.drot_rad[::stride])
    turned, _ = coding.rotation_targets(moving, turns, carried, None)
    return left.reshape(len(moving), -1), turned.reshape(len(moving), -1)


def _side_by_side(samples: Sequence[Float32Array]) -> Float32Array:
    """[S, D] of all clips; one clip's, hundreds of megabytes for large avatars, as they are."""
    return samples[0] if len(samples) == 1 else np.concatenate(samples, axis=1)


def resting_nodes(frame_count: int, node_count: int) -> NodeTracks:
    """Nodes that stay where they are."""
    rotations = np.zeros((frame_count, node_count, 4), dtype=np.float32)
    rotations[..., 0] = 1
    return NodeTracks(np.zeros((frame_count, node_count, 3), dtype=np.float32), rotations)


def _motion_over(
    coding: AvatarCoding, members: Int32Array, clip: ResidualLayer
) -> tuple[Float32Array, Float32Array | None]:
    """[T, n, 3] displacements from the decoded rest positions, and rotation vectors where the clip has them."""
    displacements = channel_over(members, clip, clip.dpos_m) + coding.offset_m[members].astype(np.float32)
    return displacements, None if clip.drot_rad is None else channel_over(members, clip, clip.drot_rad)


def _useful_parts(
    coding: AvatarCoding,
    model: DeformationModel,
    hanging: Int32Array,
    displacements: Sequence[Float32Array],
    tracks: Sequence[NodeTracks],
) -> np.ndarray:
    """[S] whether nodes take away most of the motion of a Gaussian's part."""
    stride = 7
    before = np.zeros(len(hanging))
    after = np.zeros(len(hanging))
    for moved, track in zip(displacements, tracks, strict=True):
        carried_m, _ = node_motion(
            coding.decoded.splats.means_m,
            model,
            hanging,
            np.ascontiguousarray(track.displacements_m[::stride]),
            np.ascontiguousarray(track.rotations_wxyz[::stride]),
        )
        wanted = moved[::stride].transpose(1, 0, 2)
        before += (wanted**2).sum(axis=(1, 2))
        after += ((wanted - carried_m) ** 2).sum(axis=(1, 2))
    parts = coding.source.binding.parts[hanging]
    shares = np.bincount(parts, after) / np.maximum(np.bincount(parts, before), 1e-30)
    return shares[parts] < _USEFUL_SHARE**2
