"""AsyncClient: the same connection for asyncio programs."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc

from ani3d_runtime.client import watching
from ani3d_runtime.client.calls import CHANNEL_OPTIONS, Calls, checked_target
from ani3d_runtime.client.listing import AvatarListing, RemoteManifest
from ani3d_runtime.client.partial import DownloadReport, PartialDownload, is_digest_change
from ani3d_runtime.client.sync import RETRY_DELAYS_S
from ani3d_runtime.client.watching import PlaybackHeader, PlayOptions, StreamedFrame, Watch
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.status import error_from_status, no_answer
from ani3d_runtime.rpc.v1 import asset_pb2, playback_pb2


class AsyncClient:
    """A connection to an ani3d server, made inside a running event loop; an async context manager that closes it.

    Methods mean and raise what those of :class:`ani3d_runtime.client.sync.Client` do.
    """

    def __init__(self, target: str, *, timeout_s: float = 10.0) -> None:
        self.target = checked_target(target)
        self._timeout_s = timeout_s
        self._channel = grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
        self._calls = Calls(self._channel)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up; calls in progress end."""
        await self._channel.close()

    async def list_avatars(self) -> list[AvatarListing]:
        """What the server offers, by id."""
        answer = await self._ask(self._calls.list_avatars, asset_pb2.ListAvatarsRequest())
        return [AvatarListing.from_message(avatar) for avatar in answer.avatars]

    async def manifest(self, avatar_id: str) -> RemoteManifest:
        """Everything a package says about itself."""
        request = asset_pb2.GetManifestRequest(avatar_id=avatar_id)
        return RemoteManifest.from_message(await self._ask(self._calls.get_manifest, request))

    async def download(
        self, avatar_id: str, path: Path, *, progress: Callable[[float], None] | None = None
    ) -> DownloadReport:
        """Fetch a package to ``path``, going on where an earlier attempt broke off."""
        attempt = 0
        with PartialDownload(path, progress) as partial:
            while not partial.is_whole:
                before = partial.received_bytes
                try:
                    await self._receive(avatar_id, partial)
                except Ani3dError as error:
                    if is_digest_change(error) and partial.digest:
                        partial.start_over()
                        continue
                    attempt = 0 if partial.received_bytes > before else attempt + 1
                    if error.code != "service-unreachable" or attempt >= len(RETRY_DELAYS_S):
                        raise
                    await asyncio.sleep(RETRY_DELAYS_S[attempt] * random.uniform(0.5, 1.5))
            return partial.finish()

    async def play(self, avatar_id: str, clip: str, options: PlayOptions | None = None) -> AsyncPlayback:
        """Start watching a clip."""
        chosen = options or PlayOptions()
        request = chosen.start_request(avatar_id, clip)
        playback = AsyncPlayback(self._calls.play(), chosen.credits_paid_at_once, self.target)
        try:
            await asyncio.wait_for(playback.open(request), self._timeout_s)
        except asyncio.TimeoutError:
            raise no_answer(self.target, self._timeout_s) from None
        return playback

    async def _receive(self, avatar_id: str, partial: PartialDownload) -> None:
        call = self._calls.download(partial.request(avatar_id))
        try:
            async for response in call:
                partial.add(response)
        except grpc.aio.AioRpcError as error:
            raise _coded(error, self.target) from error
        finally:
            call.cancel()

    async def _ask(self, call: Any, request: Any) -> Any:
        try:
            return await call(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError as error:
            raise _coded(error, self.target) from error


class AsyncPlayback:
    """One clip being watched: ``async for`` gives its frames. See :class:`ani3d_runtime.client.sync.Playback`."""

    def __init__(self, call: Any, paid_at_once: int, target: str) -> None:
        self.watch = Watch()
        self._target = target
        self._call = call
        self._unpaid = 0
        self._paid_at_once = paid_at_once
        self._writing = asyncio.Lock()
        self._heartbeat: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncPlayback:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def header(self) -> PlaybackHeader:
        """What does not change from frame to frame."""
        assert self.watch.header is not None
        return self.watch.header

    async def open(self, start: playback_pb2.PlayRequest) -> None:
        """Start, and wait for the header."""
        await self._send(start)
        try:
            while self.watch.header is None:
                await self._receive()
        except BaseException:
            await self.close()
            raise
        self._heartbeat = asyncio.create_task(self._keep_alive())

    async def __aiter__(self) -> AsyncIterator[StreamedFrame]:
        while not self.watch.ended:
            frame = await self._receive()
            if frame is not None:
                yield frame

    async def seek(self, time_s: float) -> None:
        """Go on from another media time. The next frame that iteration gives belongs to it."""
        await self._send(self.watch.seek_request(time_s))

    async def pause(self) -> None:
        """Stop the clock; a seek still shows its frame."""
        await self._send(watching.paused(True))

    async def resume(self) -> None:
        """Let the clock go on."""
        await self._send(watching.paused(False))

    async def set_rate(self, rate: float) -> None:
        """Play at another rate from here on; negative is backwards."""
        await self._send(watching.rate(rate))

    async def set_loop(self, loop: bool) -> None:
        """Start again at the end, or not."""
        await self._send(watching.loop(loop))

    async def close(self) -> None:
        """Hang up."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._heartbeat
            self._heartbeat = None
        self._call.cancel()

    async def _receive(self) -> StreamedFrame | None:
        if self._unpaid >= self._paid_at_once:
            await self._send(watching.credit(self._unpaid))
            self._unpaid = 0
        try:
            response = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise _coded(error, self._target) from error
        if response is grpc.aio.EOF:
            await self._raise_status()
            self.watch.ended = True
            return None
        self._unpaid += response.HasField("frame")
        return self.watch.take(response)

    async def _send(self, request: playback_pb2.PlayRequest) -> None:
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
                await self._send(watching.credit(0))


def _coded(error: grpc.aio.AioRpcError, target: str) -> Ani3dError:
    return error_from_status(target, error.code(), error.details(), error.trailing_metadata())
