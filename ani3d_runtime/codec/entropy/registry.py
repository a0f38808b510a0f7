"""Which byte codecs there are; ids and numbers are written into packages and never change meaning."""

from __future__ import annotations

from ani3d_runtime.arrays import Int32Array
from ani3d_runtime.codec.entropy import lz4, rans, raw, zstd
from ani3d_runtime.errors import BrokenPackageError, UsageError
from ani3d_runtime.spec.format import ENTROPY_CODECS

CODEC_IDS = ENTROPY_CODECS
DEFAULT_CODEC_ID = "rans"
MAX_RAW_BYTES = 1 << 31


def codec_number(codec_id: str) -> int:
    """The byte that stands for a codec inside sections.

    Raises:
        UsageError: ``entropy-unknown``.
    """
    if codec_id not in CODEC_IDS:
        raise UsageError(
            "entropy-unknown",
            f"entropy codec {codec_id!r}",
            found="an id that is not registered",
            expected=f"one of {', '.join(CODEC_IDS)}",
            fix="Choose a registered codec.",
        )
    return CODEC_IDS.index(codec_id)


def codec_of_number(number: int) -> str:
    """The id behind a byte.

    Raises:
        BrokenPackageError: ``entropy-unknown``; no later version has other codecs in sections of this one.
    """
    if not 0 <= number < len(CODEC_IDS):
        raise BrokenPackageError(
            "entropy-unknown",
            f"entropy codec number {number}",
            found="a codec that there is not",
            expected=f"0..{len(CODEC_IDS) - 1} ({', '.join(CODEC_IDS)})",
            fix="Fetch or bake the package again.",
        )
    return CODEC_IDS[number]


def encode(codec_id: str, data: bytes, rows: Int32Array | None = None) -> bytes:
    """Code ``data``.

    Args:
        codec_id: one of :data:`CODEC_IDS`.
        data: any bytes.
        rows: row lengths, non-increasing and summing to ``len(data)``, where the bytes form a table; ``rans`` then
            learns from the rows above, the others ignore it.

    Raises:
        UsageError: ``entropy-unknown``. ResourceError: ``entropy-not-installed``.
    """
    codec_number(codec_id)
    if codec_id == "rans":
        return rans.encode(data, rows)
    if codec_id == "lz4":
        return lz4.encode(data)
    if codec_id == "zstd":
        return zstd.encode(data)
    return raw.encode(data)


def decode(codec_id: str, payload: bytes | memoryview, raw_length: int, rows: Int32Array | None = None) -> bytes:
    """Bring back exactly ``raw_length`` bytes; the caller has checked that so many are sensible.

    Raises:
        BrokenPackageError: ``entropy-corrupt`` where the payload does not decode to that many bytes.
        UsageError: ``entropy-unknown``. ResourceError: ``entropy-not-installed``.
    """
    codec_number(codec_id)
    if not 0 <= raw_length <= MAX_RAW_BYTES:
        raise _corrupt(codec_id, f"a raw length of {raw_length}", f"0..{MAX_RAW_BYTES}")
    if codec_id == "rans":
        result = rans.decode(payload, raw_length, rows)
    elif codec_id == "lz4":
        result = lz4.decode(payload, raw_length)
    elif codec_id == "zstd":
        result = zstd.decode(payload, raw_length)
    else:
        result = raw.decode(payload, raw_length)
    if result is None:
        raise _corrupt(codec_id, f"{len(payload)} bytes that do not decode", f"the code of {raw_length} bytes")
    return result


def _corrupt(codec_id: str, found: str, expected: str) -> BrokenPackageError:
    return BrokenPackageError(
        "entropy-corrupt",
        f"{codec_id} payload",
        found=found,
        expected=expected,
        fix="Fetch or bake the package again.",
    )
