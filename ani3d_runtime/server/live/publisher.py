"""PublisherStream: poses of one publisher, from the wire through the jitter buffer to frames."""

from __future__ import annotations

import asyncio
import functools
import math
import time
from concurrent.futures import Executor
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_live import LiveRetargeter
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import Ani3dError, MotionError
from ani3d_runtime.rpc.v1 import live_pb2
from ani3d_runtime.server.live.capture_clock import Timing
from ani3d_runtime.server.live.jitter_buffer import JitterBuffer
from ani3d_runtime.server.live.session import LiveSession
from ani3d_runtime.server.live.stream import LiveStream, bad_command
from ani3d_runtime.server.stream.client_stream import ClientStream, Write
from ani3d_runtime.server.stream.frame_form import FrameForm

_REFUSED_PERIOD_S = 1.0
_LAST_POSES_PERIOD_S = 0.005
# Thirty thousand years. Farther off, doubles are more than a tenth of a millisecond apart.
_MAX_CAPTURE_TIME_S = 1e12
_ONLY_HEIGHT = np.array([0, 1, 0], dtype=np.float32)


class _CapturedPose(NamedTuple):
    root_position: Float32Array
    rotations_wxyz: Float32Array
    capture_time_s: float
    curves: bytes


class PublisherStream(LiveStream):
    """The stream of one Retarget call.

    Args:
        session: what is published to.
        retargeter: for the publisher's skeleton.
        client_stream: where answers leave.
        form: of the frames that are answered; None for none.
        pool: where Gaussians are posed.
        opening: serialised responses that come first.
        hold_s: length of the jitter buffer.
        in_place: frames leave the root's way over the ground out.
        curve_names: of values that come with each pose.

    Attributes:
        curve_names: the same.
    """

    def __init__(
        self,
        session: LiveSession,
        retargeter: LiveRetargeter,
        client_stream: ClientStream,
        form: FrameForm | None,
        pool: Executor,
        opening: list[bytes],
        hold_s: float,
        *,
        in_place: bool = False,
        curve_names: tuple[str, ...] = (),
    ) -> None:
        super().__init__(client_stream, form, pool, opening)
        self.curve_names = curve_names
        self._is_in_place = in_place
        self._session = session
        self._retargeter = retargeter
        self._buffer: JitterBuffer[_CapturedPose] = JitterBuffer(hold_s)
        self._arrival = asyncio.Event()
        self._last_media_s = 0.0
        self._is_over = False
        self._refused_count = 0
        self._refused_code, self._refused_reported_s = "", 0.0

    def apply(self, request: live_pb2.RetargetRequest) -> None:
        """Take one request.

        Raises:
            ServiceError: ``live-fenced``.
            UsageError: ``live-bad-command``.
        """
        command = request.WhichOneof("command")
        self._session.heartbeat(self, is_pose=command == "pose")
        if command == "pose":
            try:
                self._take(request.pose)
            except Ani3dError as error:
                self._refuse(error)
        elif command == "credit":
            self.client_stream.pay(request.credit)
        else:
            raise bad_command("Retarget request", "pose or credit after the first publish")

    async def run(self, write: Write) -> None:
        """Work on poses and send answers until the publisher hangs up."""
        # Ended by a flag and not cancelled: a pose that is being worked on has the player.
        pump = asyncio.create_task(self._pump())
        pump.add_done_callback(lambda _: self.client_stream.hang_up())
        await super().run(write)
        while self._buffer and not pump.done() and self.client_stream.failure is None:
            await asyncio.sleep(_LAST_POSES_PERIOD_S)  # it hung up politely: what it sent is shown
        if pump.done():
            pump.result()  # a defect of ours: the call fails, and the log says why

    def close(self) -> None:
        """Leave the session; its epoch began when this stream was made."""
        self._session.end_publishing(self)
        self._is_over = True
        self._arrival.set()

    def _take(self, pose: live_pb2.Pose) -> None:
        if not math.isfinite(pose.capture_time_s):
            raise _refused("pose-time-not-finite", str(pose.capture_time_s), "seconds")
        if abs(pose.capture_time_s) > _MAX_CAPTURE_TIME_S:
            raise _refused("pose-time-too-far", f"{pose.capture_time_s:g}", "seconds, not milliseconds or nanoseconds")
        words = 3 + 4 * self._retargeter.joint_count
        if len(pose.payload) != 4 * words:
            expected = f"{4 * words} bytes for {self._retargeter.joint_count} joints"
            raise _refused("pose-wrong-length", f"{len(pose.payload)} bytes", expected)
        curves = np.frombuffer(pose.curves, dtype="<f4") if len(pose.curves) % 4 == 0 else None
        if curves is None or len(curves) not in (0, len(self.curve_names)):
            expected = f"{4 * len(self.curve_names)} bytes for {len(self.curve_names)} curves, or none"
            raise _refused("pose-wrong-length", f"{len(pose.curves)} bytes of curves", expected)
        if not np.isfinite(curves).all():
            raise _refused("pose-not-finite", "curves that are not finite", "finite numbers")
        values = np.frombuffer(pose.payload, dtype="<f4")
        self.client_stream.dropped += self._buffer.add(
            _CapturedPose(values[:3], values[3:].reshape(-1, 4), pose.capture_time_s, pose.curves),
            pose.capture_time_s,
            time.monotonic(),
            discontinuous=pose.discontinuous,
        )
        self._arrival.set()

    async def _pump(self) -> None:
        while not self._is_over:
            due = self._buffer.take(time.monotonic())
            if due is None:
                await self._next_pose()
                continue
            pose, timing = due
            try:
                make = functools.partial(self._frame, pose, timing)
                await self._session.advance(self, make, pose.capture_time_s, pose.curves)
            except Ani3dError as error:
                self._refuse(error)
            if self._buffer:
                await asyncio.sleep(0)  # let this frame leave before the next replaces it

    async def _next_pose(self) -> None:
        """Wait until a pose comes or is due, or the stream is over."""
        self._arrival.clear()
        due_s = self._buffer.due_s
        if due_s is None:
            await self._arrival.wait()
            return
        alarm = asyncio.get_running_loop().call_later(due_s - time.monotonic(), self._arrival.set)
        await self._arrival.wait()
        alarm.cancel()

    def _frame(self, pose: _CapturedPose, timing: Timing) -> Frame:
        media_s = timing.media_time_s
        if timing.jumped:
            self._retargeter.reset()
        body = self._retargeter.pose(pose.rotations_wxyz, pose.root_position, media_s - self._last_media_s)
        self._last_media_s = media_s
        frame = self._session.player.step(body, media_s - self._session.created_s, discontinuous=timing.jumped)
        if not self._is_in_place:
            return frame
        # After the driver, so that cloth and hair feel the way.
        return replace(frame, root_translation_m=frame.root_translation_m * _ONLY_HEIGHT)

    def _refuse(self, error: Ani3dError) -> None:
        """Report a refused pose to the publisher, but not every one of a broken source."""
        self._refused_count += 1
        now = time.monotonic()
        if error.code != self._refused_code or now - self._refused_reported_s >= _REFUSED_PERIOD_S:
            self._refused_code, self._refused_reported_s = error.code, now
            refused = live_pb2.Refused(code=error.code, message=str(error), count=self._refused_count)
            self.send_news(live_pb2.RetargetResponse(refused=refused).SerializeToString())


def _refused(code: str, found: str, expected: str) -> MotionError:
    return MotionError(code, "pose", found=found, expected=expected, fix="Correct the source; the next pose may pass.")
