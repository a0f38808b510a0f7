"""CaptureClock: when a pose was captured, by the server's clock. Asks no clock itself, so tests are arithmetic."""

from __future__ import annotations

from typing import NamedTuple

# Clocks of two machines drift apart by less than this.
_DRIFT = 2e-4
# What deviates by more is not jitter: the publisher's clock was set, or it was suspended.
_JUMP_S = 1.0
_LEAST_STEP_S = 1e-4


class Timing(NamedTuple):
    """Attributes:
    media_time_s: when the pose was captured, by the server's monotonic clock.
    due_s: when it is to be shown, by the same clock.
    jumped: the pose does not go on from the one before.
    """

    media_time_s: float
    due_s: float
    jumped: bool


class CaptureClock:
    """Maps a publisher's clock to the server's by the poses that travelled fastest.

    Args:
        hold_s: how long after the fastest possible arrival poses are due: the length of the jitter buffer.
    """

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._offset_s: float | None = None
        self._capture_s = 0.0
        self._media_s = float("-inf")

    def timing(self, capture_s: float, arrival_s: float) -> Timing:
        """Of a pose captured at ``capture_s``, publisher's clock, that came at ``arrival_s``, server's clock."""
        transit_s = arrival_s - capture_s
        elapsed_s = capture_s - self._capture_s
        offset_s = self._offset_s
        jumped = False
        if offset_s is None or elapsed_s <= 0 or abs(transit_s - offset_s) > _JUMP_S:
            jumped = offset_s is not None
            offset_s = transit_s
        else:
            offset_s = min(transit_s, offset_s + _DRIFT * elapsed_s)
        self._offset_s, self._capture_s = offset_s, capture_s
        # No pose was captured after it came; sums of large numbers might say so.
        captured_s = min(capture_s + offset_s, arrival_s)
        self._media_s = max(captured_s, self._media_s + _LEAST_STEP_S)
        return Timing(self._media_s, max(self._media_s + self._hold_s, arrival_s), jumped)
