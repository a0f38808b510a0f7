"""No coding at all."""

from __future__ import annotations


def encode(data: bytes) -> bytes:
    """The bytes themselves."""
    return data


def decode(payload: bytes | memoryview, raw_length: int) -> bytes | None:
    """The bytes themselves, or None where there are not ``raw_length`` of them."""
    return bytes(payload) if len(payload) == raw_length else None
