# pyright: basic
"""How numba kernels are compiled, so that a first start compiles little.

A division by zero gives an infinity or not a number, as in numpy, and no exception: the check of every divisor would
have to be compiled. Give arrays in one dtype and C order: every other combination is compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

# Kernels are never handed to C, which is what numba's second wrapper is for.
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "no_cfunc_wrapper": True}


def kernel(**options: Any) -> Callable[..., Any]:
    """Decorator: ``numba.njit`` for what Python calls. It is kept on disk, and releases the GIL while it runs."""
    return njit(cache=True, nogil=True, **_OPTIONS, **options)


def inner(**options: Any) -> Callable[..., Any]:
    """Decorator: ``numba.njit`` for what kernels call; it is kept as part of them."""
    return njit(**_OPTIONS, **options)
