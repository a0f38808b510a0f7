"""How large responses with frames can be, so that clients can set their limits (frames.proto has the layouts)."""

from __future__ import annotations

from ani3d_runtime.channel import Channel
from ani3d_runtime.codec.live.light_kernels import MAX_SLOTS_PER_ENTRY
from ani3d_runtime.rpc.v1 import frames_pb2
from ani3d_runtime.server.stream.frame_form import FrameForm
from ani3d_runtime.server.stream.rendition_ladder import MOST_PROBE_BYTES

# A session that sends every frame fills a response up to here, and then ends it.
BATCH_BYTES = 64 << 10
# Times, numbers and lengths of a response, and of each frame in it; with room for fields to come.
_ENVELOPE_BYTES, _FRAME_ENVELOPE_BYTES = 128, 64
# Of the curves that come with each pose of a live session.
MOST_CURVES = 256
_CURVES_BYTES = 4 * MOST_CURVES
_STEPS_HEAD_BYTES = 128
_LIGHT_HEAD_BYTES, _FULL_HEAD_BYTES, _FULL_BYTES_PER_GAUSSIAN = 20, 8, 36


def max_message_bytes(form: FrameForm, header: frames_pb2.Header, *, with_detail: bool, batch: int = 1) -> int:
    """The most bytes of a response with frames.

    Args:
        form: of its frames, or the best of them.
        header: with joint names, and numbers of Gaussians, nodes and coefficients; and a rendition where the server
            follows the link.
        with_detail: light frames hold per-Gaussian detail, as far as there is any.
        batch: the most frames in one response.
    """
    names = len(header.joint_names)
    counts = (names, header.node_count, header.coefficient_count, header.gaussian_count)
    frame = max_frame_bytes(form, *counts, with_detail=with_detail) + _FRAME_ENVELOPE_BYTES
    frame += _CURVES_BYTES if header.session_id else 0
    if header.HasField("rendition"):
        # A lesser form is smaller, but for bounds that no frame comes near: steps have a high one.
        least = max_frame_bytes(FrameForm.STEPS, *counts, with_detail=False) + _FRAME_ENVELOPE_BYTES + _CURVES_BYTES
        return _ENVELOPE_BYTES + max(frame, least) + MOST_PROBE_BYTES
    if batch == 1:
        return _ENVELOPE_BYTES + frame
    # Full of frames of one byte, its envelopes weigh more than they do.
    return _ENVELOPE_BYTES + BATCH_BYTES + frame + batch * _FRAME_ENVELOPE_BYTES


def max_frame_bytes(
    form: FrameForm, joints: int, nodes: int, coefficients: int, gaussians: int, *, with_detail: bool
) -> int:
    """The most bytes of a frame's payload."""
    if form is FrameForm.FULL:
        return _FULL_HEAD_BYTES + _FULL_BYTES_PER_GAUSSIAN * gaussians
    if form is FrameForm.STEPS:
        entries = 3 + 3 * joints + 6 * nodes
        return _STEPS_HEAD_BYTES + 2 * (MAX_SLOTS_PER_ENTRY * entries + 1)
    detail = gaussians * (4 + 12 * len(Channel)) if with_detail else 0
    return _LIGHT_HEAD_BYTES + 4 * (3 + 4 * joints + 7 * nodes + coefficients) + detail


def largest_message_bytes(joints: int, nodes: int, coefficients: int, gaussians: int, *, batch: int) -> int:
    """The most bytes of a response with frames of an avatar, in any form."""
    header = frames_pb2.Header(
        joint_names=[""] * joints, node_count=nodes, coefficient_count=coefficients, gaussian_count=gaussians
    )
    header.session_id = "any"
    every_frame = max(max_message_bytes(form, header, with_detail=True, batch=batch) for form in FrameForm)
    header.rendition.every = 1
    return max(every_frame, *(max_message_bytes(form, header, with_detail=True) for form in FrameForm))
