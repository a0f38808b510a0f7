"""Files that are there as a whole or not at all."""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import re
import secrets
from collections.abc import Generator, Iterator
from io import BufferedRandom
from pathlib import Path

from ani3d_runtime.errors import ResourceError

_ABANDONED_AFTER_S = 24 * 3600
# A clash of 64 random bits is no chance but a fault, which must end.
_TRIES = 8
# What may stand between a target's name and ``.part``: our random digits, a PID of older versions, a download's digest.
_MIDDLE = r"[0-9a-f]+"

# Partial files of this process, and its number: a forked one leaves them alone.
_unpublished: dict[Path, int] = {}


@contextlib.contextmanager
def replacing_path(path: Path) -> Generator[Path, None, None]:
    """A hidden path beside ``path`` to write to; it takes the name when the block ends well.

    The file at that path is there already, empty, and nobody else's. Whatever ends the block otherwise, Ctrl-C
    included, leaves nothing behind and ``path`` as it was. A finished file that cannot replace an open one is kept
    beside it, and ``output-in-use`` names it. After a power cut or ``kill -9`` a hidden ``.part`` may stay, never a
    half-written ``path``; who publishes ``path`` a day later removes it.

    Raises:
        ResourceError: ``disk-full``, ``output-in-use``, ``output-unwritable``.
    """
    try:
        with _reserved(path) as partial:
            yield partial
            _publish_or_keep(partial, path)
    except OSError as error:
        raise _refusal(path, error) from None


@contextlib.contextmanager
def replacing_file(path: Path) -> Generator[BufferedRandom, None, None]:
    """As :func:`replacing_path`, as an open file for writing and reading back, on the disk before it takes the name.

    Raises:
        ResourceError: ``disk-full``, ``output-in-use``, ``output-unwritable``.
    """
    with replacing_path(path) as partial:
        with partial.open("r+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)


@atexit.register
def _remove_unpublished() -> None:
    """Remove what is left where a signal came between the start of a block and its first line."""
    for path, process in _unpublished.items():
        if process == os.getpid():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def publish(partial: Path, path: Path) -> None:
    """Give a finished file its name, and remove what others abandoned under that name.

    Raises:
        ResourceError: ``output-in-use``. OSError: whatever else the system refuses.
    """
    try:
        os.replace(partial, path)
    except PermissionError as error:
        # The folder was written to a moment ago, so it is the file itself that cannot go: Windows keeps a file in
        # place for as long as anybody reads it.
        if error.errno != errno.EACCES or not path.is_file():
            raise
        raise _in_use(path, "run this again; or write to another name.") from None
    _sweep(path)


def _publish_or_keep(partial: Path, path: Path) -> None:
    """As :func:`publish`; a finished file that cannot take its name gets one beside it: it may have cost hours."""
    try:
        publish(partial, path)
    except ResourceError:
        kept = path.with_name(f"{path.stem}.{secrets.token_hex(4)}{path.suffix}")
        os.replace(partial, kept)
        raise _in_use(path, f"rename {kept.name} to {path.name}: it is finished.") from None


def _in_use(path: Path, then: str) -> ResourceError:
    return ResourceError(
        "output-in-use",
        path,
        found="a file that another program has open, or that may not be changed",
        expected="a file that can be replaced",
        fix=f"Close what has it open, such as a player or a server, and {then}",
    )


@contextlib.contextmanager
def _reserved(path: Path) -> Generator[Path, None, None]:
    """A new empty file beside ``path`` that is nobody else's; what is left of it when the block ends is removed."""
    partial: Path | None = None
    try:
        for name in _names_beside(path):
            # Known before it is there: a signal that comes with it finds what to remove.
            partial = name
            _unpublished[name] = os.getpid()
            if _is_created(name):
                break
            partial = None
            del _unpublished[name]
        if partial is None:
            raise FileExistsError(errno.EEXIST, f"{_TRIES} random names beside it are all taken")
        yield partial
    finally:
        if partial is not None:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            _unpublished.pop(partial, None)


def _names_beside(path: Path) -> Iterator[Path]:
    """Hidden names for a partial file of ``path``.

    They are random and not the process's number: two containers that share a folder are both process 1.
    """
    for _ in range(_TRIES):
        yield path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")


def _is_created(path: Path) -> bool:
    """True if ``path`` is a new empty file now; False if there was one, which stays."""
    try:
        path.open("xb").close()
    except FileExistsError:
        return False
    return True


def _sweep(path: Path) -> None:
    """Remove partial files of ``path`` that nobody has written to for a day."""
    pattern = re.compile(re.escape(f".{path.name}.") + _MIDDLE + re.escape(".part"))
    with contextlib.suppress(OSError):
        # Compared with the file just published: a file server's clock may not be ours.
        newest = path.stat().st_mtime
        with os.scandir(path.parent) as entries:
            for entry in entries:
                if pattern.fullmatch(entry.name) and newest - entry.stat().st_mtime > _ABANDONED_AFTER_S:
                    os.unlink(entry.path)


def _refusal(path: Path, error: OSError) -> ResourceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ResourceError(
            "disk-full",
            path,
            found=str(error.strerror),
            expected="room for the whole file",
            fix="Free some space, or write to another disk.",
        )
    return ResourceError(
        "output-unwritable",
        path,
        found=str(error.strerror or error),
        expected="a folder that exists and may be written",
        fix="Check the output path and its permissions.",
    )


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system lets folders be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
