"""AsyncFrameStream: a call that gives frames and takes commands, for asyncio programs."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Generic, TypeVar

import grpc

from ani3d_runtime.client.reception import Reception, StreamedFrame, StreamHeader
from ani3d_runtime.client.stream import coded, paid_at_once
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.status import error_from_status, no_answer

ReceptionT = TypeVar("ReceptionT", bound=Reception)
StreamT = TypeVar("StreamT", bound="AsyncFrameStream[Any]")


class AsyncFrameStream(Generic[ReceptionT]):
    """``async for`` gives frames in the order they are shown; an async context manager that hangs up.

    As :class:`ani3d_runtime.client.stream.FrameStream`, but opened by :meth:`open`.
    """

    def __init__(
        self, call: Any, watch: ReceptionT, credit: Callable[[int], Any], *, credits: int, target: str
    ) -> None:
        self.watch = watch
        self._target = target
        self._call = call
        self._credit = credit
        self._waiting: deque[tuple[int, StreamedFrame]] = deque()
        self._unpaid = 0
        self._paid_at_once = paid_at_once(credits)
        self._writing = asyncio.Lock()
        self._heartbeat: asyncio.Task[None] | None = None

    async def __aenter__(self: StreamT) -> StreamT:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def header(self) -> StreamHeader:
        """What does not change from frame to frame."""
        assert self.watch.header is not None
        return self.watch.header

    async def open(self, first: Any, timeout_s: float) -> None:
        """Send the first request, and wait for what must come first."""
        try:
            await asyncio.wait_for(self._open(first), timeout_s)
        except asyncio.TimeoutError:
            raise no_answer(self._target, timeout_s) from None

    async def __aiter__(self) -> AsyncIterator[StreamedFrame]:
        while True:
            if self._unpaid >= self._paid_at_once:
                await self._send(self._credit(self._unpaid))
                self._unpaid = 0
            if self._waiting:
                epoch, frame = self._waiting.popleft()
                self._unpaid += 1
                if not self.watch.is_stale(epoch):
                    yield frame
            elif self.watch.ended:
                return
            else:
                await self._receive()

    async def close(self) -> None:
        """Hang up."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._heartbeat
            self._heartbeat = None
        self._call.cancel()

    def _is_open(self) -> bool:
        """Whether what must come first has come."""
        return self.watch.header is not None

    def _take(self, response: Any) -> list[StreamedFrame]:
        """The frames of a response."""
        return self.watch.received(response)

    async def _open(self, first: Any) -> None:
        await self._send(first)
        try:
            while not self._is_open() and not self.watch.ended:
                await self._receive()
        except BaseException:
            await self.close()
            raise
        self._heartbeat = asyncio.create_task(self._keep_alive())

    async def _receive(self) -> None:
        try:
            response = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise coded(error, self._target) from error
        if response is grpc.aio.EOF:
            await self._raise_status()
            self.watch.ended = True
            return
        frames = self._take(response)
        # What is stale was paid for too.
        self._unpaid += len(response.frames) - len(frames)
        self._waiting.extend((response.epoch, frame) for frame in frames)

    async def _send(self, request: Any) -> None:
        try:
            async with self._writing:
                await self._call.write(request)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            # The call is over; why is in its status.
            await self._raise_status()

    async def _raise_status(self) -> None:
        code = await self._call.code()
        if code is not grpc.StatusCode.OK:
            trailing = await self._call.trailing_metadata()
            raise error_from_status(self._target, code, await self._call.details(), trailing)

    async def _keep_alive(self) -> None:
        while not self._call.done():
            await asyncio.sleep(self.watch.heartbeat_s)
            # A call that is over is reported to whoever reads next.
            with contextlib.suppress(Ani3dError):
                await self._send(self._credit(0))
