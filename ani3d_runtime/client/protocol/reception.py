"""Reception: the state of a stream of frames in a client, for playbacks and live sessions alike."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np

from ani3d_runtime.codec.live.light_frames import LightFrameDecoder
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.rpc.frame_layout import FullFrame, unpack_full, unpack_light
from ani3d_runtime.rpc.v1 import frames_pb2

FrameModeName: TypeAlias = Literal["light", "full"]
StreamedFrame: TypeAlias = Frame | FullFrame

DEFAULT_CREDITS = 4
MODES = {"light": frames_pb2.FRAME_MODE_LIGHT, "full": frames_pb2.FRAME_MODE_FULL}
_LATENCIES_KEPT = 4096


@dataclass(frozen=True)
class StreamHeader:
    """The part of a stream that is the same for all its frames; see frames.proto."""

    avatar_id: str
    digest: str
    clip: str
    fps: float
    frame_count: int
    duration_s: float
    period_s: float
    joint_names: tuple[str, ...]
    gaussian_count: int
    node_count: int
    coefficient_count: int
    frame_rate_hz: float
    session_id: str
    driven: bool
    session_start_time_s: float
    max_message_bytes: int = 0


@dataclass(frozen=True)
class StreamRendition:
    """What of a stream is sent, by what the link carries; see frames.proto.

    Attributes:
        form: "full", or of light frames "floats" or "steps".
        with_detail: light frames have per-Gaussian detail.
        every: one frame of so many is sent.
        link_bytes_per_s: what the link carries; 0 while it carries all.
    """

    form: Literal["floats", "steps", "full"]
    with_detail: bool
    every: int
    link_bytes_per_s: int

    def words(self) -> str:
        """For people."""
        frames = "every frame" if self.every == 1 else f"one frame of {self.every}"
        detail = "" if self.form == "full" else ", with detail" if self.with_detail else ", without detail"
        link = f"; the link carries {self.link_bytes_per_s / 1000:,.0f} KB/s" if self.link_bytes_per_s else ""
        return f"{frames}, {self.form}{detail}{link}"


def codecs_with(package: Package | None) -> list[frames_pb2.FrameCodec]:
    """The frame codecs that a client can decode, beside floats, if it holds ``package``."""
    return [] if package is None else [frames_pb2.FRAME_CODEC_STEPS]


class Reception:
    """Decodes responses in order, and counts frames, bytes and losses.

    Args:
        package: the avatar's, with which light frames come in a tenth of the bytes.

    Attributes:
        header: None until the first response.
        is_open: whether the header of this connection has come.
        ended: nothing more comes unless it is asked for.
        epoch: of the last response.
        received_count: frames received, stale ones included.
        dropped_count: frames the server dropped because the client was slow.
        thinned_count: frames the server left out because the link would not carry them.
        rendition: what of the stream is sent; None where the server does not follow the link.
        has_padding: the last response had some, by which the server measures the link.
        reconnect_count: how often a lost connection was made anew.
        latencies_s: age of recent frames on arrival, from when the server sent them, by the wall clocks of both
            machines.
        heartbeat_s: how often to show life.
    """

    def __init__(self, package: Package | None = None) -> None:
        self._package = package
        self._decoder: LightFrameDecoder | None = None
        self.header: StreamHeader | None = None
        self.is_open = False
        self.ended = False
        self.epoch = 0
        self.received_count = 0
        self.received_bytes = 0
        self.dropped_count = 0
        self.thinned_count = 0
        self.rendition: StreamRendition | None = None
        self.has_padding = False
        self.reconnect_count = 0
        self.latencies_s: deque[float] = deque(maxlen=_LATENCIES_KEPT)
        # Until the header says how often: a publisher is lost after a third of a second.
        self.heartbeat_s = 0.08
        self._full = False
        self._epochs_before = 0
        self._dropped_before = self._thinned_before = 0
        self._codec: frames_pb2.FrameCodec = frames_pb2.FRAME_CODEC_UNSPECIFIED
        self._joint_count = 0
        self._server_start_time_s = 0.0

    def lose(self) -> None:
        """Record that the connection is lost; the next response comes over another one."""
        self.is_open = False
        self._dropped_before = self.dropped_count
        self._thinned_before = self.thinned_count

    def is_stale(self, epoch: int) -> bool:
        """True if responses of `epoch` are out of date."""
        return False

    def take_rendition(self, response: Any) -> None:
        """What is sent from this response on, and what was left out; before :meth:`received`."""
        self.thinned_count = self._thinned_before + response.thinned_count
        self.has_padding = bool(response.padding)
        if response.HasField("rendition"):
            self._set_rendition(response.rendition)

    @property
    def is_link_slow(self) -> bool:
        """Whether the link does not carry what was asked for."""
        return self.rendition is not None and self.rendition.link_bytes_per_s > 0

    def received(self, response: Any) -> list[StreamedFrame]:
        """The frames of a response that are not stale.

        Args:
            response: any streaming response of the protocol; their fields 1 to 8 are the same.

        Raises:
            ServiceError: ``service-bad-frame``, ``service-frame-version``, ``service-digest-changed`` where a
                connection that was made anew gives frames of another package.
        """
        self.dropped_count = self._dropped_before + response.dropped_count
        self.epoch = self._epochs_before + response.epoch
        if response.HasField("header"):
            self._take_header(response.header)
        if response.HasField("ended"):
            self.ended = not self.is_stale(self.epoch)
        if not response.frames:
            return []
        self.received_count += len(response.frames)
        self.received_bytes += sum(len(frame.payload) for frame in response.frames)
        self.latencies_s.append(time.time() - self._server_start_time_s - response.server_time_s)
        if self.is_stale(self.epoch):
            return []
        return [self._unpacked(frame) for frame in response.frames]

    def _unpacked(self, frame: frames_pb2.Frame) -> StreamedFrame:
        if self._full:
            unpacked = unpack_full(frame.time_s, frame.payload)
        elif self._decoder is not None:
            unpacked = self._decoder.decode(frame.payload, frame.time_s)
        else:
            unpacked = unpack_light(frame.time_s, frame.payload)
        is_live = self.header is not None and self.header.session_id
        if not is_live:
            return unpacked
        if isinstance(unpacked, Frame) and frame.curves and len(frame.curves) % 4 == 0:
            curves = np.frombuffer(frame.curves, dtype="<f4").astype(np.float32)
            return replace(unpacked, capture_time_s=frame.capture_time_s, curves=curves)
        return replace(unpacked, capture_time_s=frame.capture_time_s)

    def _set_rendition(self, message: frames_pb2.Rendition) -> None:
        in_steps = message.codec == frames_pb2.FRAME_CODEC_STEPS
        self.rendition = StreamRendition(
            form="full" if self._full else "steps" if in_steps else "floats",
            with_detail=message.with_detail,
            every=max(1, message.every),
            link_bytes_per_s=message.link_bytes_per_s,
        )
        self._set_codec(message.codec)

    def _set_codec(self, codec: frames_pb2.FrameCodec) -> None:
        if codec == self._codec:
            return  # frames may go on from those before
        self._codec, self._decoder = codec, None
        if codec == frames_pb2.FRAME_CODEC_STEPS and self._package is not None:
            self._decoder = LightFrameDecoder(self._package.residual_model.node_parents, self._joint_count)

    def _take_header(self, header: frames_pb2.Header) -> None:
        if self.header is not None:
            _check_same(header, self.header.digest)
            self.reconnect_count += 1
        self.is_open = True
        self._full = header.mode == frames_pb2.FRAME_MODE_FULL
        self._joint_count = len(header.joint_names)
        self._decoder, self._codec = None, frames_pb2.FRAME_CODEC_UNSPECIFIED
        self._set_codec(header.codec)
        self.rendition = None
        if header.HasField("rendition"):
            self._set_rendition(header.rendition)
        self._server_start_time_s = header.server_start_time_s
        self.heartbeat_s = header.heartbeat_timeout_s / 4 if header.heartbeat_timeout_s > 0 else self.heartbeat_s
        self.header = StreamHeader(
            avatar_id=header.avatar_id,
            digest=header.digest,
            clip=header.clip,
            fps=header.fps,
            frame_count=header.frame_count,
            duration_s=header.duration_s,
            # A server of before there were periods says nothing of them.
            period_s=header.period_s or header.duration_s,
            joint_names=tuple(header.joint_names),
            gaussian_count=header.gaussian_count,
            node_count=header.node_count,
            coefficient_count=header.coefficient_count,
            frame_rate_hz=header.frame_rate_hz,
            session_id=header.session_id,
            driven=header.driven,
            session_start_time_s=header.session_start_time_s,
            max_message_bytes=header.max_message_bytes,
        )


def _check_same(header: frames_pb2.Header, digest: str) -> None:
    if header.digest != digest:
        raise ServiceError(
            "service-digest-changed",
            header.avatar_id,
            found="frames of a package that was baked again meanwhile",
            expected="frames of the package that the stream began with",
            fix="Fetch the package again, and begin anew.",
        )
