"""client.live: create live sessions, publish poses to them and subscribe, for blocking programs."""

from __future__ import annotations

import threading
import time
from typing import Any, Protocol

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_live import MappingReport, SourceSkeleton
from ani3d_runtime.client.blocking.stream import FrameStream
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

# A server or network that takes nothing for so many poses is too slow for them; older ones are worth nothing.
_MAX_QUEUED = 16
_LAST_WORDS_S = 0.5


class Ask(Protocol):
    """Makes a unary call."""

    def __call__(self, call: Any, request: Any) -> Any:
        """The response.

        Raises:
            Ani3dError: why there is none.
        """
        ...


class LiveClient:
    """The live sessions of a server; ``Client.live``."""

    def __init__(
        self, calls: Calls, ask: Ask, target: str, timeout_s: float, patience_s: float, round_trip: RoundTrip
    ) -> None:
        self._calls = calls
        self._ask = ask
        self._target = target
        self._timeout_s = timeout_s
        self._patience_s = patience_s
        self._round_trip = round_trip

    def create(self, avatar_id: str, session_id: str = "", *, layer: Layer = "residual") -> LiveTicket:
        """Create a session of an avatar, under a name of your own or the server's.

        Args:
            avatar_id: as listed.
            session_id: what subscribers name.
            layer: with cloth and hair where the package has a driver for them, or the rigid layer alone.

        Raises:
            NotFoundError: ``avatar-not-found``.
            ServiceError: ``live-session-exists``, ``live-bad-session-id``, ``service-too-many-sessions`` and others.
        """
        request = create_request(avatar_id, session_id, layer)
        return LiveTicket.from_message(self._ask(self._calls.create_session, request))

    def list(self) -> list[LiveListing]:
        """The open sessions, in the order of their ids."""
        answer = self._ask(self._calls.list_sessions, live_pb2.ListSessionsRequest())
        return [LiveListing.from_message(session) for session in answer.sessions]

    def end(self, ticket: LiveTicket) -> None:
        """End a session for its publisher and all subscribers.

        Raises:
            NotFoundError: ``live-session-not-found``.
            ServiceError: ``live-wrong-key``.
        """
        request = live_pb2.EndSessionRequest(session_id=ticket.session_id, publish_key=ticket.publish_key)
        self._ask(self._calls.end_session, request)

    def publish(
        self, ticket: LiveTicket, source: SourceSkeleton | None = None, options: PublishOptions | None = None
    ) -> LivePublisher:
        """Become the session's publisher.

        Args:
            ticket: of the session.
            source: the skeleton of the poses; None for the avatar's own joints.
            options: how to publish.

        Raises:
            NotFoundError: ``live-session-not-found``.
            ServiceError: ``live-wrong-key``, ``live-fenced``, ``retarget-unknown-joints``, ``source-invalid`` and
                others.
        """
        chosen = options or PublishOptions()
        window = CreditWindow(chosen.credits, self._round_trip)
        first = chosen.first_request(ticket, source or SourceSkeleton(), credits=window.first)
        timeout_s = max(self._timeout_s, FIRST_PUBLISHER_TIMEOUT_S)
        return LivePublisher(self._calls.publish, first, chosen, window, self._target, timeout_s)

    def subscribe(
        self,
        session_id: str,
        mode: FrameModeName = "light",
        *,
        credits: int | None = None,
        package: Package | None = None,
        on_source: OnSource | None = None,
        adaptive: bool = True,
    ) -> LiveSubscription:
        """Watch a session from its latest frame on.

        Args:
            session_id: as listed.
            mode: "light" frames are evaluated with the avatar's package; "full" ones are posed Gaussians.
            credits: frames that may be on their way at once; None for as many as the way there takes.
            package: the avatar's, where it is at hand: light frames come in a tenth of the bytes then, rounded to
                fractions of a millimetre.
            on_source: takes the state of the publisher, on the thread that iterates.
            adaptive: frames are left out where the link carries no more; ``watch.rendition`` says so.

        Raises:
            NotFoundError: ``live-session-not-found``.
        """
        window = CreditWindow(credits, self._round_trip)
        first = subscribe_request(session_id, mode, window.first, package, adaptive=adaptive)
        return LiveSubscription(
            self._calls.subscribe,
            first,
            LiveReception(package, on_source),
            subscriber_credit,
            window=window,
            target=self._target,
            timeout_s=self._timeout_s,
            patience_s=self._patience_s,
        )


class LiveSubscription(FrameStream[LiveReception]):
    """A live session being watched: iterate to get frames as they are made, until the session ends.

    When the connection is lost, it goes on with the session's latest frame; where the server has begun anew, once the
    publisher has opened the session again.
    """

    _passing_codes = SESSION_PASSING_CODES

    def _take(self, response: live_pb2.SubscribeResponse) -> list[StreamedFrame]:
        return self.watch.take_subscribed(response)


class LivePublisher(FrameStream[LiveReception]):
    """The publisher of a live session: :meth:`send` poses; iterate to get the frames made of them, if asked for.

    Whoever asks for answers must iterate, and gets errors there; otherwise they are raised by the next :meth:`send`.

    Attributes:
        unsent_count: poses dropped because the connection could not take them.
    """

    def __init__(
        self,
        call: Any,
        first: live_pb2.RetargetRequest,
        options: PublishOptions,
        window: CreditWindow,
        target: str,
        timeout_s: float,
    ) -> None:
        self.unsent_count = 0
        self._failure: Ani3dError | None = None
        self._finished = threading.Event()
        super().__init__(
            call,
            first,
            LiveReception(options.package),
            publisher_credit,
            window=window,
            target=target,
            timeout_s=timeout_s,
        )
        if options.answers is None:
            threading.Thread(target=self._listen, name="ani3d-publisher", daemon=True).start()

    @property
    def mapping(self) -> MappingReport:
        """The joints that the server matched, and those that either side lacks."""
        assert self.watch.mapping is not None
        return self.watch.mapping

    @property
    def epoch(self) -> int:
        """The epoch that this publisher began."""
        return self.watch.epoch

    def send(
        self,
        rotations_wxyz: Float32Array,
        root_position: Float32Array,
        capture_time_s: float | None = None,
        *,
        discontinuous: bool = False,
        curves: Float32Array | None = None,
    ) -> None:
        """Send one pose.

        Args:
            rotations_wxyz: [K, 4] local rotations of the source's joints.
            root_position: [3] of the source's root joint, in its unit and axes.
            capture_time_s: when it was captured, by any clock that this publisher keeps to; None for now.
            discontinuous: the motion does not go on from the pose before.
            curves: [C] values of the source's curve names.

        Raises:
            ServiceError: why the server has ended the stream: ``live-fenced``, ``service-unreachable`` and others.
        """
        if self._failure is not None:
            raise self._failure
        time_s = time.monotonic() if capture_time_s is None else capture_time_s
        if self._outgoing.qsize() >= _MAX_QUEUED:
            self.unsent_count += 1
            return
        self._outgoing.put(pose_request(rotations_wxyz, root_position, time_s, discontinuous, curves))

    def finish(self) -> None:
        """Close the stream once all requests have been sent."""
        self._outgoing.put(None)
        self._finished.wait(_LAST_WORDS_S)
        self.close()

    def _is_open(self) -> bool:
        return self.watch.mapping is not None

    def _take(self, response: live_pb2.RetargetResponse) -> list[StreamedFrame]:
        return self.watch.take_published(response)

    def _listen(self) -> None:
        try:
            while not self.watch.ended:
                self._receive()
        except Ani3dError as error:
            self._failure = error
        finally:
            self._finished.set()
