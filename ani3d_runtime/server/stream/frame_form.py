"""FrameForm: in which of its forms a frame is sent to a client."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.v1 import frames_pb2


class FrameForm(Enum):
    """Light frames as floats or as whole steps, or full frames."""

    FLOATS = "floats"
    STEPS = "steps"
    FULL = "full"

    @property
    def mode(self) -> frames_pb2.FrameMode:
        """As a header says it."""
        return frames_pb2.FRAME_MODE_FULL if self is FrameForm.FULL else frames_pb2.FRAME_MODE_LIGHT

    @property
    def codec(self) -> frames_pb2.FrameCodec:
        """As a header says it."""
        return frames_pb2.FRAME_CODEC_STEPS if self is FrameForm.STEPS else frames_pb2.FRAME_CODEC_FLOATS


def agreed_form(
    mode: frames_pb2.FrameMode, codecs: Iterable[frames_pb2.FrameCodec], corrective_count: int, *, with_detail: bool
) -> FrameForm:
    """What a client is sent.

    Args:
        mode: that it asks for; light unless it says so.
        codecs: that it can read besides floats; those that are not known here are passed over.
        corrective_count: of the avatar.
        with_detail: whether light frames are to hold per-Gaussian detail.

    Raises:
        UsageError: ``play-bad-mode``.
    """
    if mode == frames_pb2.FRAME_MODE_FULL:
        return FrameForm.FULL
    if mode not in (frames_pb2.FRAME_MODE_UNSPECIFIED, frames_pb2.FRAME_MODE_LIGHT):
        raise UsageError(
            "play-bad-mode",
            "frame mode",
            found=f"mode {mode}",
            expected="light (1) or full (2)",
            fix="Ask for another mode, or update the server.",
        )
    has_steps = not with_detail and not corrective_count
    return FrameForm.STEPS if has_steps and frames_pb2.FRAME_CODEC_STEPS in codecs else FrameForm.FLOATS
