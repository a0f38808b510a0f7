"""A picture or film that is there as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Generator
from pathlib import Path

from ani3d_runtime.errors import ResourceError


@contextlib.contextmanager
def replacing(path: Path) -> Generator[Path, None, None]:
    """A hidden path beside ``path`` to write to; moved into place when the block ends well, removed otherwise.

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
