"""The prediction in section ``model``: parents as places along the walk, relative to their child's."""

from __future__ import annotations

import itertools

import numpy as np

from ani3d_runtime.arrays import Int8Array, Int32Array
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, varint
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.codec.sections.prediction import Prediction
from ani3d_runtime.codec.sections.walk import Walk
from ani3d_runtime.spec.format import MODEL_MAX_PARENT_WEIGHT, MODEL_MAX_RUNS, MODEL_MAX_STAGES, MODEL_TRACK_PARENTS


def encode_prediction(prediction: Prediction, walk: Walk, codec_id: str) -> bytes:
    """Stages and, where there is more than one, walk, parents and weights."""
    ends = prediction.stage_ends
    out = varint(len(ends)) + b"".join(varint(end) for end in ends)
    if ends[0] == ends[-1]:
        return out
    tracks = walk.tracks()
    assert tracks is not None  # it is our own
    offsets = prediction.parents.astype(np.int64)
    for first, last, earlier, before in _stages(ends, tracks):
        place = np.zeros(ends[-1], dtype=np.int64)
        place[earlier] = np.arange(len(earlier))
        stage = slice(first - ends[0], last - ends[0])
        offsets[stage] = place[offsets[stage]] - before[:, None]
    out += varint(len(walk.run_ends)) + b"".join(varint(end) for end in walk.run_ends)
    out += encode_integers(walk.runs, row_lengths(1, len(walk.runs)), codec_id)
    rows = row_lengths(MODEL_TRACK_PARENTS, len(offsets))
    for table in (offsets, prediction.position_weights, prediction.rotation_weights):
        out += encode_integers(table.T, rows, codec_id)
    return out


def decode_prediction(cursor: Cursor, track_count: int) -> Prediction:
    """The inverse of :func:`encode_prediction`.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``model-invalid``.
    """
    ends = tuple(cursor.varint(track_count) for _ in range(cursor.varint(MODEL_MAX_STAGES)))
    if not ends or ends[-1] != track_count or any(a > b for a, b in itertools.pairwise(ends)):
        raise _out_of_order(cursor)
    if ends[0] == track_count:
        return Prediction.none(track_count)
    run_ends = tuple(cursor.varint(track_count) for _ in range(cursor.varint(MODEL_MAX_RUNS)))
    if not run_ends or run_ends[-1] != track_count or any(a >= b for a, b in itertools.pairwise(run_ends)):
        raise _out_of_order(cursor)
    tracks = Walk(run_ends, decode_integers(cursor, row_lengths(1, track_count))).tracks()
    rows = row_lengths(MODEL_TRACK_PARENTS, track_count - ends[0])
    offsets, position_weights, rotation_weights = (
        decode_integers(cursor, rows).reshape(MODEL_TRACK_PARENTS, track_count - ends[0]).T for _ in range(3)
    )
    if tracks is None or max(np.abs(position_weights).max(), np.abs(rotation_weights).max()) > MODEL_MAX_PARENT_WEIGHT:
        raise _out_of_order(cursor)
    parents = np.empty(offsets.shape, dtype=np.int32)
    for first, last, earlier, before in _stages(ends, tracks):
        stage = slice(first - ends[0], last - ends[0])
        places = offsets[stage].astype(np.int64) + before[:, None]
        if places.size and (places.min() < 0 or places.max() >= len(earlier)):
            raise _out_of_order(cursor)
        parents[stage] = earlier[places] if places.size else 0
    return Prediction(ends, parents, _narrow(position_weights), _narrow(rotation_weights))


def _stages(ends: tuple[int, ...], tracks: Int32Array) -> list[tuple[int, int, Int32Array, np.ndarray]]:
    """Per predicted stage: first and last track, all earlier tracks along the walk, and how many of those come before
    each track of the stage."""
    result: list[tuple[int, int, Int32Array, np.ndarray]] = []
    for first, last in itertools.pairwise(ends):
        is_earlier = tracks < first
        before = np.zeros(ends[-1], dtype=np.int64)
        before[tracks] = np.cumsum(is_earlier)
        result.append((first, last, tracks[is_earlier], before[first:last]))
    return result


def _narrow(weights: np.ndarray) -> Int8Array:
    return np.ascontiguousarray(weights, dtype=np.int8)


def _out_of_order(cursor: Cursor) -> Exception:
    return corrupt(
        "model-invalid", cursor.section, found="stages or parents out of order", expected="parents in earlier stages"
    )
