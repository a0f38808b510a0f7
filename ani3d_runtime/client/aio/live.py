"""client.live for asyncio programs.

Methods mean and raise what those of :mod:`ani3d_runtime.client.blocking.live` do.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Any, Protocol

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_live import MappingReport, SourceSkeleton
from ani3d_runtime.client.aio.stream import AsyncFrameStream
from ani3d_runtime.client.protocol.calls import Calls
from ani3d_runtime.client.protocol.live_messages import (
    FIRST_PUBLISHER_TIMEOUT_S,
    SESSION_PASSING_CODES,
    LiveListing,
    LiveReception,
    LiveTicket,
    OnSource,
    PublishOptions,
    create_request,
    pose_request,
    publisher_credit,
    subscribe_request,
    subscriber_credit,
)
from ani3d_runtime.client.protocol.reception import FrameModeName, StreamedFrame
from ani3d_runtime.client.protocol.window import CreditWindow, RoundTrip
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import Layer
from ani3d_runtime.rpc.v1 import live_pb2


class AsyncAsk(Protocol):
    """Makes a unary call."""

    def __call__(self, call: Any, request: Any) -> Awaitable[Any]:
        """The response.

        Raises:
            Ani3dError: why there is none.
        """
        ...


class AsyncLiveClient:
    """The live sessions of a server; ``AsyncClient.live``."""

    def __init__(
        self, calls: Calls, ask: AsyncAsk, target: str, timeout_s: float, patience_s: float, round_trip: RoundTrip
    ) -> None:
        self._calls = calls
        self._ask = ask
        self._target = target
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._round_trip = round_trip

    async def create(self, avatar_id: str, session_id: str = "", *, layer: Layer = "residual") -> LiveTicket:
        """Create a session of an avatar."""
        request = create_request(avatar_id, session_id, layer)
        return LiveTicket.from_message(await self._ask(self._calls.create_session, request))

    async def list(self) -> list[LiveListing]:
        """The open sessions, in the order of their ids."""
        answer = await self._ask(self._calls.list_sessions, live_pb2.ListSessionsRequest())
        return [LiveListing.from_message(session) for session in answer.sessions]

    async def end(self, ticket: LiveTicket) -> None:
        """End a session for its publisher and all subscribers."""
        request = live_pb2.EndSessionRequest(session_id=ticket.session_id, publish_key=ticket.publish_key)
        await self._ask(self._calls.end_session, request)

    async def publish(
        self, ticket: LiveTicket, source: SourceSkeleton | None = None, options: PublishOptions | None = None
    ) -> AsyncLivePublisher:
        """Become the session's publisher."""
        chosen = options or PublishOptions()
        window = CreditWindow(chosen.credits, self._round_trip)
        first = chosen.first_request(ticket, source or SourceSkeleton(), credits=window.first)
        publisher = AsyncLivePublisher(
            self._calls.publish,
            first,
            LiveReception(chosen.package),
            publisher_credit,
            window=window,
            target=self._target,
            timeout_s=max(self._timeout_s, FIRST_PUBLISHER_TIMEOUT_S),
        )
        await publisher.open()
        if chosen.answers is None:
            publisher.listen()
        return publisher

    async def subscribe(
        self,
        session_id: str,
        mode: FrameModeName = "light",
        *,
        credits: int | None = None,
        package: Package | None = None,
        on_source: OnSource | None = None,
        adaptive: bool = True,
    ) -> AsyncLiveSubscription:
        """Watch a session from its latest frame on."""
        window = CreditWindow(credits, self._round_trip)
        subscription = AsyncLiveSubscription(
            self._calls.subscribe,
            subscribe_request(session_id, mode, window.first, package, adaptive=adaptive),
            LiveReception(package, on_source),
            subscriber_credit,
            window=window,
            target=self._target,
            timeout_s=self._timeout_s,
            patience_s=self._patience_s,
        )
        await subscription.open()
        return subscription


class AsyncLiveSubscription(AsyncFrameStream[LiveReception]):
    """A live session being watched: ``async for`` gives frames as they are made, until the session ends.

    See :class:`ani3d_runtime.client.blocking.live.LiveSubscription`.
    """

    _passing_codes = SESSION_PASSING_CODES

    def _take(self, response: live_pb2.SubscribeResponse) -> list[StreamedFrame]:
        return self.watch.take_subscribed(response)


class AsyncLivePublisher(AsyncFrameStream[LiveReception]):
    """The publisher of a live session. See :class:`ani3d_runtime.client.blocking.live.LivePublisher`."""

    _listener: asyncio.Task[None] | None = None

    @property
    def mapping(self) -> MappingReport:
        """The joints that the server matched, and those that either side lacks."""
        assert self.watch.mapping is not None
        return self.watch.mapping

    @property
    def epoch(self) -> int:
        """The epoch that this publisher began."""
        return self.watch.epoch

    async def send(
        self,
        rotations_wxyz: Float32Array,
        root_position: Float32Array,
        capture_time_s: float | None = None,
        *,
        discontinuous: bool = False,
        curves: Float32Array | None = None,
    ) -> None:
        """Send one pose; waits while the connection cannot take it."""
        time_s = time.monotonic() if capture_time_s is None else capture_time_s
        await self._send(pose_request(rotations_wxyz, root_position, time_s, discontinuous, curves))

    def listen(self) -> None:
        """Read the server's responses while the program does not iterate."""
        self._listener = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Close the stream."""
        await super().close()
        if self._listener is not None:
            await self._listener

    def _is_open(self) -> bool:
        return self.watch.mapping is not None

    def _take(self, response: live_pb2.RetargetResponse) -> list[StreamedFrame]:
        return self.watch.take_published(response)

    async def _listen(self) -> None:
        try:
            while not self.watch.ended:
                await self._receive()
        except (Ani3dError, asyncio.CancelledError):
            self.watch.ended = True  # send() raises why
