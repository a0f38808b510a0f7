"""LZ4 block format without a size header: the fast option."""

from __future__ import annotations

import importlib
from types import ModuleType

from ani3d_runtime.errors import ResourceError


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
    library = _library()
    try:
        result = bytes(library.decompress(bytes(payload), uncompressed_size=raw_length))
    except (library.LZ4BlockError, ValueError, OverflowError):
        return None
    return result if len(result) == raw_length else None
