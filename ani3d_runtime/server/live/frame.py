"""LiveFrame: a frame of a live session, serialised once for each form that a client asked for."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Protocol

from ani3d_runtime.codec.live.light_frames import LightFrameEncoder
from ani3d_runtime.deformation import Frame
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.rpc.frame_layout import pack_full, pack_light
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2
from ani3d_runtime.server.stream.frame_form import FrameForm


class SharedFrame(Protocol):
    """A frame that many are sent, of this process or of another."""

    number: int
    epoch: int

    async def serialised(self, form: FrameForm, after: int, pool: Executor) -> bytes:
        """A response that holds nothing but the frame.

        Args:
            form: of the payload.
            after: number of the frame that the client had before; 0 for none.
            pool: where Gaussians are posed.
        """
        ...


class LiveFrame:
    """A frame on its way out, serialised once for each form that somebody asked for.

    Attributes:
        number: of the pose.
        epoch: of the publisher whose pose it shows.
    """

    def __init__(
        self,
        frame: Frame,
        number: int,
        capture_time_s: float,
        epoch: int,
        player: LivePlayer,
        coder: LightCoder,
        curves: bytes = b"",
    ) -> None:
        self.number = number
        self.epoch = epoch
        self._frame = frame
        self._capture_time_s = capture_time_s
        self._curves = curves
        self._player = player
        self._coder = coder
        self._floats = b""
        self._change: bytes | None = None
        self._change_follows = 0
        self._key = b""
        self._full: asyncio.Future[bytes] | None = None

    async def serialised(self, form: FrameForm, after: int, pool: Executor) -> bytes:
        """See :class:`SharedFrame`."""
        if form is FrameForm.FULL:
            return await self.full(pool)
        if form is FrameForm.FLOATS:
            return self._plain()
        change, follows = self._coded()
        return change if after and after == follows else self._by_itself()

    def light(self, form: FrameForm) -> tuple[bytes, int, bytes]:
        """A light frame for another process, which has clients of all kinds.

        Returns:
            the response; the number of the frame that it changes, 0 for none; then the frame by itself.
        """
        if form is FrameForm.FLOATS:
            return self._plain(), 0, b""
        change, follows = self._coded()
        return change, follows, self._by_itself()

    async def full(self, pool: Executor) -> bytes:
        """A full frame."""
        if self._full is None:
            self._full = asyncio.get_running_loop().run_in_executor(pool, self._posed)
        # A client that leaves must not take the frame away from the others.
        return await asyncio.shield(self._full)

    def _plain(self) -> bytes:
        self._floats = self._floats or self._response(pack_light(self._frame))
        return self._floats

    def _coded(self) -> tuple[bytes, int]:
        """The change from the frame that was coded before, and that frame's number.

        Only the session's latest frame is ever asked for, so the coder's last frame is this one or an earlier one.
        """
        if self._change is None:
            self._change_follows = self._coder.number
            self._change = self._response(self._coder.change(self._frame, self.number))
        return self._change, self._change_follows

    def _by_itself(self) -> bytes:
        """The frame for those who do not have the one before."""
        self._key = self._key or self._response(self._coder.last_as_key())
        return self._key

    def _posed(self) -> bytes:
        return self._response(pack_full(self._player.pose(self._frame).cloud))

    def _response(self, payload: bytes) -> bytes:
        message = frames_pb2.Frame(
            time_s=self._frame.time_s,
            frame_index=self.number,
            payload=payload,
            capture_time_s=self._capture_time_s,
            curves=self._curves,
        )
        return live_pb2.SubscribeResponse(frames=[message]).SerializeToString()


class LightCoder:
    """The coder of one session's light frames. A client that has the last frame coded can decode the next.

    Args:
        player: that the frames come from.

    Attributes:
        number: of the last frame coded; 0 before the first.
    """

    def __init__(self, player: LivePlayer) -> None:
        self.number = 0
        self._player = player
        self._encoder: LightFrameEncoder | None = None

    async def prepare(self, pool: Executor) -> None:
        """Get ready to code, before the first stream that wants coded frames; many sessions never have one."""
        if self._encoder is None:
            made = await asyncio.get_running_loop().run_in_executor(pool, light_encoder, self._player)
            self._encoder = self._encoder or made

    def change(self, frame: Frame, number: int) -> bytes:
        """The payload of the next frame."""
        assert self._encoder is not None
        self.number = number
        return self._encoder.change(frame)

    def last_as_key(self) -> bytes:
        """The last frame again, for those who do not have the one before."""
        assert self._encoder is not None
        return self._encoder.last_as_key()


def light_encoder(player: LivePlayer) -> LightFrameEncoder:
    """An encoder of frames of the player's avatar, its kernels compiled or loaded: not on the event loop."""
    package = player.package
    parents, joint_count = package.residual_model.node_parents, package.manifest.joint_count
    still, tried = player.still_frame(), LightFrameEncoder(parents, joint_count)
    tried.key(still)
    tried.change(still)
    return LightFrameEncoder(parents, joint_count)
