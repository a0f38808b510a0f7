# pyright: basic
"""One frame out of a group of integer tables: rows of coefficients walked once, then tracks finished by their parents.

These run on one thread without the GIL: a frame takes a fraction of a millisecond, less than it costs to wake others.
"""

from __future__ import annotations

import numpy as np

from ani3d_runtime.kernels import kernel

_BLOCK = 512
_LARGEST_NARROW = 127


@kernel(fastmath={"contract", "reassoc"})
def told_values(flat, row_starts, wide_rows, wide_columns, wide_rests, amounts, steps, out):
    """Sum up cosines of one instant.

    Args:
        flat: int8 coefficients, row after row, no row longer than the one before; row 3 f + axis begins at
            row_starts[3 f + axis].
        row_starts: [3 F + 1].
        wide_rows, wide_columns, wide_rests: [W] where coefficients pass 127, and by how much.
        amounts: [F] the cosines at that instant, float32.
        steps: [A] float32 of the columns.
        out: [3, A] float32.
    """
    for start in range(0, len(steps), _BLOCK):
        width = min(_BLOCK, len(steps) - start)
        for axis in range(3):
            line = out[axis, start : start + width]
            line[:] = 0
            for frequency in range(len(amounts)):
                row = row_starts[3 * frequency + axis] + start
                reach = min(width, row_starts[3 * frequency + axis + 1] - row)
                if reach <= 0:
                    break
                coefficients = flat[row : row + reach]
                amount = amounts[frequency]
                for i in range(reach):
                    line[i] += amount * np.float32(coefficients[i])
            for i in range(width):
                line[i] *= steps[start + i]
    for wide in range(len(wide_rests)):
        column = wide_columns[wide]
        amount = amounts[wide_rows[wide] // 3] * np.float32(wide_rests[wide])
        out[wide_rows[wide] % 3, column] += amount * steps[column]


@kernel()
def finish_tracks(told, columns, parents, weights, unit, out):
    """Add what their parents, which come before them, predict of tracks.

    Args:
        told: [3, A] what is told.
        columns: [S] of each track in ``told``, -1 where nothing is.
        parents, weights: [n, 4] of all tracks from number S_all - n on; weights in ``unit``.
        unit: what a weight of 1 is worth, float32.
        out: [S, 3] float32.
    """
    first = out.shape[0] if len(parents) == 0 else columns.shape[0] - parents.shape[0]
    for i in range(out.shape[0]):
        x = y = z = np.float32(0)
        column = columns[i]
        if column >= 0:
            x, y, z = told[0, column], told[1, column], told[2, column]
        if i >= first:
            for slot in range(parents.shape[1]):
                weight = np.float32(weights[i - first, slot]) * unit
                parent = parents[i - first, slot]
                x += weight * out[parent, 0]
                y += weight * out[parent, 1]
                z += weight * out[parent, 2]
        out[i, 0], out[i, 1], out[i, 2] = x, y, z


@kernel()
def mark_told(columns, parents, weights, told):
    """Whether a track is anything but zero all the time: [S] out, where it or one of its parents is told."""
    first = told.shape[0] if len(parents) == 0 else columns.shape[0] - parents.shape[0]
    for i in range(told.shape[0]):
        anything = columns[i] >= 0
        if i >= first:
            for slot in range(parents.shape[1]):
                anything = anything or (weights[i - first, slot] != 0 and told[parents[i - first, slot]])
        told[i] = anything


@kernel()
def picked(values, members, limit, out):
    """Fill ``out`` [A, 3] with rows ``members`` of ``values``; False where a number passes ``limit`` or is NaN."""
    worst = np.float32(0)
    for j in range(len(members)):
        for axis in range(3):
            value = values[members[j], axis]
            out[j, axis] = value
            # Not a number compares false: it stays.
            worst = worst if abs(value) <= worst else abs(value)
    return worst <= limit


@kernel()
def count_wide(values):
    """How many whole numbers pass 127 in size."""
    count = 0
    for i in range(len(values)):
        count += abs(np.int64(values[i])) > _LARGEST_NARROW
    return count


@kernel()
def narrow(values, row_starts, flat, wide_rows, wide_columns, wide_rests):
    """Split ``values`` into int8 ``flat`` and what those of them that pass 127 have besides."""
    wide = 0
    for row in range(len(row_starts) - 1):
        for i in range(row_starts[row], row_starts[row + 1]):
            value = np.int64(values[i])
            near = min(max(value, -_LARGEST_NARROW), _LARGEST_NARROW)
            flat[i] = near
            if near != value:
                wide_rows[wide] = row
                wide_columns[wide] = i - row_starts[row]
                wide_rests[wide] = value - near
                wide += 1
