"""MediaTime: how much media time has gone by in a playback, by the frames' own time stamps."""

from __future__ import annotations

import math


class MediaTime:
    """Sums the steps from one frame to the next, forwards or backwards, whatever was dropped in between.

    A loop comes back to the same stamps. Of the steps that lead from one stamp to the next, the one is meant that
    comes nearest to what the frames dropped in between would take.

    Args:
        period_s: media time after which a loop starts over.
        tick_s: media seconds from one frame to the next where none is dropped; negative backwards.

    Attributes:
        gone_by_s: from the first frame shown to the end of the last one.
    """

    def __init__(self, period_s: float, tick_s: float) -> None:
        self.gone_by_s = 0.0
        self._period_s = period_s
        self._tick_s = abs(tick_s)
        self._direction = -1 if tick_s < 0 else 1
        self._last_s: float | None = None
        self._dropped_before = 0

    def show(self, time_s: float, dropped_count: int) -> None:
        """Take a frame.

        Args:
            time_s: its stamp.
            dropped_count: frames dropped so far.
        """
        dropped = dropped_count - self._dropped_before
        if self._last_s is None:
            self.gone_by_s = self._tick_s
        else:
            self.gone_by_s += self._step_s(time_s - self._last_s, dropped)
        self._last_s, self._dropped_before = time_s, dropped_count

    def has_reached(self, seconds: float) -> bool:
        """True if ``seconds`` of media time have gone by, to the nearest frame."""
        return self.gone_by_s + self._tick_s / 2 >= seconds

    def _step_s(self, difference_s: float, dropped: int) -> float:
        expected_s = (dropped + 1) * self._tick_s
        if self._period_s == 0:  # one frame, again and again
            return expected_s
        return expected_s + math.remainder(self._direction * difference_s - expected_s, self._period_s)
