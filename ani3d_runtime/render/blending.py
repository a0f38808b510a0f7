# pyright: basic, reportCallIssue=false
"""Blending: the Gaussians of each tile over each other, front to back.

A tile of 16×16 px is held as 8×4 blocks of 4×2 px. Eight pixels are one vector instruction wide, and a block is visited
only where the ellipse of the Gaussian touches it and any of its pixels still lets light through. The planes of a block
follow each other in memory: transmittance, red, green, blue, depth, eight floats each.
"""

from __future__ import annotations

import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.parallel import parallel_kernel, thread_count
from ani3d_runtime.render.binning import TILE_PX, TileLists, pixels_between, row_extent
from ani3d_runtime.render.conventions import ALPHA_CAP, ALPHA_CUTOFF, FAST_MATH, TRANSMITTANCE_FLOOR
from ani3d_runtime.render.lanes import LANES, Lanes
from ani3d_runtime.render.projection import (
    BLUE,
    DEPTH,
    GREEN,
    HALF_A,
    HALF_C,
    MEAN_X,
    MEAN_Y,
    OPACITY,
    REACH_Y,
    RECORD_LENGTH,
    RED,
    B,
)

BLOCK_WIDTH, BLOCK_HEIGHT = 4, 2
BLOCK_COLUMNS, BLOCK_ROWS = TILE_PX // BLOCK_WIDTH, TILE_PX // BLOCK_HEIGHT
BLOCKS = BLOCK_COLUMNS * BLOCK_ROWS
# Gaussians fetched into a local buffer at once, so that cache misses overlap.
BATCH = 32
# Offset of each pixel centre of a block from the block's corner.
LANE_X = np.tile(np.arange(BLOCK_WIDTH, dtype=np.float32) + np.float32(0.5), BLOCK_HEIGHT)
LANE_Y = np.repeat(np.arange(BLOCK_HEIGHT, dtype=np.float32) + np.float32(0.5), BLOCK_WIDTH)

_PLANES = 5
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)


@njit(inline="always")
def block_rows(record, tile_y):
    """First and one past the last row of blocks within the tile that the Gaussian may touch."""
    y, reach = record[MEAN_Y] - tile_y, record[REACH_Y]
    first, end = pixels_between(y - reach, y + reach, np.float32(TILE_PX))
    return first // BLOCK_HEIGHT, (end + BLOCK_HEIGHT - 1) // BLOCK_HEIGHT


@njit(inline="always")
def block_columns(record, tile_x, tile_y, row):
    """First and one past the last block of a row of blocks that the ellipse touches."""
    above = tile_y + np.float32(row * BLOCK_HEIGHT) + _HALF - record[MEAN_Y]
    low, high = row_extent(record, above, above + np.float32(BLOCK_HEIGHT - 1))
    x = record[MEAN_X] - tile_x
    first, end = pixels_between(x + low, x + high, np.float32(TILE_PX))
    if end <= first:
        return 0, 0
    return first // BLOCK_WIDTH, (end + BLOCK_WIDTH - 1) // BLOCK_WIDTH


def offsets_and_alpha(builder, x, y, half_a, b, half_c, opacity) -> tuple[Lanes, Lanes, Lanes]:
    """Offsets of a block's pixels from a mean at (x, y) px from its corner, and the Gaussian's uncapped alpha there."""
    dx = Lanes.constant(builder, LANE_X) - Lanes.spread(builder, x)
    dy = Lanes.constant(builder, LANE_Y) - Lanes.spread(builder, y)
    across, along, down = (Lanes.spread(builder, entry) for entry in (half_a, b, half_c))
    zero = Lanes.constant(builder, 0)
    exponent = zero - ((across * dx + along * dy) * dx + down * dy * dy)
    exponent = exponent.where(exponent < zero, zero)
    alpha = Lanes.spread(builder, opacity) * exponent.exp_of_negative()
    return dx, dy, alpha.where(alpha >= Lanes.constant(builder, ALPHA_CUTOFF), zero)


@intrinsic
def _blend_block(typing_context, planes, base, x, y, half_a, b, half_c, opacity, red, green, blue, depth):
    """Lay one Gaussian, whose mean lies at (x, y) px from the block's corner, over the eight pixels of a block.

    A transmittance above zero is that of an open pixel; a finished pixel keeps its transmittance with a minus sign.
    """

    def generate(context, builder, signature, arguments):
        block = builder.gep(context.make_array(signature.args[0])(context, builder, arguments[0]).data, [arguments[1]])
        pointers = [builder.gep(block, [ir.Constant(ir.IntType(64), k * LANES)]) for k in range(_PLANES)]
        x, y, half_a, b, half_c, opacity, *contributions = arguments[2:]
        zero, one, cap = (Lanes.constant(builder, number) for number in (0, 1, ALPHA_CAP))
        _, _, alpha = offsets_and_alpha(builder, x, y, half_a, b, half_c, opacity)
        alpha = alpha.where(alpha < cap, cap)
        transmittance = Lanes.load(builder, pointers[0])
        behind = transmittance * (one - alpha)
        is_open = behind > Lanes.constant(builder, TRANSMITTANCE_FLOOR)
        weight = (alpha * transmittance).where(is_open, zero)
        finished = transmittance.where(transmittance < zero, zero - transmittance)
        behind.where(is_open, finished).store(pointers[0])
        for pointer, contribution in zip(pointers[1:], contributions, strict=True):
            (Lanes.load(builder, pointer) + weight * Lanes.spread(builder, contribution)).store(pointer)
        return context.get_dummy_value()

    return types.void(planes, types.int64, *[types.float32] * 10), generate


