"""The state of a client that plays a clip, for the blocking and the asyncio client alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ani3d_runtime.client.protocol.receipts import Receipt, credit_command
from ani3d_runtime.client.protocol.reception import (
    DEFAULT_CREDITS,
    MODES,
    FrameModeName,
    Reception,
    StreamedFrame,
    codecs_with,
)
from ani3d_runtime.client.protocol.window import CreditWindow, RoundTrip
from ani3d_runtime.errors import UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.rpc.rate import checked_rate
from ani3d_runtime.rpc.v1 import playback_pb2

PacingName: TypeAlias = Literal["real-time", "every-frame"]

_PACINGS = {"real-time": playback_pb2.PACING_REAL_TIME, "every-frame": playback_pb2.PACING_EVERY_FRAME}


@dataclass(frozen=True)
class PlayOptions:
    """How a clip is to be played.

    Attributes:
        mode: "light" frames are evaluated with the avatar's package; "full" ones are posed Gaussians.
        pacing: "real-time" follows the clock and drops what comes too late; "every-frame" drops nothing.
        rate: media seconds per second, not zero; negative plays backwards.
        loop: start again at the end.
        start_time_s: media time of the first frame; None for 0, or for the clip's end when it is played backwards.
        credits: frames that may be on their way to the client at once; None for as many as the way there takes, see
            :class:`~ani3d_runtime.client.protocol.window.CreditWindow`.
        frame_rate_hz: frames sent per second; None for the clip's own.
        with_detail: False leaves per-Gaussian detail out of light frames; the package has it too.
        range_s: begin and end of the part of the clip to play, and to loop; None for the clip's own.
        lod: finest level of detail wanted, 0 the coarsest; None for all.
        package: the avatar's, where it is at hand: without detail, light frames come in a tenth of the bytes then,
            rounded to fractions of a millimetre.
        adaptive: where the link is too slow, frames come without detail, then fewer; ``watch.rendition`` says so.
            Nothing of the kind happens where every frame is wanted.
    """

    mode: FrameModeName = "light"
    pacing: PacingName = "real-time"
    rate: float = 1.0
    loop: bool = False
    start_time_s: float | None = None
    credits: int | None = None
    frame_rate_hz: float | None = None
    with_detail: bool = True
    range_s: tuple[float | None, float | None] = (None, None)
    lod: int | None = None
    package: Package | None = None
    adaptive: bool = True

    def window(self, round_trip: RoundTrip) -> CreditWindow:
        """The window of a playback, over a way that takes so long."""
        return CreditWindow(self.credits, round_trip, every_frame=self.pacing == "every-frame")

    def start_request(self, avatar_id: str, clip: str, *, credits: int = DEFAULT_CREDITS) -> playback_pb2.PlayRequest:
        """The first request of the call.

        Args:
            credits: to begin with, where the options name none.

        Raises:
            UsageError: ``play-bad-option``, ``play-bad-rate``.
        """
        if self.mode not in MODES or self.pacing not in _PACINGS or (self.credits or 1) < 1 or (self.lod or 0) < 0:
            raise UsageError(
                "play-bad-option",
                "play options",
                found=f"mode {self.mode!r}, pacing {self.pacing!r}, {self.credits} credits, lod {self.lod}",
                expected=f"mode {' or '.join(MODES)}, pacing {' or '.join(_PACINGS)}, a credit, no negative lod",
                fix="Correct the option.",
            )
        return playback_pb2.PlayRequest(
            start=playback_pb2.StartCommand(
                avatar_id=avatar_id,
                clip=clip,
                mode=MODES[self.mode],
                pacing=_PACINGS[self.pacing],
                rate=checked_rate(self.rate),
                loop=self.loop,
                start_time_s=self.start_time_s,
                credits=credits if self.credits is None else self.credits,
                frame_rate_hz=self.frame_rate_hz or 0.0,
                without_detail=not self.with_detail,
                range=_range_command(*self.range_s),
                lod=self.lod,
                codecs=codecs_with(self.package),
                adaptive=self.adaptive,
            )
        )


class Watch(Reception):
    """The state of one playback in a client.

    Attributes:
        paused: as the server last said.
        frame_index: baked frame nearest to the last frame.
    """

    def __init__(self, start: playback_pb2.PlayRequest, package: Package | None = None) -> None:
        super().__init__(package)
        self.paused = False
        self.frame_index = 0
        self._start = start.start
        self._wants_pause = False
        self._seeks = 0
        self._sought_s = self._start.start_time_s if self._start.HasField("start_time_s") else None
        self._shown_s = 0.0
        self._shown_epoch = -1
        self._held_s: float | None = None  # a frame at this time is here already

    def remember(self, request: playback_pb2.PlayRequest) -> None:
        """Record a request before it is sent; after a seek, frames from before it are dropped."""
        command = request.WhichOneof("command")
        if command == "seek":
            self._sought_s = request.seek.time_s
            self._seeks += 1
            self.ended = False
        elif command in ("pause", "resume"):
            self._wants_pause = command == "pause"
        elif command == "rate":
            self._start.rate = request.rate.rate
        elif command == "loop":
            self._start.loop = request.loop.loop
        elif command == "range":
            self._start.range.CopyFrom(request.range)

    def requests_again(self) -> list[playback_pb2.PlayRequest]:
        """The request that resumes the clip where it was, on a new connection.

        The last frame is asked for again, and left out when it comes: what follows it is for the server to say.
        """
        self._epochs_before = self._seeks
        has_shown = self._shown_epoch == self._seeks
        time_s = self._shown_s if has_shown else self._sought_s
        start = playback_pb2.StartCommand()
        start.CopyFrom(self._start)
        start.ClearField("start_time_s")
        if time_s is not None:
            begin_s = start.range.begin_time_s if start.range.HasField("begin_time_s") else time_s
            end_s = start.range.end_time_s if start.range.HasField("end_time_s") else time_s
            start.start_time_s = min(max(time_s, begin_s), end_s)
        self._held_s = self._shown_s if has_shown else None
        requests = [playback_pb2.PlayRequest(start=start)]
        return [*requests, paused(True)] if self._wants_pause else requests

    def is_stale(self, epoch: int) -> bool:
        """True if `epoch` predates the last seek."""
        return epoch < self._seeks

    def take(self, response: playback_pb2.PlayResponse) -> list[StreamedFrame]:
        """The frames of a response that no seek has made stale.

        Raises:
            ServiceError: as :meth:`received`.
        """
        self.take_rendition(response)
        if response.HasField("status"):
            self.paused = response.status.paused
        if response.frames:
            self.frame_index = response.frames[-1].frame_index
        frames = self.received(response)
        if not frames:
            return frames
        self._shown_epoch, self._shown_s = self.epoch, frames[-1].time_s
        held_s, self._held_s = self._held_s, None
        return frames[1:] if frames[0].time_s == held_s else frames


def seek(time_s: float) -> playback_pb2.PlayRequest:
    """The request to seek to a media time."""
    return playback_pb2.PlayRequest(seek=playback_pb2.SeekCommand(time_s=time_s))


def paused(value: bool) -> playback_pb2.PlayRequest:
    """The request to pause or to resume."""
    if value:
        return playback_pb2.PlayRequest(pause=playback_pb2.PauseCommand())
    return playback_pb2.PlayRequest(resume=playback_pb2.ResumeCommand())


def rate(value: float) -> playback_pb2.PlayRequest:
    """The request to play at another rate."""
    return playback_pb2.PlayRequest(rate=playback_pb2.RateCommand(rate=value))


def loop(value: bool) -> playback_pb2.PlayRequest:
    """The request to loop at the end, or to stop there."""
    return playback_pb2.PlayRequest(loop=playback_pb2.LoopCommand(loop=value))


def play_range(begin_s: float | None, end_s: float | None) -> playback_pb2.PlayRequest:
    """The request to play, and loop, another range of the clip."""
    return playback_pb2.PlayRequest(range=_range_command(begin_s, end_s))


def credit(frames: int, receipt: Receipt | None = None) -> playback_pb2.PlayRequest:
    """The request that grants credits for frames; zero credits are a heartbeat."""
    return playback_pb2.PlayRequest(credit=credit_command(frames, receipt))


def _range_command(begin_s: float | None, end_s: float | None) -> playback_pb2.RangeCommand:
    return playback_pb2.RangeCommand(begin_time_s=begin_s, end_time_s=end_s)
