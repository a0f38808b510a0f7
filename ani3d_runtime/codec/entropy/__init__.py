"""Byte codecs by id: ``rans`` (ours, the default), ``raw``, and ``lz4`` and ``zstd`` where they are installed."""

from ani3d_runtime.codec.entropy.registry import (
    CODEC_IDS,
    DEFAULT_CODEC_ID,
    codec_number,
    codec_of_number,
    decode,
    encode,
)

__all__ = ["CODEC_IDS", "DEFAULT_CODEC_ID", "codec_number", "codec_of_number", "decode", "encode"]
