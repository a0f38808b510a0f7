"""LiveStream: what one client of a live session is sent, be it a subscriber or the publisher itself."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Executor

from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import UsageError
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.rpc.frame_layout import pack_full, pack_light
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2
from ani3d_runtime.server.outlet import Outlet, Write

_MAX_NEWS = 16


class LiveFrame:
    """A frame on its way out, serialised once for each mode that somebody asked for.

    Attributes:
        epoch: of the publisher whose pose it shows.
    """

    def __init__(
        self, frame: Frame, number: int, capture_time_s: float, epoch: int, player: LivePlayer, pool: Executor
    ) -> None:
        self.epoch = epoch
        self._frame = frame
        self._number = number
        self._capture_time_s = capture_time_s
        self._player = player
        self._pool = pool
        self._light = b""
        self._full: asyncio.Future[bytes] | None = None

    async def serialised(self, mode: int) -> bytes:
        """A response that holds nothing but the frame."""
        if mode != frames_pb2.FRAME_MODE_FULL:
            self._light = self._light or self._response(pack_light(self._frame))
            return self._light
        if self._full is None:
            self._full = asyncio.get_running_loop().run_in_executor(self._pool, self._posed)
        # A client that leaves must not take the frame away from the others.
        return await asyncio.shield(self._full)

    def _posed(self) -> bytes:
        return self._response(pack_full(self._player.pose(self._frame).cloud))

    def _response(self, payload: bytes) -> bytes:
        message = frames_pb2.Frame(
            time_s=self._frame.time_s,
            frame_index=self._number,
            payload=payload,
            capture_time_s=self._capture_time_s,
        )
        return live_pb2.SubscribeResponse(frames=[message]).SerializeToString()


class LiveStream:
    """Sends news in order, and the latest frame once the client has paid for it.

    Args:
        outlet: where responses leave.
        mode: of the frames; None for none.
        opening: serialised responses that come first.

    Attributes:
        outlet: where responses leave.
    """

    def __init__(self, outlet: Outlet, mode: int | None, opening: list[bytes]) -> None:
        self.outlet = outlet
        self._mode = mode
        self._news = deque(opening)
        self._due: LiveFrame | None = None
        self._has_ended = False

    def offer(self, frame: LiveFrame) -> None:
        """Send a frame, unless a later one comes before the client can take it."""
        if self._mode is None:
            return
        self.outlet.dropped += self._due is not None
        self._due = frame
        self.outlet.wake.set()

    def tell(self, response: bytes) -> None:
        """Send news before the next frame."""
        if len(self._news) >= _MAX_NEWS:
            self._news.popleft()
        self._news.append(response)
        self.outlet.wake.set()

    def end(self, time_s: float) -> None:
        """The session is over: say so, and hang up."""
        self.tell(live_pb2.SubscribeResponse(ended=frames_pb2.Ended(time_s=time_s)).SerializeToString())
        self._has_ended = True

    async def run(self, write: Write) -> None:
        """Send until the client hangs up or the session ends.

        Raises:
            Ani3dError: why the stream ends early.
        """
        outlet = self.outlet
        while True:
            if outlet.failure is not None:
                raise outlet.failure
            outlet.wake.clear()
            if self._news:
                await outlet.send(write, self._news.popleft())
                continue
            if self._has_ended or outlet.hung_up:
                return
            if self._due is not None and self._mode is not None and outlet.credits > 0:
                frame, self._due = self._due, None
                body = await frame.serialised(self._mode)
                outlet.epoch = frame.epoch
                await outlet.send(write, body, frames=1)
                continue
            await outlet.wake.wait()


class SubscriberStream(LiveStream):
    """The stream of one Subscribe call."""

    def apply(self, request: live_pb2.SubscribeRequest) -> None:
        """Take one request.

        Raises:
            UsageError: ``live-bad-command``.
        """
        if request.WhichOneof("command") != "credit":
            raise bad_command("Subscribe request", "credit after the first subscribe")
        self.outlet.pay(request.credit.frames)


def bad_command(subject: str, expected: str) -> UsageError:
    """A request that is out of place."""
    return UsageError(
        "live-bad-command",
        subject,
        found="a request that is out of place here, or that this server does not know",
        expected=expected,
        fix="Open another call for another session.",
    )
