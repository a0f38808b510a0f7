"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAUSE_S = 0.005


def until(condition: Callable[[], bool], limit_s: float = 30.0) -> float:
    """Wait until something is true; how long it took, in seconds."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < limit_s, "it never came true"
        time.sleep(_PAUSE_S)
    return time.monotonic() - started
