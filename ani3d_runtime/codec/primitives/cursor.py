"""Reading section bytes from the front, and the one way a damaged section is refused."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.errors import BrokenPackageError, FuturePackageError
from ani3d_runtime.spec.format import LEB128_MAX_BYTES, PACKAGE_FREE_INTEGERS, PACKAGE_INTEGERS_PER_BYTE


def integers_allowed(stored_bytes: int) -> int:
    """How many integers, or bytes, may come out of so many stored bytes.

    Some are free, so that what stands still costs nothing. Real sections hold at most a sixth of the others.
    """
    return PACKAGE_FREE_INTEGERS + PACKAGE_INTEGERS_PER_BYTE * stored_bytes


def corrupt(code: str, section: str, *, found: str, expected: str) -> BrokenPackageError:
    """The refusal of a section whose bytes contradict themselves."""
    return BrokenPackageError(
        code, f"section {section}", found=found, expected=expected, fix="Fetch or bake the package again."
    )


def varint(value: int) -> bytes:
    """LEB128: seven bits a byte, lowest first, the high bit set on all but the last."""
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


class Cursor:
    """Takes values off the front of one section; every read is bounded by what is left.

    Args:
        data: the section, decoded.
        section: its name, for errors.
        stored_bytes: how long it is in the file; by default as long as ``data``.
    """

    def __init__(self, data: bytes | memoryview, section: str, stored_bytes: int | None = None) -> None:
        self._data = memoryview(data).cast("B")
        self._position = 0
        self._stored_bytes = len(self._data) if stored_bytes is None else stored_bytes
        self.section = section

    @property
    def remaining(self) -> int:
        """Bytes not yet taken."""
        return len(self._data) - self._position

    def take(self, length: int) -> memoryview:
        """The next ``length`` bytes.

        Raises:
            BrokenPackageError: ``section-truncated``.
        """
        if not 0 <= length <= self.remaining:
            raise corrupt(
                "section-truncated",
                self.section,
                found=f"{self.remaining} bytes at offset {self._position}",
                expected=f"{length} more bytes",
            )
        start = self._position
        self._position += length
        return self._data[start : start + length]

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def varint(self, limit: int) -> int:
        """A LEB128 number of at most ``limit``, in its shortest form."""
        value = 0
        for place in range(LEB128_MAX_BYTES):
            byte = self.u8()
            value |= (byte & 127) << 7 * place
            if byte < 128:
                is_shortest = byte > 0 or place == 0
                break
        else:
            is_shortest = False
        if value > limit or not is_shortest:
            raise corrupt("section-invalid", self.section, found=f"the number {value}", expected=f"at most {limit}")
        return value

    def floats(self, count: int) -> Float32Array:
        """``count`` little-endian float32, all finite."""
        values = np.frombuffer(self.take(4 * count), dtype="<f4").astype(np.float32)
        if not np.isfinite(values).all():
            raise corrupt("section-not-finite", self.section, found="NaN or infinity", expected="finite numbers")
        return values

    def expect_integers(self, count: int) -> None:
        """Refuse a section that has too few bytes for the integers it says it holds, before any is decoded.

        Raises:
            BrokenPackageError: ``section-invalid``.
        """
        if count > integers_allowed(self._stored_bytes):
            raise corrupt(
                "section-invalid",
                self.section,
                found=f"{count} integers in {self._stored_bytes} bytes",
                expected=f"at most {integers_allowed(self._stored_bytes)}",
            )

    def expect_version(self, version: int) -> None:
        """Take the layout version that begins every section.

        Raises:
            FuturePackageError: ``section-version``, of an older layout too.
        """
        found = self.u8()
        if found != version:
            raise FuturePackageError(
                "section-version",
                f"section {self.section}",
                found=f"layout {found}",
                expected=f"layout {version}",
                fix="Update ani3d." if found > version else "Bake the package again with this version of ani3d.",
            )

    def expect_end(self) -> None:
        """Refuse bytes that nothing accounts for."""
        if self.remaining:
            raise corrupt(
                "section-trailing", self.section, found=f"{self.remaining} bytes after the end", expected="none"
            )


def packed_floats(values: Float32Array) -> bytes:
    """Little-endian float32."""
    return np.ascontiguousarray(values, dtype="<f4").tobytes()
