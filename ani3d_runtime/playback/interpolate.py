"""The frame between two baked frames."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.geometry.quaternion import slerp


def between(start: Frame, end: Frame, fraction: float) -> Frame:
    """Rotations on the shorter arc, everything else in a straight line; ``fraction`` 0..1."""
    return Frame(
        time_s=start.time_s + fraction * (end.time_s - start.time_s),
        root_translation_m=_line(start.root_translation_m, end.root_translation_m, fraction),
        joint_rotations_wxyz=_arc(start.joint_rotations_wxyz, end.joint_rotations_wxyz, fraction),
        node_displacements_m=_line(start.node_displacements_m, end.node_displacements_m, fraction),
        node_rotations_wxyz=_arc(start.node_rotations_wxyz, end.node_rotations_wxyz, fraction),
        coefficients=_line(start.coefficients, end.coefficients, fraction),
        detail=_detail_between(start.detail, end.detail, fraction),
    )


def _line(start: Float32Array, end: Float32Array, fraction: float) -> Float32Array:
    return start + np.float32(fraction) * (end - start)


def _arc(start: Float32Array, end: Float32Array, fraction: float) -> Float32Array:
    return slerp(start, end, fraction).astype(np.float32)


def _detail_between(start: Detail | None, end: Detail | None, fraction: float) -> Detail | None:
    if start is None and end is None:
        return None
    nothing = Detail(np.zeros(0, dtype=np.int32))
    start, end = start or nothing, end or nothing
    same = start.indices is end.indices or np.array_equal(start.indices, end.indices)
    indices = start.indices if same else np.union1d(start.indices, end.indices).astype(np.int32)
    channels: dict[str, Float32Array | None] = {}
    for name in (channel.field for channel in Channel):
        first: Float32Array | None = getattr(start, name)
        last: Float32Array | None = getattr(end, name)
        if first is None and last is None:
            channels[name] = None
            continue
        channels[name] = _line(
            _spread(first, start.indices, indices, same), _spread(last, end.indices, indices, same), fraction
        )
    return Detail(indices, **channels)


def _spread(channel: Float32Array | None, own: Int32Array, wanted: Int32Array, same: bool) -> Float32Array:
    """The channel on the rows of ``wanted``, which contains ``own``; zero elsewhere."""
    if channel is not None and same:
        return channel
    spread = np.zeros((len(wanted), 3), dtype=np.float32)
    if channel is not None:
        spread[np.searchsorted(wanted, own)] = channel
    return spread
