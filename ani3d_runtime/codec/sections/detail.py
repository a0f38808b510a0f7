"""Sections ``detail.*``: per-Gaussian tracks of one channel over a group of frames, as whole numbers per frequency.

Any frame is worked out by itself. spec/SPEC.md, chapter "Sections detail", holds the layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.primitives.cosines import cosine_basis
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt
from ani3d_runtime.codec.primitives.integers import decode_integers, row_lengths
from ani3d_runtime.codec.sections import frame_kernels
from ani3d_runtime.codec.sections.prediction import Prediction
from ani3d_runtime.spec.format import (
    DETAIL_LAYOUT,
    DETAIL_MAX_LOG_SCALE,
    DETAIL_MAX_STEPS,
    DETAIL_MAX_TURN_RAD,
)

# Beyond these, readers in other arithmetic would show something else, or nothing that is finite.
_LARGEST = {Channel.ROTATION: DETAIL_MAX_TURN_RAD, Channel.LOG_SCALE: DETAIL_MAX_LOG_SCALE}


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
        channel: which one.
        told: [S'] True where a Gaussian's values are not all zero; S' of the moving Gaussians are wanted.
    """

    channel: Channel
    told: NDArray[np.bool_]
    _coefficients: _Coefficients
    _columns: Int32Array
    _steps: Float32Array
    _frame_count: int
    _prediction: Prediction

    def frame(self, number: int, members: Int32Array) -> Float32Array:
        """[A, 3] of some of the moving Gaussians in one frame of the group.

        Raises:
            BrokenPackageError: ``detail-invalid`` where values are turns or scales out of range, or pass float32.
        """
        told = np.empty((3, len(self._steps)), dtype=np.float32)
        amounts = np.ascontiguousarray(cosine_basis(self._frame_count)[:, number])
        frame_kernels.told_values(*self._coefficients, amounts, self._steps, told)
        values = np.empty((len(self.told), 3), dtype=np.float32)
        weights, unit = self._prediction.whole_weights(self.channel)
        frame_kernels.finish_tracks(told, self._columns, self._prediction.parents, weights, unit, values)
        out = np.empty((len(members), 3), dtype=np.float32)
        limit = _LARGEST.get(self.channel, np.finfo(np.float32).max)
        if not frame_kernels.picked(values, members, np.float32(limit), out):
            raise corrupt(
                "detail-invalid", self.channel.section, found="a value out of range", expected=f"|values| <= {limit:g}"
            )
        return out


def decode_detail(
    section: bytes | memoryview,
    channel: Channel,
    frame_count: int,
    prediction: Prediction,
    *,
    wanted_tracks: int | None = None,
    stored_bytes: int | None = None,
) -> DetailTracks:
    """Read a section of detail; frames are worked out later, one by one.

    Args:
        section: its bytes.
        channel: which one it is.
        frame_count: F of the group.
        prediction: who predicts whom.
        wanted_tracks: how many tracks to work out; parents come before their children, so any prefix will do.
        stored_bytes: length in the file, where an entropy codec is around the whole section.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``detail-invalid``.
    """
    name, tracks = channel.section, prediction.stage_ends[-1]
    cursor = Cursor(section, name, stored_bytes)
    cursor.expect_version(DETAIL_LAYOUT)
    steps = cursor.floats(cursor.u8())
    bandwidths = decode_integers(cursor, row_lengths(1, tracks))
    if (
        not 0 < len(steps) <= DETAIL_MAX_STEPS
        or (steps <= 0).any()
        or bandwidths.min(initial=0) < 0
        or bandwidths.max(initial=0) > frame_count
    ):
        raise corrupt(
            "detail-invalid", name, found="a step or bandwidth out of range", expected=f"bandwidths 0..{frame_count}"
        )
    active = np.flatnonzero(bandwidths)
    cursor.expect_integers(len(active) + 3 * int(bandwidths.sum(dtype=np.int64)))
    classes = decode_integers(cursor, row_lengths(1, len(active)))
    if classes.min(initial=0) < 0 or classes.max(initial=0) >= len(steps):
        raise corrupt("detail-invalid", name, found="an unknown step", expected=f"0..{len(steps) - 1}")
    # Sixteen bits are sorted by counting.
    by_bandwidth = np.argsort((frame_count - bandwidths[active]).astype(np.uint16), kind="stable")
    order = active[by_bandwidth]
    rows = coefficient_rows(bandwidths[order], frame_count)
    flat = decode_integers(cursor, rows)
    cursor.expect_end()
    columns = np.full(tracks, -1, dtype=np.int32)
    columns[order] = np.arange(len(order), dtype=np.int32)
    told = np.empty(tracks if wanted_tracks is None else min(wanted_tracks, tracks), dtype=bool)
    weights, _ = prediction.whole_weights(channel)
    frame_kernels.mark_told(columns, prediction.parents, weights, told)
    return DetailTracks(
        channel,
        told,
        _narrowed(flat, rows),
        columns,
        steps[classes[by_bandwidth]],
        frame_count,
        prediction,
    )


def _narrowed(values: Int32Array, rows: Int32Array) -> _Coefficients:
    """Rows of coefficients in a quarter of the memory: a player keeps some groups."""
    row_starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(rows, dtype=np.int64)])
    wide = np.empty((3, frame_kernels.count_wide(values)), dtype=np.int32)
    flat = np.empty(len(values), dtype=np.int8)
    frame_kernels.narrow(values, row_starts, flat, *wide)
    return _Coefficients(flat, row_starts, *wide)


def coefficient_rows(bandwidths: Int32Array, frame_count: int) -> Int32Array:
    """How many of the tracks, sorted by falling bandwidth, reach each (frequency, axis) row."""
    reaching = np.searchsorted(-bandwidths, -np.arange(frame_count), side="left")
    return np.repeat(reaching, 3).astype(np.int32)
