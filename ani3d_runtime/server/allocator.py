"""Allocator: what the C library does with memory that was freed."""

from __future__ import annotations

import ctypes
import sys

# <malloc.h> of glibc.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
# Less than this and full frames of 16 watchers still come and go; more brings nothing.
_KEPT_BYTES = 16 << 20


def keep_freed_memory() -> bool:
    """Keep up to 16 MB of freed memory at the end of each heap, and give only larger blocks a mapping of their own.

    A full frame is copied twice on its way into a socket. Left to itself glibc returns these copies to the kernel and
    asks for them again with the next frame, page by page: a third of the server's time. The setting is the whole
    process's, so it is the program's to make and not a library's.

    Returns:
        whether the C library took it; others than glibc have no such setting.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return all(mallopt(option, _KEPT_BYTES) == 1 for option in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD))
