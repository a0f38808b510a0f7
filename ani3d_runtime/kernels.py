# pyright: basic
"""How numba kernels are compiled, so that a first start compiles little.

A division by zero gives an infinity or not a number, as in numpy, and no exception: the check of every divisor would
have to be compiled. Give arrays in one dtype and C order: every other combination is compiled anew.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numba.core.event
from numba import njit
from numba.extending import register_jitable

# Kernels are never handed to C, which is what numba's second wrapper is for.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}


class _CollectLater(numba.core.event.Listener):
    """No garbage collection while kernels are compiled: the compiler makes millions of objects that it keeps.

    Numba compiles one kernel at a time, with those that it calls inside. Saves 8 to 12 % of a first start's CPU time.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._collects = True

    def on_start(self, event: Any) -> None:
        if self._depth == 0:
            self._collects = gc.isenabled()
            gc.disable()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        self._depth -= 1
        if self._depth == 0 and self._collects:
            gc.enable()


numba.core.event.register("numba:compile", _CollectLater())


def kernel(**options: Any) -> Callable[..., Any]:
    """Decorator: ``numba.njit`` for what Python calls. It is kept on disk, and releases the GIL while it runs."""
    return njit(cache=True, nogil=True, **_OPTIONS, **options)


def inner(**options: Any) -> Callable[..., Any]:
    """Decorator for what kernels call; it is kept as part of them. Python that calls it runs it as it is written.

    A function that Python cannot enter needs no wrapper that unpacks its arguments: 14 % less to compile. One with
    ``inline="always"`` is never compiled by itself, so it has none either.
    """
    if "inline" in options:
        return njit(**_OPTIONS, **options)
    return register_jitable(**_OPTIONS, **options)
