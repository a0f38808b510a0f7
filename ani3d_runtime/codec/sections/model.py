"""Section ``model``: what all clips of an avatar share, control nodes and which Gaussians hang on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, packed_floats, varint
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.codec.sections.nearness import node_neighbours, node_parents, nodes_by_rank
from ani3d_runtime.codec.sections.prediction import Prediction
from ani3d_runtime.codec.sections.prediction_section import decode_prediction, encode_prediction
from ani3d_runtime.codec.sections.walk import Walk
from ani3d_runtime.deformation import NODES_PER_GAUSSIAN, DeformationModel
from ani3d_runtime.spec.format import (
    MODEL_LAYOUT,
    MODEL_MAX_NODES,
    MODEL_MAX_REST_CELL,
    MODEL_REST_STEP_M,
    MODEL_WEIGHT_UNITS,
)

_REST_STEP_M = np.float32(MODEL_REST_STEP_M)


@dataclass(frozen=True)
class ResidualModel:
    """The part of the residual layer that all clips of an avatar share.

    Attributes:
        deformation: control nodes and the Gaussians that hang on them.
        moving: [S] int32, the Gaussians that clips move: increasing, and behind them, increasing again, those that only
            one clip moves, where this is that clip's model.
        prediction: which of them predict which, and how.
        node_parents: [M, 3] int32, earlier nodes that node motion is predicted from; the first rows are unused.
    """

    deformation: DeformationModel
    moving: Int32Array
    prediction: Prediction
    node_parents: Int32Array

    @classmethod
    def empty(cls, gaussian_count: int) -> ResidualModel:
        """Nothing moves."""
        return cls(
            DeformationModel.empty(gaussian_count),
            np.zeros(0, dtype=np.int32),
            Prediction.none(0),
            np.zeros((0, 3), dtype=np.int32),
        )


def rounded_rest(rest_m: Float32Array) -> Float32Array:
    """Node rest positions as they will be decoded."""
    return _rest_from_cells(_rest_cells(rest_m))


def encode_model(
    deformation: DeformationModel, moving: Int32Array, prediction: Prediction, walk: Walk, *, codec_id: str
) -> bytes:
    """Section ``model``; the rest positions are already rounded and the weights are whole 127ths."""
    cells = _rest_cells(deformation.node_rest_m)
    hanging = moving[deformation.node_weights[moving].any(axis=1)]
    indices = deformation.node_indices[hanging]
    weights = np.rint(deformation.node_weights[hanging] * MODEL_WEIGHT_UNITS).astype(np.int64)
    ranks, weights = _by_nearness(node_neighbours(cells), indices, weights) if len(hanging) else (indices.T, weights.T)
    return (
        bytes([MODEL_LAYOUT])
        + varint(deformation.node_count)
        + varint(len(moving))
        + varint(len(hanging))
        + packed_floats(np.array([_REST_STEP_M]))
        + encode_increasing(moving, codec_id)
        + encode_increasing(np.searchsorted(moving, hanging), codec_id)
        + encode_integers(cells.T, row_lengths(3, len(cells)), codec_id)
        + encode_integers(ranks[:1], row_lengths(1, len(hanging)), codec_id)
        + encode_integers(ranks[1:], row_lengths(NODES_PER_GAUSSIAN - 1, len(hanging)), codec_id)
        + encode_integers(weights[1:], row_lengths(NODES_PER_GAUSSIAN - 1, len(hanging)), codec_id)
        + encode_prediction(prediction, walk, codec_id)
    )


def decode_model(sections: Mapping[str, bytes | memoryview], gaussian_count: int) -> ResidualModel:
    """Read section ``model``.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``model-invalid``.
    """
    if "model" not in sections:
        raise corrupt("section-missing", "model", found="no such section", expected="one per package with residuals")
    cursor = Cursor(sections["model"], "model")
    cursor.expect_version(MODEL_LAYOUT)
    node_count = cursor.varint(MODEL_MAX_NODES)
    moving_count = cursor.varint(gaussian_count)
    hanging_count = cursor.varint(moving_count)
    step = cursor.floats(1)[0]
    moving = decode_increasing(cursor, moving_count, gaussian_count)
    hanging = moving[decode_increasing(cursor, hanging_count, moving_count)]
    cells = np.ascontiguousarray(decode_integers(cursor, row_lengths(3, node_count)).reshape(3, node_count).T)
    others = (NODES_PER_GAUSSIAN - 1, hanging_count)
    nearest = decode_integers(cursor, row_lengths(1, hanging_count))
    gaps = decode_integers(cursor, row_lengths(*others)).reshape(others)
    rest_of_weights = decode_integers(cursor, row_lengths(*others)).reshape(others)
    prediction = decode_prediction(cursor, moving_count)
    cursor.expect_end()
    heaviest = MODEL_WEIGHT_UNITS - rest_of_weights.sum(axis=0, dtype=np.int64)
    if (
        step != _REST_STEP_M
        or np.abs(cells.astype(np.int64)).max(initial=0) > MODEL_MAX_REST_CELL
        or min(nearest.min(initial=0), gaps.min(initial=0)) < 0
        or max(nearest.max(initial=-1), gaps.sum(axis=0, dtype=np.int64).max(initial=-1)) >= node_count
        or rest_of_weights.min(initial=0) < 0
        or heaviest.min(initial=0) < 0
    ):
        raise corrupt(
            "model-invalid",
            "model",
            found="a node or weight out of range",
            expected=f"indices below {node_count}, weights summing to {MODEL_WEIGHT_UNITS}",
        )
    rest = _rest_from_cells(cells)
    deformation = DeformationModel.empty(gaussian_count)
    if hanging_count:
        deformation.node_indices[hanging] = nodes_by_rank(node_neighbours(cells), nearest, gaps)
    weights = np.concatenate([heaviest[None], rest_of_weights])
    deformation.node_weights[hanging] = weights.T / np.float32(MODEL_WEIGHT_UNITS)
    deformation = replace(deformation, node_rest_m=rest)
    return ResidualModel(deformation, moving, prediction, node_parents(cells))


def _by_nearness(neighbours: Int32Array, indices: Int32Array, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The coded form of hanging Gaussians: ([4, H] ranks, [4, H] weights).

    The heaviest node comes first, as a rank among the neighbours of the previous Gaussian's first node; the others
    follow as gaps of rank among its own neighbours. An unused slot is a gap of zero.
    """
    heaviest = weights.argmax(axis=1)[:, None]
    first = np.take_along_axis(indices, heaviest, axis=1)[:, 0]
    rank_of = np.empty_like(neighbours)
    np.put_along_axis(rank_of, neighbours, np.arange(len(neighbours), dtype=np.int32)[None], axis=1)
    previous = np.concatenate([np.zeros(1, dtype=first.dtype), first[:-1]])[: len(first)]
    ranks = rank_of[first[:, None], indices].astype(np.int64)
    unused = len(neighbours)
    ranks[weights == 0] = unused
    np.put_along_axis(ranks, heaviest, -1, axis=1)
    order = np.argsort(ranks, axis=1, kind="stable")
    ranks = np.take_along_axis(ranks, order, axis=1)[:, 1:]
    # An unused slot repeats the one before it.
    ranks = np.maximum.accumulate(np.where(ranks == unused, 0, ranks), axis=1)
    gaps = np.diff(ranks, axis=1, prepend=0)
    nearest = rank_of[previous, first].astype(np.int64)
    return np.concatenate([nearest[:, None], gaps], axis=1).T, np.take_along_axis(weights, order, axis=1).T


def _rest_cells(rest_m: Float32Array) -> np.ndarray:
    return np.rint(rest_m.astype(np.float64) / np.float64(_REST_STEP_M)).astype(np.int64)


def _rest_from_cells(cells: np.ndarray) -> Float32Array:
    return (cells * np.float64(_REST_STEP_M)).astype(np.float32)


def encode_increasing(values: np.ndarray, codec_id: str) -> bytes:
    """A row of increasing integers as differences."""
    return encode_integers(np.diff(values.astype(np.int64), prepend=0), row_lengths(1, len(values)), codec_id)


def decode_increasing(cursor: Cursor, count: int, limit: int) -> Int32Array:
    """Strictly increasing indices below ``limit``."""
    values = np.cumsum(decode_integers(cursor, row_lengths(1, count)), dtype=np.int64)
    if count and ((np.diff(values) <= 0).any() or values[0] < 0 or values[-1] >= limit):
        raise corrupt(
            "model-invalid", cursor.section, found="indices out of order or range", expected=f"increasing below {limit}"
        )
    return values.astype(np.int32)
