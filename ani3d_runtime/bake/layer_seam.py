"""Seams of residual layers: one period of a layer, blended so that its end goes on with its beginning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.channel import Channel
from ani3d_runtime.geometry.easing import quintic
from ani3d_runtime.residual import ResidualLayer

_FULL_TURN_RAD = 2 * np.pi


def looped_layer(layer: ResidualLayer, start: int, count: int, blend_frames: int) -> ResidualLayer:
    """Frames ``start`` to ``start + count`` of a layer, as a period.

    The frames behind the period are mixed into its beginning; where there are none, those before it into its end. Where
    there are neither, what the two ends differ by is taken out on both sides of the seam.

    Args:
        layer: of T frames, at least ``start + count``.
        blend_frames: over how many frames; fewer where there are not so many.
    """
    behind = min(blend_frames, layer.frame_count - start - count, count)
    before = min(blend_frames, start, count)

    def channel(values: Float32Array | None, *, turns: bool) -> Float32Array | None:
        if values is None:
            return None
        period = values[start : start + count].copy()
        if behind > 0:
            further = _next_to(values[start + count : start + count + behind], period[:behind], turns)
            period[:behind] = _mixed(further, period[:behind], _rising(behind))
        elif before > 0:
            earlier = _next_to(values[start - before : start], period[-before:], turns)
            period[-before:] = _mixed(period[-before:], earlier, _rising(before + 1)[1:])
        elif count > 2:
            _join(period, min(blend_frames, count // 2), turns=turns)
        return period

    channels = {
        each.field: channel(getattr(layer, each.field), turns=each.field == Channel.ROTATION.field) for each in Channel
    }
    return replace(layer, **channels)


def _mixed(start: Float32Array, end: Float32Array, shares: NDArray[np.float32]) -> Float32Array:
    """[F, S, 3] frame by frame from ``start`` to ``end``."""
    share = shares[:, None, None]
    return (start * (1 - share) + end * share).astype(np.float32)


def _next_to(values: Float32Array, others: Float32Array, turns: bool) -> Float32Array:
    return nearest_turns(values, others) if turns else values


def _join(period: Float32Array, width: int, *, turns: bool) -> None:
    """Take half of the step that is missing at the seam out on either side of it, in place."""
    onwards = 2 * period[-1] - period[-2]
    ahead = _next_to(onwards, period[0], turns) - period[0]
    for frame in range(width):
        share = 0.5 * (1 - frame / width) ** 2
        period[frame] += share * ahead
        if frame:
            period[-frame] -= share * ahead


def _rising(count: int) -> NDArray[np.float32]:
    """[count] from 0 towards 1, without a corner at either end."""
    place = np.arange(count) / count
    return quintic(place).astype(np.float32)


def nearest_turns(vectors: Float32Array, to: Float32Array) -> Float32Array:
    """[..., 3] rotation vectors of the same rotations, whole turns away at most, that lie next to others."""
    angles = np.linalg.norm(vectors, axis=-1, keepdims=True)
    axes = vectors / np.maximum(angles, 1e-9)
    along = (axes * to).sum(axis=-1, keepdims=True)
    turns = np.round((along - angles) / _FULL_TURN_RAD)
    return np.where(angles > 1e-6, vectors + axes * (turns * _FULL_TURN_RAD), vectors).astype(np.float32)
