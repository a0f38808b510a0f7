"""PartialDownload: a file that arrives in pieces, and is only given its name once it is whole and right."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from ani3d_runtime.errors import Ani3dError, FuturePackageError, PackageError, ResourceError, ServiceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.replacing import publish
from ani3d_runtime.rpc.v1 import asset_pb2

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class DownloadReport:
    """The outcome of a download.

    Attributes:
        path: where the file lies now.
        digest: SHA-256 of its content, checked.
        size_bytes: its length.
        resumed_from_bytes: what an earlier attempt had left; 0 for a download from the beginning.
        received_bytes: what came over the wire.
    """

    path: Path
    digest: str
    size_bytes: int
    resumed_from_bytes: int
    received_bytes: int


class PartialDownload:
    """The pieces so far, in ``.NAME.DIGEST.part`` beside the target; a context manager that closes the file.

    Args:
        target: where the whole file will lie.
        progress: takes the fraction that has arrived, 0..1.
    """

    def __init__(self, target: Path, progress: Callable[[float], None] | None = None) -> None:
        self._target = target
        self._progress = progress
        self._file: BinaryIO | None = None
        self._total_bytes = 0
        self._held_bytes = 0
        self._received_bytes = 0
        self._part: Path | None = None
        self.digest = ""
        self._find_left_over()
        self._resumed_from_bytes = self._held_bytes

    def __enter__(self) -> PartialDownload:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def request(self, avatar_id: str) -> asset_pb2.DownloadRequest:
        """The request for the next piece."""
        return asset_pb2.DownloadRequest(avatar_id=avatar_id, offset=self._held_bytes, if_digest=self.digest)

    def add(self, response: asset_pb2.DownloadResponse) -> None:
        """Append a piece.

        Raises:
            ServiceError: ``download-out-of-order``, ``download-bad-digest`` when the server breaks the protocol.
            ResourceError: ``download-not-written`` when the disk refuses.
        """
        if response.digest:
            self._begin(response)
        if self._file is None or response.offset != self._held_bytes:
            raise ServiceError(
                "download-out-of-order",
                self._target.name,
                found=f"bytes at offset {response.offset}",
                expected=f"the first response of a call, then bytes at offset {self._held_bytes}",
                fix="Install the same ani3d version on client and server.",
            )
        rest = memoryview(response.data)
        try:
            while rest:  # an unbuffered file may take less than it is given
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise _not_written(self._target, error) from error
        self._held_bytes += len(response.data)
        self._received_bytes += len(response.data)
        if self._progress is not None and self._total_bytes:
            self._progress(self._held_bytes / self._total_bytes)

    @property
    def received_bytes(self) -> int:
        """Bytes received over the wire so far."""
        return self._received_bytes

    @property
    def is_whole(self) -> bool:
        """True if every byte is there."""
        return self._file is not None and self._held_bytes == self._total_bytes

    def start_over(self) -> None:
        """Drop the bytes so far: they belong to another version of the package."""
        self._close_and_remove()
        self._held_bytes = self._resumed_from_bytes = self._total_bytes = 0
        self.digest = ""

    def finish(self) -> DownloadReport:
        """Check the digest and give the file its name.

        Raises:
            ServiceError: ``download-digest-mismatch``; the pieces are removed.
            FuturePackageError: this version of ani3d cannot read it. ResourceError: ``download-not-written``,
            ``output-in-use``; the pieces stay, and the next download takes them up.
        """
        assert self._file is not None
        assert self._part is not None
        try:
            with Package.open(self._part) as package:
                package.check_content()
                found = f"a package with digest {package.digest}"
                is_right = package.digest == self.digest
        except FuturePackageError:
            self._close_and_remove()
            raise
        except PackageError as error:
            found, is_right = f"[{error.code}] {error.found}", False
        if not is_right:
            self._close_and_remove()
            raise ServiceError(
                "download-digest-mismatch",
                self._target.name,
                found=found,
                expected=f"a package with digest {self.digest}",
                fix="What had arrived was removed. Download again; if it repeats, check the server's disk.",
            )
        try:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
            publish(self._part, self._target)
        except OSError as error:
            raise _not_written(self._target, error) from error
        return DownloadReport(
            self._target, self.digest, self._held_bytes, self._resumed_from_bytes, self._received_bytes
        )

    def _find_left_over(self) -> None:
        """Resume the newest part file of an earlier attempt; its name holds the package's digest."""
        prefix, suffix = f".{self._target.name}.", ".part"
        parent = self._target.parent
        if not parent.is_dir():
            return
        names = [name for name in os.listdir(parent) if name.startswith(prefix) and name.endswith(suffix)]
        parts = [parent / n for n in names if _DIGEST.fullmatch(n[len(prefix) : -len(suffix)])]
        if not parts:
            return
        self._part = max(parts, key=lambda path: path.stat().st_mtime_ns)
        self.digest = self._part.name[len(prefix) : -len(suffix)]
        self._held_bytes = self._part.stat().st_size

    def _begin(self, response: asset_pb2.DownloadResponse) -> None:
        if not _DIGEST.fullmatch(response.digest) or (self.digest and response.digest != self.digest):
            raise ServiceError(
                "download-bad-digest",
                self._target.name,
                found=f"digest {response.digest[:80]!r}",
                expected=self.digest or "64 hexadecimal digits",
                fix="Install the same ani3d version on client and server.",
            )
        self.digest = response.digest
        self._total_bytes = response.total_size_bytes
        if self._file is None:
            self._part = self._target.parent / f".{self._target.name}.{self.digest}.part"
            try:
                self._target.parent.mkdir(parents=True, exist_ok=True)
                # Unbuffered: what was received survives when this process is killed.
                self._file = self._part.open("ab", buffering=0)
            except OSError as error:
                raise _not_written(self._target, error) from error

    def _close_and_remove(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._part is not None:
            with contextlib.suppress(OSError):
                self._part.unlink()
            self._part = None


def is_digest_change(error: Ani3dError) -> bool:
    """True if a download was refused because its pieces belong to an older package."""
    return error.code in ("service-digest-changed", "service-offset-beyond-end")


def _not_written(target: Path, error: OSError) -> ResourceError:
    return ResourceError(
        "download-not-written",
        target,
        found=str(error.strerror or error),
        expected="room for the package in that folder",
        fix="Free some space or choose another folder; what has arrived is kept and resumed.",
    )
