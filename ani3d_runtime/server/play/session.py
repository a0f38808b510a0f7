"""PlaySession: one client watching one clip, as a state machine that commands change and a loop that sends."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.v1 import frames_pb2
from ani3d_runtime.rpc.v1 import playback_pb2 as messages
from ani3d_runtime.server.play.frame_store import FrameSource
from ani3d_runtime.server.play.media_clock import MediaClock
from ani3d_runtime.server.play.metronome import Metronome
from ani3d_runtime.server.stream.client_stream import ClientStream, Write
from ani3d_runtime.server.stream.message_size import BATCH_BYTES


class PlaySession:
    """Sends what the clock shows, as fast as the client pays for it.

    Args:
        sources: of frames, one for each form of the client stream's ladder; one where it has none.
        clock: which of them. client_stream: where responses leave.
        header: the first response.
        metronome: of ticks. every_frame: send on without it, as fast as the client pays.

    Attributes:
        client_stream: where responses leave.
    """

    def __init__(
        self,
        sources: Sequence[FrameSource],
        clock: MediaClock,
        client_stream: ClientStream,
        *,
        header: frames_pb2.Header,
        metronome: Metronome,
        every_frame: bool,
    ) -> None:
        self.client_stream = client_stream
        self._sources = sources
        self._clock = clock
        self._header: frames_pb2.Header | None = header
        self._metronome = metronome
        self._every_frame = every_frame
        self._paused = False
        self._frame_due = False  # the clock's tick has come and its frame was neither sent nor dropped
        self._status_due = False
        self._is_left_out = False  # the frame of the last tick, because the link carries fewer
        self._end_sent = False
        self._next_tick_s = 0.0

    def apply(self, request: messages.PlayRequest) -> None:
        """Take one request.

        Raises:
            UsageError: ``play-bad-command``, ``play-bad-time``, ``play-bad-rate``, ``play-bad-range``,
                ``play-bad-report``.
        """
        command = request.WhichOneof("command")
        if command == "credit":
            self.client_stream.pay(request.credit)
        elif command == "seek":
            self._clock.seek(request.seek.time_s)
            self.client_stream.epoch += 1
            self._restart()
        elif command == "pause":
            self._paused = self._status_due = True
            self._show_left_out()
        elif command == "resume":
            if self._paused:
                self._next_tick_s = self._metronome.next_s()
            self._paused, self._status_due = False, True
        elif command == "rate":
            self._clock.set_rate(request.rate.rate)
            self._status_due = True
        elif command == "loop":
            self._set_loop(request.loop.loop)
        elif command == "range":
            self._clock.set_range(*range_of(request.range))
            self._status_due = True
            self._restart()
        else:
            raise UsageError(
                "play-bad-command",
                "Play request",
                found="a second start" if command == "start" else "a request that this server does not know",
                expected="pause, resume, seek, rate, loop, range or credit after the first start",
                fix="Open another Play call for another clip.",
            )
        self.client_stream.changed.set()

    async def run(self, write: Write) -> None:
        """Send until the client hangs up.

        Raises:
            Ani3dError: what a command or the package was refused for.
        """
        stream = self.client_stream
        greeting, self._header = messages.PlayResponse(header=self._header), None
        await stream.send(write, greeting.SerializeToString())
        # A message holds kilobytes, and this one names all joints.
        del greeting
        self._restart()
        while True:
            if stream.failure is not None:
                raise stream.failure
            if stream.hung_up:
                return
            stream.changed.clear()
            if self._status_due:
                self._status_due = False
                await stream.send(write, self._status())
                continue
            self._keep_time()
            if self._frame_due and stream.may_send:
                await self._send_frames(write)
                if self._every_frame or time.monotonic() >= self._next_tick_s:
                    continue
            if self._clock.ended and not self._frame_due and not self._end_sent:
                self._end_sent = True
                ended = frames_pb2.Ended(time_s=self._clock.time_s)
                await stream.send(write, messages.PlayResponse(ended=ended).SerializeToString())
                continue
            if not (self._every_frame or self._paused or self._clock.ended):
                self._metronome.set_at_tick(stream.changed)
            await stream.changed.wait()

    @property
    def _source(self) -> FrameSource:
        """Of frames in the form that is sent now."""
        ladder = self.client_stream.ladder
        return self._sources[0 if ladder is None else ladder.form]

    def close(self) -> None:
        """Wait for no tick."""
        self._metronome.cancel(self.client_stream.changed)

    def _set_loop(self, loop: bool) -> None:
        was_ended = self._clock.ended
        self._clock.set_loop(loop)
        self._status_due = True
        if was_ended and loop:
            self._clock.seek(self._clock.begin_s)
            self._restart()

    def _restart(self) -> None:
        """The clock's time is shown at once, paused or not."""
        self._frame_due = True
        self._is_left_out = self._end_sent = False
        self._next_tick_s = self._metronome.next_s() + self._metronome.tick_s

    def _keep_time(self) -> None:
        """Move the clock to the tick that is due by now; frames that nobody could pay for are dropped."""
        if self._every_frame:
            if not (self._frame_due or self._paused or self._clock.ended):
                self._clock.advance()
                self._frame_due = not self._clock.ended
            return
        overdue_s = time.monotonic() - self._next_tick_s
        if overdue_s < 0 or self._paused or self._clock.ended:
            return
        for _ in range(1 + int(overdue_s / self._metronome.tick_s)):
            self._clock.advance()
            if self._clock.ended:
                self._show_left_out()
                break  # a frame still due stays due: the clock now shows the last one
            self._take_tick()
            self._next_tick_s += self._metronome.tick_s

    def _show_left_out(self) -> None:
        """The last frame stays: it is shown though it was left out."""
        if self._is_left_out and not self._frame_due:
            self.client_stream.take_back()
            self._frame_due = True
        self._is_left_out = False

    def _take_tick(self) -> None:
        """The clock shows another frame, which takes the place of one still due, or is left out."""
        stream = self.client_stream
        self._is_left_out = stream.ladder is not None and stream.ladder.is_left_out()
        if self._frame_due:
            stream.leave_out()
        elif self._is_left_out:
            stream.thin_out()
        self._frame_due = self._frame_due or not self._is_left_out

    async def _send_frames(self, write: Write) -> None:
        """Send the frame that is due, and where every frame is wanted those after it that are ready."""
        stream = self.client_stream
        epoch = stream.epoch
        self._frame_due = False
        source = self._source
        batch = [await source.serialised(self._clock)]
        while source is not self._source:  # the form has changed while the frame was decoded
            source = self._source
            batch = [await source.serialised(self._clock)]
        if epoch != stream.epoch:
            return  # a seek came while the frame was decoded
        size_bytes = len(batch[0])
        while self._every_frame and not self._paused and len(batch) < stream.credits and size_bytes < BATCH_BYTES:
            source.prefetch(self._clock)
            self._clock.advance()
            if self._clock.ended:
                break
            frame = source.kept(self._clock)
            if frame is None:
                self._frame_due = True
                break
            batch.append(frame)
            size_bytes += len(frame)
        await stream.send(write, batch[0] if len(batch) == 1 else b"".join(batch), frames=len(batch))
        # A client that is late skips the frames ahead.
        if stream.credits > 0 and (self._every_frame or time.monotonic() < self._next_tick_s):
            source.prefetch(self._clock)

    def _status(self) -> bytes:
        clock = self._clock
        status = messages.Status(
            paused=self._paused,
            rate=clock.rate,
            loop=clock.loop,
            time_s=clock.time_s,
            begin_time_s=clock.begin_s,
            end_time_s=clock.end_s,
        )
        return messages.PlayResponse(status=status).SerializeToString()


def range_of(command: messages.RangeCommand) -> tuple[float | None, float | None]:
    """Begin and end in media seconds; None for the clip's own."""
    begin_s = command.begin_time_s if command.HasField("begin_time_s") else None
    end_s = command.end_time_s if command.HasField("end_time_s") else None
    return begin_s, end_s
