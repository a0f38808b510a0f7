# pyright: basic, reportCallIssue=false
"""Gradient of blending: from gradients of the image to gradients of each Gaussian on each tile.

Front to back once more, so that transmittances are those of the forward pass. With R the part of the loss gradient that
what lies behind a Gaussian contributes, dL/dalpha = T (g · colour) - R / (1 - alpha); R starts as the whole sum and
loses each Gaussian's share in turn. Gradients are written per pair of Gaussian and tile and added up later in a fixed
order: no locks, and the same result for any number of threads.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel
from ani3d_runtime.render.binning import TILE_PX, TILES_AT_ONCE, TileLists
from ani3d_runtime.render.blending import evenly_dealt
from ani3d_runtime.render.blocks import (
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

# Columns of a pair's gradient; by the conic entries A, B, C of the exponent (A dx² + 2B dx dy + C dy²) / 2.
GRADIENT_LENGTH = 10
BY_MEAN_X, BY_MEAN_Y, BY_A, BY_B, BY_C, BY_OPACITY, BY_RED, BY_GREEN, BY_BLUE, BY_DEPTH = range(GRADIENT_LENGTH)

_PLANES = 6
_STRIDE = _PLANES * LANES
_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)


def _plane_pointers(context, builder, array_type, array, base, count):
    """LLVM pointers to ``count`` planes of eight floats, from number ``base`` of an array on."""
    start = builder.gep(context.make_array(array_type)(context, builder, array).data, [base])
    return [builder.gep(start, [ir.Constant(ir.IntType(64), k * LANES)]) for k in range(count)]


def _build_block(builder, pointers, scalars, totals):
    """Instructions that take a Gaussian's share off what lies behind it and, where ``totals`` are given, add it there.

    Planes: transmittance, remainder R, gradients by red, green, blue and depth.
    """
    x, y, half_a, b, half_c, opacity, *contributions = scalars
    zero, one, cap = (Lanes.constant(builder, number) for number in (0, 1, ALPHA_CAP))
    dx, dy, uncapped = offsets_and_alpha(builder, x, y, half_a, b, half_c, opacity)
    alpha = uncapped.at_most(cap)
    transmittance, remainder, *by_image = (Lanes.load(builder, pointer) for pointer in pointers)
    passing = one - alpha
    behind = transmittance * passing
    is_open = behind > Lanes.constant(builder, TRANSMITTANCE_FLOOR)
    weight = (alpha * transmittance).where(is_open, zero)
    finished = transmittance.at_most(zero - transmittance)
    behind.where(is_open, finished).store(pointers[0])
    along = zero
    for by, contribution in zip(by_image, contributions, strict=True):
        along = along + by * Lanes.spread(builder, contribution)
    remainder = remainder - weight * along
    remainder.store(pointers[1])
    if not totals:
        return
    by_exponent = uncapped * (remainder / passing - transmittance * along)
    by_exponent = by_exponent.where(is_open, zero).where(uncapped < cap, zero)
    by_dx, by_dy = by_exponent * dx, by_exponent * dy
    shares = [by_exponent, by_dx, by_dy, by_dx * dx, by_dx * dy, by_dy * dy, *(weight * by for by in by_image)]
    for pointer, share in zip(totals, shares, strict=True):
        (Lanes.load(builder, pointer) + share).store(pointer)


@intrinsic
def _block_gradient(typing_context, planes, base, sums, x, y, half_a, b, half_c, opacity, red, green, blue, depth):
    """Add one block's share to the lane-wise ``sums`` of a Gaussian and take it off what lies behind.

    Sums: s, s dx, s dy, s dx², s dx dy, s dy² with s the gradient by the exponent; then by red, green, blue and depth.
    """

    def generate(context, builder, signature, arguments):
        first = ir.Constant(ir.IntType(64), 0)
        pointers = _plane_pointers(context, builder, signature.args[0], *arguments[:2], _PLANES)
        totals = _plane_pointers(context, builder, signature.args[2], arguments[2], first, GRADIENT_LENGTH)
        _build_block(builder, pointers, arguments[3:], totals)
        return context.get_dummy_value()

    return types.void(planes, types.int64, sums, *[types.float32] * 10), generate


@intrinsic
def _block_passing(typing_context, planes, base, x, y, half_a, b, half_c, opacity, red, green, blue, depth):
    """Take one block's share of a Gaussian that needs no gradient off what lies behind."""

    def generate(context, builder, signature, arguments):
        pointers = _plane_pointers(context, builder, signature.args[0], *arguments[:2], _PLANES)
        _build_block(builder, pointers, arguments[2:], [])
        return context.get_dummy_value()

    return types.void(planes, types.int64, *[types.float32] * 10), generate


