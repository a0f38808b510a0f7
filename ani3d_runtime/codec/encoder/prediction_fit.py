"""Choosing who predicts whom: stages at 1/32, 1/16, 1/8, 1/4, 1/2 and all of the moving Gaussians, and weights."""

from __future__ import annotations

import itertools

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int8Array
from ani3d_runtime.codec.encoder import prediction_kernels
from ani3d_runtime.codec.encoder.neighbour_tree import NeighbourTree
from ani3d_runtime.codec.sections.prediction import (
    Prediction,
)
from ani3d_runtime.spec.format import (
    MODEL_MAX_PARENT_WEIGHT,
    MODEL_POSITION_WEIGHT_UNITS,
    MODEL_ROTATION_WEIGHT_UNITS,
    MODEL_TRACK_PARENTS,
)

_DENOMINATORS = (32, 16, 8, 4, 2, 1)
_CANDIDATES = 16
_FEWEST_TRACKS = 256
_FURTHER_DENOMINATORS = (4, 2, 1)


def stage_ends(track_count: int) -> tuple[int, ...]:
    """Where stages end in a list of so many moving Gaussians."""
    if track_count < _FEWEST_TRACKS:
        return (track_count,)
    return tuple(track_count // denominator for denominator in _DENOMINATORS)


def further_stage_ends(known_count: int, further_count: int) -> tuple[int, ...]:
    """Where stages end when tracks are added to a list that is known; too few are not worth predicting."""
    if further_count < _FEWEST_TRACKS:
        return (known_count + further_count,)
    further = (known_count + further_count // denominator for denominator in _FURTHER_DENOMINATORS)
    return (known_count, *further)


def fit_prediction(
    features: Float32Array,
    positions: Float32Array,
    rotations: Float32Array | None,
    *,
    position_noise_m: Float64Array,
    rotation_noise_rad: Float64Array,
    ends: tuple[int, ...] | None = None,
) -> Prediction:
    """Choose parents and weights.

    Args:
        features: [S, d] whose distance says which tracks may be parents of which.
        positions: [S, D] samples of what is left of displacements after the nodes.
        rotations: [S, D] the same of rotation vectors, or None.
        position_noise_m, rotation_noise_rad: [S] rms of what coding will add to the parents of a track, per axis.
        ends: of the stages; those of :func:`stage_ends` by default.
    """
    ends = ends or stage_ends(len(features))
    if len(ends) == 1:
        return Prediction.none(len(features))
    start = ends[0]
    candidates = np.zeros((len(features) - start, _CANDIDATES), dtype=np.int32)
    for first, last in itertools.pairwise(ends):
        nearest, _ = NeighbourTree(features[:first]).nearest(features[first:last], _CANDIDATES)
        candidates[first - start : last - start] = nearest
    parents = np.zeros((len(candidates), MODEL_TRACK_PARENTS), dtype=np.int32)
    weights = np.zeros((len(candidates), MODEL_TRACK_PARENTS))
    noise_m2 = position_noise_m[start:] ** 2
    prediction_kernels.fit_parents(len(parents), positions, start, candidates, noise_m2, parents, weights)
    turn_weights = np.zeros_like(weights)
    if rotations is not None:
        noise_rad2 = rotation_noise_rad[start:] ** 2
        prediction_kernels.fit_weights(len(parents), rotations, start, parents, noise_rad2, turn_weights)
    return Prediction(
        ends, parents, _whole(weights, MODEL_POSITION_WEIGHT_UNITS), _whole(turn_weights, MODEL_ROTATION_WEIGHT_UNITS)
    )


def _whole(weights: np.ndarray, one: int) -> Int8Array:
    return np.clip(np.rint(weights * one), -MODEL_MAX_PARENT_WEIGHT, MODEL_MAX_PARENT_WEIGHT).astype(np.int8)
