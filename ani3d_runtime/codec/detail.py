"""Detail: per-Gaussian tracks of one channel over a group of frames, within a bound that holds for every frame.

Each track [F, 3], less what its parents predict (prediction.py), is transformed by cosines in time. It gets the step,
out of a short table, and the integers that the encoder finds cheapest among those that keep *its* largest error below
*its* tolerance; a track that is predicted well enough costs its share of one run of zeros. So the bound needs no
corrections afterwards, a smooth track gets a coarse step, and noise gets a fine one. docs/SPEC.md, chapter "Sections
detail", holds the layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.codec import detail_kernels, frame_kernels, prediction_kernels
from ani3d_runtime.codec.cosines import cosine_basis
from ani3d_runtime.codec.cursor import Cursor, corrupt, packed_floats
from ani3d_runtime.codec.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.codec.prediction import Prediction
from ani3d_runtime.errors import ResidualError

_LAYOUT = 1
_COARSEST = 6.0
_FINEST = 0.15
_MAX_STEPS = 64
# Float32 arithmetic in decoders may differ by this share of the tolerance.
_HELD_BACK = 0.995
_PREDICTING_SHARE = 0.8


def encode_detail(
    targets: Float32Array,
    tolerances: Float32Array,
    prediction: Prediction,
    weights: Float32Array,
    *,
    channel: str,
    codec_id: str,
) -> bytes | None:
    """One section of detail, or None where nothing needs coding.

    Args:
        targets: [S, F, 3] what decoded detail is to come near to.
        tolerances: [S] the largest length of the difference in any frame, > 0.
        prediction: who predicts whom.
        weights: the channel's, of :meth:`Prediction.scaled`.
        channel: its name, for errors.
        codec_id: entropy codec of the streams.

    Raises:
        ResidualError: ``residual-bound-unreachable`` where values are so large that float32 cannot keep the bound.
    """
    tracks, frames = targets.shape[:2]
    if not targets.any():
        return None
    steps = _steps(tolerances)
    basis = cosine_basis(frames)
    classes = np.zeros(tracks, dtype=np.int32)
    bandwidths = np.zeros(tracks, dtype=np.int32)
    coefficients = np.zeros((tracks, frames, 3), dtype=np.int32)
    decoded = np.zeros_like(targets)
    for number, (first, last) in enumerate(prediction.stages()):
        stage = slice(first, last)
        _predict_stage(decoded, prediction, weights, first, last)
        tightened = tolerances[stage] * np.float32(_HELD_BACK * _stage_share(number, prediction))
        detail_kernels.quantise_tracks(
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
        detail_kernels.add_tracks(coefficients[stage], bandwidths[stage], steps[classes[stage]], basis, decoded[stage])
    active = np.flatnonzero(bandwidths)
    if len(active) == 0:
        return None
    order = active[np.argsort(-bandwidths[active], kind="stable")]
    rows = _coefficient_rows(bandwidths[order], frames)
    flat = np.empty(int(rows.sum(dtype=np.int64)), dtype=np.int32)
    detail_kernels.gather_rows(coefficients, rows, order, flat)
    used = np.unique(classes[active])
    renumbered = np.searchsorted(used, classes[active])
    return (
        bytes([_LAYOUT, len(used)])
        + packed_floats(steps[used])
        + encode_integers(bandwidths, row_lengths(1, tracks), codec_id)
        + encode_integers(renumbered, row_lengths(1, len(active)), codec_id)
        + encode_integers(flat, rows, codec_id)
    )


class _Coefficients(NamedTuple):
    """Rows of whole numbers as ``frame_kernels.told_values`` takes them."""

    flat: NDArray[np.int8]
    row_starts: NDArray[np.int64]
    wide_rows: Int32Array
    wide_columns: Int32Array
    wide_rests: Int32Array


@dataclass(frozen=True)
class DetailTracks:
    """One channel of a group as its whole coefficients: every frame can be worked out by itself.

    Attributes:
        name: of the section, for errors.
        told: [S'] whether a Gaussian's values are anything but zero; S' of the moving Gaussians are wanted.
    """

    name: str
    told: NDArray[np.bool_]
    _coefficients: _Coefficients
    _columns: Int32Array
    _steps: Float32Array
    _frame_count: int
    _prediction: Prediction
    _is_position: bool

    def frame(self, number: int, members: Int32Array) -> Float32Array:
        """[A, 3] of some of the moving Gaussians in one frame of the group.

        Raises:
            BrokenPackageError: ``detail-invalid`` where values pass what float32 holds.
        """
        told = np.empty((3, len(self._steps)), dtype=np.float32)
        amounts = np.ascontiguousarray(cosine_basis(self._frame_count)[:, number])
        frame_kernels.told_values(*self._coefficients, amounts, self._steps, told)
        values = np.empty((len(self.told), 3), dtype=np.float32)
        weights, unit = self._prediction.whole_weights(self._is_position)
        frame_kernels.finish_tracks(told, self._columns, self._prediction.parents, weights, unit, values)
        out = np.empty((len(members), 3), dtype=np.float32)
        if not frame_kernels.picked(values, members, out):
            raise corrupt("detail-invalid", self.name, found="values beyond float32", expected="finite values")
        return out


def decode_detail(
    section: bytes | memoryview,
    name: str,
    frame_count: int,
    prediction: Prediction,
    *,
    is_position: bool,
    wanted_tracks: int | None = None,
) -> DetailTracks:
    """Read a section of detail; frames are worked out later, one by one.

    Args:
        section: its bytes.
        name: of the section, for errors.
        frame_count: F of the group.
        prediction: who predicts whom.
        is_position: whether weights of positions apply, or those of the other channels.
        wanted_tracks: how many tracks to work out; parents come before their children, so any prefix will do.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``detail-invalid``.
    """
    tracks = prediction.stage_ends[-1]
    cursor = Cursor(section, name)
    cursor.expect_version(_LAYOUT)
    steps = cursor.floats(cursor.u8())
    bandwidths = decode_integers(cursor, row_lengths(1, tracks))
    if (
        not 0 < len(steps) <= _MAX_STEPS
        or (steps <= 0).any()
        or bandwidths.min(initial=0) < 0
        or bandwidths.max(initial=0) > frame_count
    ):
        raise corrupt(
            "detail-invalid", name, found="a step or bandwidth out of range", expected=f"bandwidths 0..{frame_count}"
        )
    active = np.flatnonzero(bandwidths)
    classes = decode_integers(cursor, row_lengths(1, len(active)))
    if classes.min(initial=0) < 0 or classes.max(initial=0) >= len(steps):
        raise corrupt("detail-invalid", name, found="an unknown step", expected=f"0..{len(steps) - 1}")
    # Sixteen bits are sorted by counting.
    by_bandwidth = np.argsort((frame_count - bandwidths[active]).astype(np.uint16), kind="stable")
    order = active[by_bandwidth]
    rows = _coefficient_rows(bandwidths[order], frame_count)
    flat = decode_integers(cursor, rows)
    cursor.expect_end()
    columns = np.full(tracks, -1, dtype=np.int32)
    columns[order] = np.arange(len(order), dtype=np.int32)
    told = np.empty(tracks if wanted_tracks is None else min(wanted_tracks, tracks), dtype=bool)
    weights, _ = prediction.whole_weights(is_position)
    frame_kernels.mark_told(columns, prediction.parents, weights, told)
    return DetailTracks(
        name,
        told,
        _narrowed(flat, rows),
        columns,
        steps[classes[by_bandwidth]],
        frame_count,
        prediction,
        is_position,
    )


def _narrowed(values: Int32Array, rows: Int32Array) -> _Coefficients:
    """Rows of coefficients in a quarter of the memory: a player keeps some groups."""
    row_starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(rows, dtype=np.int64)])
    wide = np.empty((3, frame_kernels.count_wide(values)), dtype=np.int32)
    flat = np.empty(len(values), dtype=np.int8)
    frame_kernels.narrow(values, row_starts, flat, *wide)
    return _Coefficients(flat, row_starts, *wide)


def _predict_stage(values: Float32Array, prediction: Prediction, weights: Float32Array, first: int, last: int) -> None:
    """Fill tracks ``first`` to ``last`` with what their parents predict; the first stage has none."""
    start = prediction.stage_ends[0]
    if first >= start and len(weights):
        own = weights[first - start : last - start]
        parents = prediction.parents[first - start : last - start]
        prediction_kernels.predict(values, parents, own, values[first:last])


def _stage_share(number: int, prediction: Prediction) -> float:
    """Share of its tolerance that a stage may use: those that predict others are told a little better."""
    return _PREDICTING_SHARE if number + 2 < len(prediction.stage_ends) else 1.0


def _unreachable(channel: str, targets: Float32Array, tolerances: Float32Array) -> ResidualError:
    return ResidualError(
        "residual-bound-unreachable",
        f"residual {channel}",
        found=f"values of up to {float(np.abs(targets).max()):.3g} with a bound of {float(tolerances.min()):.3g}",
        expected="a bound above a millionth of the values",
        fix="Check the residual's unit, or allow a larger error.",
    )


def _steps(tolerances: Float32Array) -> Float32Array:
    """Half octaves from coarse enough for the loosest tolerance to fine enough for the tightest."""
    coarsest, finest = _COARSEST * float(tolerances.max()), _FINEST * float(tolerances.min())
    count = min(_MAX_STEPS, int(np.ceil(2 * np.log2(coarsest / finest))) + 1)
    return (coarsest * 2.0 ** (-0.5 * np.arange(count))).astype(np.float32)


def _coefficient_rows(bandwidths: Int32Array, frame_count: int) -> Int32Array:
    """How many of the tracks, sorted by falling bandwidth, reach each (frequency, axis) row."""
    reaching = np.searchsorted(-bandwidths, -np.arange(frame_count), side="left")
    return np.repeat(reaching, 3).astype(np.int32)
