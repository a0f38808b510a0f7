"""ClientStream: what one client is sent, paid for with credits, and the signs of life that it gives."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2
from ani3d_runtime.server.stream.rendition_ladder import RenditionLadder
from ani3d_runtime.server.stream.single_waiter_event import SingleWaiterEvent

Write: TypeAlias = Callable[[bytes], Awaitable[object]]

DEFAULT_CREDITS = 4


class ClientStream:
    """The sending end of one stream, whatever it carries.

    Args:
        credits: frames that may be sent at first; 0 for a few.
        max_credits: most that the client may have on order.
        started_s: monotonic time from which ``server_time_s`` counts.

    Attributes:
        epoch: of what is sent next.
        sequence: frames sent so far.
        dropped: frames left out so far because the client had not paid.
        sent_bytes: of all responses so far.
        credits: frames that the client has paid for.
        last_request_s: monotonic time of the client's last request.
        failure: why the stream is to end, once that is known.
        hung_up: the client will send no more requests.
        writing_since_s: monotonic time at which the write in progress began; None while there is none.
        changed: set whenever the sending loop has something to look at.
        ladder: what is sent by what the link carries; None where the client asked for no such thing.
    """

    def __init__(self, credits: int, max_credits: int, started_s: float) -> None:
        self.epoch = 0
        self.sequence = 0
        self.dropped = 0
        self.sent_bytes = 0
        self.credits = min(credits or DEFAULT_CREDITS, max_credits)
        self.failure: Ani3dError | None = None
        self.hung_up = False
        self.last_request_s = time.monotonic()
        self.writing_since_s: float | None = None
        self.changed = SingleWaiterEvent()
        self.ladder: RenditionLadder | None = None
        self._max_credits = max_credits
        self._started_s = started_s
        # Filled in again for every response: making one anew takes three times as long.
        self._own = playback_pb2.PlayResponse()

    def pay(self, command: frames_pb2.CreditCommand) -> None:
        """The client has room for more frames; none is a heartbeat.

        Raises:
            UsageError: ``play-bad-report``.
        """
        if self.ladder is not None and command.HasField("received_count"):
            ago_s = command.received_ago_s if command.HasField("received_ago_s") else None
            self.ladder.received(command.received_count, ago_s, time.monotonic())
        elif self.ladder is not None and command.frames:
            self.ladder.meter.is_silent = not self.ladder.meter.is_told
        self.credits = min(self.credits + command.frames, self._max_credits)
        self.changed.set()

    @property
    def may_send(self) -> bool:
        """Whether a frame is paid for, and would not wait on the link behind too many others."""
        return self.credits > 0 and (self.ladder is None or self.ladder.may_send())

    def leave_out(self) -> None:
        """Count a frame that was due and could not be sent."""
        if self.credits > 0 and self.ladder is not None:
            self.ladder.thinned += 1
        else:
            self.dropped += 1

    def thin_out(self) -> None:
        """Count a frame that is not due, because the link carries fewer."""
        assert self.ladder is not None
        self.ladder.thinned += 1

    def take_back(self) -> None:
        """The frame that was counted last is sent after all: none follows it."""
        assert self.ladder is not None
        self.ladder.thinned -= 1

    def hang_up(self) -> None:
        """The client will send no more requests: its stream ends."""
        self.hung_up = True
        self.changed.set()

    def fail(self, error: Ani3dError) -> None:
        """End the stream with an error at the next opportunity; the first one given counts."""
        self.failure = self.failure or error
        self.changed.set()

    async def forward(self, write: Write, response: bytes) -> None:
        """Write a response that another client's stream has made."""
        self.writing_since_s = time.monotonic()
        await write(response)
        self.writing_since_s = None
        self.sent_bytes += len(response)

    async def send(self, write: Write, body: bytes, frames: int = 0) -> None:
        """Write one response: this client's own fields, then bytes that may be shared with others.

        Concatenated protobuf messages are one message.

        Args:
            write: of the call.
            body: a serialised response without the fields of every response (1 to 4, and 12 to 14).
            frames: how many the body holds.
        """
        now = time.monotonic()
        self.credits -= frames
        if frames and self.ladder is not None:
            before, after = self.ladder.around(now)
            self.ladder.sent(len(body), len(after), now)
            body = before + body + after
        self.writing_since_s = now
        own = self._own
        own.epoch, own.sequence, own.dropped_count = self.epoch, self.sequence, self.dropped
        own.server_time_s = now - self._started_s
        if self.ladder is not None:
            own.thinned_count = self.ladder.thinned
        response = own.SerializeToString() + body
        await write(response)
        self.writing_since_s = None
        self.sent_bytes += len(response)
        self.sequence += frames
