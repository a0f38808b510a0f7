"""Tracks predicted from coarser ones: neighbours on a cloth move alike, so most of them need not be told.

Moving Gaussians come in storage order, coarse levels first. They form stages at 1/32, 1/16, 1/8, 1/4, 1/2 and all;
a track of a later stage has up to four parents in earlier stages of the same part, with fitted weights that are stored.
Encoder and decoder add the weighted sum of the parents' *decoded* tracks, so nothing drifts.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int8Array, Int32Array
from ani3d_runtime.codec import prediction_kernels
from ani3d_runtime.codec.neighbour_tree import NeighbourTree

PARENTS = 4
# Positions bear coarser weights than rotations do.
POSITION_WEIGHT_ONE, ROTATION_WEIGHT_ONE = 32, 64
MAX_STAGES = 8
_DENOMINATORS = (32, 16, 8, 4, 2, 1)
_CANDIDATES = 16
LARGEST_WEIGHT = 127
_FEWEST_TRACKS = 256
_FURTHER_DENOMINATORS = (4, 2, 1)


@dataclass(frozen=True)
class Prediction:
    """Who predicts whom.

    Attributes:
        stage_ends: end of each stage in the list of moving Gaussians, the last one S; the first stage is unpredicted.
        parents: [S - stage_ends[0], 4] int32, each in an earlier stage.
        position_weights: [S - stage_ends[0], 4] int8, in 32nds.
        rotation_weights: [S - stage_ends[0], 4] int8, in 64ths; of scale and colour too.
    """

    stage_ends: tuple[int, ...]
    parents: Int32Array
    position_weights: Int8Array
    rotation_weights: Int8Array

    @classmethod
    def none(cls, track_count: int) -> Prediction:
        """One stage, nothing predicted."""
        parents, weights = _nothing(0)
        return cls((track_count,), parents, weights, weights)

    def scaled(self, channel_is_position: bool) -> Float32Array:
        """[S - stage_ends[0], 4] weights of a channel as they are multiplied with."""
        whole, unit = self.whole_weights(channel_is_position)
        return whole.astype(np.float32) * unit

    def whole_weights(self, channel_is_position: bool) -> tuple[Int8Array, np.float32]:
        """[S - stage_ends[0], 4] whole weights of a channel, and what one is worth."""
        if channel_is_position:
            return self.position_weights, np.float32(1 / POSITION_WEIGHT_ONE)
        return self.rotation_weights, np.float32(1 / ROTATION_WEIGHT_ONE)

    def followed_by(self, further: Prediction) -> Prediction:
        """With more tracks behind these; the first stage of ``further``, which predicts none, contains all of these."""
        alone = further.stage_ends[0] - self.stage_ends[-1]
        no_parents, no_weights = _nothing(alone)
        return Prediction(
            self.stage_ends + further.stage_ends[0 if alone else 1 :],
            np.concatenate([self.parents, no_parents, further.parents]),
            np.concatenate([self.position_weights, no_weights, further.position_weights]),
            np.concatenate([self.rotation_weights, no_weights, further.rotation_weights]),
        )

    def stages(self) -> list[tuple[int, int]]:
        """(first, last) track of each stage."""
        return list(zip((0, *self.stage_ends[:-1]), self.stage_ends, strict=True))


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
    parents = np.zeros((len(candidates), PARENTS), dtype=np.int32)
    weights = np.zeros((len(candidates), PARENTS))
    prediction_kernels.fit_parents(positions, start, candidates, position_noise_m[start:] ** 2, parents, weights)
    turn_weights = np.zeros_like(weights)
    if rotations is not None:
        prediction_kernels.fit_weights(rotations, start, parents, rotation_noise_rad[start:] ** 2, turn_weights)
    return Prediction(ends, parents, _whole(weights, POSITION_WEIGHT_ONE), _whole(turn_weights, ROTATION_WEIGHT_ONE))


def _whole(weights: np.ndarray, one: int) -> Int8Array:
    return np.clip(np.rint(weights * one), -LARGEST_WEIGHT, LARGEST_WEIGHT).astype(np.int8)


def _nothing(count: int) -> tuple[Int32Array, Int8Array]:
    """Parents and weights of tracks that nothing predicts."""
    return np.zeros((count, PARENTS), dtype=np.int32), np.zeros((count, PARENTS), dtype=np.int8)
