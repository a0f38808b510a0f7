"""PackageSource: where the packages of a catalogue lie, a folder of this machine or a store at a URL."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Protocol, TypeAlias

from ani3d_runtime.errors import Ani3dError, ResourceError
from ani3d_runtime.package.readable import FileReadable, Readable
from ani3d_runtime.package.store import ObjectState, Store

SUFFIX = ".a3d"
# How old a listing of a store may be when a package is asked for.
LISTING_S = 5.0

PackageState: TypeAlias = tuple[int, int, int] | ObjectState
"""Of a file inode, size and modification time: what has the same state is the same package."""

log = logging.getLogger(__name__)


class PackageSource(Protocol):
    """Packages by name; any thread may ask. All of it blocks on disk or network."""

    reads_whole: bool
    """Whether packages are near enough to be read as a whole when they are taken into the catalogue."""

    def names(self) -> list[str]:
        """Of all packages, without their ending."""
        ...

    def state(self, name: str) -> PackageState | None:
        """What tells a package from one that replaced it; None where there is none."""
        ...

    def readable(self, name: str, state: PackageState) -> Readable:
        """The bytes of a package in a state that :meth:`state` returned."""
        ...


class FolderSource:
    """Files of one folder.

    Raises:
        ResourceError: ``serve-no-directory``.
    """

    reads_whole = True

    def __init__(self, directory: Path) -> None:
        if not directory.is_dir():
            raise ResourceError(
                "serve-no-directory",
                directory,
                found="no such directory",
                expected=f"a directory of {SUFFIX} packages, or a URL of a store",
                fix="Give the directory that `ani3d bake -o` writes into.",
            )
        self.directory = directory.resolve()

    def names(self) -> list[str]:
        """Of all packages, without their ending.

        Raises:
            ResourceError: ``file-unreadable``.
        """
        try:
            return sorted(path.stem for path in self.directory.glob(f"*{SUFFIX}"))
        except OSError as error:
            raise ResourceError(
                "file-unreadable",
                self.directory,
                found=str(error.strerror),
                expected="a folder that can be listed",
                fix="Check its permissions, and how many files a process may open: each package is one (ulimit -Hn).",
            ) from None

    def state(self, name: str) -> PackageState | None:
        """Inode, size and modification time; None where there is no such file, or one elsewhere."""
        try:
            # A symbolic link may lead to another name in the directory, not out of it.
            target = self._path(name).resolve(strict=True)
            status = target.stat()
        except (OSError, RuntimeError):
            return None
        if target.parent != self.directory or not target.is_file():
            log.warning("%s%s: skipped, it leads out of the catalogue", name, SUFFIX)
            return None
        return (status.st_ino, status.st_size, status.st_mtime_ns)

    def readable(self, name: str, state: PackageState) -> Readable:
        """The file; if it is replaced meanwhile, its state does not match, and it is opened again the next time."""
        del state
        return FileReadable(self._path(name).resolve())

    def _path(self, name: str) -> Path:
        return self.directory / f"{name}{SUFFIX}"


class StoreSource:
    """Objects of one folder of a store. A store that is gone leaves what was listed before.

    Args:
        url: of the folder.

    Raises:
        UsageError: ``store-unknown-protocol``.
    """

    reads_whole = False

    def __init__(self, url: str) -> None:
        self._store = Store(url)
        self._lock = threading.Lock()
        self._listed: dict[str, ObjectState] | None = None
        self._listed_until_s = 0.0

    def names(self) -> list[str]:
        """Of all packages, without their ending."""
        return sorted(name.removesuffix(SUFFIX) for name in self._listing())

    def state(self, name: str) -> PackageState | None:
        """ETag or time, and size, as they were not long ago."""
        return self._listing().get(f"{name}{SUFFIX}")

    def readable(self, name: str, state: PackageState) -> Readable:
        """The object, read by ranges."""
        assert isinstance(state, ObjectState)
        return self._store.readable(f"{name}{SUFFIX}", state)

    def _listing(self) -> dict[str, ObjectState]:
        """Asked for by one thread; meanwhile the others have the last one."""
        listed = self._listed
        if listed is not None and (time.monotonic() < self._listed_until_s or self._lock.locked()):
            return listed
        with self._lock:
            if self._listed is None or time.monotonic() >= self._listed_until_s:
                self._ask()
            assert self._listed is not None
            return self._listed

    def _ask(self) -> None:
        try:
            self._listed = self._store.listed(SUFFIX)
        except Ani3dError as error:
            if self._listed is None:
                raise
            log.warning("%s: not listed anew, [%s] %s", self._store.name, error.code, error.found)
        self._listed_until_s = time.monotonic() + LISTING_S
