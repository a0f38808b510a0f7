"""Which errors mean a lost connection, and when to try again."""

from __future__ import annotations

import random
import time

# Codes after which trying again makes sense: the connection is lost, or the server cut it because it, or this machine,
# stood still.
PASSING_CODES = frozenset(
    {
        "service-unreachable",
        "service-draining",
        "service-timeout",
        "service-client-stalled",
        "play-client-silent",
    }
)
DEFAULT_PATIENCE_S = 60.0
# Before a download that breaks off is taken up again; it gives up after the last.
RETRY_DELAYS_S = (0.2, 0.4, 0.8, 1.6)
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.1, 5.0


class Backoff:
    """Delays before further attempts: they double, with jitter, so that a server's clients do not come back as one.

    Args:
        patience_s: how long to go on trying.
    """

    def __init__(self, patience_s: float) -> None:
        self._until_s = time.monotonic() + patience_s
        self._delay_s = _FIRST_DELAY_S

    def next_s(self) -> float | None:
        """Seconds until the next attempt; None when it is time to give up."""
        delay_s = self._delay_s * random.uniform(0.5, 1.0)
        self._delay_s = min(2 * self._delay_s, _LONGEST_DELAY_S)
        return delay_s if time.monotonic() + delay_s < self._until_s else None
