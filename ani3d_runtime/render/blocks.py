# pyright: basic, reportCallIssue=false
"""Blocks: the 4×2 px that are blended at once, and which of a tile's blocks a Gaussian touches.

A tile of 16×16 px is 8 rows of 4 blocks, so a set of blocks is 32 bits of an integer, row by row from bit 0. All rows
are examined at once, a row to a lane, which leaves one loop over the touched blocks and hardly a branch to mispredict.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ani3d_runtime.kernels import inner
from ani3d_runtime.render.binning import TILE_PX
from ani3d_runtime.render.conventions import ALPHA_CUTOFF
from ani3d_runtime.render.lanes import LANES, Lanes
from ani3d_runtime.render.projection import MEAN_X, MEAN_Y, REACH_Y, RECORD_LENGTH, SLOPE, SPAN, SQUEEZE, TIP

BLOCK_WIDTH, BLOCK_HEIGHT = 4, 2
BLOCK_COLUMNS, BLOCK_ROWS = TILE_PX // BLOCK_WIDTH, TILE_PX // BLOCK_HEIGHT
BLOCKS = BLOCK_COLUMNS * BLOCK_ROWS
ALL_BLOCKS = (1 << BLOCKS) - 1
# Gaussians fetched into a local buffer at once, so that cache misses overlap.
BATCH = 32

# Offset of each pixel centre of a block from the block's corner.
_LANE_X = np.tile(np.arange(BLOCK_WIDTH) + 0.5, BLOCK_HEIGHT)
_LANE_Y = np.repeat(np.arange(BLOCK_HEIGHT) + 0.5, BLOCK_WIDTH)
_ROW_TOP = np.arange(BLOCK_ROWS) * BLOCK_HEIGHT + 0.5
_ROW_BITS = np.arange(BLOCK_ROWS) * BLOCK_COLUMNS
# Adding this and cutting off rounds up to the next pixel centre, a rounding error early rather than late.
_ALMOST_HALF, _HALF = 0.4999, 0.5
_ZERO = np.float32(0)


def offsets_and_alpha(builder, x, y, half_a, b, half_c, opacity) -> tuple[Lanes, Lanes, Lanes]:
    """Offsets of a block's pixels from a mean at (x, y) px from its corner, and the Gaussian's uncapped alpha there."""
    dx = Lanes.constant(builder, _LANE_X) - Lanes.spread(builder, x)
    dy = Lanes.constant(builder, _LANE_Y) - Lanes.spread(builder, y)
    across, along, down = (Lanes.spread(builder, entry) for entry in (half_a, b, half_c))
    zero = Lanes.constant(builder, 0)
    exponent = (zero - ((across * dx + along * dy) * dx + down * dy * dy)).at_most(zero)
    alpha = Lanes.spread(builder, opacity) * exponent.exp_of_negative()
    return dx, dy, alpha.where(alpha >= Lanes.constant(builder, ALPHA_CUTOFF), zero)


@intrinsic
def _touched(typing_context, x, y, reach, slope, span, squeeze, tip):
    """Bits of the blocks that an ellipse touches, its mean at (x, y) px from the tile's corner; see ``row_extent``."""

    def generate(context, builder, signature, arguments):
        x, y, reach, slope, span, squeeze, tip = (Lanes.spread(builder, scalar) for scalar in arguments)
        zero, side = Lanes.constant(builder, 0), Lanes.constant(builder, TILE_PX)
        above = Lanes.constant(builder, _ROW_TOP) - y
        below = above + Lanes.constant(builder, BLOCK_HEIGHT - 1)
        reached = builder.and_(reach >= above, below >= zero - reach)
        right, left = tip.at_least(above).at_most(below), (zero - tip).at_least(above).at_most(below)
        low = slope * left - (span - squeeze * left * left).at_least(zero).square_root()
        high = slope * right + (span - squeeze * right * right).at_least(zero).square_root()
        first = (x + low + Lanes.constant(builder, _ALMOST_HALF)).at_least(zero).at_most(side).to_integers()
        end = (x + high + Lanes.constant(builder, _HALF)).at_least(zero).at_most(side).to_integers()

        def integers(numbers) -> ir.Constant:
            values = [ir.Constant(ir.IntType(32), int(n)) for n in np.broadcast_to(numbers, LANES)]
            return ir.Constant(ir.VectorType(ir.IntType(32), LANES), values)

        width = integers(BLOCK_WIDTH)
        first_block = builder.udiv(first, width)
        end_block = builder.udiv(builder.add(end, integers(BLOCK_WIDTH - 1)), width)
        ones = integers(1)
        bits = builder.sub(builder.shl(ones, end_block), builder.shl(ones, first_block))
        shown = builder.and_(reached, builder.icmp_signed(">", end, first))
        bits = builder.select(shown, builder.shl(bits, integers(_ROW_BITS)), integers(0))
        # Fold the eight rows into one: halves over each other.
        for half in (4, 2, 1):
            order = [ir.Constant(ir.IntType(32), (lane + half) % LANES) for lane in range(LANES)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), order)
            bits = builder.or_(bits, builder.shuffle_vector(bits, bits, mask))
        return builder.zext(builder.extract_element(bits, ir.Constant(ir.IntType(32), 0)), ir.IntType(64))

    return types.int64(*[types.float32] * 7), generate


@intrinsic
def first_block(typing_context, bits):
    """Number of the lowest bit of a set that is not empty."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@inner(inline="always")
def touched_blocks(record, tile_x, tile_y):
    """Bits of the blocks of the tile with its corner at (tile_x, tile_y) px that the Gaussian touches."""
    return _touched(
        record[MEAN_X] - tile_x,
        record[MEAN_Y] - tile_y,
        record[REACH_Y],
        record[SLOPE],
        record[SPAN],
        record[SQUEEZE],
        record[TIP],
    )


@inner(inline="always")
def open_blocks(planes, stride):
    """Bits of the blocks with a pixel whose transmittance, the first of a block's ``stride`` floats, is above zero."""
    bits = 0
    for block in range(BLOCKS):
        highest = planes[block * stride]
        for lane in range(1, LANES):
            highest = max(highest, planes[block * stride + lane])
        if highest > _ZERO:
            bits |= 1 << block
    return bits


@inner(inline="always")
def fetch(records, gaussians, start, count, batch):
    """Copy the records of ``count`` Gaussians into the local buffer."""
    for q in range(count):
        i = gaussians[start + q]
        for k in range(RECORD_LENGTH):
            batch[q, k] = records[i, k]
