# pyright: basic
"""Gradient of blending: from gradients of the image to gradients of each Gaussian on each tile.

Front to back once more, so that transmittances are those of the forward pass. With R the part of the loss gradient that
what lies behind a Gaussian contributes, dL/dalpha = T (g · colour) - R / (1 - alpha); R starts as the whole sum and loses
each Gaussian's share in turn. Gradients are written per pair of Gaussian and tile and added up later in a fixed order: no
atomics, the same result for any number of threads.
"""

from __future__ import annotations

import numba
import numpy as np
from numba import njit

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.parallel import parallel_kernel, thread_count
from ani3d_runtime.render.binning import TILE_PX, TileLists
from ani3d_runtime.render.blending import (
    BATCH,
    BLOCK_COLUMNS,
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    BLOCKS,
    LANE_X,
    LANE_Y,
    LANES,
    alpha_at,
    block_columns,
    block_rows,
    busiest_first,
    fetch,
)
from ani3d_runtime.render.conventions import ALPHA_CAP, FAST_MATH, TRANSMITTANCE_FLOOR
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
_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_LANES, _STRIDE = np.uint64(LANES), np.uint64(_PLANES * LANES)
# Offsets of the planes of a block after its transmittance, and of the sums after the first.
_1, _2, _3, _4, _5, _6, _7, _8, _9 = [np.uint64(k * LANES) for k in range(1, 10)]


@njit(inline="always", fastmath=FAST_MATH)
def _block_gradient(planes, base, sums, x, y, half_a, b, half_c, opacity, red, green, blue, depth):
    """Add one block's share to the lane-wise ``sums`` of a Gaussian and take it off what lies behind.

    Planes: transmittance, remainder R, gradients by red, green, blue and depth.
    Sums: s, s dx, s dy, s dx², s dx dy, s dy² with s the gradient by the exponent; then red, green, blue and depth.
    """
    for lane in range(_LANES):
        dx, dy = LANE_X[lane] - x, LANE_Y[lane] - y
        uncapped = alpha_at(dx, dy, half_a, b, half_c, opacity)
        alpha = uncapped if uncapped < ALPHA_CAP else ALPHA_CAP
        p = base + lane
        transmittance = planes[p]
        passing = _ONE - alpha
        behind = transmittance * passing
        is_open = behind > TRANSMITTANCE_FLOOR
        weight = alpha * transmittance if is_open else _ZERO
        planes[p] = behind if is_open else -abs(transmittance)
        by_red, by_green, by_blue, by_depth = planes[p + _2], planes[p + _3], planes[p + _4], planes[p + _5]
        along = by_red * red + by_green * green + by_blue * blue + by_depth * depth
        remainder = planes[p + _1] - weight * along
        planes[p + _1] = remainder
        by_exponent = uncapped * (remainder / passing - transmittance * along)
        by_exponent = by_exponent if is_open else _ZERO
        by_exponent = by_exponent if uncapped < ALPHA_CAP else _ZERO
        by_dx, by_dy = by_exponent * dx, by_exponent * dy
        sums[lane] += by_exponent
        sums[lane + _1] += by_dx
        sums[lane + _2] += by_dy
        sums[lane + _3] += by_dx * dx
        sums[lane + _4] += by_dx * dy
        sums[lane + _5] += by_dy * dy
        sums[lane + _6] += weight * by_red
        sums[lane + _7] += weight * by_green
        sums[lane + _8] += weight * by_blue
        sums[lane + _9] += weight * by_depth


@njit(inline="always", error_model="numpy", fastmath=FAST_MATH)
def _tile_gradient(planes, sums, alive, record, tile_x, tile_y, gradient):
    """Gradient of one Gaussian from the blocks of one tile."""
    for k in range(GRADIENT_LENGTH * LANES):
        sums[k] = _ZERO
    first_row, end_row = block_rows(record, tile_y)
    for row in range(first_row, end_row):
        first, end = block_columns(record, tile_x, tile_y, row)
        for column in range(first, end):
            block = row * BLOCK_COLUMNS + column
            if alive[block]:
                _block_gradient(
                    planes,
                    np.uint64(block) * _STRIDE,
                    sums,
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


@njit(inline="always")
def _read_tile(planes, alive, tile_x, tile_y, remainder, by_rgb, by_depth):
    """Load the image gradients of a tile; pixels outside the image are finished from the start."""
    height, width = remainder.shape
    alive[:] = True
    for block in range(BLOCKS):
        for lane in range(LANES):
            p = block * _PLANES * LANES + lane
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


@njit(inline="always")
def _mark_open(planes, alive):
    """Mark the blocks that still let light through."""
    for block in range(BLOCKS):
        highest = planes[block * _PLANES * LANES]
        for lane in range(1, LANES):
            highest = max(highest, planes[block * _PLANES * LANES + lane])
        alive[block] = highest > _ZERO


@parallel_kernel(error_model="numpy", fastmath=FAST_MATH)
def _blend_backward(
    records, starts, pairs, gaussians, ends, turns, columns, workers, remainder, by_rgb, by_depth, gradients
):
    for worker in numba.prange(workers):
        planes = np.empty(BLOCKS * _PLANES * LANES, np.float32)
        sums = np.empty(GRADIENT_LENGTH * LANES, np.float32)
        batch = np.empty((BATCH, RECORD_LENGTH), np.float32)
        alive = np.empty(BLOCKS, np.bool_)
        for turn in range(worker, len(turns), workers):
            tile = turns[turn]
            tile_x, tile_y = tile % columns * TILE_PX, tile // columns * TILE_PX
            _read_tile(planes, alive, tile_x, tile_y, remainder, by_rgb, by_depth)
            at = starts[tile]
            while at < ends[tile]:
                count = min(BATCH, ends[tile] - at)
                fetch(records, gaussians, at, count, batch)
                for q in range(count):
                    gradient = gradients[pairs[at + q]]
                    _tile_gradient(
                        planes, sums, alive, batch[q], np.float32(tile_x), np.float32(tile_y), gradient
                    )
                at += count
                _mark_open(planes, alive)
            for rest in range(at, starts[tile + 1]):
                gradients[pairs[rest], :] = _ZERO


def blend_backward(
    records: Float32Array,
    tiles: TileLists,
    ends: np.ndarray,
    remainder: Float32Array,
    by_rgb: Float32Array,
    by_depth: Float32Array,
) -> Float32Array:
    """[M, 10] gradient of each pair.

    Args:
        ends: where the forward pass left each tile's list.
        remainder: [H, W] the sum over all Gaussians, and the background, of what they contribute to the loss gradient.
        by_rgb, by_depth: [H, W, 3] and [H, W] gradients of the loss by the image.
    """
    gradients = np.empty((len(tiles.pairs), GRADIENT_LENGTH), np.float32)
    _blend_backward(
        records,
        tiles.starts,
        tiles.pairs,
        tiles.gaussians,
        ends,
        busiest_first(tiles),
        tiles.columns,
        thread_count(),
        remainder,
        by_rgb,
        by_depth,
        gradients,
    )
    return gradients
