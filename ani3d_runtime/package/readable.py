"""Readable: where a package's bytes come from, in two methods."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from ani3d_runtime.errors import BrokenPackageError, InputError, ResourceError


class Readable(Protocol):
    """A source of bytes that never answers with fewer than it was asked for. Any thread may call it."""

    def size(self) -> int:
        """Length of the whole source in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``.

        Raises:
            BrokenPackageError: ``package-truncated`` where the source ends earlier.
        """
        ...


class BytesReadable:
    """Bytes in memory."""

    def __init__(self, data: bytes, name: str = "package in memory") -> None:
        self._data = data
        self.name = name

    def size(self) -> int:
        """Length in bytes."""
        return len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``."""
        part = self._data[offset : offset + length]
        if len(part) != length:
            raise truncated(self.name, offset, length, len(part))
        return part


class FileReadable:
    """A file on disk, open until :meth:`close`."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            self._file = path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            raise InputError(
                "file-not-found",
                path,
                found="no such file",
                expected="an .a3d package",
                fix="Check the path.",
            ) from None
        except OSError as error:
            raise ResourceError(
                "file-unreadable",
                path,
                found=str(error.strerror),
                expected="a file that may be read",
                fix="Check that it is a file, and its permissions.",
            ) from None
        self._lock = threading.Lock()
        self._size = self._file.seek(0, 2)

    def size(self) -> int:
        """Length in bytes when it was opened."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset``."""
        with self._lock:
            if self._file.closed:
                raise ResourceError(
                    "package-closed",
                    self.name,
                    found="a package that was closed",
                    expected="an open one",
                    fix="Keep the package open while it is read.",
                )
            try:
                self._file.seek(offset)
                part = self._file.read(length)
            except OSError as error:
                raise ResourceError(
                    "file-unreadable",
                    self.name,
                    found=str(error.strerror),
                    expected=f"{length} bytes at offset {offset}",
                    fix="Check the disk.",
                ) from None
        if len(part) != length:
            raise truncated(self.name, offset, length, len(part))
        return part

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def truncated(name: str, offset: int, length: int, found: int) -> BrokenPackageError:
    """The refusal of a source that ends too early."""
    return BrokenPackageError(
        "package-truncated",
        name,
        found=f"{found} bytes at offset {offset}",
        expected=f"{length}",
        fix="Fetch the package again; a download can be resumed.",
    )
