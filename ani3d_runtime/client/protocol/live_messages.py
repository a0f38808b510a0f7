"""The messages of live sessions, for the blocking and the asyncio client alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_live import MappingReport, SourceSkeleton
from ani3d_runtime.client.protocol.receipts import Receipt, credit_command
from ani3d_runtime.client.protocol.reception import (
    DEFAULT_CREDITS,
    MODES,
    FrameModeName,
    Reception,
    StreamedFrame,
    codecs_with,
)
from ani3d_runtime.client.protocol.reconnecting import PASSING_CODES
from ani3d_runtime.errors import UsageError
from ani3d_runtime.geometry.frames import PoseAxes
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import Layer
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2

SourceStateName: TypeAlias = Literal["waiting", "live", "idle", "lost"]
OnSource: TypeAlias = Callable[[SourceStateName], None]

# A subscriber may be back before the publisher that opens the session again.
SESSION_PASSING_CODES = PASSING_CODES | {"live-session-not-found"}

# A server that has never retargeted before compiles its kernels first.
FIRST_PUBLISHER_TIMEOUT_S = 60.0

_STATES: dict[int, SourceStateName] = {
    live_pb2.SOURCE_STATE_WAITING: "waiting",
    live_pb2.SOURCE_STATE_LIVE: "live",
    live_pb2.SOURCE_STATE_LOST: "lost",
    live_pb2.SOURCE_STATE_IDLE: "idle",
}
_AXES: dict[PoseAxes | None, live_pb2.SourceAxes] = {
    None: live_pb2.SOURCE_AXES_UNSPECIFIED,
    "yup": live_pb2.SOURCE_AXES_YUP,
    "zup": live_pb2.SOURCE_AXES_ZUP,
    "rdf": live_pb2.SOURCE_AXES_RDF,
    "unity": live_pb2.SOURCE_AXES_UNITY,
    "unreal": live_pb2.SOURCE_AXES_UNREAL,
}


@dataclass(frozen=True)
class LiveTicket:
    """A session that this client created, with the key to publish to it.

    Attributes:
        session_id: what subscribers name.
        publish_key: whoever holds it may publish and end the session.
        abandoned_after_s: the session ends when it has had no publisher for this long.
        driven: a driver moves cloth and hair; otherwise the rigid layer plays.
    """

    session_id: str
    publish_key: str
    abandoned_after_s: float
    driven: bool = False

    @classmethod
    def from_message(cls, message: live_pb2.CreateSessionResponse) -> LiveTicket:
        """The ticket that a server sent."""
        return cls(message.session_id, message.publish_key, message.abandoned_after_s, message.driven)


@dataclass(frozen=True)
class LiveListing:
    """One live session on a server; see live.proto."""

    session_id: str
    avatar_id: str
    source: SourceStateName
    epoch: int
    subscriber_count: int
    frame_count: int
    driven: bool

    @classmethod
    def from_message(cls, message: live_pb2.SessionSummary) -> LiveListing:
        """The listing that a server sent."""
        return cls(
            message.session_id,
            message.avatar_id,
            _STATES.get(message.source, "waiting"),
            message.epoch,
            message.subscriber_count,
            message.frame_count,
            message.driven,
        )


@dataclass(frozen=True)
class PublishOptions:
    """How to publish.

    Attributes:
        answers: mode of the frames that come back; None for none.
        credits: answered frames that may be on their way at once; None for as many as the way there takes.
        resume_epoch: the epoch that this publisher had before, so that it does not take the session from another that
            came in between; 0 to take over whoever has it.
        jitter_buffer_s: poses that took up to this much longer than the fastest are still shown in time; at most 1.
        lock_feet: keep a foot that stands where it stands.
        in_place: frames leave the root's way over the ground out, for avatars that a character controller moves.
        package: the avatar's, where it is at hand: light answers come in a tenth of the bytes then.
    """

    answers: FrameModeName | None = None
    credits: int | None = None
    resume_epoch: int = 0
    jitter_buffer_s: float = 0.0
    lock_feet: bool = False
    in_place: bool = False
    package: Package | None = None

    def first_request(
        self, ticket: LiveTicket, source: SourceSkeleton, *, credits: int = DEFAULT_CREDITS
    ) -> live_pb2.RetargetRequest:
        """The first request of the call.

        Args:
            ticket: of the session.
            source: the skeleton of the poses.
            credits: to begin with, where the options name none.

        Raises:
            UsageError: ``live-bad-option``.
        """
        _check(self.answers, credits if self.credits is None else self.credits)
        return live_pb2.RetargetRequest(
            publish=live_pb2.PublishCommand(
                session_id=ticket.session_id,
                publish_key=ticket.publish_key,
                source=_source_message(source),
                answer_mode=MODES[self.answers] if self.answers else frames_pb2.FRAME_MODE_UNSPECIFIED,
                credits=credits if self.credits is None else self.credits,
                resume_epoch=self.resume_epoch,
                jitter_buffer_s=self.jitter_buffer_s,
                lock_feet=self.lock_feet,
                in_place=self.in_place,
                codecs=codecs_with(self.package),
            )
        )


class LiveReception(Reception):
    """The state of a live session in a client.

    Args:
        package: the avatar's, where it is at hand.
        on_source: takes the state of the source at first and whenever it changes, on the thread that receives.

    Attributes:
        source: how the publisher is doing, as the server last said.
        curve_names: what the curves of frames are, such as blend shapes of a face; of subscribers.
        mapping: which joints are matched; None until the server has said so, and for subscribers.
        refused_count: poses that the server refused, as it last said; at most one message a second.
        refused_code: of the last refusal.
        refused_message: its words.
    """

    def __init__(self, package: Package | None = None, on_source: OnSource | None = None) -> None:
        super().__init__(package)
        self.source: SourceStateName = "waiting"
        self.curve_names: tuple[str, ...] = ()
        self.mapping: MappingReport | None = None
        self.refused_count = 0
        self.refused_code = ""
        self.refused_message = ""
        self._on_source = on_source

    def take_published(self, response: live_pb2.RetargetResponse) -> list[StreamedFrame]:
        """The frames of a publisher's response."""
        if response.HasField("mapping"):
            report = response.mapping
            self.mapping = MappingReport(
                report.naming, dict(report.matched), tuple(report.missing), tuple(report.unused), report.scale
            )
        if response.HasField("refused"):
            self.refused_count = response.refused.count
            self.refused_code = response.refused.code
            self.refused_message = response.refused.message
        return self.received(response)

    def take_subscribed(self, response: live_pb2.SubscribeResponse) -> list[StreamedFrame]:
        """The frames of a subscriber's response."""
        self.take_rendition(response)
        frames = self.received(response)
        if response.HasField("source"):
            self.source = _STATES.get(response.source.state, "waiting")
            self.curve_names = tuple(response.source.curve_names)
            if self._on_source is not None:
                self._on_source(self.source)
        return frames


