# pyright: basic
"""The inner loops of light frames: whole numbers to an entropy coded payload and back.

Entries stand in one row: first those of the pose, then displacements and then rotations of nodes, three each. What is
coded of an entry is how it changed since the frame before, less what the parents of its node did; its table follows
from the sizes of what was coded of those parents and of the axes before it.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.spec.format import (
    LIGHT_ESCAPE,
    LIGHT_MAX_ESCAPE_DIGITS,
    LIGHT_MAX_NUMBER,
    LIGHT_ORPHAN_WEIGHT,
    RANS_CONTEXT_THRESHOLDS,
    RANS_LOWER_BOUND,
)

# A symbol, and digits of what it cannot say.
MAX_SLOTS_PER_ENTRY = 1 + LIGHT_MAX_ESCAPE_DIGITS
_LARGEST_WEIGHT = RANS_CONTEXT_THRESHOLDS[-1]


@inner()
def _weight(sizes, k, pose_count, node_count, parents):
    """What is known of how large entry ``k`` will be."""
    if k < pose_count:
        weight = 0
        if k > 0:
            weight += 2 * sizes[k - 1]
        if k > 1:
            weight += 2 * sizes[k - 2]
        return min(weight, _LARGEST_WEIGHT)
    place = (k - pose_count) // 3
    node = place % node_count
    axis = (k - pose_count) % 3
    axes = 0
    for before in range(axis):
        axes += 2 * sizes[k - 1 - before]
    if node < 3:
        return min(LIGHT_ORPHAN_WEIGHT + axes, _LARGEST_WEIGHT)
    first = pose_count + 3 * (place - node)
    total = 0
    for parent in range(3):
        for other in range(3):
            total += sizes[first + 3 * parents[node, parent] + other]
    return min(total // 3 + axes, _LARGEST_WEIGHT)


@inner()
def _expected(changes, k, pose_count, node_count, parents):
    """The change of entry ``k`` that its node's parents suggest."""
    if k < pose_count:
        return 0
    place = (k - pose_count) // 3
    node = place % node_count
    if node < 3:
        return 0
    first = pose_count + 3 * (place - node) + (k - pose_count) % 3
    total = 1
    for parent in range(3):
        total += changes[first + 3 * parents[node, parent]]
    return total // 3


@kernel()
def encode_entries(values, known, pose_count, node_count, parents, level, frequencies, starts, words):
    """Code ``values`` [n] given ``known`` [n]; (first word used of ``words``, final state)."""
    changes = values - known
    sizes = np.empty(len(values), np.int64)
    slot_frequencies = np.empty(MAX_SLOTS_PER_ENTRY * len(values), np.uint64)
    slot_starts = np.empty(MAX_SLOTS_PER_ENTRY * len(values), np.uint64)
    count = 0
    for k in range(len(values)):
        table = level[_weight(sizes, k, pose_count, node_count, parents)]
        left = changes[k] - _expected(changes, k, pose_count, node_count, parents)
        sizes[k] = abs(left)
        zigzag = 2 * left if left >= 0 else -2 * left - 1
        symbol = min(zigzag, LIGHT_ESCAPE)
        slot_frequencies[count] = frequencies[table, symbol]
        slot_starts[count] = starts[table, symbol]
        count += 1
        if symbol == LIGHT_ESCAPE:
            more = zigzag - LIGHT_ESCAPE
            while True:
                digit = more & 127
                more >>= 7
                slot_frequencies[count] = 16
                slot_starts[count] = 16 * (digit | (128 if more else 0))
                count += 1
                if not more:
                    break
    state = np.uint64(RANS_LOWER_BOUND)
    position = len(words)
    for slot in range(count - 1, -1, -1):
        frequency = slot_frequencies[slot]
        if state >= (frequency << np.uint64(20)):
            position -= 1
            words[position] = np.uint16(state & np.uint64(0xFFFF))
            state >>= np.uint64(16)
        quotient = state // frequency
        state = (quotient << np.uint64(12)) + (state - quotient * frequency) + slot_starts[slot]
    return position, state


@inner()
def _advanced(state, frequency, start, words, next_word):
    """The state after a symbol, and the word that is read next; beyond the end of ``words`` zeros are read."""
    state = frequency * (state >> np.uint64(12)) + (state & np.uint64(4095)) - start
    if state < RANS_LOWER_BOUND:
        word = words[next_word] if next_word < len(words) else 0
        state = (state << np.uint64(16)) | np.uint64(word)
        next_word += 1
    return state, next_word


@kernel()
def decode_entries(words, state, known, pose_count, node_count, parents, level, symbols, frequencies, starts, values):
    """Fill ``values`` [n]; False where the payload is corrupt."""
    state = np.uint64(state)
    changes = np.empty(len(values), np.int64)
    sizes = np.empty(len(values), np.int64)
    next_word = 0
    for k in range(len(values)):
        table = level[_weight(sizes, k, pose_count, node_count, parents)]
        symbol = np.int64(symbols[table, state & np.uint64(4095)])
        state, next_word = _advanced(state, frequencies[table, symbol], starts[table, symbol], words, next_word)
        if symbol == LIGHT_ESCAPE:
            for place in range(MAX_SLOTS_PER_ENTRY):
                if place == MAX_SLOTS_PER_ENTRY - 1:
                    return False
                digit = np.int64((state & np.uint64(4095)) >> np.uint64(4))
                state, next_word = _advanced(state, np.uint64(16), np.uint64(16 * digit), words, next_word)
                symbol += (digit & 127) << (7 * place)
                if digit < 128:
                    if digit == 0 and place > 0:
                        return False
                    break
        left = (symbol >> 1) ^ -(symbol & 1)
        sizes[k] = abs(left)
        changes[k] = left + _expected(changes, k, pose_count, node_count, parents)
        values[k] = known[k] + changes[k]
        if abs(values[k]) > LIGHT_MAX_NUMBER or next_word > len(words):
            return False
    return next_word == len(words) and state == RANS_LOWER_BOUND
