# pyright: basic, reportCallIssue=false
"""Blending: the Gaussians of each tile over each other, front to back.

A block of eight pixels, one vector instruction wide, is visited only where the ellipse of the Gaussian touches it and
any of its pixels still lets light through. The planes of a block follow each other in memory: transmittance, red,
green, blue, depth, eight floats each.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel
from ani3d_runtime.render.binning import TILE_PX, TILES_AT_ONCE, TileLists
from ani3d_runtime.render.blocks import (
    ALL_BLOCKS,
    BATCH,
    BLOCK_COLUMNS,
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    BLOCKS,
    fetch,
    first_block,
    offsets_and_alpha,
    open_blocks,
    touched_blocks,
)
from ani3d_runtime.render.conventions import ALPHA_CAP, FAST_MATH, TRANSMITTANCE_FLOOR
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
    RECORD_LENGTH,
    RED,
    B,
)

_PLANES = 5
_STRIDE = _PLANES * LANES
_ZERO, _ONE = np.float32(0), np.float32(1)


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
        alpha = alpha.at_most(cap)
        transmittance = Lanes.load(builder, pointers[0])
        behind = transmittance * (one - alpha)
        is_open = behind > Lanes.constant(builder, TRANSMITTANCE_FLOOR)
        weight = (alpha * transmittance).where(is_open, zero)
        finished = transmittance.at_most(zero - transmittance)
        behind.where(is_open, finished).store(pointers[0])
        for pointer, contribution in zip(pointers[1:], contributions, strict=True):
            (Lanes.load(builder, pointer) + weight * Lanes.spread(builder, contribution)).store(pointer)
        return context.get_dummy_value()

    return types.void(planes, types.int64, *[types.float32] * 10), generate


@inner(inline="always")
def _write_tile(planes, tile_x, tile_y, background, rgb, transmittance, depth):
    """Copy a finished tile into the image, over the background."""
    height, width = depth.shape
    for row in range(min(TILE_PX, height - tile_y)):
        for column in range(min(TILE_PX, width - tile_x)):
            block = row // BLOCK_HEIGHT * BLOCK_COLUMNS + column // BLOCK_WIDTH
            p = block * _STRIDE + row % BLOCK_HEIGHT * BLOCK_WIDTH + column % BLOCK_WIDTH
            rest = abs(planes[p])
            y, x = tile_y + row, tile_x + column
            transmittance[y, x] = rest
            rgb[y, x, 0] = planes[p + LANES] + rest * background[0]
            rgb[y, x, 1] = planes[p + 2 * LANES] + rest * background[1]
            rgb[y, x, 2] = planes[p + 3 * LANES] + rest * background[2]
            depth[y, x] = planes[p + 4 * LANES]


@inner(inline="always", fastmath=FAST_MATH)
def _blend_tile(planes, still_open, record, tile_x, tile_y):
    """Lay one Gaussian over the blocks of a tile that it touches and that are still open."""
    bits = touched_blocks(record, tile_x, tile_y) & still_open
    while bits != 0:
        block = first_block(bits)
        bits &= bits - 1
        _blend_block(
            planes,
            block * _STRIDE,
            record[MEAN_X] - tile_x - np.float32(block % BLOCK_COLUMNS * BLOCK_WIDTH),
            record[MEAN_Y] - tile_y - np.float32(block // BLOCK_COLUMNS * BLOCK_HEIGHT),
            record[HALF_A],
            record[B],
            record[HALF_C],
            record[OPACITY],
            record[RED],
            record[GREEN],
            record[BLUE],
            record[DEPTH],
        )


@parallel_kernel(chunk=TILES_AT_ONCE, fastmath=FAST_MATH)
def _blend(first, last, records, starts, gaussians, tiles, columns, background, rgb, transmittance, depth, ends):
    planes = np.empty(BLOCKS * _STRIDE, np.float32)
    batch = np.empty((BATCH, RECORD_LENGTH), np.float32)
    for turn in range(first, last):
        tile = tiles[turn]
        tile_x, tile_y = tile % columns * TILE_PX, tile // columns * TILE_PX
        for block in range(BLOCKS):
            for k in range(LANES):
                planes[block * _STRIDE + k] = _ONE
            for k in range(LANES, _STRIDE):
                planes[block * _STRIDE + k] = _ZERO
        at, end, still_open = starts[tile], starts[tile + 1], ALL_BLOCKS
        while at < end and still_open != 0:
            count = min(BATCH, end - at)
            fetch(records, gaussians, at, count, batch)
            for q in range(count):
                _blend_tile(planes, still_open, batch[q], np.float32(tile_x), np.float32(tile_y))
            at += count
            still_open = open_blocks(planes, _STRIDE)
        ends[tile] = at
        _write_tile(planes, tile_x, tile_y, background, rgb, transmittance, depth)


def evenly_dealt(tiles: TileLists) -> NDArray[np.int64]:
    """All tiles in an order in which each ``TILES_AT_ONCE`` of them hold about as many Gaussians."""
    busiest_first = np.argsort(-np.diff(tiles.starts), kind="stable")
    hands = -(-len(busiest_first) // TILES_AT_ONCE)
    return busiest_first[np.argsort(np.arange(len(busiest_first)) % hands, kind="stable")]


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
        len(ends),
        records,
        tiles.starts,
        tiles.gaussians,
        evenly_dealt(tiles),
        tiles.columns,
        background,
        rgb,
        transmittance,
        depth,
        ends,
    )
    return ends
