"""Open files: how many this process may have, of which every package of a folder is one."""

from __future__ import annotations

import contextlib
import sys


def allow_many_files() -> None:
    """Raise this process's limit of open files to what the system lets it have.

    Systems start processes with 1,024 for the sake of programs that use select(), and let them ask for more; a library
    of 1,000 characters needs more. The limit is the whole process's, so it is the program's to raise and not a
    library's. Processes that it starts inherit it.
    """
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # macOS names no limit and refuses to have none.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most_open_files() -> int | None:
    """How many files this process may have open; None where there is no limit."""
    if sys.platform == "win32":
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if limit == resource.RLIM_INFINITY else limit
