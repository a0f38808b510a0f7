"""Tally: live frames that were shown, counted by one thread and read by another."""

from __future__ import annotations

import time
from collections import deque

import numpy as np

_LATENCIES_KEPT = 4096


class Tally:
    """Counts frames and keeps how old they were when they were shown.

    Attributes:
        count: of frames shown.
        begun_s, ended_s: when the first and the last were shown, by ``time.monotonic``; 0 without frames.
    """

    def __init__(self) -> None:
        self.count = 0
        self.begun_s = self.ended_s = 0.0
        self._latencies_ms: deque[float] = deque(maxlen=_LATENCIES_KEPT)

    def add(self, latency_ms: float) -> None:
        """A frame was shown just now, so long after its capture."""
        self.ended_s = time.monotonic()
        if self.count:
            self._latencies_ms.append(latency_ms)
        else:  # the first may have been shown to others long ago
            self.begun_s = self.ended_s
        self.count += 1

    def latency_ms(self, percentile: float) -> float | None:
        """A percentile of recent latencies; None before there are any."""
        kept = self._latencies_ms.copy()
        return float(np.percentile(kept, percentile)) if kept else None
