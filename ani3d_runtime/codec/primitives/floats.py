"""Columns of float32 without loss: as integers in the order of the floats, or differences, whichever is cheapest.

    o(x) = bits of x as a signed integer where they are positive, those bits ^ 0x7fffffff otherwise

keeps the order of floats and tells every bit pattern apart, -0.0 and subnormals included. Differences are taken modulo
2^32. A column is a table of these integers, or four planes of bytes where their low bits repeat.
spec/SPEC.md, chapter "Floats", holds the layout.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.codec import entropy
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, varint
from ani3d_runtime.codec.primitives.integers import decode_integers, encode_integers, row_lengths
from ani3d_runtime.spec.format import FLOATS_MAX_MODE

_DELTA, _PLANES = 1, 2
_SIGNS = np.int32(0x7FFFFFFF)
_PLANE_COUNT = 4


def ordered_integers(values: Float32Array) -> NDArray[np.int32]:
    """o(x) of each value."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.int32)
    return np.where(bits < 0, bits ^ _SIGNS, bits)


def ordered_floats(integers: NDArray[np.int32]) -> Float32Array:
    """The inverse of :func:`ordered_integers`."""
    return np.where(integers < 0, integers ^ _SIGNS, integers).astype(np.int32).view(np.float32)


def encode_floats(columns: Float32Array, codec_id: str) -> bytes:
    """[r, n] columns, each in the cheapest of four ways."""
    return b"".join(_encode_column(column, codec_id) for column in ordered_integers(columns))


def decode_floats(cursor: Cursor, columns: int, count: int) -> Float32Array:
    """[columns, count] finite floats.

    Raises:
        BrokenPackageError: ``section-*`` or ``entropy-corrupt``.
    """
    integers = np.stack([_decode_column(cursor, count) for _ in range(columns)])
    values = ordered_floats(integers)
    if not np.isfinite(values).all():
        raise corrupt("section-not-finite", cursor.section, found="NaN or infinity", expected="finite numbers")
    return values


def _encode_column(column: NDArray[np.int32], codec_id: str) -> bytes:
    differences = column.copy()
    differences[1:] -= column[:-1]
    coded = [
        bytes([mode]) + (_encode_planes if mode & _PLANES else _encode_plain)(values, codec_id)
        for mode, values in ((0, column), (_DELTA, differences), (_PLANES, column), (_DELTA | _PLANES, differences))
    ]
    return min(coded, key=len)


def _decode_column(cursor: Cursor, count: int) -> NDArray[np.int32]:
    mode = cursor.u8()
    if mode > FLOATS_MAX_MODE:
        raise corrupt(
            "section-invalid", cursor.section, found=f"a column of mode {mode}", expected=f"0..{FLOATS_MAX_MODE}"
        )
    values = _decode_planes(cursor, count) if mode & _PLANES else decode_integers(cursor, row_lengths(1, count))
    return np.cumsum(values, dtype=np.int32) if mode & _DELTA else values


def _encode_plain(values: NDArray[np.int32], codec_id: str) -> bytes:
    return encode_integers(values, row_lengths(1, len(values)), codec_id)


def _encode_planes(values: NDArray[np.int32], codec_id: str) -> bytes:
    wide = values.astype(np.int64)
    zigzag = np.where(wide < 0, -2 * wide - 1, 2 * wide).astype("<u4")
    planes = zigzag.view(np.uint8).reshape(len(values), _PLANE_COUNT).T
    coded = [entropy.encode(codec_id, plane.tobytes()) for plane in planes]
    return bytes([entropy.codec_number(codec_id)]) + b"".join(varint(len(plane)) + plane for plane in coded)


def _decode_planes(cursor: Cursor, count: int) -> NDArray[np.int32]:
    codec_id = entropy.codec_of_number(cursor.u8())
    planes = [
        np.frombuffer(entropy.decode(codec_id, cursor.take(cursor.varint(cursor.remaining)), count), dtype=np.uint8)
        for _ in range(_PLANE_COUNT)
    ]
    zigzag = np.ascontiguousarray(np.stack(planes, axis=1)).view("<u4").ravel()
    return (zigzag >> np.uint32(1)).astype(np.int32) ^ -(zigzag & np.uint32(1)).astype(np.int32)
