"""PlaySession: one client watching one clip, as a state machine that commands change and a loop that sends."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from ani3d_runtime.errors import Ani3dError, UsageError
from ani3d_runtime.rpc.v1 import playback_pb2 as messages
from ani3d_runtime.server.clock import MediaClock
from ani3d_runtime.server.frames import FrameSource

Write: TypeAlias = Callable[[bytes], Awaitable[object]]

DEFAULT_CREDITS = 4


class PlaySession:
    """Sends what the clock shows, as fast as the client pays for it.

    Attributes:
        last_heard_s: monotonic time of the client's last request.
        failure: why the session is to end, once that is known.
        writing_since_s: monotonic time at which the write in progress began; None while there is none.
    """

    def __init__(
        self,
        source: FrameSource,
        clock: MediaClock,
        *,
        header: messages.Header,
        tick_s: float,
        every_frame: bool,
        credits: int,
        max_credits: int,
        started_s: float,
    ) -> None:
        self._source = source
        self._clock = clock
        self._header = header
        self._tick_s = tick_s
        self._every_frame = every_frame
        self._max_credits = max_credits
        self._credits = min(credits or DEFAULT_CREDITS, max_credits)
        self._started_s = started_s
        self._epoch = 0
        self._sequence = 0
        self._dropped = 0
        self._paused = False
        self._frame_due = False  # the clock's tick has come and its frame was neither sent nor dropped
        self._status_due = False
        self._end_sent = False
        self._next_tick_s = 0.0
        self.failure: Ani3dError | None = None
        self._hung_up = False
        self._wake = asyncio.Event()
        self.last_heard_s = time.monotonic()
        self.writing_since_s: float | None = None

    def apply(self, request: messages.PlayRequest) -> None:
        """Take one request. A refused one ends the session with its error."""
        self.last_heard_s = time.monotonic()
        command = request.WhichOneof("command")
        try:
            if command == "credit":
                self._credits = min(self._credits + request.credit.frames, self._max_credits)
            elif command == "seek":
                self._clock.seek(request.seek.time_s)
                self._epoch += 1
                self._restart()
            elif command == "pause":
                self._paused = self._status_due = True
            elif command == "resume":
                self._paused, self._status_due = False, True
                self._next_tick_s = self._aligned_tick_s()
            elif command == "rate":
                self._clock.set_rate(request.rate.rate)
                self._status_due = True
            elif command == "loop":
                self._set_loop(request.loop.loop)
            else:
                raise UsageError(
                    "play-bad-command",
                    "Play request",
                    found="a second start" if command == "start" else "a request that this server does not know",
                    expected="pause, resume, seek, rate, loop or credit after the first start",
                    fix="Open another Play call for another clip.",
                )
        except Ani3dError as error:
            self.failure = error
        self._wake.set()

    def hang_up(self) -> None:
        """The client will send no more requests: the session ends."""
        self._hung_up = True
        self._wake.set()

    def fail(self, error: Ani3dError) -> None:
        """End the session with an error at the next opportunity."""
        self.failure = self.failure or error
        self._wake.set()

    async def run(self, write: Write) -> None:
        """Send until the client hangs up.

        Raises:
            Ani3dError: what a command or the package was refused for.
        """
        loop = asyncio.get_running_loop()
        await self._send(write, messages.PlayResponse(header=self._header).SerializeToString())
        self._restart()
        while True:
            if self.failure is not None:
                raise self.failure
            if self._hung_up:
                return
            self._wake.clear()
            if self._status_due:
                self._status_due = False
                await self._send(write, self._status())
                continue
            self._keep_time()
            if self._frame_due and self._credits > 0:
                await self._send_frame(write)
                continue
            if self._clock.ended and not self._frame_due and not self._end_sent:
                self._end_sent = True
                ended = messages.Ended(time_s=self._clock.time_s)
                await self._send(write, messages.PlayResponse(ended=ended).SerializeToString())
                continue
            alarm = None
            if not (self._every_frame or self._paused or self._clock.ended):
                alarm = loop.call_later(self._next_tick_s - time.monotonic(), self._wake.set)
            await self._wake.wait()
            if alarm is not None:
                alarm.cancel()

    def _set_loop(self, loop: bool) -> None:
        was_ended = self._clock.ended
        self._clock.set_loop(loop)
        self._status_due = True
        if was_ended and loop:
            self._clock.seek(0.0)
            self._restart()

    def _restart(self) -> None:
        """The clock's time is shown at once, paused or not."""
        self._frame_due = True
        self._end_sent = False
        self._next_tick_s = self._aligned_tick_s() + self._tick_s

    def _aligned_tick_s(self) -> float:
        """The next instant at which all sessions of this rate tick: the event loop wakes once for all of them."""
        return math.ceil(time.monotonic() / self._tick_s) * self._tick_s

    def _keep_time(self) -> None:
        """Move the clock to the tick that is due by now; frames that nobody could pay for are dropped."""
        if self._paused or self._clock.ended:
            return
        if self._every_frame:
            if not self._frame_due:
                self._clock.advance()
                self._frame_due = not self._clock.ended
            return
        overdue_s = time.monotonic() - self._next_tick_s
        if overdue_s < 0:
            return
        for _ in range(1 + int(overdue_s / self._tick_s)):
            self._clock.advance()
            if self._clock.ended:
                break  # a frame still due stays due: the clock now shows the last one
            self._dropped += self._frame_due
            self._frame_due = True
            self._next_tick_s += self._tick_s

    async def _send_frame(self, write: Write) -> None:
        epoch = self._epoch
        self._frame_due = False
        frame = await self._source.serialised(self._clock)
        if epoch != self._epoch:
            return  # a seek came while the frame was decoded
        self._credits -= 1
        await self._send(write, frame)
        self._sequence += 1
        # Whoever is late already will skip the frames ahead.
        if self._credits > 0 and (self._every_frame or time.monotonic() < self._next_tick_s):
            self._source.prefetch(self._clock)

    async def _send(self, write: Write, body: bytes) -> None:
        """Write one response: the session's fields, then the shared bytes."""
        now = time.monotonic()
        self.writing_since_s = now
        own = messages.PlayResponse(
            epoch=self._epoch,
            sequence=self._sequence,
            dropped_count=self._dropped,
            server_time_s=now - self._started_s,
        )
        await write(own.SerializeToString() + body)
        self.writing_since_s = None

    def _status(self) -> bytes:
        status = messages.Status(
            paused=self._paused, rate=self._clock.rate, loop=self._clock.loop, time_s=self._clock.time_s
        )
        return messages.PlayResponse(status=status).SerializeToString()
