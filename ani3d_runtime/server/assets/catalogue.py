"""Catalogue: the packages of one folder or store, under ids that clients can name."""

from __future__ import annotations

import logging
import re
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime.errors import Ani3dError, InputError, NotFoundError
from ani3d_runtime.package.readable import FileReadable, Readable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.store import is_url, shown
from ani3d_runtime.server.assets.package_source import SUFFIX, FolderSource, PackageSource, PackageState, StoreSource

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,127}", re.ASCII)
_NAMES_IN_ERROR = 10
_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CatalogueEntry:
    """One package that can be served.

    Attributes:
        avatar_id: the file's stem.
        package: open for reading.
        readable: its bytes, open as long as the entry is held, also when the package is replaced meanwhile.
        state: what tells it from one that replaced it.
    """

    avatar_id: str
    package: Package
    readable: Readable
    state: PackageState

    @property
    def digest(self) -> str:
        """SHA-256 of the package's content, hexadecimal."""
        return self.package.digest

    @property
    def size_bytes(self) -> int:
        """Length of the package."""
        return self.package.size_bytes


@dataclass(frozen=True)
class CatalogueContents:
    """Attributes:
    entries: what can be served, by id.
    refused: why the others cannot, by the name of the file.
    """

    entries: tuple[CatalogueEntry, ...]
    refused: dict[str, Ani3dError]


class Catalogue:
    """The packages of a folder or store, opened on first use and again when they change.

    Packages of a folder are checked as a whole when they are opened; those of a store are read by ranges, and each
    section is checked when it is read. Methods block on disk or network: call them off the event loop. They may be
    called from several threads.

    Args:
        location: a folder, or the URL of one in a store.

    Attributes:
        directory: the folder, or the URL as it may be shown.

    Raises:
        ResourceError: ``serve-no-directory`` when the folder is not there.
        UsageError: ``store-unknown-protocol``.
    """

    def __init__(self, location: Path | str) -> None:
        self._source: PackageSource
        if isinstance(location, str) and is_url(location):
            self._source, self.directory = StoreSource(location), shown(location)
        else:
            self._source = folder = FolderSource(Path(location))
            self.directory = folder.directory
        self._lock = threading.Lock()
        self._opening: dict[str, threading.Lock] = {}
        self._entries: dict[str, tuple[PackageState, CatalogueEntry | Ani3dError]] = {}

    def names(self) -> list[str]:
        """Of all packages, those that make no id among them."""
        return self._source.names()

    def entries(self) -> list[CatalogueEntry]:
        """Every package that can be served, by id. What cannot is logged with its code and left out.

        Raises:
            ServiceError: ``store-unreachable``, ``store-denied`` where a store was never listed.
        """
        return [entry for entry in self._listed().values() if isinstance(entry, CatalogueEntry)]

    def contents(self) -> CatalogueContents:
        """What is there, and what cannot be served.

        Raises:
            ServiceError: as :meth:`entries`.
        """
        entries, refused = [], {}
        for name, entry in self._listed().items():
            if isinstance(entry, CatalogueEntry):
                entries.append(entry)
            else:
                file = f"{''.join(each if each.isprintable() else _UNPRINTABLE for each in name)}{SUFFIX}"
                refused[file] = not_served(file) if entry is None else entry
        return CatalogueContents(tuple(entries), refused)

    def _listed(self) -> dict[str, CatalogueEntry | Ani3dError | None]:
        """Every name; None where it makes no id, or leads out of the folder."""
        names = self.names()
        found = {name: self._load(name) if _ID.fullmatch(name) else None for name in names}
        with self._lock:
            for gone in set(self._entries).difference(names):
                del self._entries[gone]
        return found

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
        state = self._source.state(avatar_id)
        if state is None:
            return None
        with self._lock:
            opening = self._opening.setdefault(avatar_id, threading.Lock())
        with opening:  # a package that is slow to open keeps only those waiting who want it
            known = self._entries.get(avatar_id)
            if known is not None and known[0] == state:
                return known[1]
            entry = _opened(self._source, avatar_id, state)
            if not (isinstance(entry, Ani3dError) and entry.code.startswith("store-")):  # that may pass
                with self._lock:
                    self._entries[avatar_id] = (state, entry)
            return entry


def _opened(source: PackageSource, avatar_id: str, state: PackageState) -> CatalogueEntry | Ani3dError:
    name = f"{avatar_id}{SUFFIX}"
    try:
        readable = source.readable(avatar_id, state)
        try:
            package = Package(readable, name)
            if source.reads_whole:
                # Damage is found here, once, and not by every client after its download.
                package.check_content()
        except BaseException:
            _close(readable)
            raise
    except Ani3dError as error:
        log.warning("%s: skipped [%s] %s", name, error.code, error)
        # Clients see the name, not where the server keeps it.
        subject = name if Path(error.subject).is_absolute() else error.subject
        return type(error)(error.code, subject, found=error.found, expected=error.expected, fix=error.fix)
    log.info("%s: %d bytes, digest %s", name, package.size_bytes, package.digest)
    entry = CatalogueEntry(avatar_id, package, readable, state)
    # A package that was replaced stays open for the sessions that play it, and no longer.
    weakref.finalize(entry, _close, readable)
    return entry


def _close(readable: Readable) -> None:
    if isinstance(readable, FileReadable):
        readable.close()


def not_served(file: str) -> InputError:
    """Why a file of the folder has no id."""
    return InputError(
        "avatar-bad-id",
        file,
        found="a file name that makes no id, or a link that leads out of the folder",
        expected="letters, digits, '_', '.', ' ' and '-', at most 128, not beginning with a dot or a hyphen",
        fix="Rename the file, or put the package itself into the folder.",
    )
