"""Detail: per-Gaussian tracks of one channel over a group of frames, within a bound that holds for every frame.

Each track [F, 3] is transformed by cosines in time. It gets the step, out of a short table, and the integers that the
encoder finds cheapest among those that keep *its* largest error below *its* tolerance; a track that is small enough
already costs its share of one run of zeros. So the bound needs no corrections afterwards, a smooth track gets a coarse
step, and noise gets a fine one. docs/SPEC.md, chapter "Sections detail", holds the layout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.codec import detail_kernels
from ani3d_runtime.codec.cosines import cosine_basis
from ani3d_runtime.codec.cursor import Cursor, corrupt, packed_floats
from ani3d_runtime.codec.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.errors import ResidualError

_LAYOUT = 1
_COARSEST = 6.0
_FINEST = 0.15
_MAX_STEPS = 64
# Float32 arithmetic in decoders may differ by this share of the tolerance.
_HELD_BACK = 0.995


@dataclass(frozen=True)
class DetailTracks:
    """Decoded detail of one channel.

    Attributes:
        members: [A] int32 increasing, positions in the list of moving Gaussians.
        values: [F, A, 3] float32.
    """

    members: Int32Array
    values: Float32Array


def encode_detail(targets: Float32Array, tolerances: Float32Array, *, channel: str, codec_id: str) -> bytes | None:
    """One section of detail, or None where nothing needs coding.

    Args:
        targets: [S, F, 3] what decoded detail is to come near to.
        tolerances: [S] the largest length of the difference in any frame, > 0.
        channel: its name, for errors.
        codec_id: entropy codec of the streams.

    Raises:
        ResidualError: ``residual-bound-unreachable`` where values are so large that float32 cannot keep the bound.
    """
    tracks, frames = targets.shape[:2]
    steps = _steps(tolerances)
    classes = np.zeros(tracks, dtype=np.int32)
    bandwidths = np.zeros(tracks, dtype=np.int32)
    coefficients = np.zeros((tracks, frames, 3), dtype=np.int32)
    detail_kernels.quantise_tracks(
        targets, tolerances * np.float32(_HELD_BACK), cosine_basis(frames), steps, classes, bandwidths, coefficients
    )
    if (bandwidths < 0).any():
        worst = float(np.abs(targets[bandwidths < 0]).max())
        raise ResidualError(
            "residual-bound-unreachable",
            f"residual {channel}",
            found=f"values of up to {worst:.3g} with a bound of {float(tolerances.min()):.3g}",
            expected="a bound above a millionth of the values",
            fix="Check the residual's unit, or allow a larger error.",
        )
    active = np.flatnonzero(bandwidths)
    if len(active) == 0:
        return None
    order = active[np.argsort(-bandwidths[active], kind="stable")]
    rows = _coefficient_rows(bandwidths[order], frames)
    flat = np.empty(int(rows.sum(dtype=np.int64)), dtype=np.int32)
    detail_kernels.gather_rows(coefficients, order, rows, flat)
    used = np.unique(classes[active])
    renumbered = np.searchsorted(used, classes[active])
    return (
        bytes([_LAYOUT, len(used)])
        + packed_floats(steps[used])
        + encode_integers(bandwidths, row_lengths(1, tracks), codec_id)
        + encode_integers(renumbered, row_lengths(1, len(active)), codec_id)
        + encode_integers(flat, rows, codec_id)
    )


def decode_detail(section: bytes | memoryview, name: str, track_count: int, frame_count: int) -> DetailTracks:
    """Read a section of detail.

    Args:
        section: its bytes.
        name: of the section, for errors.
        track_count: S, how many moving Gaussians there are.
        frame_count: F of the group.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``detail-invalid``.
    """
    cursor = Cursor(section, name)
    cursor.expect_version(_LAYOUT)
    steps = cursor.floats(min(cursor.u8(), _MAX_STEPS))
    bandwidths = decode_integers(cursor, row_lengths(1, track_count))
    if (
        len(steps) == 0
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
    by_bandwidth = np.argsort(-bandwidths[active], kind="stable")
    sorted_bandwidths = bandwidths[active][by_bandwidth]
    rows = _coefficient_rows(sorted_bandwidths, frame_count)
    flat = decode_integers(cursor, rows)
    cursor.expect_end()
    starts = np.concatenate([[0], np.cumsum(rows[:-1], dtype=np.int64)])
    values = np.empty((frame_count, len(active), 3), dtype=np.float32)
    detail_kernels.tracks_from_rows(
        flat, starts, sorted_bandwidths, by_bandwidth, steps[classes[by_bandwidth]], cosine_basis(frame_count), values
    )
    if not np.isfinite(values).all():
        raise corrupt("detail-invalid", name, found="values beyond float32", expected="finite values")
    return DetailTracks(active.astype(np.int32), values)


def _steps(tolerances: Float32Array) -> Float32Array:
    """Half octaves from coarse enough for the loosest tolerance to fine enough for the tightest."""
    coarsest, finest = _COARSEST * float(tolerances.max()), _FINEST * float(tolerances.min())
    count = min(_MAX_STEPS, int(np.ceil(2 * np.log2(coarsest / finest))) + 1)
    return (coarsest * 2.0 ** (-0.5 * np.arange(count))).astype(np.float32)


def _coefficient_rows(bandwidths: Int32Array, frame_count: int) -> Int32Array:
    """How many of the tracks, sorted by falling bandwidth, reach each (frequency, axis) row."""
    reaching = np.searchsorted(-bandwidths, -np.arange(frame_count), side="left")
    return np.repeat(reaching, 3).astype(np.int32)
