"""LiveStream: what one client of a live session is sent, be it a subscriber or the publisher itself."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Executor

from ani3d_runtime.errors import Ani3dError, UsageError
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2
from ani3d_runtime.server.live.frame import SharedFrame
from ani3d_runtime.server.stream.client_stream import ClientStream, Write
from ani3d_runtime.server.stream.frame_form import FrameForm
from ani3d_runtime.server.stream.rendition_ladder import RenditionLadder

_MAX_NEWS = 16
# Of a source, until it is known how often it sends; and what is a pause of its.
USUAL_RATE_HZ, _PAUSE_S = 60.0, 0.5
_SMOOTHING = 0.05


class LiveStream:
    """Sends news in order, and the latest frame once the client has paid for it.

    Args:
        client_stream: where responses leave.
        form: of the frames; None for none.
        pool: where Gaussians are posed.
        opening: serialised responses that come first.

    Attributes:
        client_stream: where responses leave.
        form: of the frames; None for none.
    """

    def __init__(
        self, client_stream: ClientStream, form: FrameForm | None, pool: Executor, opening: list[bytes]
    ) -> None:
        self.client_stream = client_stream
        self.form = form
        self._pool = pool
        self._last_number = 0
        self._news = deque(opening)
        self._due: SharedFrame | None = None
        self._left_out: SharedFrame | None = None  # the last frame, because the link carries fewer
        self._has_ended = False
        self._offered_s, self._interval_s = 0.0, 1 / USUAL_RATE_HZ

    @property
    def subscriber_count(self) -> int:
        """One client is behind it."""
        return 1

    def offer(self, frame: SharedFrame) -> None:
        """Send a frame, unless a later one comes before the client can take it."""
        if self.form is None:
            return
        stream, self._left_out = self.client_stream, None
        is_left_out = stream.ladder is not None and self._is_left_out(stream.ladder)
        if self._due is not None:
            stream.leave_out()
        elif is_left_out:
            stream.thin_out()
            self._left_out = frame
            return
        self._due = frame
        stream.changed.set()

    def _is_left_out(self, ladder: RenditionLadder) -> bool:
        now = time.monotonic()
        interval_s, self._offered_s = now - self._offered_s, now
        if interval_s < _PAUSE_S:
            self._interval_s += _SMOOTHING * (interval_s - self._interval_s)
            ladder.set_rate(1 / max(self._interval_s, 1e-3))
        return ladder.is_left_out()

    def send_news(self, response: bytes) -> None:
        """Send a response before the next frame; the oldest is lost where too many wait."""
        if len(self._news) >= _MAX_NEWS:
            self._news.popleft()
        self._news.append(response)
        self.client_stream.changed.set()

    def news(self, epoch: int, response: bytes) -> None:
        """How the source of an epoch is doing."""
        self.client_stream.epoch = epoch
        if self._left_out is not None and self._due is None:
            # The source may stand still now: the last frame is the one that stays.
            self.client_stream.take_back()
            self._due, self._left_out = self._left_out, None
        self.send_news(response)

    def end(self, time_s: float) -> None:
        """The session is over: say so, and hang up."""
        self.send_news(live_pb2.SubscribeResponse(ended=frames_pb2.Ended(time_s=time_s)).SerializeToString())
        self._has_ended = True

    def fail(self, error: Ani3dError) -> None:
        """The stream ends early."""
        self.client_stream.fail(error)

    async def run(self, write: Write) -> None:
        """Send until the client hangs up or the session ends.

        Raises:
            Ani3dError: why the stream ends early.
        """
        stream = self.client_stream
        while True:
            if stream.failure is not None:
                raise stream.failure
            stream.changed.clear()
            if self._news:
                await stream.send(write, self._news.popleft())
                continue
            if self._has_ended or stream.hung_up:
                return
            if self._due is not None and self.form is not None and stream.may_send:
                frame, self._due = self._due, None
                body = await frame.serialised(self.form, self._last_number, self._pool)
                self._last_number = frame.number
                stream.epoch = frame.epoch
                await stream.send(write, body, frames=1)
                continue
            await stream.changed.wait()


class SubscriberStream(LiveStream):
    """The stream of one Subscribe call."""

    def apply(self, request: live_pb2.SubscribeRequest) -> None:
        """Take one request.

        Raises:
            UsageError: ``live-bad-command``, ``play-bad-report``.
        """
        if request.WhichOneof("command") != "credit":
            raise bad_command("Subscribe request", "credit after the first subscribe")
        self.client_stream.pay(request.credit)


def bad_command(subject: str, expected: str) -> UsageError:
    """A request that is out of place."""
    return UsageError(
        "live-bad-command",
        subject,
        found="a request that is out of place here, or that this server does not know",
        expected=expected,
        fix="Open another call for another session.",
    )
