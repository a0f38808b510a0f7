"""Zstandard frames, for native readers that have it."""

from __future__ import annotations

import importlib
from types import ModuleType

from ani3d_runtime.errors import ResourceError

_LEVEL = 19


def _library() -> ModuleType:
    try:
        return importlib.import_module("zstandard")
    except ImportError:
        raise ResourceError(
            "entropy-not-installed",
            "entropy codec zstd",
            found="no module zstandard",
            expected="the zstandard package",
            fix="Install it with: pip install zstandard",
        ) from None


def encode(data: bytes) -> bytes:
    """One frame that states its content size."""
    return bytes(_library().ZstdCompressor(level=_LEVEL).compress(data))


def decode(payload: bytes | memoryview, raw_length: int) -> bytes | None:
    """The frame's bytes, or None where it is corrupt or states another size (nothing is allocated then)."""
    library = _library()
    try:
        if library.frame_content_size(payload) != raw_length:
            return None
        result = bytes(library.ZstdDecompressor().decompress(payload, max_output_size=max(raw_length, 1)))
    except library.ZstdError:
        return None
    return result if len(result) == raw_length else None
