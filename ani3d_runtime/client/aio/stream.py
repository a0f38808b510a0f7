"""AsyncFrameStream: a call that returns frames and takes commands, for asyncio programs."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Generic, TypeVar

import grpc

from ani3d_runtime.client.protocol.receipts import Receipt, Receipts
from ani3d_runtime.client.protocol.reception import Reception, StreamedFrame, StreamHeader
from ani3d_runtime.client.protocol.reconnecting import PASSING_CODES, Backoff
from ani3d_runtime.client.protocol.window import CreditWindow
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.status import error_from_status, no_answer

ReceptionT = TypeVar("ReceptionT", bound=Reception)
StreamT = TypeVar("StreamT", bound="AsyncFrameStream[Any]")


class AsyncFrameStream(Generic[ReceptionT]):
    """``async for`` gives frames in the order they are shown; an async context manager that hangs up.

    As :class:`ani3d_runtime.client.blocking.stream.FrameStream`, but opened by :meth:`open`.
    """

    _passing_codes = PASSING_CODES

    def __init__(
        self,
        call: Callable[[], Any],
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
        self._new_call = call
        self._target = target
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._call: Any = None
        self._credit = credit
        self._waiting: deque[tuple[int, StreamedFrame]] = deque()
        self._window = window
        self._receipts = Receipts()
        self._writing = asyncio.Lock()
        self._heartbeat: asyncio.Task[None] | None = None
        self._forgotten = False

    async def __aenter__(self: StreamT) -> StreamT:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def header(self) -> StreamHeader:
        """The part of the stream that is the same for all its frames."""
        assert self.watch.header is not None
        return self.watch.header

    async def open(self) -> None:
        """Send the first request, and wait for the header."""
        await self._open(lambda: [self._first])
        self._heartbeat = asyncio.create_task(self._keep_alive())

    async def __aiter__(self) -> AsyncIterator[StreamedFrame]:
        while True:
            credits = self._window.due()
            if credits or self._receipts.is_due:
                await self._send(self._credit(credits, self._receipts.said()))
            if self._waiting:
                epoch, frame = self._waiting.popleft()
                self._window.used()
                if not self.watch.is_stale(epoch):
                    yield frame
            elif self.watch.ended:
                return
            else:
                await self._receive()

    async def close(self) -> None:
        """Close the stream."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._heartbeat
            self._heartbeat = None
        if self._call is not None:
            self._call.cancel()

    def _is_open(self) -> bool:
        """True if the header has arrived, and whatever else must come before frames."""
        return self.watch.is_open

    def _requests_again(self) -> list[Any]:
        """The requests that resume the stream on a new connection."""
        return [self._first]

    def _take(self, response: Any) -> list[StreamedFrame]:
        """The frames of a response."""
        return self.watch.received(response)

    async def _open(self, first: Callable[[], list[Any]]) -> None:
        """Begin a call with these requests, and wait for its header."""
        try:
            await asyncio.wait_for(self._begin(first), self._timeout_s)
        except BaseException as error:
            if self._call is not None:
                self._call.cancel()
            if isinstance(error, asyncio.TimeoutError):
                raise no_answer(self._target, self._timeout_s) from None
            raise

    async def _begin(self, first: Callable[[], list[Any]]) -> None:
        # Commands that are given meanwhile come after these, or are remembered by them.
        self._window.begin()
        self._receipts.begin()
        async with self._writing:
            self._call = self._new_call()
            for request in first():
                await self._write(request)
        while not self._is_open() and not self.watch.ended:
            await self._take_next()
        if self.watch.header is not None:
            self._window.opened(self.watch.header.frame_rate_hz)
            self._receipts.opened(is_wanted=self.watch.rendition is not None)
            if self._receipts.is_due:
                await self._send(self._credit(0, self._receipts.said()))

    async def _receive(self) -> None:
        """Wait for the next response, on a new connection if this one is lost."""
        try:
            await self._take_next()
        except Ani3dError as error:
            if error.code not in PASSING_CODES or not self._patience_s:
                raise
            await self._open_again(error)

    async def _open_again(self, loss: Ani3dError) -> None:
        backoff = Backoff(self._patience_s)
        may_be_over = self._forgotten
        while True:
            delay_s = backoff.next_s()
            if delay_s is None:
                raise loss
            await asyncio.sleep(delay_s)
            self.watch.lose()
            try:
                await self._open(self._requests_again)
                return
            except Ani3dError as error:
                if may_be_over and error.code == "live-session-not-found":
                    self.watch.ended = True
                    return
                if error.code not in self._passing_codes:
                    raise
                loss = error

    async def _take_next(self) -> None:
        asked_s = time.monotonic()
        try:
            response = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise self._coded(error.code(), error.details(), error.trailing_metadata()) from error
        if response is grpc.aio.EOF:
            await self._raise_status()
            self.watch.ended = True
            return
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

    async def _send(self, request: Any) -> None:
        try:
            async with self._writing:
                await self._write(request)
        except Ani3dError as error:
            # Whoever reads next makes the connection anew, and says again what was asked for.
            if error.code not in PASSING_CODES or not self._patience_s:
                raise

    async def _write(self, request: Any) -> None:
        try:
            await self._call.write(request)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            # The call is over; why is in its status.
            await self._raise_status()

    async def _raise_status(self) -> None:
        code = await self._call.code()
        if code is not grpc.StatusCode.OK:
            trailing = await self._call.trailing_metadata()
            raise self._coded(code, await self._call.details(), trailing)

    def _coded(self, code: grpc.StatusCode, details: str | None, trailing: Any) -> Ani3dError:
        # gRPC's asyncio face forgets the status where a write meets the end of the stream: the call is over, and
        # whether it was lost or had come to its end is learnt by asking again.
        self._forgotten = code is grpc.StatusCode.INTERNAL and (details or "").startswith("Internal error from Core")
        return error_from_status(
            self._target, grpc.StatusCode.UNAVAILABLE if self._forgotten else code, details, trailing
        )

    async def _keep_alive(self) -> None:
        while self._patience_s or not self._call.done():
            await asyncio.sleep(self.watch.heartbeat_s)
            # A call that is over is reported to whoever reads next.
            with contextlib.suppress(Ani3dError):
                await self._send(self._credit(0, self._receipts.said()))