@njit(inline="always")
def fetch(records, gaussians, start, count, batch):
    """Copy the records of ``count`` Gaussians into the local buffer."""
    for q in range(count):
        i = gaussians[start + q]
        for k in range(RECORD_LENGTH):
            batch[q, k] = records[i, k]


@njit(inline="always")
def _any_open(planes, alive):
    """Mark the blocks that still let light through; whether there are any."""
    found = False
    for block in range(BLOCKS):
        highest = planes[block * _PLANES * LANES]
        for lane in range(1, LANES):
            highest = max(highest, planes[block * _PLANES * LANES + lane])
        alive[block] = highest > _ZERO
        found |= alive[block]
    return found


@njit(inline="always")
def _write_tile(planes, tile_x, tile_y, background, rgb, transmittance, depth):
    """Copy a finished tile into the image, over the background."""
    height, width = depth.shape
    for row in range(min(TILE_PX, height - tile_y)):
        for column in range(min(TILE_PX, width - tile_x)):
            block = row // BLOCK_HEIGHT * BLOCK_COLUMNS + column // BLOCK_WIDTH
            p = block * _PLANES * LANES + row % BLOCK_HEIGHT * BLOCK_WIDTH + column % BLOCK_WIDTH
            rest = abs(planes[p])
            y, x = tile_y + row, tile_x + column
            transmittance[y, x] = rest
            rgb[y, x, 0] = planes[p + LANES] + rest * background[0]
            rgb[y, x, 1] = planes[p + 2 * LANES] + rest * background[1]
            rgb[y, x, 2] = planes[p + 3 * LANES] + rest * background[2]
            depth[y, x] = planes[p + 4 * LANES]


@parallel_kernel(error_model="numpy", fastmath=FAST_MATH)
def _blend(records, starts, gaussians, turns, columns, workers, background, rgb, transmittance, depth, ends):
    for worker in numba.prange(workers):
        planes = np.empty(BLOCKS * _PLANES * LANES, np.float32)
        batch = np.empty((BATCH, RECORD_LENGTH), np.float32)
        alive = np.empty(BLOCKS, np.bool_)
        for turn in range(worker, len(turns), workers):
            tile = turns[turn]
            tile_x, tile_y = tile % columns * TILE_PX, tile // columns * TILE_PX
            for block in range(BLOCKS):
                alive[block] = True
                for k in range(LANES):
                    planes[block * _PLANES * LANES + k] = _ONE
                for k in range(LANES, _PLANES * LANES):
                    planes[block * _PLANES * LANES + k] = _ZERO
            at, end = starts[tile], starts[tile + 1]
            while at < end:
                count = min(BATCH, end - at)
                fetch(records, gaussians, at, count, batch)
                for q in range(count):
                    _blend_tile(planes, alive, batch[q], np.float32(tile_x), np.float32(tile_y))
                at += count
                if not _any_open(planes, alive):
                    break
            ends[tile] = at
            _write_tile(planes, tile_x, tile_y, background, rgb, transmittance, depth)


@njit(inline="always", error_model="numpy", fastmath=FAST_MATH)
def _blend_tile(planes, alive, record, tile_x, tile_y):
    """Lay one Gaussian over the blocks of a tile."""
    first_row, end_row = block_rows(record, tile_y)
    for row in range(first_row, end_row):
        first, end = block_columns(record, tile_x, tile_y, row)
        for column in range(first, end):
            block = row * BLOCK_COLUMNS + column
            if alive[block]:
                _blend_block(
                    planes,
                    block * _PLANES * LANES,
                    record[MEAN_X] - tile_x - np.float32(column * BLOCK_WIDTH),
                    record[MEAN_Y] - tile_y - np.float32(row * BLOCK_HEIGHT),
                    record[HALF_A],
                    record[B],
                    record[HALF_C],
                    record[OPACITY],
                    record[RED],
                    record[GREEN],
                    record[BLUE],
                    record[DEPTH],
                )


def busiest_first(tiles: TileLists) -> NDArray[np.int64]:
    """Tiles by falling number of Gaussians, so that threads finish together."""
    return np.argsort(-np.diff(tiles.starts), kind="stable")


def blend(
    records: Float32Array,
    tiles: TileLists,
    background: Float32Array,
    rgb: Float32Array,
    transmittance: Float32Array,
    depth: Float32Array,
) -> NDArray[np.int64]:
    """Fill ``rgb`` [H, W, 3], ``transmittance`` and ``depth`` [H, W]; returns where each tile's list was left."""
    ends = np.empty(tiles.columns * tiles.rows, np.int64)
    _blend(
        records,
        tiles.starts,
        tiles.gaussians,
        busiest_first(tiles),
        tiles.columns,
        thread_count(),
        background,
        rgb,
        transmittance,
        depth,
        ends,
    )
    return ends
