"""The tables that sections ``splats.k`` share in either layout: stretches of parts, and the binding."""

from __future__ import annotations

import itertools

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import MAX_JOINTS_PER_GAUSSIAN, WEIGHT_UNITS, Binding, Part
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths

_PLAIN, _DELTA = 0, 1


def encode_table(table: np.ndarray, codec_id: str) -> bytes:
    """Plain, or as differences of neighbours where those are smaller; a byte says which."""
    deltas = np.diff(table, axis=1, prepend=np.zeros((len(table), 1), dtype=np.int64))
    is_smaller = np.log2(1 + np.abs(deltas)).sum() < np.log2(1 + np.abs(table)).sum()
    rows = row_lengths(*table.shape)
    return bytes([_DELTA if is_smaller else _PLAIN]) + encode_integers(deltas if is_smaller else table, rows, codec_id)


def decode_table(cursor: Cursor, rows: int, count: int, code: str = "splats-invalid") -> np.ndarray:
    """[rows, count] int64.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt``; ``code`` for a table that is neither.
    """
    mode = cursor.u8()
    if mode not in (_PLAIN, _DELTA):
        raise corrupt(code, cursor.section, found=f"a table of mode {mode}", expected="0 or 1")
    table = decode_integers(cursor, row_lengths(rows, count)).reshape(rows, count)
    return np.cumsum(table, axis=1, dtype=np.int64) if mode == _DELTA else table.astype(np.int64)


def part_runs(parts: UInt8Array) -> list[tuple[int, int, int]]:
    """(part, start, stop) of stretches of one part."""
    edges = [0, *(np.flatnonzero(np.diff(parts)) + 1).tolist(), len(parts)]
    return [(int(parts[a]), a, b) for a, b in itertools.pairwise(edges)]


def read_part_runs(cursor: Cursor, count: int) -> tuple[UInt8Array, Float32Array]:
    """Part label [count] and box corner [count, 3] of every Gaussian."""
    parts = np.zeros(count, dtype=np.uint8)
    origins = np.zeros((count, 3), dtype=np.float32)
    filled = 0
    for _ in range(cursor.varint(count)):
        part, length = cursor.u8(), cursor.varint(count)
        corner = cursor.floats(3)
        if part > max(Part) or not 0 < length <= count - filled:
            raise corrupt("splats-invalid", cursor.section, found=f"{length} of part {part}", expected="known parts")
        parts[filled : filled + length] = part
        origins[filled : filled + length] = corner
        filled += length
    if filled != count:
        raise corrupt("splats-invalid", cursor.section, found=f"parts of {filled}", expected=f"{count} Gaussians")
    return parts, origins


def encode_binding(binding: Binding, codec_id: str) -> bytes:
    """Joints and weights 1..3."""
    joints, weights = _quantised_weights(binding)
    return encode_table(joints, codec_id) + encode_table(weights[1:], codec_id)


def decode_binding(cursor: Cursor, parts: UInt8Array, joint_count: int) -> Binding:
    """The inverse of :func:`encode_binding`, with parts that are known.

    Raises:
        BrokenPackageError: ``section-*``, ``entropy-corrupt`` or ``splats-invalid``.
    """
    joints = decode_table(cursor, MAX_JOINTS_PER_GAUSSIAN, len(parts))
    others = decode_table(cursor, MAX_JOINTS_PER_GAUSSIAN - 1, len(parts))
    weights = np.concatenate([WEIGHT_UNITS - others.sum(axis=0)[None], others])
    if joints.min() < 0 or joints.max() >= joint_count or weights.min() < 0:
        raise corrupt(
            "splats-invalid",
            cursor.section,
            found="a joint or weight out of range",
            expected=f"joints below {joint_count}, weights summing to {WEIGHT_UNITS}",
        )
    units = weights.T / np.float64(WEIGHT_UNITS)
    return Binding(joints.T.astype(np.uint8), units.astype(np.float32), parts)


def _quantised_weights(binding: Binding) -> tuple[np.ndarray, np.ndarray]:
    """Joints and weights [4, n] by rising joint, so that neighbours' slots agree; weights sum to WEIGHT_UNITS exactly.

    Unused slots come last and repeat the first joint.
    """
    weights = binding.weights.astype(np.float64)
    exact = weights / weights.sum(axis=1, keepdims=True) * WEIGHT_UNITS
    whole = np.floor(exact).astype(np.int64)
    missing = WEIGHT_UNITS - whole.sum(axis=1)
    by_remainder = np.argsort(-(exact - whole), axis=1, kind="stable")
    ranks = np.empty_like(by_remainder)
    np.put_along_axis(ranks, by_remainder, np.arange(MAX_JOINTS_PER_GAUSSIAN)[None], axis=1)
    whole += ranks < missing[:, None]
    joints = binding.joints.astype(np.int64)
    order = np.argsort(np.where(whole > 0, joints, 256), axis=1, kind="stable")
    joints, whole = np.take_along_axis(joints, order, axis=1), np.take_along_axis(whole, order, axis=1)
    return np.where(whole > 0, joints, joints[:, :1]).T, whole.T
