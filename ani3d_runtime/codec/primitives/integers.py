"""Tables of signed integers as one stream: zigzag, a byte symbol each, raw low bits and rare escapes.

Layout of a stream for a table of ``count`` integers, whose row lengths are known from elsewhere::

    u8      codec number (entropy/registry.py)
    u8      shift, 0..24
    varint  bytes of the coded symbols
    varint  bytes of the coded escapes
    varint  bytes of the escapes before coding
    symbols, low bits (ceil(count * shift / 8) bytes), escapes

    zigzag:  u = 2 v for v >= 0, -2 v - 1 otherwise.   symbol = min(255, u >> shift)
    low bits of integer i (shift of them) start at bit i * shift, lowest bit first within a byte
    where symbol = 255, the next escape (LEB128) is added to it:  u >> shift = 255 + escape
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Int32Array, UInt8Array
from ani3d_runtime.codec import entropy
from ani3d_runtime.codec.primitives.cursor import Cursor, corrupt, varint
from ani3d_runtime.kernels import kernel
from ani3d_runtime.spec.format import LEB128_MAX_BYTES, TABLE_ESCAPE, TABLE_MAX_SHIFT

# Where 19 of 20 symbols have at most so many bits, tables are full and escapes rare; lower bits are noise anyway.
_SYMBOL_BITS = 7


def row_lengths(rows: int, columns: int) -> Int32Array:
    """The rows of a rectangular table."""
    return np.full(rows, columns, dtype=np.int32)


def encode_integers(values: NDArray[Any], rows: Int32Array, codec_id: str) -> bytes:
    """Code a table given flat, row after row; |v| < 2^30."""
    flat = np.asarray(values, dtype=np.int64).ravel()
    zigzag = np.where(flat < 0, -2 * flat - 1, 2 * flat).astype(np.uint32)
    common = int(np.quantile(zigzag[:: 1 + len(zigzag) // 50_000], 0.95)) if len(zigzag) else 0
    shift = min(TABLE_MAX_SHIFT, max(0, common.bit_length() - _SYMBOL_BITS))
    high = zigzag >> np.uint32(shift)
    symbols = np.minimum(high, TABLE_ESCAPE).astype(np.uint8)
    escaped = _leb128(high[high >= TABLE_ESCAPE] - np.uint32(TABLE_ESCAPE))
    coded = entropy.encode(codec_id, symbols.tobytes(), rows)
    coded_escapes = entropy.encode(codec_id, escaped)
    low = _packed_low_bits(zigzag, shift)
    head = bytes([entropy.codec_number(codec_id), shift])
    return head + varint(len(coded)) + varint(len(coded_escapes)) + varint(len(escaped)) + coded + low + coded_escapes


def decode_integers(cursor: Cursor, rows: Int32Array) -> Int32Array:
    """Take one table off a section, flat.

    Raises:
        BrokenPackageError: ``section-truncated``, ``section-invalid`` or ``entropy-corrupt``.
    """
    count = int(rows.sum(dtype=np.int64))
    codec_id = entropy.codec_of_number(cursor.u8())
    shift = cursor.u8()
    if shift > TABLE_MAX_SHIFT:
        raise corrupt("section-invalid", cursor.section, found=f"a shift of {shift}", expected=f"0..{TABLE_MAX_SHIFT}")
    symbols_stored = cursor.varint(cursor.remaining)
    escapes_stored = cursor.varint(cursor.remaining)
    escapes_raw = cursor.varint(LEB128_MAX_BYTES * count)
    symbols = np.frombuffer(entropy.decode(codec_id, cursor.take(symbols_stored), count, rows), dtype=np.uint8)
    low = np.frombuffer(cursor.take((count * shift + 7) // 8), dtype=np.uint8)
    escaped = entropy.decode(codec_id, cursor.take(escapes_stored), escapes_raw)
    extra = _from_leb128(np.frombuffer(escaped, dtype=np.uint8))
    values = np.empty(count, dtype=np.int32)
    if extra is None or not _join(symbols, low, shift, extra, values):
        raise corrupt(
            "section-invalid",
            cursor.section,
            found="escapes that do not fit the wide integers",
            expected="one escape for each, within 32 bits",
        )
    return values


@kernel()
def _join(symbols, low, shift, extra, values):  # pyright: ignore
    """Put integers together; False where there are not as many escapes as there must be, or one is too large."""
    limit = (np.int64(1) << (32 - shift)) - TABLE_ESCAPE
    escapes = 0
    for i in range(len(symbols)):
        high = np.int64(symbols[i])
        if high == TABLE_ESCAPE:
            if escapes == len(extra) or extra[escapes] >= limit:
                return False
            high += extra[escapes]
            escapes += 1
        if shift:
            bits = np.int64(0)
            for place in range(shift):
                bit = i * shift + place
                bits |= ((np.int64(low[bit >> 3]) >> (bit & 7)) & 1) << place
            high = (high << shift) | bits
        values[i] = np.int32((high >> 1) ^ -(high & 1))
    return escapes == len(extra)


def _packed_low_bits(zigzag: NDArray[np.uint32], shift: int) -> bytes:
    if shift == 0:
        return b""
    bits = ((zigzag[:, None] >> np.arange(shift, dtype=np.uint32)) & 1).astype(np.uint8)
    return np.packbits(bits.ravel(), bitorder="little").tobytes()


def _leb128(values: NDArray[np.uint32]) -> bytes:
    digits = [(values >> np.uint32(7 * place)) & np.uint32(127) for place in range(5)]
    table = np.stack(digits, axis=1).astype(np.uint8) if len(values) else np.zeros((0, 5), dtype=np.uint8)
    lengths = 5 - np.argmax((table != 0)[:, ::-1], axis=1)
    lengths[~table.any(axis=1)] = 1
    places = np.arange(5)
    kept = places < lengths[:, None]
    table |= np.where(places < lengths[:, None] - 1, 128, 0).astype(np.uint8)
    return table[kept].tobytes()


def _from_leb128(data: UInt8Array) -> NDArray[np.int64] | None:
    """The numbers, or None where one is cut short or too long."""
    if len(data) == 0:
        return np.zeros(0, dtype=np.int64)
    ends = np.flatnonzero(data < 128)
    if len(ends) == 0 or ends[-1] != len(data) - 1:
        return None
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if ((data[ends] == 0) & (lengths > 1)).any():
        return None
    if lengths.max() > LEB128_MAX_BYTES:
        return None
    places = np.arange(len(data)) - np.repeat(starts, lengths)
    return np.add.reduceat((data & 127).astype(np.int64) << (7 * places), starts)