def create_request(avatar_id: str, session_id: str, layer: Layer) -> live_pb2.CreateSessionRequest:
    """The request to create a session."""
    return live_pb2.CreateSessionRequest(avatar_id=avatar_id, session_id=session_id, rigid=layer == "rigid")


def subscribe_request(
    session_id: str, mode: FrameModeName, credits: int, package: Package | None, *, adaptive: bool = False
) -> live_pb2.SubscribeRequest:
    """The first request of a subscription.

    Raises:
        UsageError: ``live-bad-option``.
    """
    _check(mode, credits)
    subscribe = live_pb2.SubscribeCommand(
        session_id=session_id, mode=MODES[mode], credits=credits, codecs=codecs_with(package), adaptive=adaptive
    )
    return live_pb2.SubscribeRequest(subscribe=subscribe)


def pose_request(
    rotations_wxyz: Float32Array,
    root_position: Float32Array,
    capture_time_s: float,
    discontinuous: bool,
    curves: Float32Array | None = None,
) -> live_pb2.RetargetRequest:
    """One pose: [K, 4] local rotations and [3] root position of the source, and [C] values of its curves."""
    payload = np.asarray(root_position, dtype="<f4").tobytes() + np.asarray(rotations_wxyz, dtype="<f4").tobytes()
    pose = live_pb2.Pose(capture_time_s=capture_time_s, payload=payload, discontinuous=discontinuous)
    if curves is not None:
        pose.curves = np.asarray(curves, dtype="<f4").tobytes()
    return live_pb2.RetargetRequest(pose=pose)


def publisher_credit(frames: int, receipt: Receipt | None = None) -> live_pb2.RetargetRequest:
    """The request that grants credits for answers; zero credits are a heartbeat."""
    return live_pb2.RetargetRequest(credit=credit_command(frames, receipt))


def subscriber_credit(frames: int, receipt: Receipt | None = None) -> live_pb2.SubscribeRequest:
    """The request that grants credits for frames; zero credits are a heartbeat."""
    return live_pb2.SubscribeRequest(credit=credit_command(frames, receipt))


def _source_message(source: SourceSkeleton) -> live_pb2.SourceSkeleton:
    def packed(array: Any) -> bytes:
        return b"" if array is None else np.asarray(array, dtype="<f4").tobytes()

    return live_pb2.SourceSkeleton(
        joint_names=source.joint_names,
        parents=[] if source.parents is None else [int(parent) for parent in source.parents],
        offsets=packed(source.offsets),
        rest_rotations=packed(source.rest_rotations_wxyz),
        axes=_AXES[source.axes],
        mapping=source.mapping,
        curve_names=source.curve_names,
    )


def _check(mode: FrameModeName | None, credits: int) -> None:
    if (mode is not None and mode not in MODES) or credits < 1:
        raise UsageError(
            "live-bad-option",
            "live options",
            found=f"mode {mode!r}, {credits} credits",
            expected=f"mode {' or '.join(MODES)}, at least one credit",
            fix="Correct the option.",
        )
