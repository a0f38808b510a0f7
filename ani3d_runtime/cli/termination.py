"""Termination: SIGTERM, as systemd, Kubernetes and timeout send it, ends a command as Ctrl-C does."""

from __future__ import annotations

import math
import signal
import time
from types import FrameType

# timeout sends two at once, to its child and to its group; the second must not break into the clean-up.
_REPEAT_S = 1.0


class Terminated(KeyboardInterrupt):
    """SIGTERM came. What cleans up after Ctrl-C cleans up after this, too."""


def raise_on_sigterm() -> None:
    """Have SIGTERM raise :class:`Terminated` in the main thread, which alone may call this.

    Loops that handle SIGTERM themselves, as those of servers do, still do so. Another SIGTERM within a second is the
    same request.
    """
    heard_at_s = -math.inf

    def answer(_number: int, _frame: FrameType | None) -> None:
        nonlocal heard_at_s
        now_s = time.monotonic()
        if now_s - heard_at_s < _REPEAT_S:
            return
        heard_at_s = now_s
        raise Terminated

    signal.signal(signal.SIGTERM, answer)
