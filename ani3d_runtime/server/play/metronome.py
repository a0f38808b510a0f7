"""Metronome: sets the events of all sessions of one frame rate at the same instant, by one timer."""

from __future__ import annotations

import asyncio
import math
import time
import weakref

from ani3d_runtime.server.stream.single_waiter_event import SingleWaiterEvent

# Fast event loops round to milliseconds: a timer that went off early would find that the tick has not come.
_ROUNDING_S = 0.0005


class Metronome:
    """Ticks at whole multiples of ``tick_s`` of the monotonic clock, as long as somebody waits for it.

    Attributes:
        tick_s: seconds between ticks.
    """

    def __init__(self, tick_s: float) -> None:
        self.tick_s = tick_s
        self._waiting: set[SingleWaiterEvent] = set()
        self._alarm: asyncio.TimerHandle | None = None

    def next_s(self) -> float:
        """Monotonic time of the next tick."""
        return math.ceil(time.monotonic() / self.tick_s) * self.tick_s

    def set_at_tick(self, event: SingleWaiterEvent) -> None:
        """Set it at the next tick."""
        if self._alarm is None:
            self._set_alarm(self.next_s())
        self._waiting.add(event)

    def cancel(self, event: SingleWaiterEvent) -> None:
        """Do not set it at the next tick."""
        self._waiting.discard(event)
        if not self._waiting and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _set_alarm(self, due_s: float) -> None:
        delay_s = due_s - time.monotonic() + _ROUNDING_S
        self._alarm = asyncio.get_running_loop().call_later(delay_s, self._ring, due_s)

    def _ring(self, due_s: float) -> None:
        if time.monotonic() < due_s:
            self._set_alarm(due_s)
            return
        self._alarm = None
        waiting, self._waiting = self._waiting, set()
        for event in waiting:
            event.set()


class Metronomes:
    """One for each frame rate that is in use."""

    def __init__(self) -> None:
        self._by_tick: weakref.WeakValueDictionary[float, Metronome] = weakref.WeakValueDictionary()

    def of(self, tick_s: float) -> Metronome:
        """That of a rate."""
        return self._by_tick.setdefault(tick_s, Metronome(tick_s))
