"""ClientStream: what one client is sent, paid for with credits, and the signs of life that it gives."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.v1 import playback_pb2
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
        self._max_credits = max_credits
        self._started_s = started_s
        # Filled in again for every response: making one anew takes three times as long.
        self._own = playback_pb2.PlayResponse()

    def pay(self, frames: int) -> None:
        """The client has room for so many more frames; none is a heartbeat."""
        self.credits = min(self.credits + frames, self._max_credits)
        self.changed.set()

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
            body: a serialised response without the fields of every response (1 to 4).
            frames: how many the body holds.
        """
        now = time.monotonic()
        self.credits -= frames
        self.writing_since_s = now
        own = self._own
        own.epoch, own.sequence, own.dropped_count = self.epoch, self.sequence, self.dropped
        own.server_time_s = now - self._started_s
        response = own.SerializeToString() + body
        await write(response)
        self.writing_since_s = None
        self.sent_bytes += len(response)
        self.sequence += frames
