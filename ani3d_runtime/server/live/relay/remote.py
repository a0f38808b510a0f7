"""RemoteSession: a session of another process, for subscribers and publishers whose connections end here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from concurrent.futures import Executor

from ani3d_runtime.errors import Ani3dError, NotFoundError
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2
from ani3d_runtime.server.bus.bus import ANSWER_TIMEOUT_S, Answer, Bus, Stop
from ani3d_runtime.server.live.relay.messages import (
    WATCH,
    News,
    SharedOutput,
    WatchAnswer,
    WatchRequest,
    output_subject,
    packed,
    session_subject,
    unpacked,
)
from ani3d_runtime.server.live.relay.pipe import PublisherProxy, broken_pipe
from ani3d_runtime.server.live.stream import LiveStream
from ani3d_runtime.server.stream.frame_form import FrameForm

# A process that is gone is missed after this.
_PERIOD_S = 0.4
# One that does not answer within this stands still.
_SILENT_S = 1.0
# A client that asked for it has subscribed by then, or never will. Until then it would not learn that it has ended.
_UNCLAIMED_S = 1.0
_LOST = live_pb2.SubscribeResponse(source=live_pb2.Source(state=live_pb2.SOURCE_STATE_LOST)).SerializeToString()

log = logging.getLogger(__name__)


class RelayedFrame:
    """A frame that another process has serialised, in one form."""

    def __init__(self, output: SharedOutput) -> None:
        self.number = output.number
        self.epoch = output.epoch
        self._output = output

    async def serialised(self, form: FrameForm, after: int, pool: Executor) -> bytes:
        """See :class:`SharedFrame`."""
        del form, pool
        output = self._output
        return output.key if output.key and (not after or after != output.follows) else output.response


class _Output:
    """The subscribers to one form of the frames."""

    def __init__(self, news: News, first: LiveStream) -> None:
        self.streams = {first}
        self.latest: RelayedFrame | None = None
        self.news = news
        self.stop: Stop | None = None

    def show(self, frame: RelayedFrame) -> None:
        """Offer a frame to everybody, unless it is old: after a loss the latest may come twice, or after newer news."""
        if self.latest is not None and (frame.number <= self.latest.number or frame.epoch < self.news.epoch):
            return
        self.latest = frame
        for stream in self.streams:
            stream.offer(frame)

    def send_news(self, news: News) -> None:
        """Send news to everybody, unless it is old."""
        if news.number <= self.news.number:
            return
        self.news = news
        for stream in list(self.streams):
            stream.end(news.ended_s) if news.ended_s is not None else stream.news(news.epoch, news.response)


class RemoteSession:
    """Asks the session's process for what is wanted here, again and again, and fans it out.

    Args:
        session_id: of the session.
        bus: between the processes.

    Attributes:
        header: without what depends on the stream; known once :meth:`find` is done.
    """

    def __init__(self, session_id: str, bus: Bus) -> None:
        self.session_id = session_id
        self.header = frames_pb2.Header()
        self._lease_id = secrets.token_hex(8)
        self._bus = bus
        self._instance = ""
        self._found_s = time.monotonic()
        self._news = News(0, 0, b"")
        self._outputs: dict[FrameForm, _Output] = {}
        self._proxies: set[PublisherProxy] = set()
        self._is_cut_off = False
        self._keeper: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @property
    def is_claimed(self) -> bool:
        """Whether somebody here has or had to do with it, beyond asking whether it is there."""
        return self._keeper is not None or bool(self._outputs)

    @property
    def is_over(self) -> bool:
        """Whether nobody here has to do with it any more, or it is gone."""
        if not self.is_claimed:
            return time.monotonic() - self._found_s > _UNCLAIMED_S
        return self._keeper is not None and self._keeper.done()

    async def find(self) -> None:
        """Learn whether there is such a session.

        Raises:
            NotFoundError: ``bus-nobody-listens``.
            ServiceError: ``service-unreachable``.
        """
        self._learn(await self._ask(ANSWER_TIMEOUT_S))
        self._found_s = time.monotonic()

    async def subscribe(self, stream: LiveStream) -> None:
        """Send a subscriber the state and the latest frame, and everything from now on."""
        form = stream.form
        assert form is not None
        output = self._outputs.get(form)
        if output is not None:
            output.streams.add(stream)
        else:
            output = self._outputs[form] = _Output(self._news, stream)
            subject = output_subject(self.session_id, form.value)
            stop = await self._bus.listen(subject, lambda body, answer: self._receive(form, body, answer))
            if self._outputs.get(form) is not output:
                stop()  # all have left meanwhile
            output.stop = stop
        stream.news(output.news.epoch, _LOST if self._is_cut_off else output.news.response)
        if output.latest is not None:
            stream.offer(output.latest)
        self._look_again()

    def unsubscribe(self, stream: LiveStream) -> None:
        """The subscriber's stream is over."""
        for form, output in list(self._outputs.items()):
            output.streams.discard(stream)
            if not output.streams:
                del self._outputs[form]
                if output.stop is not None:
                    output.stop()

    def forward(self, proxy: PublisherProxy) -> None:
        """Watch over a publisher's pipe."""
        self._proxies.add(proxy)
        self._look_again()

    def let_go(self, proxy: PublisherProxy) -> None:
        """The publisher's stream is over."""
        self._proxies.discard(proxy)

    def close(self) -> None:
        """Ask no more."""
        if self._keeper is not None:
            self._keeper.cancel()

    async def _ask(self, timeout_s: float) -> WatchAnswer:
        forms = {form.value: output.latest.number if output.latest else 0 for form, output in self._outputs.items()}
        count = sum(len(output.streams) for output in self._outputs.values())
        request = WatchRequest(self._lease_id, count, forms, [proxy.pipe_id for proxy in self._proxies])
        body = await self._bus.ask(session_subject(self.session_id), packed(WATCH, *request), timeout_s)
        instance, header, news, pipes = unpacked(body)
        return WatchAnswer(instance, header, News(*news), pipes)

    def _look_again(self) -> None:
        self._changed.set()
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Stay in touch until nobody here has to do with it any more, or it is gone."""
        try:
            await self._keep_in_touch()
        except Exception:
            log.exception("live session %s", self.session_id)
            self._fail()

    async def _keep_in_touch(self) -> None:
        while self._outputs or self._proxies:
            self._changed.clear()
            asked = list(self._proxies)
            try:
                found = await self._ask(_SILENT_S)
            except NotFoundError:
                self._fail()
                return
            except Ani3dError as error:
                self._cut_off(error)
            else:
                if found.instance != self._instance:  # opened anew after its process died: all of it begins anew
                    self._fail()
                    return
                self._learn(found)
                self._reconnect()
                _miss(asked, found.pipes, self.session_id)
            if self._news.ended_s is not None:
                return
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), _PERIOD_S)

    def _learn(self, found: WatchAnswer) -> None:
        self._instance = found.instance
        self.header = frames_pb2.Header.FromString(found.header)
        self._take_news(found.news)

    def _take_news(self, news: News) -> None:
        if news.number >= self._news.number:
            self._news = news
        for output in list(self._outputs.values()):
            output.send_news(news)

    def _receive(self, form: FrameForm, body: bytes, answer: Answer | None) -> None:
        del answer
        output = self._outputs.get(form)
        message = SharedOutput(*unpacked(body))
        if output is None:
            return
        if message.news is not None:
            news = News(*message.news)
            output.send_news(news)
            if news.number > self._news.number:
                self._news = news
            if news.ended_s is not None:
                self._changed.set()
        else:
            output.show(RelayedFrame(message))

    def _cut_off(self, error: Ani3dError) -> None:
        """Nothing is known of the source: the avatar stays as it was, and subscribers learn why."""
        if self._is_cut_off:
            return
        self._is_cut_off = True
        log.warning("live session %s is out of reach: %s", self.session_id, error)
        for output in self._outputs.values():
            for stream in output.streams:
                stream.news(output.news.epoch, _LOST)

    def _reconnect(self) -> None:
        if not self._is_cut_off:
            return
        self._is_cut_off = False
        for output in self._outputs.values():
            for stream in output.streams:
                stream.news(output.news.epoch, output.news.response)

    def _fail(self) -> None:
        """The process that had it is gone: clients connect anew, and find it where it is opened again."""
        log.info("live session %s is gone with its process", self.session_id)
        for output in self._outputs.values():
            for stream in output.streams:
                stream.client_stream.fail(broken_pipe(self.session_id))
        for proxy in self._proxies:
            proxy.client_stream.fail(broken_pipe(self.session_id))


def _miss(asked: list[PublisherProxy], open_pipes: list[str], session_id: str) -> None:
    """Fail those whose pipe is not there any more; not at once, because its last words may be on their way."""
    for proxy in asked:
        proxy.absences = 0 if proxy.pipe_id in open_pipes else proxy.absences + 1
        if proxy.absences > 1:
            proxy.client_stream.fail(broken_pipe(session_id))
