# pyright: basic
"""The picture loss in numba, value and gradient in one go; ``losses.py`` says what it is. Images are planes."""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from ani3d_runtime.parallel import parallel_kernel

_F = np.float32
# A Gaussian window of standard deviation 1.5 px, cut after three.
TAPS = 7
_REACH = TAPS // 2
_WINDOW = np.exp(-0.5 * ((np.arange(TAPS) - _REACH) / 1.5) ** 2)
WINDOW = (_WINDOW / _WINDOW.sum()).astype(np.float32)
C1, C2 = _F(0.01**2), _F(0.03**2)
# |x| is rounded off below this, so that its gradient does not jump: half a step of an 8-bit picture.
SOFT = _F(2e-3)


@parallel_kernel(error_model="numpy", fastmath=True)
def blur(planes, window, out):
    """Convolve planes [P, H, W] with a separable window, nothing outside."""
    count, height, width = planes.shape
    for line in prange(count * height):
        plane, y = line // height, line % height
        column = np.zeros(width + TAPS - 1, _F)
        for k in range(TAPS):
            source = y + k - _REACH
            if 0 <= source < height:
                share = window[k]
                row = planes[plane, source]
                for x in range(width):
                    column[x + _REACH] += share * row[x]
        target = out[plane, y]
        for x in range(width):
            target[x] = _F(0)
        for k in range(TAPS):
            share = window[k]
            for x in range(width):
                target[x] += share * column[x + k]


@parallel_kernel(error_model="numpy", fastmath=True)
def products(picture, target, out):
    """x, x² and x y of planes [3, H, W] into [9, H, W]."""
    height = picture.shape[1]
    for line in prange(3 * height):
        channel, y = line // height, line % height
        for x in range(picture.shape[2]):
            value = picture[channel, y, x]
            out[channel, y, x] = value
            out[3 + channel, y, x] = value * value
            out[6 + channel, y, x] = value * target[channel, y, x]


@parallel_kernel(error_model="numpy", fastmath=True)
def similarity(moments, target_moments, slopes, totals):
    """SSIM from blurred moments; its slopes by mean, square and product, [9, H, W], and row sums ``totals`` [3 H]."""
    height = moments.shape[1]
    for line in prange(3 * height):
        channel, y = line // height, line % height
        total = _F(0)
        for x in range(moments.shape[2]):
            mean, square, product = moments[channel, y, x], moments[3 + channel, y, x], moments[6 + channel, y, x]
            other, other_square = target_moments[channel, y, x], target_moments[3 + channel, y, x]
            a1, a2 = 2 * mean * other + C1, 2 * (product - mean * other) + C2
            b1 = mean * mean + other * other + C1
            b2 = max(square - mean * mean, _F(0)) + max(other_square - other * other, _F(0)) + C2
            inverse = _F(1) / (b1 * b2)
            ssim = a1 * a2 * inverse
            total += ssim
            slopes[channel, y, x] = 2 * other * (a2 - a1) * inverse - 2 * mean * ssim * (_F(1) / b1 - _F(1) / b2)
            slopes[3 + channel, y, x] = -ssim / b2
            slopes[6 + channel, y, x] = 2 * a1 * inverse
        totals[line] = total


@parallel_kernel(error_model="numpy", fastmath=True)
def add_similarity_gradient(picture, target, blurred_slopes, scale, gradient):
    """Add ``scale`` times the gradient of the summed SSIM by planes [3, H, W]."""
    height = picture.shape[1]
    for line in prange(3 * height):
        channel, y = line // height, line % height
        for x in range(picture.shape[2]):
            gradient[channel, y, x] += scale * (
                blurred_slopes[channel, y, x]
                + 2 * picture[channel, y, x] * blurred_slopes[3 + channel, y, x]
                + target[channel, y, x] * blurred_slopes[6 + channel, y, x]
            )


@parallel_kernel(error_model="numpy", fastmath=True)
def difference_loss(gap, weight, by_colour, by_edges, gradient, totals):
    """Colour and edges: soft absolute differences of planes and of their slopes along eight directions.

    Args:
        gap: [P, H, W] picture less target. weight: [H, W] multiplies each pixel.
        by_colour, by_edges: times the gradient of the two sums is added to ``gradient`` [P, H, W].
        totals: [P H, 2] gets the sums by row. Every pair of neighbours is met twice, once from each side.
    """
    count, height, width = gap.shape
    for line in prange(count * height):
        plane, y = line // height, line % height
        here, share, out = gap[plane, y], weight[y], gradient[plane, y]
        colour = edges = _F(0)
        for x in range(width):
            length = math.sqrt(here[x] * here[x] + SOFT * SOFT)
            colour += share[x] * length
            out[x] += by_colour * share[x] * here[x] / length
        if by_edges > 0:
            for direction in range(9):
                dy, dx = direction // 3 - 1, direction % 3 - 1
                if direction != 4 and 0 <= y + dy < height:
                    there, other = gap[plane, y + dy], weight[y + dy]
                    for x in range(max(0, -dx), min(width, width - dx)):
                        slope = here[x] - there[x + dx]
                        both = _F(0.125) * (share[x] + other[x + dx])
                        length = math.sqrt(slope * slope + SOFT * SOFT)
                        edges += _F(0.5) * both * length
                        out[x] += by_edges * both * slope / length
        totals[line, 0], totals[line, 1] = colour, edges


@parallel_kernel(error_model="numpy", fastmath=True)
def halve(planes, out):
    """Means of 2×2 pixels; an odd last row or column stands for itself."""
    count, height, width = out.shape
    for line in prange(count * height):
        plane, y = line // height, line % height
        lower = min(2 * y + 1, planes.shape[1] - 1)
        for x in range(width):
            right = min(2 * x + 1, planes.shape[2] - 1)
            out[plane, y, x] = _F(0.25) * (
                planes[plane, 2 * y, 2 * x]
                + planes[plane, 2 * y, right]
                + planes[plane, lower, 2 * x]
                + planes[plane, lower, right]
            )


@parallel_kernel(error_model="numpy", fastmath=True)
def add_doubled(coarse, fine):
    """Add the gradient by halved planes to that by the planes; the transpose of ``halve``."""
    count, height, width = fine.shape
    for line in prange(count * height):
        plane, y = line // height, line % height
        share_y = _F(0.5) if (y ^ 1) < height else _F(1)
        for x in range(width):
            share_x = _F(0.5) if (x ^ 1) < width else _F(1)
            fine[plane, y, x] += share_x * share_y * coarse[plane, y // 2, x // 2]
