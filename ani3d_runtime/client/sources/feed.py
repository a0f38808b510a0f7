"""Feed: publishes a source of poses until it ends, whatever happens to the connection."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.retarget_live import MappingReport, SourceSkeleton
from ani3d_runtime.client.blocking.client import Client
from ani3d_runtime.client.blocking.live import LiveClient, LivePublisher
from ani3d_runtime.client.protocol.live_messages import LiveTicket, PublishOptions
from ani3d_runtime.client.protocol.reconnecting import PASSING_CODES, Backoff
from ani3d_runtime.errors import Ani3dError, NotFoundError
from ani3d_runtime.playback.player import Layer


class SourcePose(NamedTuple):
    """One pose of a source.

    Attributes:
        rotations_wxyz: [K, 4] local.
        root_position: [3] of the root joint.
        capture_time_s: by ``time.monotonic``.
        discontinuous: the motion does not go on from the pose before.
        curves: [C] values of the skeleton's curve names; None where it has none.
    """

    rotations_wxyz: Float32Array
    root_position: Float32Array
    capture_time_s: float
    discontinuous: bool = False
    curves: Float32Array | None = None


class PoseSource(Protocol):
    """Where poses come from."""

    @property
    def skeleton(self) -> SourceSkeleton:
        """The skeleton that the latest pose belongs to: another one begins a new epoch."""
        ...

    def poses(self) -> Iterator[SourcePose]:
        """Poses as they come, each when it is due."""
        ...


@dataclass
class FeedReport:
    """The outcome of a feed.

    Attributes:
        sent: poses handed to the connection.
        lost: poses that came while there was none, or that it could not take.
        refused: by the server, as far as it said.
        refused_code: why, the last time.
        reconnects: how often the connection was made anew.
        epoch: the last one.
        mapping: which joints are matched.
    """

    sent: int = 0
    lost: int = 0
    refused: int = 0
    refused_code: str = ""
    reconnects: int = 0
    epoch: int = 0
    mapping: MappingReport | None = None


class Feed:
    """Publishes a source to one session of one avatar.

    Args:
        client: connected to the server.
        ticket: of the session; where the server has forgotten it, it is created again under the same name.
        avatar_id: for that.
        source: of the poses.
        options: how to publish.
        say: takes a sentence when the connection is lost or back.
        layer: of a session that is created again.
        on_ticket: takes the session's ticket.

    Attributes:
        report: what was published so far.
        ticket: of the session, as it is now.
    """

    def __init__(
        self,
        client: Client,
        ticket: LiveTicket,
        avatar_id: str,
        source: PoseSource,
        options: PublishOptions,
        say: Callable[[str], None],
        *,
        layer: Layer = "residual",
        on_ticket: Callable[[LiveTicket], None] = lambda _: None,
    ) -> None:
        self.report = FeedReport()
        self._live: LiveClient = client.live
        self.ticket = ticket
        self._avatar_id = avatar_id
        self._source = source
        self._options = options
        self._say = say
        self._layer: Layer = layer
        self._on_ticket = on_ticket
        self._publisher: LivePublisher | None = None
        self._skeleton: SourceSkeleton | None = None
        self._retry_at_s = 0.0
        self._backoff = Backoff(math.inf)

    def run(self) -> FeedReport:
        """Publish until the source ends.

        Raises:
            Ani3dError: what trying again does not mend: ``live-fenced`` above all.
        """
        self._connect()
        try:
            for pose in self._source.poses():
                if self._publisher is not None and not _is_same(self._source.skeleton, self._skeleton):
                    self._hang_up()
                    self._retry_at_s = 0.0
                if self._publisher is None and time.monotonic() >= self._retry_at_s:
                    self._reconnect()
                if self._publisher is None:
                    self.report.lost += 1
                    continue
                self._send(self._publisher, pose)
        finally:
            self._hang_up()
        return self.report

    def _send(self, publisher: LivePublisher, pose: SourcePose) -> None:
        try:
            publisher.send(*pose[:3], discontinuous=pose.discontinuous, curves=pose.curves)
        except Ani3dError as error:
            if error.code not in PASSING_CODES:
                raise
            self._say(f"connection lost ({error.code}); trying again")
            self.report.lost += 1
            self._hang_up()
            self._wait_longer()
            return
        self.report.sent += 1

    def _connect(self) -> None:
        options = replace(self._options, resume_epoch=self.report.epoch)
        skeleton = self._source.skeleton
        publisher = self._live.publish(self.ticket, skeleton, options)
        self._skeleton = skeleton
        self.report.epoch = publisher.epoch
        self.report.mapping = publisher.mapping
        self._publisher = publisher
        self._backoff = Backoff(math.inf)

    def _reconnect(self) -> None:
        try:
            try:
                self._connect()
            except NotFoundError:
                # The server has begun anew, and its epochs with it.
                self.report.epoch = 0
                self.ticket = self._live.create(self._avatar_id, self.ticket.session_id, layer=self._layer)
                self._on_ticket(self.ticket)
                self._connect()
        except Ani3dError as error:
            if error.code not in PASSING_CODES:
                raise
            self._wait_longer()
            return
        self.report.reconnects += 1
        self._say(f"publishing again, epoch {self.report.epoch}")

    def _wait_longer(self) -> None:
        self._retry_at_s = time.monotonic() + (self._backoff.next_s() or 0.0)

    def _hang_up(self) -> None:
        if self._publisher is None:
            return
        watch = self._publisher.watch
        self.report.refused += watch.refused_count
        self.report.refused_code = watch.refused_code or self.report.refused_code
        # What could not be sent was counted as sent when it was handed over.
        self.report.sent -= self._publisher.unsent_count
        self.report.lost += self._publisher.unsent_count
        self._publisher.finish()
        self._publisher = None


def _is_same(skeleton: SourceSkeleton, before: SourceSkeleton | None) -> bool:
    """True for equal ones too: a source may make its skeleton anew whenever it is asked."""
    if skeleton is before or before is None:
        return True
    if (skeleton.joint_names, skeleton.axes, skeleton.mapping) != (before.joint_names, before.axes, before.mapping):
        return False
    if skeleton.curve_names != before.curve_names:
        return False
    arrays = ("parents", "offsets", "rest_rotations_wxyz")
    return all(np.array_equal(getattr(skeleton, name), getattr(before, name)) for name in arrays)
