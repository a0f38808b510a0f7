# pyright: basic
"""Columns of [T, n, 3] channels picked, and what position detail has to reach: large arrays walked once."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.parallel import parallel_kernel


def columns_of(indices: Int32Array, members: Int32Array) -> Int32Array:
    """[S] where each of ``members`` stands in increasing ``indices``, -1 where it does not."""
    if len(indices) == 0:
        return np.full(len(members), -1, dtype=np.int32)
    place = np.minimum(np.searchsorted(indices, members), len(indices) - 1)
    return np.where(indices[place] == members, place, -1).astype(np.int32)


def gathered(channel: Float32Array, columns: Int32Array) -> Float32Array:
    """[T, S, 3] the columns of a [T, n, 3] channel, zero for a column of -1."""
    out = np.empty((len(channel), len(columns), 3), dtype=np.float32)
    _gather(len(out), channel, columns, out)
    return out


def longest(channel: Float32Array) -> Float32Array:
    """[n] the largest length of each column of a [T, n, 3] channel over time."""
    out = np.zeros(channel.shape[1], dtype=np.float32)
    _longest(len(out), channel, out)
    return np.sqrt(out)


# So few columns that their maxima stay in the cache while time goes by.
@parallel_kernel(chunk=1024)
def _longest(first, last, channel, out):
    for t in range(len(channel)):
        for i in range(first, last):
            x, y, z = channel[t, i, 0], channel[t, i, 1], channel[t, i, 2]
            out[i] = max(out[i], x * x + y * y + z * z)


@parallel_kernel(chunk=1)
def _gather(first, last, channel, columns, out):
    for t in range(first, last):
        for i in range(len(columns)):
            column = columns[i]
            for axis in range(3):
                out[t, i, axis] = channel[t, column, axis] if column >= 0 else np.float32(0)


@parallel_kernel(chunk=256)
def position_targets(first, last, displacements, columns, offset, carried, targets):
    """What detail must add to the nodes' motion.

    Args:
        displacements: [F, n, 3] of the source.
        columns: [S] of ``displacements``, -1 for none.
        offset: [S, 3] float64, source minus decoded rest position.
        carried: [S, F, 3] what the nodes give.
        targets: [S, F, 3] out.
    """
    frames = targets.shape[1]
    for i in range(first, last):
        column = columns[i]
        for t in range(frames):
            for axis in range(3):
                value = offset[i, axis] - carried[i, t, axis]
                if column >= 0:
                    value += displacements[t, column, axis]
                targets[i, t, axis] = value
