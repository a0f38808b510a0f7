"""DetailEncoder's work: the coarsest integers per track that keep every frame of it within its tolerance.

Each track [F, 3], less what its parents predict, is transformed by cosines in time. It gets the step, out of a short
table, and the integers that are cheapest among those that keep *its* largest error below *its* tolerance; a track that
is predicted well enough costs its share of one run of zeros. So the bound needs no corrections afterwards, a smooth
track gets a coarse step, and noise gets a fine one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.encoder import detail_kernels, prediction_kernels
from ani3d_runtime.codec.primitives.cosines import cosine_basis
from ani3d_runtime.codec.primitives.cursor import integers_allowed, packed_floats
from ani3d_runtime.codec.primitives.integers import encode_integers, row_lengths
from ani3d_runtime.codec.sections.detail import coefficient_rows
from ani3d_runtime.codec.sections.prediction import Prediction
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.spec.format import DETAIL_LAYOUT, DETAIL_MAX_STEPS

_COARSEST = 6.0
_FINEST = 0.15
# Float32 arithmetic in decoders may differ by this share of the tolerance.
_HELD_BACK = 0.995
_PREDICTING_SHARE = 0.8


@dataclass(frozen=True)
class CodedDetail:
    """Detail of one channel in one group.

    Attributes:
        section: its bytes, or None where nothing needs coding.
        square_left: sum over tracks and frames of the squared length that is left, in shares of the track's tolerance.
    """

    section: bytes | None
    square_left: float


def encode_detail(
    targets: Float32Array,
    tolerances: Float32Array,
    prediction: Prediction,
    weights: Float32Array,
    *,
    channel: Channel,
    codec_id: str,
) -> CodedDetail:
    """Detail of one channel, and what it leaves.

    Args:
        targets: [S, F, 3] what decoded detail is to come near to.
        tolerances: [S] the largest length of the difference in any frame, > 0.
        prediction: who predicts whom.
        weights: the channel's, of :meth:`Prediction.scaled`.
        channel: which one, for errors.
        codec_id: entropy codec of the streams.

    Raises:
        ResidualError: ``residual-bound-unreachable`` where values are so large that float32 cannot keep the bound.
    """
    tracks, frames = targets.shape[:2]
    if not targets.any():
        return CodedDetail(None, 0.0)
    steps = _steps(tolerances)
    basis = cosine_basis(frames)
    classes = np.zeros(tracks, dtype=np.int32)
    bandwidths = np.zeros(tracks, dtype=np.int32)
    coefficients = np.zeros((tracks, frames, 3), dtype=np.int32)
    decoded = np.zeros_like(targets)
    square_left = 0.0
    for number, (first, last) in enumerate(prediction.stages()):
        stage = slice(first, last)
        _predict_stage(decoded, prediction, weights, first, last)
        tightened = tolerances[stage] * np.float32(_HELD_BACK * _stage_share(number, prediction))
        detail_kernels.quantise_tracks(
            last - first,
            targets[stage],
            decoded[stage],
            tightened,
            basis,
            steps,
            classes[stage],
            bandwidths[stage],
            coefficients[stage],
        )
        if (bandwidths[stage] < 0).any():
            raise _unreachable(channel, targets[stage][bandwidths[stage] < 0], tolerances)
        own_steps = steps[classes[stage]]
        detail_kernels.add_tracks(
            last - first, coefficients[stage], bandwidths[stage], own_steps, basis, decoded[stage]
        )
        left = (targets[stage] - decoded[stage]) / tolerances[stage, None, None]
        square_left += float(np.square(left).sum(dtype=np.float64))
    active = np.flatnonzero(bandwidths)
    if len(active) == 0:
        return CodedDetail(None, square_left)
    order = active[np.argsort(-bandwidths[active], kind="stable")]
    rows = coefficient_rows(bandwidths[order], frames)
    flat = np.empty(int(rows.sum(dtype=np.int64)), dtype=np.int32)
    detail_kernels.gather_rows(coefficients, rows, order, flat)
    used = np.unique(classes[active])
    renumbered = np.searchsorted(used, classes[active])
    section = (
        bytes([DETAIL_LAYOUT, len(used)])
        + packed_floats(steps[used])
        + encode_integers(bandwidths, row_lengths(1, tracks), codec_id)
        + encode_integers(renumbered, row_lengths(1, len(active)), codec_id)
    )
    coded = section + encode_integers(flat, rows, codec_id)
    fits = len(active) + len(flat) <= integers_allowed(len(coded))
    return CodedDetail(coded if fits else section + encode_integers(flat, rows, "raw"), square_left)


def _predict_stage(values: Float32Array, prediction: Prediction, weights: Float32Array, first: int, last: int) -> None:
    """Fill tracks ``first`` to ``last`` with what their parents predict; the first stage has none."""
    start = prediction.stage_ends[0]
    if first >= start and len(weights):
        own = weights[first - start : last - start]
        parents = prediction.parents[first - start : last - start]
        prediction_kernels.predict(last - first, values, parents, own, values[first:last])


def _stage_share(number: int, prediction: Prediction) -> float:
    """Share of its tolerance that a stage may use: those that predict others are told a little better."""
    return _PREDICTING_SHARE if number + 2 < len(prediction.stage_ends) else 1.0


def _unreachable(channel: Channel, targets: Float32Array, tolerances: Float32Array) -> ResidualError:
    return ResidualError(
        "residual-bound-unreachable",
        f"residual {channel.section}",
        found=f"values of up to {float(np.abs(targets).max()):.3g} with a bound of {float(tolerances.min()):.3g}",
        expected="a bound above a millionth of the values",
        fix="Check the residual's unit, or allow a larger error.",
    )


def _steps(tolerances: Float32Array) -> Float32Array:
    """Half octaves from coarse enough for the loosest tolerance to fine enough for the tightest."""
    coarsest, finest = _COARSEST * float(tolerances.max()), _FINEST * float(tolerances.min())
    count = min(DETAIL_MAX_STEPS, int(np.ceil(2 * np.log2(coarsest / finest))) + 1)
    return (coarsest * 2.0 ** (-0.5 * np.arange(count))).astype(np.float32)
