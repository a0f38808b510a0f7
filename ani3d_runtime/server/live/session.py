"""LiveSession: one avatar moved by one publisher at a time, and everybody who watches."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import Ani3dError, NotFoundError, ServiceError
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.rpc.v1 import live_pb2
from ani3d_runtime.server.assets.catalogue import CatalogueEntry
from ani3d_runtime.server.live.frame import LightCoder, LiveFrame
from ani3d_runtime.server.live.stream import LiveStream
from ani3d_runtime.server.stream.frame_form import FrameForm

WAITING, LIVE, IDLE, LOST = (
    live_pb2.SOURCE_STATE_WAITING,
    live_pb2.SOURCE_STATE_LIVE,
    live_pb2.SOURCE_STATE_IDLE,
    live_pb2.SOURCE_STATE_LOST,
)


class Subscriber(Protocol):
    """Receives what a session shows: one client, or the host for those of other processes."""

    @property
    def subscriber_count(self) -> int:
        """How many are behind it."""
        ...

    def offer(self, frame: LiveFrame) -> None:
        """The next frame."""
        ...

    def news(self, epoch: int, response: bytes) -> None:
        """How the source is doing."""
        ...

    def end(self, time_s: float) -> None:
        """The session is over."""
        ...

    def fail(self, error: Ani3dError) -> None:
        """The session has failed."""
        ...


class LiveSession:
    """State shared by the publisher and the subscribers of one session. Belongs to one event loop.

    Args:
        session_id: what subscribers name.
        entry: the avatar's package; held, because a package is closed with its entry.
        player: makes frames of poses.
        pool: where work that takes longer is done.
        source_timeout_s: silence after which the publisher is lost; without poses it is idle after as long.

    Attributes:
        publish_key: lets its holder publish.
        epoch: of the last publisher; 0 before the first.
        state: how the publisher is doing.
        frame_count: poses that became frames.
        created_s: monotonic time at which media time is zero.
        start_time_s: the same instant by the wall clock.
        latest: the last frame, for those who come late.
        unpublished_since_s: monotonic time since which there is no publisher; None while there is one.
        owner: principal that created it.
    """

    def __init__(
        self, session_id: str, entry: CatalogueEntry, player: LivePlayer, pool: Executor, source_timeout_s: float
    ) -> None:
        self.session_id = session_id
        self.entry = entry
        self.player = player
        self.publish_key = secrets.token_urlsafe(18)
        self.epoch = 0
        self.state: live_pb2.SourceState = WAITING
        self.frame_count = 0
        self.latest: LiveFrame | None = None
        self.created_s = time.monotonic()
        self.start_time_s = time.time()
        self.unpublished_since_s: float | None = self.created_s
        self.owner = ""
        self._pool = pool
        self._coder = LightCoder(player)
        self._source_timeout_s = source_timeout_s
        self._last_heartbeat_s = self._last_pose_s = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._publisher: LiveStream | None = None
        self._curve_names: tuple[str, ...] = ()
        self._subscribers: set[Subscriber] = set()
        # A player holds the state of one motion: an epoch begins when the last frame of the one before is done.
        self._stepping = asyncio.Lock()
        self._ended_s: float | None = None  # media time; streams may be on their way into it

    @property
    def subscriber_count(self) -> int:
        """Subscribers in progress."""
        return sum(subscriber.subscriber_count for subscriber in self._subscribers)

    def may_publish(self, key: str) -> bool:
        """Whether ``key`` is the session's."""
        return hmac.compare_digest(self.publish_key.encode(), key.encode())

    @property
    def is_driven(self) -> bool:
        """Whether a driver moves cloth and hair; otherwise the rigid layer plays."""
        return self.player.driver is not None

    async def prepare(self, form: FrameForm | None) -> None:
        """Get ready to send frames of a form, so that nothing that takes long is left for the event loop."""
        if form is FrameForm.STEPS:
            await self._coder.prepare(self._pool)

    def begin_epoch(self, publisher: LiveStream, resume_epoch: int, curve_names: tuple[str, ...] = ()) -> None:
        """Let ``publisher`` write from now on, and nobody else.

        Args:
            publisher: the stream of the new publisher.
            resume_epoch: the epoch that it had before; 0 to take the session over.
            curve_names: of values that come with its poses.

        Raises:
            NotFoundError: ``live-session-not-found``: the session has ended.
            ServiceError: ``live-fenced`` where another has published since.
        """
        if self._ended_s is not None:
            raise session_not_found(self.session_id)
        if resume_epoch and resume_epoch != self.epoch:
            raise self._fenced(resume_epoch)
        before = self._publisher
        self.epoch += 1
        publisher.client_stream.epoch = self.epoch
        self._publisher = publisher
        self._curve_names = curve_names
        self.unpublished_since_s = None
        if before is not None:
            before.client_stream.fail(self._fenced(self.epoch - 1))
        self._last_heartbeat_s = self._last_pose_s = time.monotonic()
        self._set_state(LIVE)
        self._watch_source()

    def heartbeat(self, publisher: LiveStream, *, is_pose: bool) -> None:
        """A sign of life of a publisher; none counts once the session has ended.

        Args:
            publisher: the stream that it came in.
            is_pose: it is more than a sign of life.

        Raises:
            ServiceError: ``live-fenced`` where another has taken its place.
        """
        if self._ended_s is not None:
            return
        if publisher is not self._publisher:
            raise self._fenced(publisher.client_stream.epoch)
        self._last_heartbeat_s = time.monotonic()
        if is_pose:
            self._last_pose_s = self._last_heartbeat_s
        if self.state == LOST or (is_pose and self.state == IDLE):
            self._watch_source()

    def end_publishing(self, publisher: LiveStream) -> None:
        """The publisher's stream is over, for whatever reason."""
        if publisher is self._publisher:
            self._publisher = None
            self.unpublished_since_s = time.monotonic()
            self._set_state(LOST)

    async def advance(
        self, publisher: LiveStream, make: Callable[[], Frame], capture_time_s: float, curves: bytes = b""
    ) -> None:
        """Make the next frame and send it to everybody, unless another epoch has begun.

        Args:
            publisher: whose pose it is.
            make: the frame.
            capture_time_s: of the pose.
            curves: the values that came with it.

        Raises:
            Ani3dError: the pose is refused.
        """
        async with self._stepping:
            if publisher is not self._publisher:
                return
            if not self.is_driven:
                frame = make()  # quicker than a thread would wake up
            else:
                frame = await asyncio.get_running_loop().run_in_executor(self._pool, make)
            if publisher is not self._publisher:
                return
            self.frame_count += 1
            self.latest = LiveFrame(
                frame, self.frame_count, capture_time_s, self.epoch, self.player, self._coder, curves
            )
        publisher.offer(self.latest)
        for subscriber in self._subscribers:
            subscriber.offer(self.latest)

    async def subscribe(self, subscriber: Subscriber) -> None:
        """Send the state and the latest frame, and everything from now on."""
        if self._ended_s is not None:
            subscriber.end(self._ended_s)
            return
        self._subscribers.add(subscriber)
        subscriber.news(self.epoch, self._source_news())
        if self.latest is not None:
            subscriber.offer(self.latest)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Send nothing more."""
        self._subscribers.discard(subscriber)

    def end(self) -> None:
        """The session is over for everybody."""
        self._ended_s = time.monotonic() - self.created_s
        for subscriber in (self._publisher, *self._subscribers):
            if subscriber is not None:
                subscriber.end(self._ended_s)
        self._publisher = None
        if self._alarm is not None:
            self._alarm.cancel()

    def summary(self) -> live_pb2.SessionSummary:
        """What a list says about the session."""
        return live_pb2.SessionSummary(
            session_id=self.session_id,
            avatar_id=self.entry.avatar_id,
            source=self.state,
            epoch=self.epoch,
            subscriber_count=self.subscriber_count,
            frame_count=self.frame_count,
            driven=self.is_driven,
        )

    def give_way(self, to_publisher: Ani3dError, to_subscribers: Ani3dError) -> None:
        """Another session has this one's name: its publisher is refused, its subscribers are sent there."""
        if self._publisher is not None:
            self._publisher.fail(to_publisher)
        for subscriber in self._subscribers:
            subscriber.fail(to_subscribers)
        self.end()

    def _watch_source(self) -> None:
        """Set the state by the publisher's silence, and again when it would change if the silence lasted."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._publisher is None:
            return
        since_s = time.monotonic() - self._source_timeout_s
        if self._last_heartbeat_s <= since_s:
            state, changes_s = LOST, None
        elif self._last_pose_s <= since_s:
            state, changes_s = IDLE, self._last_heartbeat_s
        else:
            state, changes_s = LIVE, self._last_pose_s
        if state != self.state:
            self._set_state(state)
        if changes_s is not None:
            self._alarm = asyncio.get_running_loop().call_later(changes_s - since_s, self._watch_source)

    def _set_state(self, state: live_pb2.SourceState) -> None:
        self.state = state
        news = self._source_news()
        for subscriber in self._subscribers:
            subscriber.news(self.epoch, news)

    def _source_news(self) -> bytes:
        source = live_pb2.Source(state=self.state, curve_names=self._curve_names)
        return live_pb2.SubscribeResponse(source=source).SerializeToString()

    def _fenced(self, epoch: int) -> ServiceError:
        return ServiceError(
            "live-fenced",
            f"live session {self.session_id}",
            found=f"a publisher of epoch {epoch}",
            expected=f"the one of epoch {self.epoch}, which has taken its place",
            fix="Stop this publisher, or publish anew to take the session over.",
        )


def session_not_found(session_id: str) -> NotFoundError:
    """There is no session of that name, or there is none any more."""
    return NotFoundError(
        "live-session-not-found",
        f"live session {session_id[:64]!r}",
        found="no such session",
        expected="a session that is open",
        fix="Create it, or list the sessions that are open.",
    )
