"""Numbers in a part of a word."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Words = NDArray[np.uint32]


def words_of(values: ArrayLike) -> Words:
    """The bits of float32."""
    return np.ascontiguousarray(values, np.float32).view(np.uint32)


def half_words(values: ArrayLike) -> Words:
    """16 bits each, IEEE."""
    return np.asarray(values, np.float32).astype(np.float16).view(np.uint16).astype(np.uint32)


def unorm_words(values: ArrayLike) -> Words:
    """0 … 1 as 16 bits."""
    return np.rint(np.asarray(values, np.float64) * 65535).astype(np.uint32)


def snorm_words(values: ArrayLike) -> Words:
    """−1 … 1 as 16 bits."""
    signed = np.rint(np.asarray(values, np.float64) * 32767).astype(np.int16)
    return signed.view(np.uint16).astype(np.uint32)


def pairs(low: Words, high: Words) -> Words:
    """Two times 16 bits, the low half first."""
    return np.bitwise_or(low, np.left_shift(high, np.uint32(16)), dtype=np.uint32)
