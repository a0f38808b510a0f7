"""MediaClock: which media time each tick of a session shows. Knows no wall clock, so it can be tested as arithmetic."""

from __future__ import annotations

import math

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.rate import checked_rate

# Two times closer than this are the same frame.
TIME_TOLERANCE_S = 1e-6


class MediaClock:
    """Media time as a function of ticks.

    Ticks are counted from the last change (seek, rate, loop), not summed, so that an hour of playing does not drift.

    Args:
        fps: baked frames per second of the clip.
        frame_count: T; the clip runs from 0 to (T - 1) / fps. In a loop its last frame is the first again, as for
            ClipPlayer; but a clip that is made for it starts over after T / fps.
        is_made_to_loop: whether it is.
        tick_s: wall-clock seconds between ticks.
        time_s: media time of the first tick; None for where playing begins, which is the range's end when the rate is
            negative.
        range_s: begin and end of what is played; None for the clip's own.
    """

    def __init__(
        self,
        *,
        fps: float,
        frame_count: int,
        tick_s: float,
        is_made_to_loop: bool = False,
        rate: float = 1.0,
        loop: bool = False,
        time_s: float | None = None,
        range_s: tuple[float | None, float | None] = (None, None),
    ) -> None:
        self._fps = fps
        self._frame_count = frame_count
        self._is_made_to_loop = is_made_to_loop
        self._tick_s = tick_s
        self._rate = checked_rate(rate)
        self._loop = loop
        self._anchor_s = 0.0
        self._ticks = 0
        self._has_own_end = range_s[1] is None
        self.begin_s, self.end_s = self._checked_range(*range_s)
        start_s = self.end_s if rate < 0 else self.begin_s
        self.seek(start_s if time_s is None else time_s)

    @property
    def duration_s(self) -> float:
        """Media time of the last frame."""
        return (self._frame_count - 1) / self._fps

    @property
    def period_s(self) -> float:
        """Media time after which the clip starts over where it is looped."""
        return self._frame_count / self._fps if self._is_made_to_loop else self.duration_s

    @property
    def rate(self) -> float:
        """Media seconds per second."""
        return self._rate

    @property
    def loop(self) -> bool:
        """Whether the clip starts again at its end."""
        return self._loop

    @property
    def time_s(self) -> float:
        """Media time of this tick.

        That of a baked frame where it is within a microsecond of one, else in whole microseconds, so that watchers who
        see the same instant name it by the same number.
        """
        return self._shown_s(self._unbounded_s())

    def time_ahead_s(self, ticks: int) -> float | None:
        """What :attr:`time_s` will be so many ticks later; None where the clip is over by then."""
        time_s = self._unbounded_s(ticks)
        return self._shown_s(time_s) if self._loop or not self._is_outside(time_s) else None

    def index_of(self, time_s: float) -> int:
        """Baked frame nearest to a time within the clip; of its loop, where it is made for one."""
        nearest = round(time_s * self._fps)
        return nearest % self._frame_count if self._is_made_to_loop else nearest

    @property
    def ended(self) -> bool:
        """Whether this tick lies beyond the clip."""
        return not self._loop and self._is_outside(self._unbounded_s())

    def advance(self, ticks: int = 1) -> None:
        """Go on by so many ticks."""
        self._ticks += ticks

    def seek(self, time_s: float) -> None:
        """Go on from another media time.

        Raises:
            UsageError: ``play-bad-time`` unless it lies in the clip, or in the range that is played.
        """
        if not (math.isfinite(time_s) and not self._is_outside(time_s)):
            raise UsageError(
                "play-bad-time",
                "media time",
                found=f"{time_s} s",
                expected=f"{self.begin_s:g} to {self.end_s:.3f} s",
                fix="Seek to a time within the clip, or within the range that is played.",
            )
        self._anchor_s, self._ticks = time_s, 0

    def set_rate(self, rate: float) -> None:
        """Go on from here at another rate.

        Raises:
            UsageError: ``play-bad-rate``.
        """
        checked = checked_rate(rate)
        self._anchor()
        self._rate = checked

    def set_loop(self, loop: bool) -> None:
        """Whether to start again at the end."""
        self._anchor()
        self._loop = loop
        if self._has_own_end:
            self.end_s = self._own_end_s

    def set_range(self, begin_s: float | None, end_s: float | None) -> None:
        """Play, and loop, between two media times from here on; None for the clip's own.

        Raises:
            UsageError: ``play-bad-range``.
        """
        time_s, self._has_own_end = self.time_s, end_s is None
        self.begin_s, self.end_s = self._checked_range(begin_s, end_s)
        self._anchor_s, self._ticks = min(max(time_s, self.begin_s), self.end_s), 0

    def _anchor(self) -> None:
        # A clip that has ended stays ended: its time is not pulled back onto the last frame.
        self._anchor_s, self._ticks = (self._unbounded_s() if self.ended else self.time_s), 0

    def _unbounded_s(self, ticks_ahead: int = 0) -> float:
        return self._anchor_s + (self._ticks + ticks_ahead) * self._tick_s * self._rate

    def _shown_s(self, time_s: float) -> float:
        length_s = self.end_s - self.begin_s
        if self._loop and length_s > 0:
            since_begin_s = (time_s - self.begin_s) % length_s
            time_s = self.begin_s if length_s - since_begin_s < TIME_TOLERANCE_S else self.begin_s + since_begin_s
        else:
            time_s = min(max(time_s, self.begin_s), self.end_s)
        nearest = round(time_s * self._fps) / self._fps
        return nearest if abs(time_s - nearest) < TIME_TOLERANCE_S else round(time_s, 6)

    def _is_outside(self, time_s: float) -> bool:
        return not self.begin_s - TIME_TOLERANCE_S <= time_s <= self.end_s + TIME_TOLERANCE_S

    @property
    def _own_end_s(self) -> float:
        return self.period_s if self._loop else self.duration_s

    def _checked_range(self, begin_s: float | None, end_s: float | None) -> tuple[float, float]:
        begin_s = 0.0 if begin_s is None else begin_s
        end_s = self._own_end_s if end_s is None else end_s
        is_part = 0 <= begin_s < end_s <= self.period_s + TIME_TOLERANCE_S
        if not is_part and not begin_s == end_s == self.duration_s == 0:
            raise UsageError(
                "play-bad-range",
                "range",
                found=f"{begin_s} s to {end_s} s",
                expected=f"a begin before an end, within 0 to {self.period_s:.3f} s",
                fix="Choose a part of the clip.",
            )
        return begin_s, end_s
