"""Byte codecs by id."""

from __future__ import annotations


def encode(codec_id: str, data: bytes) -> bytes:
    """Code ``data`` with the byte codec ``codec_id`` (``raw``, ``rans``, ``lz4``, ``zstd``).

    Raises:
        UsageError: ``entropy-unknown`` for an id that is not registered.
        ResourceError: ``entropy-not-installed`` for a codec whose library is missing.
    """
    raise NotImplementedError


def decode(codec_id: str, payload: bytes | memoryview, raw_length: int) -> bytes:
    """Bring back exactly ``raw_length`` bytes.

    Raises:
        BrokenPackageError: ``entropy-corrupt`` where the payload does not decode to that many bytes.
        FuturePackageError: ``entropy-unknown``; ResourceError: ``entropy-not-installed``.
    """
    raise NotImplementedError
