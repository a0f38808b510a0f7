"""Catalogue: the packages of one directory, under ids that clients can name."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ani3d_runtime.errors import Ani3dError, NotFoundError, ResourceError
from ani3d_runtime.package.reader import Package

SUFFIX = ".a3d"
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,127}", re.ASCII)
_HASH_BLOCK_BYTES = 1 << 20
_NAMES_IN_ERROR = 10

FileState: TypeAlias = tuple[int, int, int]
"""Inode, size and modification time: a file with the same three is the same package."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CatalogueEntry:
    """One package that can be served.

    Attributes:
        avatar_id: the file's stem.
        path: the file.
        package: open for reading.
        digest: SHA-256 of the file, hexadecimal.
        size_bytes: length of the file.
        state: what tells the file from one that replaced it.
    """

    avatar_id: str
    path: Path
    package: Package
    digest: str
    size_bytes: int
    state: FileState


class Catalogue:
    """The packages of a directory, opened and checked on first use and again when their file changes.

    Methods block on the disk: call them off the event loop. They may be called from several threads.

    Raises:
        ResourceError: ``serve-no-directory`` when the directory is not there.
    """

    def __init__(self, directory: Path) -> None:
        if not directory.is_dir():
            raise ResourceError(
                "serve-no-directory",
                directory,
                found="no such directory",
                expected=f"a directory of {SUFFIX} packages",
                fix="Give the directory that `ani3d bake -o` writes into.",
            )
        self.directory = directory.resolve()
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[FileState, CatalogueEntry | Ani3dError]] = {}

    def entries(self) -> list[CatalogueEntry]:
        """Every package that can be served, by id. What cannot is logged with its code and left out."""
        names = sorted(path.stem for path in self.directory.glob(f"*{SUFFIX}"))
        found = [self._load(name) for name in names if _ID.fullmatch(name)]
        with self._lock:
            for gone in set(self._entries).difference(names):
                del self._entries[gone]
        return [entry for entry in found if isinstance(entry, CatalogueEntry)]

    def find(self, avatar_id: str) -> CatalogueEntry:
        """The package of an id.

        Raises:
            NotFoundError: ``avatar-not-found``, also for everything that is not an id: paths, ``..``, NUL.
            Ani3dError: why the package cannot be read.
        """
        entry = self._load(avatar_id) if _ID.fullmatch(avatar_id) else None
        if entry is None:
            known = [known_entry.avatar_id for known_entry in self.entries()]
            more = f" and {len(known) - _NAMES_IN_ERROR} more" if len(known) > _NAMES_IN_ERROR else ""
            raise NotFoundError(
                "avatar-not-found",
                f"avatar {avatar_id[:128]!r}",
                found="no such avatar in the catalogue",
                expected=f"one of: {', '.join(known[:_NAMES_IN_ERROR])}{more}" if known else "a catalogue with avatars",
                fix="Name one of these ids; `ani3d play HOST:PORT` without one lists all that the server offers.",
            )
        if isinstance(entry, Ani3dError):
            raise entry
        return entry

    def _load(self, avatar_id: str) -> CatalogueEntry | Ani3dError | None:
        """The entry of a well-formed id, why it cannot be read, or None where there is none."""
        path = self.directory / f"{avatar_id}{SUFFIX}"
        with self._lock:
            try:
                # A symbolic link may lead to another name in the directory, not out of it.
                target = path.resolve(strict=True)
                status = target.stat()
            except (OSError, RuntimeError):
                return None
            if target.parent != self.directory or not target.is_file():
                log.warning("%s: skipped, it leads out of the catalogue", path.name)
                return None
            state = file_state(status)
            known = self._entries.get(avatar_id)
            if known is None or known[0] != state:
                known = (state, _open(avatar_id, target, state))
                self._entries[avatar_id] = known
            return known[1]


def _open(avatar_id: str, path: Path, state: FileState) -> CatalogueEntry | Ani3dError:
    try:
        package, digest = _opened_and_checked(path)
    except Ani3dError as error:
        log.warning("%s: skipped [%s] %s", path.name, error.code, error)
        # Clients see the name, not where the server keeps it.
        subject = error.subject.replace(str(path), path.name)
        return type(error)(error.code, subject, found=error.found, expected=error.expected, fix=error.fix)
    except OSError as error:
        log.warning("%s: skipped, %s", path.name, error)
        return ResourceError(
            "package-unreadable",
            path.name,
            found=str(error.strerror),
            expected="a file that the server may read",
            fix="Check the file's permissions on the server.",
        )
    log.info("%s: %d bytes, sha256 %s", path.name, state[1], digest)
    entry = CatalogueEntry(avatar_id, path, package, digest, state[1], state)
    # A package that was replaced stays open for the sessions that play it, and no longer.
    weakref.finalize(entry, package.close)
    return entry


def _opened_and_checked(path: Path) -> tuple[Package, str]:
    """The package, whole by its checksums, and the digest of its file."""
    package = Package.open(path)
    try:
        # Damage is found here, once, and not by every client after its download.
        package.check_sections()
        return package, _digest(path)
    except BaseException:
        package.close()
        raise


def file_state(status: os.stat_result) -> FileState:
    """What tells a file from one that replaced it."""
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _digest(path: Path) -> str:
    # Not Package.digest, which may cover less than what a download transfers.
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
