"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Generator
from io import BufferedRandom
from pathlib import Path

from ani3d_runtime.errors import ResourceError


@contextlib.contextmanager
def replacing_path(path: Path) -> Generator[Path, None, None]:
    """A hidden path beside ``path`` to write to; it takes the name when the block ends well.

    Whatever ends the block otherwise, Ctrl-C included, leaves nothing behind and ``path`` as it was. After a power cut
    or ``kill -9`` a hidden ``.part`` file may stay, never a half-written ``path``.

    Raises:
        ResourceError: ``disk-full``, ``output-unwritable``.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise _refusal(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_file(path: Path) -> Generator[BufferedRandom, None, None]:
    """As :func:`replacing_path`, as an open file for writing and reading back, on the disk before it takes the name.

    Raises:
        ResourceError: ``disk-full``, ``output-unwritable``.
    """
    with replacing_path(path) as partial:
        with partial.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)


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
