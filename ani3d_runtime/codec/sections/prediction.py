"""Tracks predicted from coarser ones: neighbours on a cloth move alike, so most of them need not be coded.

Moving Gaussians come in storage order, coarse levels first. They form stages at 1/32, 1/16, 1/8, 1/4, 1/2 and all;
a track of a later stage has up to four parents in earlier stages of the same part, with fitted weights that are stored.
Encoder and decoder add the weighted sum of the parents' *decoded* tracks, so nothing drifts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int8Array, Int32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.spec.format import MODEL_POSITION_WEIGHT_UNITS, MODEL_ROTATION_WEIGHT_UNITS, MODEL_TRACK_PARENTS


@dataclass(frozen=True)
class Prediction:
    """The Gaussians whose tracks predict other tracks, in stages.

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
        """A prediction of one stage, in which nothing is predicted."""
        parents, weights = _nothing(0)
        return cls((track_count,), parents, weights, weights)

    def scaled(self, channel: Channel) -> Float32Array:
        """[S - stage_ends[0], 4] weights of a channel as they are multiplied with."""
        whole, unit = self.whole_weights(channel)
        return whole.astype(np.float32) * unit

    def whole_weights(self, channel: Channel) -> tuple[Int8Array, np.float32]:
        """[S - stage_ends[0], 4] whole weights of a channel, and what one is worth."""
        if channel is Channel.POSITION:
            return self.position_weights, np.float32(1 / MODEL_POSITION_WEIGHT_UNITS)
        return self.rotation_weights, np.float32(1 / MODEL_ROTATION_WEIGHT_UNITS)

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


def _nothing(count: int) -> tuple[Int32Array, Int8Array]:
    """Parents and weights of tracks that nothing predicts."""
    return np.zeros((count, MODEL_TRACK_PARENTS), dtype=np.int32), np.zeros((count, MODEL_TRACK_PARENTS), dtype=np.int8)
