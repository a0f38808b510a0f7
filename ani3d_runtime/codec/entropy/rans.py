# pyright: basic
"""Static range-ANS over bytes, with the table of each byte chosen by bytes already decoded.

The default entropy stage: no library, about a hundred lines in any language, and smaller than zstd-19 on the integer
planes of a package. Numbers are little-endian. The payload is::

    u8   mode      0 stored · 1 one repeated byte · 2 coded
    mode 0:  the bytes themselves
    mode 1:  u8 the byte
    mode 2:  u8   table_count   1 or 16 (1: no context; 16: context of the byte, see below)
             per table:  u8 last, then for symbols 0..last a frequency as LEB128; a frequency of zero is followed by a
                         u8 count of further zeros. Frequencies sum to 4096
             u32  states[8]
             u16  words[…]  to the end of the payload

Order. Bytes form rows: row r holds ``rows[r]`` bytes, no row longer than the one before it; without rows all bytes are
one row. A row of n bytes falls into stretches of q = max(32, ceil(n / 8)) columns. Stretch k has a state of its own;
the first columns of all stretches come first, then all second columns: a decoder works on eight bytes at a time that
do not wait for each other. A byte in stretch k, whose table is that of its context, is decoded by::

    s = states[k];   slot = s & 4095;   symbol = the one with start <= slot < start + frequency
    s = frequency * (s >> 12) + slot - start;   if s < 65536: s = (s << 16) | next word

At the end every state is 65536 and no word is left; anything else is a corrupt payload.

Context. With magnitude m(b) = (b + 1) >> 1 (what zigzag makes of |value|), the byte in column j of row r has the
context LEVEL[2 m(left) + m(left2) + min(127, m(up1) + m(up2) + 2 m(up3))], where left, left2 are columns j-1, j-2 of
the same stretch and up1, up2, up3 column j of rows r-1, r-2, r-3; bytes outside count as 0.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Int32Array, UInt8Array
from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.spec.format import (
    RANS_CONTEXT_THRESHOLDS,
    RANS_CONTEXTS,
    RANS_LANES,
    RANS_LOWER_BOUND,
    RANS_PROBABILITY_BITS,
    RANS_SHORTEST_STRETCH,
)

TOTAL = 1 << RANS_PROBABILITY_BITS
_STORED, _REPEATED, _CODED = 0, 1, 2
_LARGEST_UP = 127
_LARGEST_WEIGHT = _LARGEST_UP + 3 * 128
_FEWEST_WITH_CONTEXT = 256


def _levels() -> UInt8Array:
    levels = np.searchsorted(np.array(RANS_CONTEXT_THRESHOLDS), np.arange(_LARGEST_WEIGHT + 1), side="right")
    return levels.astype(np.uint8)


LEVEL: UInt8Array = _levels()
_ONE_LEVEL: UInt8Array = np.zeros_like(LEVEL)


def encode(data: bytes, rows: Int32Array | None = None) -> bytes:
    """Code bytes; ``rows`` are the row lengths, non-increasing and summing to ``len(data)``."""
    # A copy may be written to, as what is decoded: one kernel serves both.
    symbols = np.frombuffer(data, dtype=np.uint8).copy()
    if len(symbols) == 0:
        return bytes([_STORED])
    if (symbols == symbols[0]).all():
        return bytes([_REPEATED, int(symbols[0])])
    rows = _row_lengths(rows, len(symbols))
    candidates = [bytes([_STORED]) + data, _encode_with(symbols, rows, _ONE_LEVEL, 1)]
    if len(symbols) >= _FEWEST_WITH_CONTEXT:
        candidates.append(_encode_with(symbols, rows, LEVEL, RANS_CONTEXTS))
    return min(candidates, key=len)


def decode(payload: bytes | memoryview, raw_length: int, rows: Int32Array | None = None) -> bytes | None:
    """The ``raw_length`` bytes behind ``payload``, or None where it is corrupt."""
    data = np.frombuffer(payload, dtype=np.uint8)
    if len(data) == 0:
        return None
    if data[0] == _STORED:
        return data[1:].tobytes() if len(data) - 1 == raw_length else None
    if data[0] == _REPEATED:
        return bytes([int(data[1])]) * raw_length if len(data) == 2 else None
    if data[0] != _CODED or len(data) < 2 or data[1] not in (1, RANS_CONTEXTS):
        return None
    table_count = int(data[1])
    frequencies = np.zeros((table_count, 256), dtype=np.uint32)
    position = _read_tables(data, 2, frequencies)
    words_start = position + 4 * RANS_LANES
    if position < 0 or words_start > len(data) or (len(data) - words_start) % 2:
        return None
    states = np.frombuffer(data[position:words_start].tobytes(), dtype="<u4").astype(np.uint32)
    # A few words more than there are, so that the decoder checks their end only now and then.
    words = np.zeros((len(data) - words_start) // 2 + RANS_LANES, dtype=np.uint16)
    words[:-RANS_LANES] = np.frombuffer(data[words_start:].tobytes(), dtype="<u2")
    slots = np.zeros(table_count * TOTAL, dtype=np.uint32)
    _fill_slots(frequencies, slots)
    out = np.zeros(raw_length, dtype=np.uint8)
    level = LEVEL if table_count == RANS_CONTEXTS else _ONE_LEVEL
    return out.tobytes() if _decode(words, states, slots, _row_lengths(rows, raw_length), level, out) else None


def _row_lengths(rows: Int32Array | None, length: int) -> Int32Array:
    return np.array([length], dtype=np.int32) if rows is None else rows


def _encode_with(symbols: UInt8Array, rows: Int32Array, level: UInt8Array, table_count: int) -> bytes:
    contexts = np.empty(len(symbols), dtype=np.uint8)
    _contexts(symbols, rows, level, contexts)
    counts = np.zeros((table_count, 256), dtype=np.int64)
    _count(symbols, contexts, counts)
    frequencies = np.stack([_normalised(row) for row in counts])
    starts = np.zeros_like(frequencies)
    starts[:, 1:] = np.cumsum(frequencies, axis=1)[:, :-1]
    words = np.empty(len(symbols) + RANS_LANES, dtype=np.uint16)
    states = np.full(RANS_LANES, RANS_LOWER_BOUND, dtype=np.uint64)
    tables = (frequencies.astype(np.uint64), starts.astype(np.uint64))
    first = _encode_words(symbols, contexts, rows, *tables, states, words)
    header = bytes([_CODED, table_count]) + b"".join(_write_table(row) for row in frequencies)
    return header + states.astype("<u4").tobytes() + words[first:].astype("<u2").tobytes()


def _normalised(counts: np.ndarray) -> np.ndarray:
    """Frequencies that sum to TOTAL and are at least 1 where a symbol occurs; symbol 0 alone where none does."""
    total = int(counts.sum())
    if total == 0:
        return np.where(np.arange(len(counts)) == 0, TOTAL, 0)
    scaled = np.maximum((counts * TOTAL) // total, counts > 0)
    difference = TOTAL - int(scaled.sum())
    if difference > 0:
        scaled[int(scaled.argmax())] += difference
    while difference < 0:
        # Taking one from the symbol that loses least per count keeps the tables near the optimum.
        order = np.argsort(-scaled, kind="stable")
        for symbol in order[: -difference if -difference < len(order) else len(order)]:
            if scaled[symbol] > 1 and difference < 0:
                scaled[symbol] -= 1
                difference += 1
    return scaled


def _write_table(frequencies: np.ndarray) -> bytes:
    last = int(np.flatnonzero(frequencies)[-1])
    out = bytearray([last])
    symbol = 0
    while symbol <= last:
        value = int(frequencies[symbol])
        symbol += 1
        if value == 0:
            run = 0
            while symbol <= last and frequencies[symbol] == 0 and run < 255:
                run += 1
                symbol += 1
            out += bytes([0, run])
        elif value < 128:
            out.append(value)
        else:
            out += bytes([value & 127 | 128, value >> 7])
    return bytes(out)


@kernel()
def _read_tables(data, position, frequencies):
    """Fill [tables, 256]; the position after them, or -1 where they are invalid."""
    for table in range(frequencies.shape[0]):
        if position >= len(data):
            return -1
        last = int(data[position])
        position += 1
        symbol = 0
        total = 0
        while symbol <= last:
            if position + 1 >= len(data):
                return -1
            value = int(data[position])
            position += 1
            if value == 0:
                symbol += 1 + int(data[position])
                position += 1
                if symbol > last:
                    return -1
                continue
            if value >= 128:
                # A second byte of 0 would be a longer form than need be.
                if data[position] == 0:
                    return -1
                value = (value & 127) | (int(data[position]) << 7)
                position += 1
            frequencies[table, symbol] = value
            total += value
            symbol += 1
            if total > 4096:
                return -1
        if symbol != last + 1 or total != 4096:
            return -1
    return position


@kernel()
def _fill_slots(frequencies, slots):
    """Slot to symbol (8 bits), frequency - 1 (12 bits) and offset in the symbol (12 bits); tables one after another."""
    slot = 0
    for table in range(frequencies.shape[0]):
        for symbol in range(256):
            frequency = int(frequencies[table, symbol])
            for offset in range(frequency):
                slots[slot] = symbol | ((frequency - 1) << 8) | (offset << 20)
                slot += 1


@inner()
def _stretch(length):
    """Columns of a row that one state decodes."""
    return max(RANS_SHORTEST_STRETCH, (length + RANS_LANES - 1) // RANS_LANES)


@inner()
def _magnitude(symbol):
    return (np.uint16(symbol) + np.uint16(1)) >> np.uint16(1)


@inner()
def _weigh_above(symbols, up1, up2, up3, length, above):
    """What the rows that begin at up1, up2, up3 (-1 where there is none) say about each column of the next one."""
    above[:] = 0
    if up1 >= 0:
        for column in range(length):
            above[column] += _magnitude(symbols[up1 + column])
    if up2 >= 0:
        for column in range(length):
            above[column] += _magnitude(symbols[up2 + column])
    if up3 >= 0:
        for column in range(length):
            above[column] += _magnitude(symbols[up3 + column]) << np.uint16(1)
    for column in range(length):
        above[column] = min(above[column], np.uint16(_LARGEST_UP))


@kernel()
def _contexts(symbols, rows, level, out):
    """The context of every byte, as the decoder will see it."""
    above = np.zeros(rows[0] if len(rows) else 0, np.uint16)
    start = 0
    up1 = up2 = up3 = np.int64(-1)
    for row in range(len(rows)):
        length = np.int64(rows[row])
        stretch = _stretch(length)
        _weigh_above(symbols, up1, up2, up3, length, above)
        for column in range(length):
            weight = np.intp(above[column])
            if column % stretch > 0:
                weight += 2 * _magnitude(symbols[start + column - 1])
            if column % stretch > 1:
                weight += _magnitude(symbols[start + column - 2])
            out[start + column] = level[weight]
        up3, up2, up1 = up2, up1, start
        start += length


@kernel()
def _count(symbols, contexts, counts):
    for i in range(len(symbols)):
        counts[contexts[i], symbols[i]] += 1


@kernel()
def _encode_words(symbols, contexts, rows, frequencies, starts, states, words):
    """Code from the last byte to the first, filling ``words`` from its end; the index of the first word used."""
    position = len(words)
    start = len(symbols)
    for row in range(len(rows) - 1, -1, -1):
        length = np.int64(rows[row])
        stretch = _stretch(length)
        start -= length
        for step in range(stretch - 1, -1, -1):
            for lane in range(RANS_LANES - 1, -1, -1):
                column = lane * stretch + step
                if column >= length:
                    continue
                context, symbol = contexts[start + column], symbols[start + column]
                state = states[lane]
                frequency = frequencies[context, symbol]
                if state >= (frequency << np.uint64(20)):
                    position -= 1
                    words[position] = np.uint16(state & np.uint64(0xFFFF))
                    state >>= np.uint64(16)
                quotient = state // frequency
                states[lane] = (quotient << np.uint64(12)) + (state - quotient * frequency) + starts[context, symbol]
    return position


@kernel()
def _decode(words, states, slots, rows, level, out):
    """Fill ``out``; False for a corrupt stream. ``words`` has RANS_LANES zeros at its end."""
    word_count = len(words) - RANS_LANES
    next_word = 0
    start = 0
    up1 = up2 = up3 = np.int64(-1)
    above = np.zeros(rows[0] if len(rows) else 0, np.uint16)
    # One block, so that what two threads write to all the time never shares a cache line.
    lanes = np.zeros((4, 16), np.uint32)
    state, left, left2 = lanes[1], lanes[2], lanes[3]
    for lane in range(RANS_LANES):
        state[lane] = states[lane]
    for row in range(len(rows)):
        length = np.int64(rows[row])
        if length < 0 or start + length > len(out) or (row > 0 and length > rows[row - 1]):
            return False
        stretch = _stretch(length)
        _weigh_above(out, up1, up2, up3, length, above)
        left[:] = 0
        left2[:] = 0
        whole = length - (RANS_LANES - 1) * stretch
        for step in range(min(stretch, length)):
            if next_word > word_count:
                return False
            # A loop of constant length where all lanes have a byte left: the compiler unrolls it.
            for lane in range(RANS_LANES):
                column = lane * stretch + step
                if step >= whole and column >= length:
                    break
                context = np.intp(level[np.intp(above[column]) + 2 * np.intp(left[lane]) + np.intp(left2[lane])])
                entry = slots[(context << 12) | np.intp(state[lane] & np.uint32(4095))]
                symbol = entry & np.uint32(255)
                out[start + column] = symbol
                left2[lane] = left[lane]
                left[lane] = (symbol + np.uint32(1)) >> np.uint32(1)
                following = np.uint32(((entry >> np.uint32(8)) & np.uint32(4095)) + np.uint32(1)) * (
                    state[lane] >> np.uint32(12)
                ) + (entry >> np.uint32(20))
                if following < np.uint32(65536):
                    following = (following << np.uint32(16)) | np.uint32(words[next_word])
                    next_word += 1
                state[lane] = following
        up3, up2, up1 = up2, up1, start
        start += length
    for lane in range(RANS_LANES):
        if state[lane] != np.uint32(RANS_LOWER_BOUND):
            return False
    return start == len(out) and next_word == word_count
