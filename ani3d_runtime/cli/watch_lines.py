"""WatchLines: what ``ani3d watch`` says while it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ani3d_runtime.cli.tally import Tally
from ani3d_runtime.client import LiveSubscription

_PERIOD_S = 1.0
_LOOK_UP_S = 0.1


class WatchLines:
    """Says once a second what has come, frames or none, and at once when the connection is lost and made anew.

    A context manager; lines are said while its block runs. They come from a thread of their own, because whoever
    iterates over a stream waits in it. Where they cannot be said, the stream is closed and the block's end says why.

    Args:
        stream: being watched.
        tally: of its frames.
        say: takes a line.
    """

    def __init__(self, stream: LiveSubscription, tally: Tally, say: Callable[[str], None]) -> None:
        self._stream = stream
        self._received = stream.watch
        self._tally = tally
        self._say = say
        self._line_s = time.monotonic()
        self._line_count = tally.count
        self._reconnects = self._received.reconnect_count
        self._is_lost = False
        self._failure: BaseException | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ani3d-watch-lines", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            while not self._is_over.wait(_LOOK_UP_S):
                self._note_connection()
                if time.monotonic() - self._line_s >= _PERIOD_S:
                    self._say_line()
        except BaseException as failure:
            self._failure = failure
            self._stream.close()

    def _note_connection(self) -> None:
        was_lost, self._is_lost = self._is_lost, not self._received.is_open
        is_another = self._received.reconnect_count > self._reconnects
        if not was_lost and (self._is_lost or is_another):
            self._say("connection lost; trying again")
        if is_another and not self._is_lost:
            self._reconnects = self._received.reconnect_count
            self._say("watching again")

    def _say_line(self) -> None:
        now_s = time.monotonic()
        count = self._tally.count
        news = count - self._line_count
        rate = news / (now_s - self._line_s)
        self._line_s, self._line_count = now_s, count
        self._say(self._frames_line(count, rate) if news else self._silence_line(now_s))

    def _frames_line(self, count: int, rate: float) -> str:
        latency_ms = self._tally.latency_ms(50)
        age = "" if latency_ms is None else f"{latency_ms:.1f} ms from capture, "
        lost = self._received.dropped_count
        rendition = self._received.rendition
        slow = f", slow link: {rendition.words()}" if rendition is not None and rendition.link_bytes_per_s else ""
        return f"{count} frames, {rate:.1f} per second, {age}source {self._received.source}, {lost} lost{slow}"

    def _silence_line(self, now_s: float) -> str:
        # What the server said of the source holds no longer than the connection.
        state = "connection lost" if self._is_lost else f"source {self._received.source}"
        if not self._tally.count:
            return f"no frame yet, {state}"
        return f"no frame for {now_s - self._tally.ended_s:.0f} s, {state}"
