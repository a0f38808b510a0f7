# pyright: basic
"""Binning: which Gaussians touch which tile of the image, front to back.

Tiles are 16×16 px. A Gaussian is listed only for tiles that its ellipse at the alpha cut-off touches, not for all of
its bounding box. Gaussians are read in the order they are stored and each tile is sorted on its own: sorting all of
them first would make every later access a cache miss. Nothing here depends on the number of threads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.errors import ResourceError
from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.parallel import parallel_kernel
from ani3d_runtime.render.projection import DEPTH, MEAN_X, MEAN_Y, REACH_X, REACH_Y, SLOPE, SPAN, SQUEEZE, TIP

TILE_PX = 16
# Tiles that a thread takes at a time.
TILES_AT_ONCE = 16

# Pairs are numbered in 32 bits, and by then take 40 GB.
_MAX_PAIRS = 2**31 - 1
_PARTS = 8
_DIGITS = 256
_DIGIT_BITS, _DIGIT_MASK = np.uint64(8), np.uint64(_DIGITS - 1)
_HALF_BITS, _LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)
_ZERO, _HALF = np.float32(0), np.float32(0.5)
# Adding this and cutting off rounds up to the next pixel centre, a rounding error early rather than late.
_ALMOST_HALF = np.float32(0.4999)


@dataclass(frozen=True)
class TileLists:
    """Gaussians per tile. A pair is a Gaussian on a tile; pairs are numbered Gaussian by Gaussian.

    Attributes:
        columns, rows: tiles across and down.
        starts: [tiles + 1] where each tile's part of ``pairs`` and ``gaussians`` begins.
        pairs: [M] int32, per tile front to back.
        gaussians: [M] int32 the Gaussian of each of ``pairs``.
        first_pairs: [N + 1] the pairs of Gaussian i are first_pairs[i] up to first_pairs[i + 1].
    """

    columns: int
    rows: int
    starts: NDArray[np.int64]
    pairs: Int32Array
    gaussians: Int32Array
    first_pairs: NDArray[np.int64]


def bin_into_tiles(records: Float32Array, width_px: int, height_px: int) -> TileLists:
    """List the Gaussians of each tile from their records [N, 16].

    Raises:
        ResourceError: ``render-too-many-pairs``.
    """
    columns, rows = -(-width_px // TILE_PX), -(-height_px // TILE_PX)
    counts = np.empty((_PARTS, columns * rows), np.int64)
    first_pairs = np.empty(len(records) + 1, np.int64)
    _count(_PARTS, records, columns, rows, counts, first_pairs)
    starts = np.empty(columns * rows + 1, np.int64)
    total = _accumulate(counts, first_pairs, starts)
    if total > _MAX_PAIRS:
        raise ResourceError(
            "render-too-many-pairs",
            "picture",
            found=f"{total} pairs of a Gaussian and a tile that it touches",
            expected=f"at most {_MAX_PAIRS}",
            fix="Render a smaller picture, or Gaussians that do not fill it each.",
        )
    keys, owners = np.empty(total, np.uint64), np.empty(total, np.int32)
    _fill(_PARTS, records, records.view(np.uint32), columns, rows, counts, first_pairs, keys, owners)
    pairs, gaussians = np.empty(total, np.int32), np.empty(total, np.int32)
    _sort_tiles(columns * rows, starts, keys, owners, pairs, gaussians)
    return TileLists(columns, rows, starts, pairs, gaussians, first_pairs)


@inner(inline="always")
def row_extent(record, above, below):
    """Lowest and highest x, px from the mean, that the ellipse reaches between two heights ``above`` <= ``below``.

    Heights are relative to the mean. (1, 0) where the ellipse is not there at all.
    """
    reach, slope, span, squeeze, tip = record[REACH_Y], record[SLOPE], record[SPAN], record[SQUEEZE], record[TIP]
    if above > reach or below < -reach:
        return np.float32(1), np.float32(0)
    right, left = min(max(tip, above), below), min(max(-tip, above), below)
    return (
        slope * left - math.sqrt(max(span - squeeze * left * left, _ZERO)),
        slope * right + math.sqrt(max(span - squeeze * right * right, _ZERO)),
    )


@inner(inline="always")
def pixels_between(low, high, length):
    """First and one past the last pixel of 0..length whose centre lies between two coordinates, px."""
    # Clamped before the conversion, which is undefined for huge floats; cutting off is rounding down at or above zero.
    first = int(min(max(low + _ALMOST_HALF, _ZERO), length))
    end = int(min(max(high + _HALF, _ZERO), length))
    return first, end


@inner(inline="always")
def _tile_rows(record, height):
    """First and one past the last row of tiles that the Gaussian reaches."""
    first, end = pixels_between(record[MEAN_Y] - record[REACH_Y], record[MEAN_Y] + record[REACH_Y], height)
    return first // TILE_PX, (end + TILE_PX - 1) // TILE_PX


@inner(inline="always")
def _tile_columns(record, row, width):
    """First and one past the last tile of a row of tiles that the ellipse touches."""
    first, end = pixels_between(record[MEAN_X] - record[REACH_X], record[MEAN_X] + record[REACH_X], width)
    first, end = first // TILE_PX, (end + TILE_PX - 1) // TILE_PX
    if end - first <= 1:  # as for most: no need to look closer
        return first, end
    above = np.float32(row * TILE_PX) + _HALF - record[MEAN_Y]
    low, high = row_extent(record, above, above + np.float32(TILE_PX - 1))
    first, end = pixels_between(record[MEAN_X] + low, record[MEAN_X] + high, width)
    if end <= first:
        return 0, 0
    return first // TILE_PX, (end + TILE_PX - 1) // TILE_PX


# _count and _fill must list the very same tiles: a difference of one would write past a tile's share of the lists.
# Strict IEEE arithmetic gives both the same extents; fast math, compiled twice, does not.
@parallel_kernel(chunk=1)
def _count(first, last, records, columns, rows, counts, touched):
    """Per part of the Gaussians, how many each tile gets; per Gaussian, how many tiles it touches."""
    count = records.shape[0]
    for part in range(first, last):
        counts[part, :] = 0
        for i in range(count * part // _PARTS, count * (part + 1) // _PARTS):
            record = records[i]
            touched[i] = 0
            if record[REACH_Y] > _ZERO:
                first_row, end_row = _tile_rows(record, np.float32(rows * TILE_PX))
                for row in range(first_row, end_row):
                    left, right = _tile_columns(record, row, np.float32(columns * TILE_PX))
                    for column in range(left, right):
                        counts[part, row * columns + column] += 1
                        touched[i] += 1


@kernel()
def _accumulate(counts, touched, starts):
    """Turn counts into positions, in place; returns the total number of pairs."""
    total = 0
    for tile in range(counts.shape[1]):
        starts[tile] = total
        for part in range(_PARTS):
            here = counts[part, tile]
            counts[part, tile] = total
            total += here
    starts[-1] = total
    before = 0
    for i in range(touched.shape[0] - 1):
        here = touched[i]
        touched[i] = before
        before += here
    touched[-1] = before
    return total


@parallel_kernel(chunk=1)
def _fill(first, last, records, bits, columns, rows, positions, first_pairs, keys, owners):
    """Write each tile's pairs as sort keys, depth above pair number, and the Gaussian of each pair.

    ``bits`` are the records as whole numbers, which above zero sort as floats do.
    """
    count = records.shape[0]
    for part in range(first, last):
        for i in range(count * part // _PARTS, count * (part + 1) // _PARTS):
            pair = first_pairs[i]
            if first_pairs[i + 1] == pair:
                continue
            record = records[i]
            high = np.uint64(bits[i, DEPTH]) << _HALF_BITS
            first_row, end_row = _tile_rows(record, np.float32(rows * TILE_PX))
            for row in range(first_row, end_row):
                left, right = _tile_columns(record, row, np.float32(columns * TILE_PX))
                for column in range(left, right):
                    tile = row * columns + column
                    keys[positions[part, tile]] = high | np.uint64(pair)
                    positions[part, tile] += 1
                    owners[pair] = i
                    pair += 1


@parallel_kernel(chunk=TILES_AT_ONCE)
def _sort_tiles(first, last, starts, keys, owners, pairs, gaussians):
    """Sort every tile's keys and split them into pairs and Gaussians."""
    longest = 0
    for tile in range(first, last):
        longest = max(longest, starts[tile + 1] - starts[tile])
    spare = np.empty(longest, np.uint64)
    places = np.empty(_DIGITS + 1, np.int64)
    for tile in range(first, last):
        start, end = starts[tile], starts[tile + 1]
        ordered = _radix_sorted(keys[start:end], spare[: end - start], places)
        for j in range(end - start):
            pair = np.int64(ordered[j] & _LOW_HALF)
            pairs[start + j] = pair
            gaussians[start + j] = owners[pair]


@inner(inline="always")
def _radix_sorted(keys, spare, places):
    """The keys by increasing depth, in one of the two buffers; equal depths keep their order."""
    lowest, highest = _LOW_HALF, np.uint64(0)
    for key in keys:
        lowest, highest = min(lowest, key >> _HALF_BITS), max(highest, key >> _HALF_BITS)
    # Depths within a tile share their high bits: sort only by those that differ.
    shift = np.uint64(0)
    while highest > lowest and (highest - lowest) >> shift > 0:
        places[:] = 0
        for key in keys:
            places[np.int64((((key >> _HALF_BITS) - lowest) >> shift) & _DIGIT_MASK) + 1] += 1
        for digit in range(_DIGITS):
            places[digit + 1] += places[digit]
        for key in keys:
            digit = np.int64((((key >> _HALF_BITS) - lowest) >> shift) & _DIGIT_MASK)
            spare[places[digit]] = key
            places[digit] += 1
        keys, spare = spare, keys
        shift += _DIGIT_BITS
    return keys
