"""The frame between baked frames: spec/CONVENTIONS.md, "Between frames", holds the rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.geometry.curve import weighted_rotations, weighted_sum
from ani3d_runtime.playback.detail_kernels import turned_between


def on_curve(taps: Sequence[Frame], weights: Float64Array, time_s: float, detail: Detail | None = None) -> Frame:
    """The frame on the curve through consecutive frames.

    Args:
        taps: frames in the order of their times; their detail is not looked at.
        weights: [K] one for each, see ``geometry.curve.taps_at``.
        time_s: of the frame.
        detail: of the frame.
    """

    def line(name: str) -> Float32Array:
        values = np.stack([getattr(tap, name) for tap in taps]).reshape(len(taps), -1)
        return weighted_sum(values, weights).astype(np.float32).reshape(getattr(taps[0], name).shape)

    def turn(name: str) -> Float32Array:
        return weighted_rotations(np.stack([getattr(tap, name) for tap in taps]), weights).astype(np.float32)

    return Frame(
        time_s=time_s,
        root_translation_m=line("root_translation_m"),
        joint_rotations_wxyz=turn("joint_rotations_wxyz"),
        node_displacements_m=line("node_displacements_m"),
        node_rotations_wxyz=turn("node_rotations_wxyz"),
        coefficients=line("coefficients"),
        detail=detail,
    )


def detail_between(start: Detail | None, end: Detail | None, share: float | Float64Array) -> Detail | None:
    """Detail between two others: rotations on the shorter arc, the rest on a line.

    A Gaussian that has detail in one alone has none, which is zero, in the other.

    Args:
        start, end: one or the other may be None.
        share: of ``end``, 0..1; one for all, or [N] of the avatar's Gaussians.
    """
    if start is None and end is None:
        return None
    nothing = Detail(np.zeros(0, dtype=np.int32))
    start, end = start or nothing, end or nothing
    same = start.indices is end.indices or np.array_equal(start.indices, end.indices)
    indices = start.indices if same else np.union1d(start.indices, end.indices).astype(np.int32)
    shares = np.asarray(share, dtype=np.float64)
    if shares.size > 1:
        shares = shares[indices]
    shares = np.broadcast_to(shares, len(indices))
    channels: dict[str, Float32Array | None] = {}
    for channel in Channel:
        first: Float32Array | None = getattr(start, channel.field)
        last: Float32Array | None = getattr(end, channel.field)
        if first is None and last is None:
            channels[channel.field] = None
            continue
        first, last = _spread(first, start.indices, indices, same), _spread(last, end.indices, indices, same)
        if channel is Channel.ROTATION:
            channels[channel.field] = turned_between(first, last, shares)
        else:
            channels[channel.field] = _line(first, last, shares)
    return Detail(indices, **channels)


def _line(first: Float32Array, last: Float32Array, shares: Float64Array) -> Float32Array:
    """Single precision: detail is large, and so it is on a GPU."""
    return np.asarray(first + shares[:, None].astype(np.float32) * (last - first), dtype=np.float32)


def _spread(channel: Float32Array | None, own: Int32Array, wanted: Int32Array, same: bool) -> Float32Array:
    """The channel on the rows of ``wanted``, which contains ``own``; zero elsewhere."""
    if channel is not None and same:
        return channel
    spread = np.zeros((len(wanted), 3), dtype=np.float32)
    if channel is not None:
        spread[np.searchsorted(wanted, own)] = channel
    return spread
