"""A publisher whose connection ends in another process than the one that has its session: both ends of a pipe.

Requests and responses go through as they are, numbered, because a codec and credits bear no gap: a pipe that lost a
message is broken, and its publisher connects anew.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator

from ani3d_runtime.errors import Ani3dError, ServiceError
from ani3d_runtime.rpc.v1 import live_pb2
from ani3d_runtime.server.bus.bus import Answer, Bus, Stop
from ani3d_runtime.server.live.relay.messages import Piped, packed, packed_error, pipe_subject, unpacked, unpacked_error
from ani3d_runtime.server.stream.client_stream import ClientStream, Write


class PublisherProxy:
    """The publisher's end of a pipe: handles its stream by forwarding it.

    Args:
        session_id: what is published to.
        bus: between the processes.

    Attributes:
        client_stream: counts signs of life and writes.
        pipe_id: of the pipe.
        absences: how often in a row the other process did not name this pipe.
    """

    def __init__(self, session_id: str, bus: Bus, client_stream: ClientStream) -> None:
        self.client_stream = client_stream
        self.pipe_id = secrets.token_hex(8)
        self.absences = 0
        self._session_id = session_id
        self._bus = bus
        self._incoming: deque[Piped] = deque()
        self._received = 0
        self._sent = 0
        self._stop: Stop | None = None

    async def open(self) -> None:
        """Listen to the other end."""
        self._stop = await self._bus.listen(pipe_subject(self.pipe_id, "down"), self._take)

    def close(self) -> None:
        """Hang up at the other end, and listen no more."""
        self._say(None)
        if self._stop is not None:
            self._stop()

    def apply(self, request: live_pb2.RetargetRequest) -> None:
        """Forward one request."""
        self._say(request.SerializeToString())

    async def run(self, write: Write) -> None:
        """Hand on what comes back, until the other end is done.

        Raises:
            Ani3dError: why the stream ends early.
        """
        stream = self.client_stream
        has_hung_up = False
        while True:
            if stream.failure is not None:
                raise stream.failure
            stream.changed.clear()
            if self._incoming:
                message = self._incoming.popleft()
                if message.error is not None:
                    raise unpacked_error(message.error)
                if message.body is None:
                    return
                await stream.forward(write, message.body)
                continue
            if stream.hung_up and not has_hung_up:
                has_hung_up = True  # what it sent before is still worked on
                self._say(None)
            await stream.changed.wait()

    def _say(self, body: bytes | None) -> None:
        self._sent += 1
        self._bus.publish(pipe_subject(self.pipe_id, "up"), packed(*Piped(self._sent, body)))

    def _take(self, body: bytes, answer: Answer | None) -> None:
        del answer
        message = Piped(*unpacked(body))
        self._received += 1
        if message.number != self._received:
            self.client_stream.fail(broken_pipe(self._session_id))
        self._incoming.append(message)
        self.client_stream.changed.set()


class PipeCall:
    """The session's end of a pipe: requests, and a way to write, as a gRPC call has them.

    Args:
        session_id: what is published to.
        pipe_id: of the pipe.
        first: the first request, serialised.
        bus: between the processes.
    """

    def __init__(self, session_id: str, pipe_id: str, first: bytes, bus: Bus) -> None:
        self._session_id = session_id
        self._pipe_id = pipe_id
        self._first = first
        self._bus = bus
        self._requests: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._received = 0
        self._sent = 0
        self._is_broken = False
        self._stop: Stop | None = None

    async def open(self) -> None:
        """Listen to the other end."""
        self._stop = await self._bus.listen(pipe_subject(self._pipe_id, "up"), self._take)

    def close(self, error: Ani3dError | None) -> None:
        """Tell the other end that it is over, and why."""
        if self._is_broken:
            error = error or broken_pipe(self._session_id)
        self._say(None, None if error is None else packed_error(error))
        if self._stop is not None:
            self._stop()

    async def requests(self) -> AsyncIterator[live_pb2.RetargetRequest]:
        """What the publisher asks, until it hangs up."""
        yield live_pb2.RetargetRequest.FromString(self._first)
        while (body := await self._requests.get()) is not None:
            yield live_pb2.RetargetRequest.FromString(body)

    async def write(self, response: bytes) -> None:
        """Send a response. The publisher's credits keep them few."""
        self._say(response)

    def _say(self, body: bytes | None, error: list[str] | None = None) -> None:
        self._sent += 1
        self._bus.publish(pipe_subject(self._pipe_id, "down"), packed(*Piped(self._sent, body, error)))

    def _take(self, body: bytes, answer: Answer | None) -> None:
        del answer
        message = Piped(*unpacked(body))
        self._received += 1
        self._is_broken = self._is_broken or message.number != self._received
        self._requests.put_nowait(None if self._is_broken else message.body)


def broken_pipe(session_id: str) -> ServiceError:
    """Messages between the two processes were lost."""
    return ServiceError(
        "service-unreachable",
        f"live session {session_id}",
        found="a live bus that lost messages, or a server that is gone",
        expected="a way to the server that has the session",
        fix="Connect again in a moment.",
    )
