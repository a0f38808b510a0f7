"""FrameStream: a call that returns frames and takes commands, for blocking programs."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, TypeVar

from ani3d_runtime.client.blocking.responses import Responses
from ani3d_runtime.client.protocol.receipts import Receipt, Receipts
from ani3d_runtime.client.protocol.reception import Reception, StreamedFrame, StreamHeader
from ani3d_runtime.client.protocol.reconnecting import PASSING_CODES, Backoff
from ani3d_runtime.client.protocol.window import CreditWindow
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.status import no_answer

ReceptionT = TypeVar("ReceptionT", bound=Reception)
StreamT = TypeVar("StreamT", bound="FrameStream[Any]")


class FrameStream(Generic[ReceptionT]):
    """Iterate to get frames in the order they are shown; a context manager that hangs up.

    Commands may be sent from another thread than the one that iterates. A connection that is lost is made anew by
    the thread that iterates, which gets the frames that follow and notices no more than a pause.

    Args:
        call: of the protocol, on a channel.
        first: the first request.
        watch: takes the responses.
        credit: the request that pays for so many frames, and says what has come.
        window: of frames that may be on their way at once.
        target: what errors name.
        timeout_s: for the first response.
        patience_s: how long to try to make a lost connection anew; 0 for not at all.

    Attributes:
        watch: counts, latencies and state.
    """

    _passing_codes = PASSING_CODES

    def __init__(
        self,
        call: Any,
        first: Any,
        watch: ReceptionT,
        credit: Callable[[int, Receipt | None], Any],
        *,
        window: CreditWindow,
        target: str,
        timeout_s: float,
        patience_s: float = 0.0,
    ) -> None:
        self.watch = watch
        self._first = first
        self._call = call
        self._target = target
        self._credit = credit
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._waiting: deque[tuple[int, StreamedFrame]] = deque()
        self._window = window
        self._receipts = Receipts()
        self._closed = threading.Event()
        # A command and what is remembered of it belong together.
        self._sending = threading.Lock()
        self._outgoing: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._open([first])

    def __enter__(self: StreamT) -> StreamT:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def header(self) -> StreamHeader:
        """The part of the stream that is the same for all its frames."""
        assert self.watch.header is not None
        return self.watch.header

    def __iter__(self) -> Iterator[StreamedFrame]:
        while True:
            # What was given out has been shown by now: it is paid for here, so a slow caller slows the server down.
            credits = self._window.due()
            if credits or self._receipts.is_due:
                self._outgoing.put(self._credit(credits, self._receipts.said()))
            if self._waiting:
                epoch, frame = self._waiting.popleft()
                self._window.used()
                if not self.watch.is_stale(epoch):
                    yield frame
            elif self.watch.ended:
                return
            else:
                self._receive()

    def close(self) -> None:
        """Close the stream."""
        self._closed.set()
        self._outgoing.put(None)
        self._responses.cancel()

    def _is_open(self) -> bool:
        """True if the header has arrived, and whatever else must come before frames."""
        return self.watch.is_open

    def _requests_again(self) -> list[Any]:
        """The requests that resume the stream on a new connection."""
        return [self._first]

    def _open(self, first: list[Any]) -> None:
        """Begin a call with these requests, and wait for its header."""
        self._window.begin()
        self._receipts.begin()
        responses = self._responses = Responses(self._call(self._requests(self._outgoing, first)), self._target)
        # The stream has no deadline as a whole, its first response has.
        alarm = threading.Timer(self._timeout_s, responses.cancel)
        alarm.start()
        try:
            while not self._is_open() and not self.watch.ended:
                self._take_next()
        except Ani3dError as error:
            self._outgoing.put(None)
            responses.cancel()
            if error.code == "service-cancelled" and not self._closed.is_set():
                raise no_answer(self._target, self._timeout_s) from None
            raise
        finally:
            alarm.cancel()
        if self.watch.header is not None:
            self._window.opened(self.watch.header.frame_rate_hz)
            self._receipts.opened(is_wanted=self.watch.rendition is not None)
            if self._receipts.is_due:
                self._outgoing.put(self._credit(0, self._receipts.said()))

    def _take(self, response: Any) -> list[StreamedFrame]:
        """The frames of a response."""
        return self.watch.received(response)

    def _receive(self) -> None:
        """Wait for the next response, on a new connection if this one is lost."""
        try:
            self._take_next()
        except Ani3dError as error:
            if error.code not in PASSING_CODES or not self._patience_s:
                raise
            self._open_again(error)

    def _open_again(self, loss: Ani3dError) -> None:
        backoff = Backoff(self._patience_s)
        while True:
            delay_s = backoff.next_s()
            if delay_s is None or self._closed.wait(delay_s):
                raise loss
            with self._sending:
                self._outgoing.put(None)
                self._outgoing = queue.SimpleQueue()
                self.watch.lose()
                again = self._requests_again()
            try:
                self._open(again)
                return
            except Ani3dError as error:
                if error.code not in self._passing_codes:
                    raise
                loss = error

    def _take_next(self) -> None:
        asked_s = time.monotonic()
        try:
            response = next(self._responses)
        except StopIteration:
            self.watch.ended = True
            return
        except Ani3dError:
            self._outgoing.put(None)
            raise
        came_s = time.monotonic()
        waited_s = came_s - asked_s
        frames = self._take(response)
        size_bytes = sum(len(frame.payload) for frame in response.frames)
        self._window.received(len(response.frames), size_bytes, response.dropped_count, waited_s)
        is_urgent = self.watch.has_padding or self.watch.is_link_slow
        self._receipts.received(len(response.frames), size_bytes, waited_s, came_s, is_urgent=is_urgent)
        # What is stale was paid for too.
        self._window.used(len(response.frames) - len(frames))
        self._waiting.extend((self.watch.epoch, frame) for frame in frames)

    def _requests(self, outgoing: queue.SimpleQueue[Any], first: list[Any]) -> Iterator[Any]:
        """The requests that gRPC's thread sends: commands as they come, heartbeats in between."""
        yield from first
        while True:
            try:
                request = outgoing.get(timeout=self.watch.heartbeat_s)
            except queue.Empty:
                request = self._credit(0, self._receipts.said())
            if request is None:
                return
            yield request
