"""Client: a blocking connection to a server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import grpc

from ani3d_runtime.client.blocking.live import LiveClient
from ani3d_runtime.client.blocking.responses import Responses
from ani3d_runtime.client.blocking.stream import FrameStream
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


class Client:
    """A connection to an ani3d server; a context manager that closes it.

    Args:
        target: ``host:port``.
        timeout_s: how long an answer, or the next piece of a download, may take.
        patience_s: how long streams try to go on when their connection is lost; 0 for not at all.
        credentials: for servers that use TLS or ask for a token.

    Attributes:
        live: the server's live sessions.

    Raises:
        UsageError: ``service-bad-address``, ``token-in-clear``.
        InputError: ``tls-unreadable``.
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
        self._channel = (credentials or Credentials()).channel(target)
        self._calls = Calls(self._channel)
        self.live = LiveClient(self._calls, self._ask, target, timeout_s, patience_s, self._round_trip)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; calls in progress end."""
        self._channel.close()

    def list_avatars(self) -> list[AvatarListing]:
        """The avatars that the server offers, in the order of their ids.

        Raises:
            ServiceError: ``service-unreachable`` and others.
        """
        answer = self._ask(self._calls.list_avatars, asset_pb2.ListAvatarsRequest())
        return [AvatarListing.from_message(avatar) for avatar in answer.avatars]

    def manifest(self, avatar_id: str) -> RemoteManifest:
        """The manifest of an avatar's package.

        Raises:
            NotFoundError: ``avatar-not-found``.
            ServiceError: ``service-unreachable`` and others.
        """
        request = asset_pb2.GetManifestRequest(avatar_id=avatar_id)
        return RemoteManifest.from_message(self._ask(self._calls.get_manifest, request))

    def download(
        self, avatar_id: str, path: Path, *, progress: Callable[[float], None] | None = None
    ) -> DownloadReport:
        """Download a package to ``path``, and resume an attempt that broke off.

        Connections that break are taken up again a few times. The file gets its name only when it is whole and its
        digest is right.

        Args:
            avatar_id: as listed.
            path: where the file shall lie; replaced if it is there.
            progress: takes the fraction that has arrived, 0..1.

        Raises:
            NotFoundError: ``avatar-not-found``.
            ServiceError: ``service-unreachable`` (run again to resume), ``download-digest-mismatch`` and others.
            ResourceError: ``download-not-written``.
        """
        attempt = 0
        with PartialDownload(path, progress) as partial:
            while not partial.is_whole:
                before = partial.received_bytes
                try:
                    self._receive(avatar_id, partial)
                except Ani3dError as error:
                    if is_digest_change(error) and partial.digest:
                        partial.start_over()
                        continue
                    attempt = 0 if partial.received_bytes > before else attempt + 1
                    if error.code != "service-unreachable" or attempt >= len(RETRY_DELAYS_S):
                        raise
                    time.sleep(RETRY_DELAYS_S[attempt] * random.uniform(0.5, 1.5))
            return partial.finish()

    def server_info(self) -> ServerInfo:
        """The server's limits, and the principal that it takes this client for.

        Raises:
            UnauthenticatedError: ``token-missing``, ``token-expired``, ``token-invalid``.
            ServiceError: ``service-unreachable`` and others.
        """
        return ServerInfo.from_message(self._ask(self._calls.get_server_info, server_pb2.GetServerInfoRequest()))

    def play(self, avatar_id: str, clip: str, options: PlayOptions | None = None) -> Playback:
        """Start watching a clip.

        Raises:
            UsageError: ``play-bad-option``, ``play-bad-rate``.
            NotFoundError: ``avatar-not-found``, ``clip-not-found``.
            ServiceError: ``service-unreachable`` and others.
        """
        return Playback(
            self._calls.play,
            avatar_id,
            clip,
            options or PlayOptions(),
            self.target,
            self._timeout_s,
            self._patience_s,
            self._round_trip,
        )

    def frames(self, avatar_id: str, clip: str, options: PlayOptions | None = None) -> Iterator[StreamedFrame]:
        """The frames of a clip, from its begin to its end, over as many connections as it takes.

        Raises:
            Ani3dError: as :meth:`play`.
        """
        with self.play(avatar_id, clip, options) as playback:
            yield from playback

    def _receive(self, avatar_id: str, partial: PartialDownload) -> None:
        # A stream has no deadline as a whole: keepalive notices a dead server.
        responses = Responses(self._calls.download(partial.request(avatar_id)), self.target)
        try:
            for response in responses:
                partial.add(response)
        finally:
            responses.cancel()

    def _ask(self, call: Any, request: Any) -> Any:
        started_s = time.monotonic()
        try:
            answer = call(request, timeout=self._timeout_s)
            self._round_trip.took(time.monotonic() - started_s)
            return answer
        except grpc.RpcError as error:
            raise error_of(error, self.target) from error


class Playback(FrameStream[Watch]):
    """One clip being watched: iterate to get frames, in the order they are shown.

    Iteration ends with the clip; after ``seek`` it can be taken up again. When the connection is lost, the clip goes on
    after the last frame that came, as fast, paused or in a loop as it was asked to be.
    """

    def __init__(
        self,
        call: Any,
        avatar_id: str,
        clip: str,
        options: PlayOptions,
        target: str,
        timeout_s: float,
        patience_s: float,
        round_trip: RoundTrip,
    ) -> None:
        window = options.window(round_trip)
        first = options.start_request(avatar_id, clip, credits=window.first)
        super().__init__(
            call,
            first,
            Watch(first, options.package),
            watching.credit,
            window=window,
            target=target,
            timeout_s=timeout_s,
            patience_s=patience_s,
        )

    def seek(self, time_s: float) -> None:
        """Seek to a media time. The next frame that iteration returns belongs to it."""
        self._command(watching.seek(time_s))

    def pause(self) -> None:
        """Stop the clock; a seek still shows its frame."""
        self._command(watching.paused(True))

    def resume(self) -> None:
        """Resume the clock."""
        self._command(watching.paused(False))

    def set_rate(self, rate: float) -> None:
        """Play at another rate from here on; negative is backwards."""
        self._command(watching.rate(rate))

    def set_loop(self, loop: bool) -> None:
        """Loop at the clip's end, or stop there."""
        self._command(watching.loop(loop))

    def set_range(self, begin_s: float | None, end_s: float | None) -> None:
        """Play, and loop, between two media times from here on; None for the clip's own."""
        self._command(watching.play_range(begin_s, end_s))

    def _command(self, request: playback_pb2.PlayRequest) -> None:
        with self._sending:
            self.watch.remember(request)
            self._outgoing.put(request)

    def _requests_again(self) -> list[playback_pb2.PlayRequest]:
        return self.watch.requests_again()

    def _take(self, response: playback_pb2.PlayResponse) -> list[StreamedFrame]:
        return self.watch.take(response)
