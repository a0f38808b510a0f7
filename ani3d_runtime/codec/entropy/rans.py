# pyright: basic
"""Static range-ANS over bytes, with the table of each byte chosen by bytes already decoded.

The default entropy stage: no library, about a hundred lines in any language, and smaller than zstd-19 on the integer
planes of a package. Numbers are little-endian. The payload is::

    u8   mode      0 stored · 1 one repeated byte · 2 coded
    mode 0:  the bytes themselves
    mode 1:  u8 the byte
    mode 2:  u8   table_count   1..CONTEXTS (1: no context; CONTEXTS: context of the byte, see below)
             per table:  u8 last, then for symbols 0..last a frequency as LEB128; a frequency of zero is followed by a
                         u8 count of further zeros. Frequencies sum to 4096, or last = 0 with frequency 0: unused table
             u32  states[4]
             u16  words[…]  to the end of the payload

Decoding byte i (i = 0, 1, …) uses state s = states[i mod 4] and the table of its context c::

    slot = s & 4095;   symbol = the one with start <= slot < start + frequency in table c
    s = frequency * (s >> 12) + slot - start;   if s < 65536: s = (s << 16) | next word

At the end every state is 65536 and no word is left; anything else is a corrupt payload.

Context. Bytes may form rows: row r holds ``rows[r]`` bytes, no row longer than the one before it. With magnitude
m(b) = (b + 1) >> 1 (what zigzag makes of |value|), the byte in column j of row r has the context
LEVEL[min(127, 2 m(left) + m(left2) + m(up1) + m(up2) + 2 m(up3))], where left, left2 are columns j-1, j-2 of row r and
up1, up2, up3 column j of rows r-1, r-2, r-3; bytes outside the rows count as 0. Without rows all bytes are one row.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ani3d_runtime.arrays import Int32Array, UInt8Array

PROBABILITY_BITS = 12
TOTAL = 1 << PROBABILITY_BITS
CONTEXTS = 16
STATES = 4
LOWER_BOUND = 1 << 16
_STORED, _REPEATED, _CODED = 0, 1, 2
_LEVEL_STARTS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 23, 32, 46, 66, 96)


def _levels() -> UInt8Array:
    levels = np.searchsorted(np.array(_LEVEL_STARTS), np.arange(128), side="right") - 1
    return levels.astype(np.uint8)


LEVEL: UInt8Array = _levels()


def encode(data: bytes, rows: Int32Array | None = None) -> bytes:
    """Code bytes; ``rows`` are the row lengths, non-increasing and summing to ``len(data)``."""
    symbols = np.frombuffer(data, dtype=np.uint8)
    if len(symbols) == 0:
        return bytes([_STORED])
    if (symbols == symbols[0]).all():
        return bytes([_REPEATED, int(symbols[0])])
    stored = bytes([_STORED]) + data
    candidates = [stored]
    plain = np.zeros(len(symbols), dtype=np.uint8)
    candidates.append(_encode_with(symbols, plain, 1))
    if len(symbols) >= 256:
        contexts = np.empty(len(symbols), dtype=np.uint8)
        _contexts(symbols, _row_lengths(rows, len(symbols)), LEVEL, contexts)
        candidates.append(_encode_with(symbols, contexts, CONTEXTS))
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
    if data[0] != _CODED or len(data) < 2 or data[1] not in (1, CONTEXTS):
        return None
    table_count = int(data[1])
    frequencies = np.zeros((table_count, 256), dtype=np.uint32)
    position = _read_tables(data, 2, frequencies)
    words_start = position + 4 * STATES
    if position < 0 or words_start > len(data) or (len(data) - words_start) % 2:
        return None
    if table_count == 1 and not frequencies.any():
        return None
    states = np.frombuffer(data[position:words_start].tobytes(), dtype="<u4").astype(np.uint32)
    words = np.frombuffer(data[words_start:].tobytes(), dtype="<u2").astype(np.uint16)
    slots = np.zeros((table_count, TOTAL), dtype=np.uint32)
    _fill_slots(frequencies, slots)
    used = frequencies.sum(axis=1) > 0
    out = np.zeros(raw_length, dtype=np.uint8)
    if table_count == 1:
        complete = _decode_plain(words, states, slots, out)
    else:
        complete = _decode_contexts(words, states, slots, used, _row_lengths(rows, raw_length), LEVEL, out)
    return out.tobytes() if complete else None


def _row_lengths(rows: Int32Array | None, length: int) -> Int32Array:
    return np.array([length], dtype=np.int32) if rows is None else rows


def _encode_with(symbols: UInt8Array, contexts: UInt8Array, table_count: int) -> bytes:
    counts = np.zeros((table_count, 256), dtype=np.int64)
    _count(symbols, contexts, counts)
    frequencies = np.stack([_normalised(row) for row in counts])
    starts = np.zeros_like(frequencies)
    starts[:, 1:] = np.cumsum(frequencies, axis=1)[:, :-1]
    words = np.empty(len(symbols) + 8, dtype=np.uint16)
    states = np.full(STATES, LOWER_BOUND, dtype=np.uint64)
    first = _encode_words(symbols, contexts, frequencies.astype(np.uint64), starts.astype(np.uint64), states, words)
    header = bytes([_CODED, table_count]) + b"".join(_write_table(row) for row in frequencies)
    return header + states.astype("<u4").tobytes() + words[first:].astype("<u2").tobytes()


def _normalised(counts: np.ndarray) -> np.ndarray:
    """Frequencies that sum to TOTAL and are at least 1 where a symbol occurs; all zero for an unused table."""
    total = int(counts.sum())
    if total == 0:
        return counts
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
    present = np.flatnonzero(frequencies)
    last = int(present[-1]) if len(present) else 0
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


@njit(cache=True, nogil=True)
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
                continue
            if value >= 128:
                value = (value & 127) | (int(data[position]) << 7)
                position += 1
            frequencies[table, symbol] = value
            total += value
            symbol += 1
            if total > 4096:
                return -1
        if symbol != last + 1 or (total != 4096 and not (total == 0 and last == 0)):
            return -1
    return position


@njit(cache=True, nogil=True)
def _fill_slots(frequencies, slots):
    """Slot to symbol (8 bits), frequency - 1 (12 bits) and offset in the symbol (12 bits)."""
    for table in range(frequencies.shape[0]):
        start = 0
        for symbol in range(256):
            frequency = int(frequencies[table, symbol])
            for offset in range(frequency):
                slots[table, start + offset] = symbol | ((frequency - 1) << 8) | (offset << 20)
            start += frequency


@njit(cache=True, nogil=True)
def _contexts(symbols, rows, level, out):
    """The context of every byte, as the decoder will see it."""
    start = 0
    up1 = up2 = up3 = -1
    for row in range(len(rows)):
        left = left2 = 0
        for column in range(rows[row]):
            weight = 2 * left + left2
            if up1 >= 0:
                weight += (int(symbols[up1 + column]) + 1) >> 1
            if up2 >= 0:
                weight += (int(symbols[up2 + column]) + 1) >> 1
            if up3 >= 0:
                weight += 2 * ((int(symbols[up3 + column]) + 1) >> 1)
            out[start + column] = level[min(127, weight)]
            left2 = left
            left = (int(symbols[start + column]) + 1) >> 1
        up3, up2, up1 = up2, up1, start
        start += rows[row]


@njit(cache=True, nogil=True)
def _count(symbols, contexts, counts):
    for i in range(len(symbols)):
        counts[contexts[i], symbols[i]] += 1


@njit(cache=True, nogil=True)
def _encode_words(symbols, contexts, frequencies, starts, states, words):
    """Code from the last byte to the first, filling ``words`` from its end; the index of the first word used."""
    position = len(words)
    for i in range(len(symbols) - 1, -1, -1):
        lane = i & 3
        state = states[lane]
        frequency = frequencies[contexts[i], symbols[i]]
        if state >= (frequency << np.uint64(20)):
            position -= 1
            words[position] = np.uint16(state & np.uint64(0xFFFF))
            state >>= np.uint64(16)
        quotient = state // frequency
        states[lane] = (quotient << np.uint64(12)) + (state - quotient * frequency) + starts[contexts[i], symbols[i]]
    return position


@njit(cache=True, nogil=True)
def _decode_plain(words, states, slots, out):
    """Decode without context, four lanes abreast; False where words run out or do not end exactly."""
    count = len(out)
    word_count = len(words)
    next_word = 0
    table = slots[0]
    s0, s1, s2, s3 = states[0], states[1], states[2], states[3]
    full = count - (count & 3)
    i = 0
    while i < full and next_word + 4 <= word_count:
        e0 = table[s0 & np.uint32(4095)]
        e1 = table[s1 & np.uint32(4095)]
        e2 = table[s2 & np.uint32(4095)]
        e3 = table[s3 & np.uint32(4095)]
        out[i] = e0 & np.uint32(255)
        out[i + 1] = e1 & np.uint32(255)
        out[i + 2] = e2 & np.uint32(255)
        out[i + 3] = e3 & np.uint32(255)
        s0 = np.uint32(((e0 >> np.uint32(8)) & np.uint32(4095)) + np.uint32(1)) * (s0 >> np.uint32(12)) + (
            e0 >> np.uint32(20)
        )
        s1 = np.uint32(((e1 >> np.uint32(8)) & np.uint32(4095)) + np.uint32(1)) * (s1 >> np.uint32(12)) + (
            e1 >> np.uint32(20)
        )
        s2 = np.uint32(((e2 >> np.uint32(8)) & np.uint32(4095)) + np.uint32(1)) * (s2 >> np.uint32(12)) + (
            e2 >> np.uint32(20)
        )
        s3 = np.uint32(((e3 >> np.uint32(8)) & np.uint32(4095)) + np.uint32(1)) * (s3 >> np.uint32(12)) + (
            e3 >> np.uint32(20)
        )
        if s0 < np.uint32(65536):
            s0 = (s0 << np.uint32(16)) | np.uint32(words[next_word])
            next_word += 1
        if s1 < np.uint32(65536):
            s1 = (s1 << np.uint32(16)) | np.uint32(words[next_word])
            next_word += 1
        if s2 < np.uint32(65536):
            s2 = (s2 << np.uint32(16)) | np.uint32(words[next_word])
            next_word += 1
        if s3 < np.uint32(65536):
            s3 = (s3 << np.uint32(16)) | np.uint32(words[next_word])
            next_word += 1
        i += 4
    states[0], states[1], states[2], states[3] = s0, s1, s2, s3
    while i < count:
        lane = i & 3
        state = states[lane]
        entry = table[state & np.uint32(4095)]
        out[i] = entry & np.uint32(255)
        state = np.uint32(((entry >> np.uint32(8)) & np.uint32(4095)) + np.uint32(1)) * (state >> np.uint32(12)) + (
            entry >> np.uint32(20)
        )
        if state < np.uint32(65536):
            if next_word >= word_count:
                return False
            state = (state << np.uint32(16)) | np.uint32(words[next_word])
            next_word += 1
        states[lane] = state
        i += 1
    return next_word == word_count and (states == np.uint32(65536)).all()


@njit(cache=True, nogil=True)
def _decode_contexts(words, states, slots, used, rows, level, out):
    """Decode with the context of every byte; False for a corrupt stream."""
    word_count = len(words)
    next_word = 0
    start = 0
    up1 = up2 = up3 = -1
    for row in range(len(rows)):
        length = rows[row]
        if length < 0 or start + length > len(out) or (row > 0 and length > rows[row - 1]):
            return False
        left = left2 = 0
        for column in range(length):
            weight = 2 * left + left2
            if up3 >= 0:
                weight += (
                    ((int(out[up1 + column]) + 1) >> 1)
                    + ((int(out[up2 + column]) + 1) >> 1)
                    + 2 * ((int(out[up3 + column]) + 1) >> 1)
                )
            elif up1 >= 0:
                weight += (int(out[up1 + column]) + 1) >> 1
                if up2 >= 0:
                    weight += (int(out[up2 + column]) + 1) >> 1
            context = level[min(127, weight)]
            if not used[context]:
                return False
            lane = (start + column) & 3
            state = states[lane]
            entry = slots[context, state & np.uint32(4095)]
            symbol = entry & np.uint32(255)
            out[start + column] = symbol
            state = np.uint32(((entry >> np.uint32(8)) & np.uint32(4095)) + np.uint32(1)) * (state >> np.uint32(12)) + (
                entry >> np.uint32(20)
            )
            if state < np.uint32(65536):
                if next_word >= word_count:
                    return False
                state = (state << np.uint32(16)) | np.uint32(words[next_word])
                next_word += 1
            states[lane] = state
            left2 = left
            left = (int(symbol) + 1) >> 1
        up3, up2, up1 = up2, up1, start
        start += length
    return start == len(out) and next_word == word_count and (states == np.uint32(65536)).all()
