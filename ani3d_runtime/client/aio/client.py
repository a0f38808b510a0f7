"""AsyncClient: the same connection for asyncio programs."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc

from ani3d_runtime.client.aio.live import AsyncLiveClient
from ani3d_runtime.client.aio.stream import AsyncFrameStream
from ani3d_runtime.client.partial import DownloadReport, PartialDownload, is_digest_change
from ani3d_runtime.client.protocol import watching
from ani3d_runtime.client.protocol.calls import Calls, error_of
from ani3d_runtime.client.protocol.credentials import Credentials
from ani3d_runtime.client.protocol.info import ServerInfo
from ani3d_runtime.client.protocol.listing import AvatarListing, RemoteManifest
from ani3d_runtime.client.protocol.reception import StreamedFrame
from ani3d_runtime.client.protocol.reconnecting import DEFAULT_PATIENCE_S, RETRY_DELAYS_S
from ani3d_runtime.client.protocol.watching import PlayOptions, Watch
from ani3d_runtime.client.protocol.window import RoundTrip
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.v1 import asset_pb2, playback_pb2, server_pb2


class AsyncClient:
    """A connection to an ani3d server, made inside a running event loop; an async context manager that closes it.

    Methods mean and raise what those of :class:`ani3d_runtime.client.blocking.client.Client` do.
    """

    def __init__(
        self,
        target: str,
        *,
        timeout_s: float = 10.0,
        patience_s: float = DEFAULT_PATIENCE_S,
        credentials: Credentials | None = None,
    ) -> None:
        self.target = target
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._round_trip = RoundTrip()
        self._channel = (credentials or Credentials()).aio_channel(target)
        self._calls = Calls(self._channel)
        self.live = AsyncLiveClient(self._calls, self._ask, target, timeout_s, patience_s, self._round_trip)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; calls in progress end."""
        await self._channel.close()

    async def list_avatars(self) -> list[AvatarListing]:
        """The avatars that the server offers, in the order of their ids."""
        answer = await self._ask(self._calls.list_avatars, asset_pb2.ListAvatarsRequest())
        return [AvatarListing.from_message(avatar) for avatar in answer.avatars]

    async def manifest(self, avatar_id: str) -> RemoteManifest:
        """The manifest of an avatar's package."""
        request = asset_pb2.GetManifestRequest(avatar_id=avatar_id)
        return RemoteManifest.from_message(await self._ask(self._calls.get_manifest, request))

    async def download(
        self, avatar_id: str, path: Path, *, progress: Callable[[float], None] | None = None
    ) -> DownloadReport:
        """Download a package to ``path``, and resume an attempt that broke off."""
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

    async def server_info(self) -> ServerInfo:
        """The server's limits, and the principal that it takes this client for."""
        request = server_pb2.GetServerInfoRequest()
        return ServerInfo.from_message(await self._ask(self._calls.get_server_info, request))

    async def play(self, avatar_id: str, clip: str, options: PlayOptions | None = None) -> AsyncPlayback:
        """Start watching a clip."""
        chosen = options or PlayOptions()
        window = chosen.window(self._round_trip)
        request = chosen.start_request(avatar_id, clip, credits=window.first)
        playback = AsyncPlayback(
            self._calls.play,
            request,
            Watch(request, chosen.package),
            watching.credit,
            window=window,
            target=self.target,
            timeout_s=self._timeout_s,
            patience_s=self._patience_s,
        )
        await playback.open()
        return playback

    async def frames(
        self, avatar_id: str, clip: str, options: PlayOptions | None = None
    ) -> AsyncIterator[StreamedFrame]:
        """The frames of a clip, from its begin to its end, over as many connections as it takes."""
        async with await self.play(avatar_id, clip, options) as playback:
            async for frame in playback:
                yield frame

    async def _receive(self, avatar_id: str, partial: PartialDownload) -> None:
        call = self._calls.download(partial.request(avatar_id))
        try:
            async for response in call:
                partial.add(response)
        except grpc.aio.AioRpcError as error:
            raise error_of(error, self.target) from error
        finally:
            call.cancel()

    async def _ask(self, call: Any, request: Any) -> Any:
        started_s = time.monotonic()
        try:
            answer = await call(request, timeout=self._timeout_s)
            self._round_trip.took(time.monotonic() - started_s)
            return answer
        except grpc.aio.AioRpcError as error:
            raise error_of(error, self.target) from error


class AsyncPlayback(AsyncFrameStream[Watch]):
    """One clip being watched: ``async for`` gives its frames.

    See :class:`ani3d_runtime.client.blocking.client.Playback`.
    """

    async def seek(self, time_s: float) -> None:
        """Seek to a media time. The next frame that iteration returns belongs to it."""
        await self._command(watching.seek(time_s))

    async def pause(self) -> None:
        """Stop the clock; a seek still shows its frame."""
        await self._command(watching.paused(True))

    async def resume(self) -> None:
        """Resume the clock."""
        await self._command(watching.paused(False))

    async def set_rate(self, rate: float) -> None:
        """Play at another rate from here on; negative is backwards."""
        await self._command(watching.rate(rate))

    async def set_loop(self, loop: bool) -> None:
        """Loop at the clip's end, or stop there."""
        await self._command(watching.loop(loop))

    async def set_range(self, begin_s: float | None, end_s: float | None) -> None:
        """Play, and loop, between two media times from here on; None for the clip's own."""
        await self._command(watching.play_range(begin_s, end_s))

    async def _command(self, request: playback_pb2.PlayRequest) -> None:
        self.watch.remember(request)
        await self._send(request)

    def _requests_again(self) -> list[playback_pb2.PlayRequest]:
        return self.watch.requests_again()

    def _take(self, response: playback_pb2.PlayResponse) -> list[StreamedFrame]:
        return self.watch.take(response)
