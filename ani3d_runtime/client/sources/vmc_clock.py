"""SenderClock: when a frame was captured, by the clock that its sender adds. Asks no clock itself."""

from __future__ import annotations

import math

import numpy as np

# Later than this after the sender's clock is no delay of a network: the clock has stopped, jumped or runs wrong.
_LONGEST_DELAY_S = 1.0
# Clocks of machines differ by up to this rate.
_DRIFT = 5e-4
# Floats of a clock that counts from 1970, or for a week, are too far apart.
_COARSEST_S = 0.005
_STEP_S = 1e-5


class SenderClock:
    """Takes the sender's clock to ours, by the frames that travelled fastest."""

    def __init__(self) -> None:
        self._offset_s = math.nan
        self._sent_s = math.nan
        self._heard_s = math.nan
        self._captured_s = -math.inf

    def capture_s(self, heard_s: float, sent_s: float | None) -> float:
        """When a frame was captured, by the clock of ``heard_s``; never before the frame before.

        Args:
            heard_s: when it came.
            sent_s: by the sender's clock; None where that got lost.
        """
        if sent_s is None:
            found_s = min(heard_s, self._captured_s + heard_s - self._heard_s) if self._is_known() else heard_s
        else:
            found_s = self._by_clock(heard_s, sent_s)
        self._heard_s = heard_s
        self._captured_s = max(found_s, self._captured_s + _STEP_S)
        return self._captured_s

    def _is_known(self) -> bool:
        return math.isfinite(self._offset_s)

    def _by_clock(self, heard_s: float, sent_s: float) -> float:
        goes_on = sent_s > self._sent_s or math.isnan(self._sent_s)
        self._sent_s = sent_s
        if not goes_on or float(np.spacing(np.float32(abs(sent_s)))) > _COARSEST_S:
            self._offset_s = math.nan
            return heard_s
        offset_s = heard_s - sent_s
        if self._is_known():
            self._offset_s += _DRIFT * (heard_s - self._heard_s)
            if not offset_s - self._offset_s > _LONGEST_DELAY_S:
                self._offset_s = min(self._offset_s, offset_s)
                return sent_s + self._offset_s
        self._offset_s = offset_s
        return heard_s
