"""Rates that can be played: checked by the client before it asks, and by the server again."""

from __future__ import annotations

import math

from ani3d_runtime.errors import UsageError

MAX_RATE = 16.0


def checked_rate(rate: float) -> float:
    """``rate``, media seconds per second, if it can be played.

    Raises:
        UsageError: ``play-bad-rate``.
    """
    if not math.isfinite(rate) or not 0 < abs(rate) <= MAX_RATE:
        raise UsageError(
            "play-bad-rate",
            "rate",
            found=str(rate),
            expected=f"a number between -{MAX_RATE:g} and {MAX_RATE:g}, not zero",
            fix="Choose another rate, or pause instead of a rate of zero.",
        )
    return rate
