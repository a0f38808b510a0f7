"""CreditWindow: how many frames a client lets be on their way at once, by the way that they take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ani3d_runtime.client.protocol.reception import DEFAULT_CREDITS

# What a stream may take of the future, of memory, and of a server that allows no more.
MOST_AHEAD_S = 1.0
MOST_BYTES = 16 << 20
MOST_CREDITS = 256
# Until a header says it.
_USUAL_RATE_HZ = 60.0
# The slowest of many round trips is longer than the shortest: by a share of it, and by jitter of radio and queues.
_SLACK, _JITTER_S = 1.25, 0.05
# Share of the window that one request grants. A request costs the server as much as a frame.
_AT_ONCE, _FIXED_AT_ONCE = 8, 4
# A client that shows fewer frames than come has no use for those that wait for it.
_SHOWN_SLACK, _SHOWN_LEAST_HZ = 1.5, 2.0
_SHOWN_OVER_S = 0.5
# Where frames are dropped although the client waits for them, the way is longer than it looked.
_GROWTH, _MOST_GROWTH = 1.5, 4.0
# Of an interval: what takes less to come was here already, in a buffer of the transport.
_WAITED_SHARE = 0.25


class RoundTrip:
    """How long a server's answers take, as calls of one client find it, and the headers of its streams.

    Attributes:
        shortest_s: of all answers so far; None before the first. Others waited for more than the way.
    """

    def __init__(self) -> None:
        self.shortest_s: float | None = None

    def took(self, seconds: float) -> None:
        """One call has been answered, or the header of a stream has come."""
        self.shortest_s = seconds if self.shortest_s is None else min(self.shortest_s, seconds)


class CreditWindow:
    """Credits to grant so that nothing is dropped on the way, and nothing waits long at its end.

    Frames on their way and frames that wait to be shown are paid for with the same credits. Over a round trip of R
    seconds, a server that sends f frames a second is paid in time where R·f of them are on order; a few more let the
    client breathe. What a slow client shows a second takes the place of f, since what it does not show in time would
    wait for it (Little's law). Where every frame is wanted, the window is as large as memory allows.

    Args:
        credits: a size of one's own, which nothing changes; None to follow the way.
        round_trip: of the client that the stream belongs to.
        every_frame: whether nothing is dropped, and frames come as fast as they can.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        credits: int | None,
        round_trip: RoundTrip,
        *,
        every_frame: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fixed = credits
        self._round_trip = round_trip
        self._every_frame = every_frame
        self._clock = clock
        self._rate_hz = _USUAL_RATE_HZ
        self._shown_hz: float | None = None
        self._counted, self._counted_since_s = 0, math.inf
        self._growth = 1.0
        self._dropped = 0
        self._frame_bytes = 0.0
        self._begun_s: float | None = None
        self._first = self._on_order = self.size

    @property
    def first(self) -> int:
        """Credits of the first request of a stream, which is said again on every connection."""
        return self._first

    def begin(self) -> None:
        """A connection begins, with the first request's credits."""
        self._on_order = self._first
        self._dropped, self._counted, self._shown_hz = 0, 0, None
        self._counted_since_s = math.inf
        self._begun_s = self._clock()

    def opened(self, rate_hz: float) -> None:
        """The header has come.

        Args:
            rate_hz: frames that the server sends a second; 0 where nobody knows.
        """
        self._rate_hz = rate_hz if 0 < rate_hz < math.inf else _USUAL_RATE_HZ
        if self._begun_s is not None:
            # A program may begin with a stream; its header is the first answer then.
            self._round_trip.took(self._clock() - self._begun_s)
        self._counted_since_s = self._clock()

    def received(self, frames: int, size_bytes: int, dropped: int, waited_s: float) -> None:
        """A response has come.

        Args:
            frames, size_bytes: that it holds.
            dropped: by the server so far, on this connection.
            waited_s: how long the client waited for it. One that shows fewer frames than come does not wait.
        """
        if frames:
            self._frame_bytes = max(self._frame_bytes * 0.9, size_bytes / frames)
        if dropped > self._dropped and waited_s * self._rate_hz > _WAITED_SHARE:
            self._growth = min(self._growth * _GROWTH, _MOST_GROWTH)
        self._dropped = dropped

    def used(self, frames: int = 1) -> None:
        """Frames were shown, or thrown away: they are no longer on order."""
        self._on_order -= frames
        self._counted += frames
        elapsed_s = self._clock() - self._counted_since_s
        if elapsed_s >= _SHOWN_OVER_S:
            self._shown_hz = self._counted / elapsed_s
            self._counted, self._counted_since_s = 0, self._clock()

    def due(self) -> int:
        """Credits to grant now; 0 for none. They count as granted."""
        size = self.size
        missing = size - self._on_order
        if missing < max(1, size // (_AT_ONCE if self._fixed is None else _FIXED_AT_ONCE)):
            return 0
        self._on_order += missing
        return missing

    @property
    def size(self) -> int:
        """Frames that may be on order."""
        if self._fixed is not None:
            return self._fixed
        room = MOST_CREDITS if self._frame_bytes == 0 else int(MOST_BYTES / self._frame_bytes)
        most = max(DEFAULT_CREDITS, min(MOST_CREDITS, room))
        if self._every_frame:
            return most if self._frame_bytes else DEFAULT_CREDITS
        rate_hz = self._rate_hz
        if self._shown_hz is not None:
            rate_hz = min(rate_hz, self._shown_hz * _SHOWN_SLACK + _SHOWN_LEAST_HZ)
        shortest_s = self._round_trip.shortest_s or 0.0
        way_s = min((shortest_s * _SLACK + min(_JITTER_S, shortest_s)) * self._growth, MOST_AHEAD_S)
        return min(most, DEFAULT_CREDITS + math.ceil(way_s * rate_hz))