@inner(inline="always", fastmath=FAST_MATH)
def _tile_passing(planes, still_open, record, tile_x, tile_y):
    """Let a Gaussian that needs no gradient cover what lies behind it in one tile."""
    bits = touched_blocks(record, tile_x, tile_y) & still_open
    while bits != 0:
        block = first_block(bits)
        bits &= bits - 1
        _block_passing(
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


@inner(inline="always", fastmath=FAST_MATH)
def _tile_gradient(planes, sums, still_open, record, tile_x, tile_y, gradient):
    """Gradient of one Gaussian from the blocks of one tile."""
    for k in range(GRADIENT_LENGTH * LANES):
        sums[k] = _ZERO
    bits = touched_blocks(record, tile_x, tile_y) & still_open
    while bits != 0:
        block = first_block(bits)
        bits &= bits - 1
        _block_gradient(
            planes,
            block * _STRIDE,
            sums,
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
    for k in range(GRADIENT_LENGTH):
        total = _ZERO
        for lane in range(LANES):
            total += sums[k * LANES + lane]
        gradient[k] = total
    by_exponent, by_dx, by_dy = gradient[0], gradient[1], gradient[2]
    by_xx, by_xy, by_yy = gradient[3], gradient[4], gradient[5]
    gradient[BY_MEAN_X] = -(_TWO * record[HALF_A] * by_dx + record[B] * by_dy)
    gradient[BY_MEAN_Y] = -(record[B] * by_dx + _TWO * record[HALF_C] * by_dy)
    gradient[BY_A] = _HALF * by_xx
    gradient[BY_B] = by_xy
    gradient[BY_C] = _HALF * by_yy
    gradient[BY_OPACITY] = -by_exponent / record[OPACITY]


@inner(inline="always")
def _read_tile(planes, tile_x, tile_y, remainder, by_rgb, by_depth):
    """Load the image gradients of a tile; pixels outside the image are finished from the start."""
    height, width = remainder.shape
    for block in range(BLOCKS):
        for lane in range(LANES):
            p = block * _STRIDE + lane
            y = tile_y + block // BLOCK_COLUMNS * BLOCK_HEIGHT + lane // BLOCK_WIDTH
            x = tile_x + block % BLOCK_COLUMNS * BLOCK_WIDTH + lane % BLOCK_WIDTH
            if y < height and x < width:
                planes[p] = _ONE
                planes[p + LANES] = remainder[y, x]
                for channel in range(3):
                    planes[p + (2 + channel) * LANES] = by_rgb[y, x, channel]
                planes[p + 5 * LANES] = by_depth[y, x]
            else:
                planes[p] = -_ONE
                for k in range(1, _PLANES):
                    planes[p + k * LANES] = _ZERO


@parallel_kernel(chunk=TILES_AT_ONCE, fastmath=FAST_MATH)
def _blend_backward(
    first,
    last,
    records,
    starts,
    pairs,
    gaussians,
    ends,
    still,
    tiles,
    columns,
    remainder,
    by_rgb,
    by_depth,
    gradients,
):
    planes = np.empty(BLOCKS * _STRIDE, np.float32)
    sums = np.empty(GRADIENT_LENGTH * LANES, np.float32)
    batch = np.empty((BATCH, RECORD_LENGTH), np.float32)
    for turn in range(first, last):
        tile = tiles[turn]
        tile_x, tile_y = tile % columns * TILE_PX, tile // columns * TILE_PX
        at, end = starts[tile], ends[tile]
        # What lies behind the last Gaussian that needs a gradient makes no difference to it.
        while end > at and gaussians[end - 1] < still:
            end -= 1
        if at < end:
            _read_tile(planes, tile_x, tile_y, remainder, by_rgb, by_depth)
            still_open = open_blocks(planes, _STRIDE)
        while at < end:
            count = min(BATCH, end - at)
            fetch(records, gaussians, at, count, batch)
            for q in range(count):
                if gaussians[at + q] < still:
                    _tile_passing(planes, still_open, batch[q], np.float32(tile_x), np.float32(tile_y))
                    continue
                gradient = gradients[pairs[at + q]]
                _tile_gradient(planes, sums, still_open, batch[q], np.float32(tile_x), np.float32(tile_y), gradient)
            at += count
            still_open = open_blocks(planes, _STRIDE)
        for rest in range(at, starts[tile + 1]):
            if gaussians[rest] >= still:
                gradients[pairs[rest], :] = _ZERO


def blend_backward(
    records: Float32Array,
    tiles: TileLists,
    ends: np.ndarray,
    remainder: Float32Array,
    by_rgb: Float32Array,
    by_depth: Float32Array,
    still: int = 0,
) -> Float32Array:
    """[M, 10] gradient of each pair.

    Args:
        ends: where the forward pass left each tile's list.
        still: Gaussians before this one need no gradient; their pairs hold anything.
        remainder: [H, W] the sum over all Gaussians, and the background, of what they contribute to the loss gradient.
        by_rgb, by_depth: [H, W, 3] and [H, W] gradients of the loss by the image.
    """
    gradients = np.empty((len(tiles.pairs), GRADIENT_LENGTH), np.float32)
    _blend_backward(
        len(ends),
        records,
        tiles.starts,
        tiles.pairs,
        tiles.gaussians,
        ends,
        still,
        evenly_dealt(tiles),
        tiles.columns,
        remainder,
        by_rgb,
        by_depth,
        gradients,
    )
    return gradients
