"""The curve through the frames of a motion: a cubic over the four nearest (spec/CONVENTIONS.md, "Between frames").

Catmull and Rom's weights: the curve passes through every frame, and has one velocity there. At an end without a
neighbour the straight line goes on, which changes the weights of the frames that there are, and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.geometry.quaternion import normalised

TAPS = 4


def taps_at(
    positions: float | NDArray[Any], count: int, *, loops: bool = False
) -> tuple[NDArray[np.int64], Float64Array]:
    """The frames that the curve goes by at each position, and their weights.

    Args:
        positions: [...] places in frames, 0 <= position <= count - 1; any where the motion loops.
        count: frames of the motion, its period where it loops.
        loops: frame ``count`` is frame 0 again.

    Returns:
        ([..., 4] frames, increasing but for those of weight 0, and not taken modulo ``count`` where the motion loops,
        [..., 4] weights, which sum to 1). Weights are 0 where there is no neighbour.
    """
    positions = np.asarray(positions, dtype=np.float64)
    floor = np.floor(positions).astype(np.int64)
    low = floor if loops else np.clip(floor, 0, max(count - 2, 0))
    weights = _weights(np.asarray(positions - low, dtype=np.float64))
    frames = low[..., None] + np.arange(-1, TAPS - 1)
    if not loops:
        _go_on_straight(weights, low == 0, before=True)
        _go_on_straight(weights, low + 2 > count - 1, before=False)
        frames = np.clip(frames, 0, count - 1)
    return frames, weights


def weighted_sum(values: NDArray[Any], weights: Float64Array) -> Float64Array:
    """[..., C] sum of values [..., K, C] by weights [..., K]."""
    return np.einsum("...k,...kc->...c", weights, np.asarray(values, dtype=np.float64))


def weighted_rotations(quats_wxyz: NDArray[Any], weights: Float64Array) -> Float64Array:
    """[..., M, 4] rotations on the curve through rotations [..., K, M, 4] with weights [..., K].

    Each quaternion gets the sign that is nearer to the one before it, and the weighted sum is normalised.
    """
    quats = np.asarray(quats_wxyz, dtype=np.float64)
    dots = np.einsum("...kmc,...kmc->...km", quats[..., 1:, :, :], quats[..., :-1, :, :])
    signs = np.ones(quats.shape[:-1])
    signs[..., 1:, :] = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=-2)
    return normalised(np.einsum("...k,...km,...kmc->...mc", weights, signs, quats))


def _weights(fractions: Float64Array) -> Float64Array:
    """[..., 4] weights of the frames before, at, behind and two behind, at fractions [...] from 0 to 1."""
    f = fractions
    return 0.5 * np.stack(
        [
            f * (f * (2 - f) - 1),
            f * f * (3 * f - 5) + 2,
            f * (f * (4 - 3 * f) + 1),
            f * f * (f - 1),
        ],
        axis=-1,
    )


def _go_on_straight(weights: Float64Array, is_missing: NDArray[np.bool_], *, before: bool) -> None:
    """Where the outer frame is missing it is twice the end less the frame next to the end."""
    outer, end, inner = (0, 1, 2) if before else (3, 2, 1)
    given = np.where(is_missing, weights[..., outer], 0.0)
    weights[..., end] += 2 * given
    weights[..., inner] -= given
    weights[..., outer] -= given
