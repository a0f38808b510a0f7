"""What a client knows while it watches a clip; the same for the blocking and the asyncio face."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.frame_layout import FullFrame, unpack_full, unpack_light
from ani3d_runtime.rpc.rate import checked_rate
from ani3d_runtime.rpc.v1 import frames_pb2, playback_pb2

FrameModeName: TypeAlias = Literal["light", "full"]
PacingName: TypeAlias = Literal["real-time", "every-frame"]
StreamedFrame: TypeAlias = Frame | FullFrame

DEFAULT_CREDITS = 4
_LATENCIES_KEPT = 4096
_MODES = {"light": frames_pb2.FRAME_MODE_LIGHT, "full": frames_pb2.FRAME_MODE_FULL}
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
        credits: frames that may be on their way to the client at once.
        frame_rate_hz: frames sent per second; None for the clip's own.
        with_detail: False leaves per-Gaussian detail out of light frames; the package has it too.
    """

    mode: FrameModeName = "light"
    pacing: PacingName = "real-time"
    rate: float = 1.0
    loop: bool = False
    start_time_s: float | None = None
    credits: int = DEFAULT_CREDITS
    frame_rate_hz: float | None = None
    with_detail: bool = True

    @property
    def credits_paid_at_once(self) -> int:
        """Frames paid for with one request, which costs the server as much as sending a frame does."""
        return max(1, self.credits // 4)

    def start_request(self, avatar_id: str, clip: str) -> playback_pb2.PlayRequest:
        """The first request of the call.

        Raises:
            UsageError: ``play-bad-option``, ``play-bad-rate``.
        """
        if self.mode not in _MODES or self.pacing not in _PACINGS or self.credits < 1:
            raise UsageError(
                "play-bad-option",
                "play options",
                found=f"mode {self.mode!r}, pacing {self.pacing!r}, {self.credits} credits",
                expected=f"mode {' or '.join(_MODES)}, pacing {' or '.join(_PACINGS)}, at least one credit",
                fix="Correct the option.",
            )
        return playback_pb2.PlayRequest(
            start=playback_pb2.StartCommand(
                avatar_id=avatar_id,
                clip=clip,
                mode=_MODES[self.mode],
                pacing=_PACINGS[self.pacing],
                rate=checked_rate(self.rate),
                loop=self.loop,
                start_time_s=self.start_time_s,
                credits=self.credits,
                frame_rate_hz=self.frame_rate_hz or 0.0,
                without_detail=not self.with_detail,
            )
        )


@dataclass(frozen=True)
class PlaybackHeader:
    """What does not change from frame to frame; see playback.proto."""

    avatar_id: str
    digest: str
    clip: str
    fps: float
    frame_count: int
    duration_s: float
    joint_names: tuple[str, ...]
    gaussian_count: int
    node_count: int
    coefficient_count: int
    frame_rate_hz: float


class Watch:
    """Takes responses in order, keeps count, and says what to ask next.

    Attributes:
        header: None until the first response.
        ended: the clip is over; a seek brings it back.
        paused: as the server last said.
        received_count: frames received, stale ones included.
        dropped_count: frames the server dropped because the client was slow.
        frame_index: baked frame nearest to the last frame.
        latencies_s: age of recent frames on arrival, by the wall clocks of both machines.
    """

    def __init__(self) -> None:
        self.header: PlaybackHeader | None = None
        self.ended = False
        self.paused = False
        self.received_count = 0
        self.received_bytes = 0
        self.dropped_count = 0
        self.frame_index = 0
        self.latencies_s: deque[float] = deque(maxlen=_LATENCIES_KEPT)
        self.heartbeat_s = 1.0
        self._full = False
        self._seeks = 0
        self._server_start_time_s = 0.0

    def seek_request(self, time_s: float) -> playback_pb2.PlayRequest:
        """A seek; frames of before it are ignored from now on."""
        self._seeks += 1
        self.ended = False
        return playback_pb2.PlayRequest(seek=playback_pb2.SeekCommand(time_s=time_s))

    def take(self, response: playback_pb2.PlayResponse) -> StreamedFrame | None:
        """The frame of a response, or None where it holds none that is still wanted.

        Raises:
            ServiceError: ``service-bad-frame``, ``service-frame-version``.
        """
        self.dropped_count = response.dropped_count
        kind = response.WhichOneof("event")
        if kind == "header":
            self._take_header(response.header)
        elif kind == "status":
            self.paused = response.status.paused
        elif kind == "ended":
            self.ended = response.epoch >= self._seeks
        elif kind == "frame":
            frame = response.frame
            self.received_count += 1
            self.received_bytes += len(frame.payload)
            self.latencies_s.append(time.time() - self._server_start_time_s - response.server_time_s)
            if response.epoch >= self._seeks:
                self.frame_index = frame.frame_index
                return (unpack_full if self._full else unpack_light)(frame.time_s, frame.payload)
        return None

    def _take_header(self, header: playback_pb2.Header) -> None:
        self._full = header.mode == frames_pb2.FRAME_MODE_FULL
        self._server_start_time_s = header.server_start_time_s
        self.heartbeat_s = header.heartbeat_timeout_s / 4 if header.heartbeat_timeout_s > 0 else self.heartbeat_s
        self.header = PlaybackHeader(
            avatar_id=header.avatar_id,
            digest=header.digest,
            clip=header.clip,
            fps=header.fps,
            frame_count=header.frame_count,
            duration_s=header.duration_s,
            joint_names=tuple(header.joint_names),
            gaussian_count=header.gaussian_count,
            node_count=header.node_count,
            coefficient_count=header.coefficient_count,
            frame_rate_hz=header.frame_rate_hz,
        )


def credit(frames: int) -> playback_pb2.PlayRequest:
    """Pay for more frames; none is a heartbeat."""
    return playback_pb2.PlayRequest(credit=playback_pb2.CreditCommand(frames=frames))


def paused(value: bool) -> playback_pb2.PlayRequest:
    """Pause or resume."""
    if value:
        return playback_pb2.PlayRequest(pause=playback_pb2.PauseCommand())
    return playback_pb2.PlayRequest(resume=playback_pb2.ResumeCommand())


def rate(value: float) -> playback_pb2.PlayRequest:
    """Play at another rate."""
    return playback_pb2.PlayRequest(rate=playback_pb2.RateCommand(rate=value))


def loop(value: bool) -> playback_pb2.PlayRequest:
    """Start again at the end, or not."""
    return playback_pb2.PlayRequest(loop=playback_pb2.LoopCommand(loop=value))
