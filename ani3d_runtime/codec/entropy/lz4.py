# pyright: basic
"""LZ4 block format without a size header: the fast option.

Decoding is our own: libraries read a distance of 0 each in its way, and some let a block end with a match.
"""

from __future__ import annotations

import importlib
from types import ModuleType

import numpy as np

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.spec.format import LZ4_LAST_LITERALS, LZ4_LAST_MATCH

_SHORTEST_MATCH = 4


def _library() -> ModuleType:
    try:
        return importlib.import_module("lz4.block")
    except ImportError:
        raise ResourceError(
            "entropy-not-installed",
            "entropy codec lz4",
            found="no module lz4",
            expected="the lz4 package",
            fix="Install it with: pip install lz4",
        ) from None


def encode(data: bytes) -> bytes:
    """One LZ4 block."""
    return bytes(_library().compress(data, mode="high_compression", store_size=False))


def decode(payload: bytes | memoryview, raw_length: int) -> bytes | None:
    """The block's bytes, or None where it is corrupt or of another length."""
    if raw_length == 0:
        return b"" if bytes(payload) == b"\0" else None
    out = np.empty(raw_length, dtype=np.uint8)
    return out.tobytes() if _decode(np.frombuffer(payload, dtype=np.uint8), out) else None


@kernel()
def _decode(data, out):
    """Fill ``out``; False where the block is corrupt."""
    position = 0
    filled = 0
    while position < len(data):
        token = np.int64(data[position])
        literals, position = _length(token >> 4, data, position + 1)
        if literals > len(data) - position or literals > len(out) - filled:
            return False
        for at in range(literals):
            out[filled + at] = data[position + at]
        position += literals
        filled += literals
        if position == len(data):
            return filled == len(out)
        if position + 2 > len(data) or filled > len(out) - LZ4_LAST_MATCH:
            return False
        distance = np.int64(data[position]) | np.int64(data[position + 1]) << 8
        matched, position = _length(token & 15, data, position + 2)
        matched += _SHORTEST_MATCH
        if distance == 0 or distance > filled or matched > len(out) - LZ4_LAST_LITERALS - filled:
            return False
        for at in range(filled, filled + matched):
            out[at] = out[at - distance]
        filled += matched
    return False


@inner()
def _length(nibble, data, position):
    """A length and the position behind it; where the block ends early, one that no block holds."""
    total = nibble
    byte = np.int64(255 if nibble == 15 else 0)
    while byte == 255:
        if position >= len(data):
            return np.int64(1) << 40, position
        byte = np.int64(data[position])
        position += 1
        total += byte
    return total, position
