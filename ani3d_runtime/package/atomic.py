"""A file that is there as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Generator
from io import BufferedRandom
from pathlib import Path

from ani3d_runtime.errors import ResourceError


@contextlib.contextmanager
def replacing(path: Path) -> Generator[BufferedRandom, None, None]:
    """Write a file beside ``path`` and move it into place when the block ends well.

    Whatever ends the block otherwise, Ctrl-C included, leaves nothing behind and ``path`` as it was. After a power cut
    or ``kill -9`` a hidden ``.part`` file may stay, never a half-written ``path``.

    Yields:
        The file, for writing and for reading back.

    Raises:
        ResourceError: ``disk-full``, ``output-unwritable``.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        _sync_folder(path.parent)
    except OSError as error:
        _remove(partial)
        raise _refusal(path, error) from None
    except BaseException:
        _remove(partial)
        raise


def _remove(partial: Path) -> None:
    # What keeps it from being removed has kept it from being made; the first error says more.
    with contextlib.suppress(OSError):
        partial.unlink()


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
