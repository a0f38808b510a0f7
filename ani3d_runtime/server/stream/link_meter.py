"""LinkMeter: what the link to one client carries, by what the client says it has received. Asks no clock itself.

Two estimators, of which neither needs the other end's clock:

- **Lateness.** A report comes a round trip after the newest frame that it speaks of, and later by as long as that frame
  waited behind others. The shortest of the last half minute is the way itself. Jitter makes single reports late; a
  queue that stands makes all of them late. So a link is too slow when even the earliest report of a while is late,
  which is CoDel's rule (RFC 8289): the minimum over an interval, not the mean.
- **Rate.** While frames wait for each other, the link is never idle, and what arrives a second is what it carries: the
  mean over a second at least, which jitter moves between seconds and does not change. While they do not, more may fit
  than is sent. Then a probe tells: padding, over the time by which it makes a frame later.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

# A report that comes later than the way by this much tells of a queue; and so do all for a while, or one by a lot.
LATE_S = 0.25
_STANDS_AFTER_S, _VERY_LATE_S = 0.4, 1.0
_MEAN_OVER_S = 1.0
# So much is late because it is much; so many reports of a second come from a link that flows.
_MUCH_BYTES, _FLOWING_ARRIVALS = 64 << 10, 4
# The way may change: the shortest report of this and the interval before counts.
_WAY_INTERVAL_S = 15.0
# No clock tells less.
_INSTANT_S = 0.001
# Bytes on the way before anything is known of the link; as many again as have arrived since, which doubles them once a
# round trip, as TCP's slow start does.
FIRST_BYTES = 384 << 10
# A client that never says what it has received costs no more memory.
_MOST_SENT = 1024


class _Sent(NamedTuple):
    """A response with frames: frames and bytes up to and with it, its own bytes, and when it was sent."""

    number: int
    total_bytes: int
    own_bytes: int
    sent_s: float


class LinkMeter:
    """Listens to what is sent and to what is said to have come.

    Args:
        now_s: the header is sent at this time.

    Attributes:
        is_told: the client has said what it has received.
        is_silent: it pays for frames and has never said so; then nothing can be known.
        carries_bytes_per_s: what the link carries at least; 0 while nothing is known.
        late_since_s: all reports since then were late; None where the last one was not.
        late_s: how long the newest frame of the last report waited behind others.
    """

    def __init__(self, now_s: float) -> None:
        self.is_told = self.is_silent = False
        self.carries_bytes_per_s = 0.0
        self.late_s = 0.0
        self._came_bytes = 0
        self._sent: deque[_Sent] = deque(maxlen=_MOST_SENT)
        self._last = _Sent(0, 0, 0, now_s)
        self._arrived = self._last
        self._arrivals: deque[tuple[float, int]] = deque()
        self._ways_s = [math.inf, math.inf]
        self._way_since_s = now_s
        self.late_since_s: float | None = None
        self._judged_from_s = now_s
        self._settles_at_count = 0

    @property
    def way_s(self) -> float:
        """The shortest time from a frame to the report of it; 0 while nothing is known."""
        shortest_s = min(self._ways_s)
        return shortest_s if shortest_s < math.inf else 0.0

    @property
    def waiting_bytes(self) -> int:
        """Bytes on the way."""
        return self._last.total_bytes - self._arrived.total_bytes

    @property
    def sent_count(self) -> int:
        """Frames sent so far."""
        return self._last.number

    @property
    def arrived_bytes(self) -> int:
        """Bytes of frames that have come, as far as it was said."""
        return self._arrived.total_bytes

    def has_queue(self, now_s: float) -> bool:
        """Whether a queue stands on the link."""
        return self.late_since_s is not None and now_s - self.late_since_s >= _STANDS_AFTER_S

    @property
    def is_stuck(self) -> bool:
        """Whether the last report was so late that nothing else need be known."""
        return self.late_since_s is not None and self.late_s >= _VERY_LATE_S

    @property
    def may_have_paused(self) -> bool:
        """Whether little came of late, and in one go: the link may carry much when it does not pause."""
        return self._came_bytes < _MUCH_BYTES and len(self._arrivals) < _FLOWING_ARRIVALS

    @property
    def is_late(self) -> bool:
        """Whether the last report was late; a queue may have begun to stand."""
        return self.late_since_s is not None

    def room(self, size_bytes: int, allowed_bytes: float) -> bool:
        """Whether a response may be sent, where so many bytes may be on the way; one always may."""
        return self.is_silent or not self.waiting_bytes or self.waiting_bytes + size_bytes <= allowed_bytes

    def sent(self, frames: int, size_bytes: int, now_s: float) -> None:
        """A response with frames is being sent."""
        if not self.waiting_bytes and self._arrivals and now_s - self._arrivals[-1][0] > LATE_S:
            self._arrivals.clear()  # nothing was on the way: that time says nothing of the link
        if not self._arrivals:
            self._arrivals.append((now_s + self.way_s, self._arrived.total_bytes))
        self._last = _Sent(self._last.number + frames, self._last.total_bytes + size_bytes, size_bytes, now_s)
        self._sent.append(self._last)

    def received(self, count: int, time_s: float | None) -> None:
        """The client has received so many frames; none are the header.

        Args:
            count: of the call.
            time_s: the last of them came, a way back included; None where nobody knows.
        """
        self.is_told, self.is_silent = True, False
        if count == 0 and time_s is not None and not self._arrived.number:
            self._note_way(time_s - self._arrived.sent_s, time_s)
        before, came = self._arrived, list[_Sent]()
        while self._sent and self._sent[0].number <= count:
            came.append(self._sent.popleft())
        if not came:
            return
        self._arrived = came[-1]
        self._came_bytes = self._arrived.total_bytes - before.total_bytes
        if time_s is None:
            # Frames wait for the client: whatever waits on the link does no harm.
            self.late_since_s = None
            self._arrivals.clear()
            return
        time_s = max(time_s, self._arrived.sent_s)
        self._note_way(time_s - self._arrived.sent_s, time_s)
        self._note_arrival(time_s)
        self._judge(time_s)

    def changed(self, now_s: float) -> None:
        """Frames are sent otherwise from now on: judge by those that wait for none of before."""
        self.late_since_s = None
        self._settles_at_count = self._last.number
        self._judged_from_s = math.inf if self.waiting_bytes else now_s

    def extra_s(self, count: int, time_s: float) -> float | None:
        """By how much the report of a frame, if it is the one now, comes later than the way."""
        response = next((each for each in self._sent if each.number >= count), None)
        if response is None or response.number != count:
            return None
        return max(time_s - response.sent_s - self.way_s, _INSTANT_S)

    def mean_bytes_per_s(self) -> float:
        """What arrived a second of late, which is what the link carries while a queue stands."""
        if len(self._arrivals) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self._arrivals[0], self._arrivals[-1]
        return (last - first) / max(last_s - first_s, _INSTANT_S)

    def _note_way(self, took_s: float, now_s: float) -> None:
        if now_s - self._way_since_s > _WAY_INTERVAL_S:
            self._ways_s = [self._ways_s[1], math.inf]
            self._way_since_s = now_s
        self._ways_s[1] = min(self._ways_s[1], took_s)

    def _note_arrival(self, now_s: float) -> None:
        if self._arrivals:
            now_s = max(now_s, self._arrivals[-1][0])
        self._arrivals.append((now_s, self._arrived.total_bytes))
        while len(self._arrivals) > 2 and now_s - self._arrivals[1][0] >= _MEAN_OVER_S:
            self._arrivals.popleft()

    def _judge(self, now_s: float) -> None:
        if math.isinf(self._judged_from_s) and self._arrived.number >= self._settles_at_count:
            self._judged_from_s = now_s
        if self._arrived.sent_s < self._judged_from_s:
            return
        self.late_s = now_s - self._arrived.sent_s - self.way_s
        if self.carries_bytes_per_s:
            self.late_s -= self._arrived.own_bytes / self.carries_bytes_per_s  # no queue: the link takes as long
        if self.late_s <= LATE_S:
            self.late_since_s = None
        elif self.late_since_s is None:
            self.late_since_s = now_s
