"""The one place where parallel numba kernels are made, so that threads of a server cannot collide in them.

numba's workqueue layer ends the whole process when two Python threads enter a parallel region together. Every
parallel kernel of ani3d is therefore made by :func:`parallel_kernel`, which releases the GIL while the kernel runs (an
event loop stays alive) and lets only one thread in at a time (the kernel uses all cores anyway).
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import Any

import numba

# OpenMP's threads spin between kernels and take the cores from everybody else, torch included.
numba.config.THREADING_LAYER = os.environ.get("NUMBA_THREADING_LAYER", "workqueue")  # pyright: ignore

_one_at_a_time = threading.RLock()


def parallel_kernel(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: ``numba.njit`` with prange, on-disk cache, no GIL, and one caller at a time.

    The result is called from Python, not from another kernel. Split work by element or by chunks of constant size and
    never by thread number, so that results do not depend on the number of threads.

    Args:
        options: further options of ``numba.njit``, such as ``fastmath`` or ``error_model``.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        kernel: Callable[..., Any] = numba.njit(parallel=True, cache=True, nogil=True, **options)(function)

        @functools.wraps(function)
        def call(*arguments: Any) -> Any:
            with _one_at_a_time:
                return kernel(*arguments)

        return call

    return decorate


def thread_count() -> int:
    """How many threads the next parallel kernel will use."""
    return numba.get_num_threads()
