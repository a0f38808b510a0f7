"""StreamRegistry: the streams in progress, counted against a limit, watched over, and ended when the server drains."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, Protocol, TypeVar

import grpc

from ani3d_runtime.errors import Ani3dError, ResourceError, ServiceError
from ani3d_runtime.server.calls.refusals import draining, refuse, stalled
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.stream.client_stream import ClientStream, Write
from ani3d_runtime.server.trust.call import current_call

_WATCHDOG_PERIOD_S = 0.5

RequestT = TypeVar("RequestT", contravariant=True)


class StreamHandler(Protocol[RequestT]):
    """What answers the requests of one stream: a play session, a publisher or a subscriber."""

    @property
    def client_stream(self) -> ClientStream:
        """What the client is sent, and its credits."""
        ...

    def apply(self, request: RequestT) -> None:
        """Take one request. A refused one ends the stream with its error."""
        ...

    async def run(self, write: Write) -> None:
        """Send until the client hangs up.

        Raises:
            Ani3dError: why the stream ends early.
        """
        ...

    def close(self) -> None:
        """The stream is over. Called once, also where the client was gone before ``run`` had begun."""
        ...


class StreamTotals(NamedTuple):
    """What all streams have sent so far, those in progress included.

    Attributes:
        sent: frames to clients.
        dropped: frames left out for clients that were late.
        sent_bytes: of all responses.
        thinned: frames left out because a link would not carry them.
    """

    sent: int
    dropped: int
    sent_bytes: int
    thinned: int

    @classmethod
    def of(cls, stream: ClientStream) -> StreamTotals:
        """What one stream has sent so far."""
        thinned = 0 if stream.ladder is None else stream.ladder.thinned
        return cls(stream.sequence, stream.dropped, stream.sent_bytes, thinned)

    def plus(self, other: StreamTotals) -> StreamTotals:
        """Both together."""
        return StreamTotals(*(one + another for one, another in zip(self, other, strict=True)))


class StreamRegistry:
    """Bidirectional streams of one kind, from their first request to their end.

    Args:
        options: heartbeat and write timeouts.
        limit: most streams at once.
    """

    def __init__(self, options: ServerOptions, limit: int) -> None:
        self._options = options
        self._limit = limit
        self._tasks: dict[StreamHandler[Any], asyncio.Task[Any]] = {}
        self._before = StreamTotals(0, 0, 0, 0)  # of streams that are over
        self._open_calls = 0
        self._is_draining = False

    @property
    def count(self) -> int:
        """Streams in progress."""
        return len(self._tasks)

    def totals(self) -> StreamTotals:
        """What was sent and what was not; may be asked from any thread."""
        in_progress = (StreamTotals.of(handler.client_stream) for handler in list(self._tasks))
        return functools.reduce(StreamTotals.plus, in_progress, self._before)

    def drain(self) -> None:
        """End every stream with ``service-draining``, and refuse new ones."""
        self._is_draining = True
        for handler in self._tasks:
            handler.client_stream.fail(draining())

    async def watch_over(self) -> None:
        """End streams that show no life; runs until cancelled."""
        while True:
            await asyncio.sleep(_WATCHDOG_PERIOD_S)
            now = time.monotonic()
            for handler, task in list(self._tasks.items()):
                stream = handler.client_stream
                stalled_s = 0.0 if stream.writing_since_s is None else now - stream.writing_since_s
                if stalled_s > self._options.write_timeout_s:
                    stream.fail(stalled(self._options.write_timeout_s))
                    task.cancel()  # out of the write that does not return
                elif now - stream.last_request_s > self._options.heartbeat_timeout_s:
                    stream.fail(_silent(self._options.heartbeat_timeout_s))

    async def serve(
        self,
        requests: AsyncIterator[Any],
        context: grpc.aio.ServicerContext[Any, Any],
        start: Callable[[Any], Awaitable[StreamHandler[Any]]],
    ) -> None:
        """Answer one call.

        Args:
            requests: of the client.
            context: of the call.
            start: makes the handler from the first request.
        """
        try:
            await self.handle(requests, context.write, start)
            return
        except Ani3dError as error:
            refusal = error
        # A client that is frozen takes this only when it wakes up; the call counts no more until then.
        await refuse(context, refusal)

    async def handle(
        self, requests: AsyncIterator[Any], write: Write, start: Callable[[Any], Awaitable[StreamHandler[Any]]]
    ) -> None:
        """Answer one stream, of whatever kind.

        Args:
            requests: of the client.
            write: sends a response.
            start: makes the handler from the first request.

        Raises:
            Ani3dError: why it ends early.
        """
        self._open_calls += 1
        try:
            if self._is_draining:
                raise draining()
            if self._open_calls > self._limit:
                raise _too_many(self._limit)
            first = await self._first(requests)
            if self._is_draining:
                raise draining()
            handler = await start(first)
            task = asyncio.current_task()
            assert task is not None
            self._tasks[handler] = task
            if self._is_draining:  # meanwhile
                handler.client_stream.fail(draining())
            reader = asyncio.create_task(_read(handler, requests))
            # Of its own: a task is resumed through all coroutines that wait for each other, and a call has some.
            writer = asyncio.create_task(handler.run(write))
            try:
                await writer
            except asyncio.CancelledError:
                if handler.client_stream.failure is None:
                    raise  # the client is gone, or the server stops
                raise handler.client_stream.failure from None
            finally:
                reader.cancel()
                self._leave(handler)
        finally:
            self._open_calls -= 1

    async def _first(self, requests: AsyncIterator[Any]) -> Any:
        try:
            return await asyncio.wait_for(anext(requests), self._options.heartbeat_timeout_s)
        except (asyncio.TimeoutError, StopAsyncIteration):
            raise _silent(self._options.heartbeat_timeout_s) from None

    def _leave(self, handler: StreamHandler[Any]) -> None:
        current_call().sent_bytes += handler.client_stream.sent_bytes
        self._before = self._before.plus(StreamTotals.of(handler.client_stream))
        del self._tasks[handler]
        handler.close()


async def _read(handler: StreamHandler[Any], requests: AsyncIterator[Any]) -> None:
    stream = handler.client_stream
    async for request in requests:
        stream.last_request_s = time.monotonic()
        try:
            handler.apply(request)
        except Ani3dError as error:
            stream.fail(error)
    stream.hang_up()


def _silent(timeout_s: float) -> ServiceError:
    return ServiceError(
        "play-client-silent",
        "client",
        found=f"no request for {timeout_s:g} s",
        expected="a request at least three times as often",
        fix="Send a credit of zero as a heartbeat while nothing else is to say.",
    )


def _too_many(limit: int) -> ResourceError:
    return ResourceError(
        "service-too-many-sessions",
        "server",
        found=f"{limit} sessions already",
        expected=f"at most {limit}",
        fix="Try again when others have ended, or another server.",
    )
