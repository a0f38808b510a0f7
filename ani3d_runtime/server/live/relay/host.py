"""SessionHost: a session of this process, as other processes watch it, publish to it and end it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine
from concurrent.futures import Executor
from typing import Any, NamedTuple, Protocol

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.server.bus.bus import Answer, Bus, Stop
from ani3d_runtime.server.live.frame import LiveFrame
from ani3d_runtime.server.live.relay.messages import (
    END,
    PUBLISH,
    WATCH,
    WHO,
    News,
    SharedOutput,
    WatchAnswer,
    WatchRequest,
    output_subject,
    packed,
    packed_error,
    session_subject,
    unpacked,
)
from ani3d_runtime.server.live.relay.pipe import PipeCall
from ani3d_runtime.server.live.session import LiveSession
from ani3d_runtime.server.stream.frame_form import FrameForm

# A process that has not asked again for this long wants no more.
_LEASE_S = 2.0


class SessionOwner(Protocol):
    """What the service does for a session that other processes ask about."""

    def header_of(self, session: LiveSession) -> bytes:
        """Serialised, without what depends on the stream."""
        ...

    async def serve_pipe(self, pipe: PipeCall) -> None:
        """Serve a publisher until it is done.

        Raises:
            Ani3dError: why it ends early.
        """
        ...

    def end_session(self, session_id: str, publish_key: str, *, is_admin: bool) -> None:
        """End it for everybody.

        Raises:
            Ani3dError: why not.
        """
        ...


class _Lease(NamedTuple):
    until_s: float
    subscriber_count: int
    forms: tuple[FrameForm, ...]


class SessionHost:
    """Sends what other processes asked for, and nothing while none does. A subscriber of its session.

    Args:
        session: of this process.
        bus: between the processes.
        pool: where Gaussians are posed.
        owner: the service that has the session.

    Attributes:
        instance: tells the session from others of its name.
        opened_s: Unix time.
    """

    def __init__(self, session: LiveSession, bus: Bus, pool: Executor, owner: SessionOwner) -> None:
        self.session = session
        self.instance = secrets.token_hex(8)
        self.opened_s = time.time()
        self._bus = bus
        self._pool = pool
        self._owner = owner
        self._leases: dict[str, _Lease] = {}
        self._pipes: set[str] = set()
        self._doing: set[asyncio.Task[None]] = set()
        self._posing: asyncio.Task[None] | None = None
        self._unposed: LiveFrame | None = None
        self._news = News(0, 0, b"")
        self._stop: Stop | None = None

    @property
    def subscriber_count(self) -> int:
        """Subscribers in other processes."""
        return sum(lease.subscriber_count for lease in self._leases.values())

    async def open(self) -> None:
        """Answer the others from now on."""
        await self.session.subscribe(self)
        self._stop = await self._bus.listen(session_subject(self.session.session_id), self._receive)

    def close(self) -> None:
        """Answer no more. Publishers that come through the bus end with the registry of all streams."""
        self.session.unsubscribe(self)
        if self._stop is not None:
            self._stop()
        if self._posing is not None:
            self._posing.cancel()

    def expire(self, now_s: float) -> None:
        """Forget the processes that have not asked for a while."""
        self._leases = {name: lease for name, lease in self._leases.items() if lease.until_s > now_s}

    def offer(self, frame: LiveFrame) -> None:
        """Publish a frame in each form that somebody wants."""
        for form in self._forms():
            self._publish(form, frame)

    def news(self, epoch: int, response: bytes) -> None:
        """Publish how the source is doing."""
        self._publish_news(News(self._news.number + 1, epoch, response))

    def end(self, time_s: float) -> None:
        """Publish that the session is over."""
        self._publish_news(News(self._news.number + 1, self.session.epoch, b"", time_s))

    def fail(self, error: Ani3dError) -> None:
        """The others notice that there is no answer any more."""

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    def _forms(self) -> set[FrameForm]:
        return {form for lease in self._leases.values() for form in lease.forms}

    def _publish_news(self, news: News) -> None:
        self._news = news
        for form in self._forms():
            self._say(form, SharedOutput(0, news.epoch, b"", news=news))

    def _publish(self, form: FrameForm, frame: LiveFrame) -> None:
        if form is FrameForm.FULL:
            self._unposed = frame
            if self._posing is None or self._posing.done():
                self._posing = asyncio.create_task(self._publish_full())
        else:
            self._say(form, SharedOutput(frame.number, frame.epoch, *frame.light(form)))

    async def _publish_full(self) -> None:
        """The latest, whenever the one before is posed."""
        while (frame := self._unposed) is not None:
            self._unposed = None
            self._say(FrameForm.FULL, SharedOutput(frame.number, frame.epoch, await frame.full(self._pool)))

    def _say(self, form: FrameForm, output: SharedOutput) -> None:
        self._bus.publish(output_subject(self.session.session_id, form.value), packed(*output))

    def _receive(self, body: bytes, answer: Answer | None) -> None:
        kind, *parts = unpacked(body)
        if answer is None:
            return
        if kind == WHO:
            answer(self.instance.encode())
        elif kind == WATCH:
            self._do(self._answer_watch(WatchRequest(*parts), answer))
        elif kind == PUBLISH:
            pipe_id, first = parts
            self._pipes.add(pipe_id)
            self._do(self._serve_pipe(pipe_id, first, answer))
        elif kind == END:
            publish_key, is_admin = parts
            self._answer_end(publish_key, is_admin, answer)

    async def _answer_watch(self, request: WatchRequest, answer: Answer) -> None:
        forms = tuple(FrameForm(form) for form in request.forms)
        for form in forms:
            await self.session.prepare(form)
        self._leases[request.lease_id] = _Lease(time.monotonic() + _LEASE_S, request.subscriber_count, forms)
        latest = self.session.latest
        for form in forms:
            if latest is not None and request.forms[form.value] < latest.number:
                self._publish(form, latest)  # the asker is new, or has missed some
        header = self._owner.header_of(self.session)
        pipes = [pipe for pipe in request.pipes if pipe in self._pipes]
        answer(packed(*WatchAnswer(self.instance, header, self._news, pipes)))

    async def _serve_pipe(self, pipe_id: str, first: bytes, answer: Answer) -> None:
        pipe = PipeCall(self.session.session_id, pipe_id, first, self._bus)
        await pipe.open()
        answer(b"")
        refusal: Ani3dError | None = None
        try:
            await self._owner.serve_pipe(pipe)
        except Ani3dError as error:
            refusal = error
        finally:
            self._pipes.discard(pipe_id)
            pipe.close(refusal)

    def _answer_end(self, publish_key: str, is_admin: bool, answer: Answer) -> None:
        try:
            self._owner.end_session(self.session.session_id, publish_key, is_admin=is_admin)
        except Ani3dError as error:
            answer(packed(packed_error(error)))
        else:
            answer(packed(None))
