# pyright: basic
"""The picture loss in numba, value and gradient in one go; ``losses.py`` says what it is.

One kernel does all of it, channel by channel: pictures of a fit are so small that a kernel for each operation would
spend most of its time on being called. Within a channel an image is a plane [H, W].
"""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.kernels import inner, kernel
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
CHANNELS = 3


@parallel_kernel(chunk=1, fastmath=True)
def picture_loss_of(
    first,
    last,
    rgb,  # [H, W, 3]
    alpha,  # [H, W]
    goals,  # per level [3, H, W]
    goal_moments,  # per level [6, H, W], of `blurred_moments`
    shares,  # per level [H, W], how much each pixel counts
    goal_alpha,  # [H, W]
    weights,  # [levels, 3] float32 of colour, structure and edges
    coverage,  # float32 weight
    by_rgb,  # [H, W, 3] out
    by_alpha,  # [H, W] out
    totals,  # [4] float64 out: loss of each channel, and of coverage
):
    """The loss of a picture in ``totals``, and its gradient."""
    for channel in range(first, last):
        if channel < CHANNELS:
            totals[channel] = _channel_loss(rgb, channel, goals, goal_moments, shares, weights, by_rgb)
        else:
            totals[channel] = _coverage_loss(alpha, goal_alpha, shares[0], coverage, by_alpha)


@parallel_kernel(chunk=1, fastmath=True)
def blurred_moments(first, last, planes, moments):
    """Blurred x and x² of planes [3, H, W] into [6, H, W]."""
    for channel in range(first, last):
        _blur(planes[channel], moments[channel])
        _blur(planes[channel] * planes[channel], moments[CHANNELS + channel])


@inner(fastmath=True)
def _channel_loss(rgb, channel, goals, goal_moments, shares, weights, by_rgb):
    """The loss of one channel over all levels; its gradient into ``by_rgb``."""
    height, width = rgb.shape[0], rgb.shape[1]
    plane, slopes = np.empty((height, width), _F), np.zeros((height, width), _F)
    for y in range(height):
        for x in range(width):
            plane[y, x] = rgb[y, x, channel]
    planes, gradients = [plane], [slopes]
    total = 0.0
    for level in range(len(goals)):
        if level > 0:
            plane = halved(planes[level - 1])
            planes.append(plane)
            gradients.append(np.zeros(plane.shape, _F))
        goal, moments = goals[level][channel], goal_moments[level]
        size = _F(CHANNELS * plane.size)
        colour, structure, edges = weights[level, 0] / size, weights[level, 1] / size, weights[level, 2] / size
        total += _difference_loss(plane, goal, shares[level], colour, edges, gradients[level])
        if structure > 0:
            square = moments[CHANNELS + channel]
            total += _structure_loss(plane, goal, moments[channel], square, structure, gradients[level])
    for level in range(len(goals) - 1, 0, -1):
        _add_doubled(gradients[level], gradients[level - 1])
    slopes = gradients[0]
    for y in range(height):
        for x in range(width):
            by_rgb[y, x, channel] = slopes[y, x]
    return total


@inner(fastmath=True)
def _coverage_loss(alpha, goal, share, weight, by_alpha):
    """Mean square of alpha less the goal's, times ``weight``."""
    height, width = alpha.shape
    scale = weight / _F(alpha.size)
    total = 0.0
    for y in range(height):
        row = _F(0)
        for x in range(width):
            gap = alpha[y, x] - goal[y, x]
            row += share[y, x] * gap * gap
            by_alpha[y, x] = 2 * scale * share[y, x] * gap
        total += row
    return scale * total


@inner(fastmath=True)
def _difference_loss(plane, goal, weight, by_colour, by_edges, gradient):
    """Colour and edges: soft absolute differences of a plane and of its slopes along eight directions.

    ``by_colour`` and ``by_edges`` multiply the two sums, in which ``weight`` [H, W] multiplies each pixel.
    """
    height, width = plane.shape
    gap = plane - goal
    total = 0.0
    for y in range(height):
        here, share, out = gap[y], weight[y], gradient[y]
        colour = edges = _F(0)
        for x in range(width):
            length = math.sqrt(here[x] * here[x] + SOFT * SOFT)
            colour += share[x] * length
            out[x] += by_colour * share[x] * here[x] / length
        if by_edges > 0:
            # Every pair of neighbours is met twice, once from each side.
            for direction in range(9):
                dy, dx = direction // 3 - 1, direction % 3 - 1
                if direction != 4 and 0 <= y + dy < height:
                    there, other = gap[y + dy], weight[y + dy]
                    for x in range(max(0, -dx), min(width, width - dx)):
                        slope = here[x] - there[x + dx]
                        both = _F(0.125) * (share[x] + other[x + dx])
                        length = math.sqrt(slope * slope + SOFT * SOFT)
                        edges += _F(0.5) * both * length
                        out[x] += by_edges * both * slope / length
        total += by_colour * colour + by_edges * edges
    return total


@inner(fastmath=True)
def _structure_loss(plane, goal, goal_mean, goal_square, weight, gradient):
    """1 - SSIM summed over a plane, times ``weight``; the goal's blurred moments are known."""
    height, width = plane.shape
    means, squares, products = np.empty_like(plane), np.empty_like(plane), np.empty_like(plane)
    _blur(plane, means)
    _blur(plane * plane, squares)
    _blur(plane * goal, products)
    total = 0.0
    for y in range(height):
        row = _F(0)
        for x in range(width):
            mean, other = means[y, x], goal_mean[y, x]
            a1, a2 = 2 * mean * other + C1, 2 * (products[y, x] - mean * other) + C2
            b1 = mean * mean + other * other + C1
            b2 = max(squares[y, x] - mean * mean, _F(0)) + max(goal_square[y, x] - other * other, _F(0)) + C2
            inverse = _F(1) / (b1 * b2)
            ssim = a1 * a2 * inverse
            row += ssim
            # The slopes of SSIM by mean, square and product take their places.
            means[y, x] = 2 * other * (a2 - a1) * inverse - 2 * mean * ssim * (_F(1) / b1 - _F(1) / b2)
            squares[y, x] = -ssim / b2
            products[y, x] = 2 * a1 * inverse
        total += row
    by_mean, by_square, by_product = np.empty_like(plane), np.empty_like(plane), np.empty_like(plane)
    _blur(means, by_mean)
    _blur(squares, by_square)
    _blur(products, by_product)
    for y in range(height):
        for x in range(width):
            gradient[y, x] -= weight * (
                by_mean[y, x] + 2 * plane[y, x] * by_square[y, x] + goal[y, x] * by_product[y, x]
            )
    return weight * (plane.size - total)


@inner(fastmath=True)
def _blur(plane, out):
    """Convolve a plane with WINDOW along both axes, nothing outside."""
    height, width = plane.shape
    # Room for what lies outside, so that every pixel is the same sum and the compiler takes many at a time.
    row, rows = np.zeros(width + TAPS - 1, _F), np.zeros((height + TAPS - 1, width), _F)
    for y in range(height):
        source, target = plane[y], rows[y + _REACH]
        for x in range(width):
            row[x + _REACH] = source[x]
        for x in range(width):
            target[x] = _weighed(row[x], row[x + 1], row[x + 2], row[x + 3], row[x + 4], row[x + 5], row[x + 6])
    for y in range(height):
        target = out[y]
        a, b, c, d, e, f, g = (rows[y], rows[y + 1], rows[y + 2], rows[y + 3], rows[y + 4], rows[y + 5], rows[y + 6])
        for x in range(width):
            target[x] = _weighed(a[x], b[x], c[x], d[x], e[x], f[x], g[x])


_OUTER, _FAR, _NEAR, _MIDDLE = (_F(weight) for weight in WINDOW[: _REACH + 1])


@inner(inline="always")
def _weighed(a, b, c, d, e, f, g):
    """Seven neighbours by WINDOW, which is symmetric."""
    return _OUTER * (a + g) + _FAR * (b + f) + _NEAR * (c + e) + _MIDDLE * d


@kernel(fastmath=True)
def halved(plane):
    """Means of 2×2 pixels of a plane; an odd last row or column stands for itself."""
    full_height, full_width = plane.shape
    out = np.empty(((full_height + 1) // 2, (full_width + 1) // 2), _F)
    for y in range(out.shape[0]):
        upper, lower, target = plane[2 * y], plane[min(2 * y + 1, full_height - 1)], out[y]
        for x in range(full_width // 2):
            target[x] = _F(0.25) * (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1])
        if full_width % 2:
            target[-1] = _F(0.5) * (upper[-1] + lower[-1])
    return out


@inner(fastmath=True)
def _add_doubled(coarse, fine):
    """Add the gradient by a halved plane to that by the plane; the transpose of ``halved``."""
    height, width = fine.shape
    for y in range(height):
        share = _F(0.5) if (y ^ 1) < height else _F(1)
        source, target = coarse[y // 2], fine[y]
        for x in range(width // 2):
            added = _F(0.5) * share * source[x]
            target[2 * x] += added
            target[2 * x + 1] += added
        if width % 2:
            target[-1] += share * source[-1]
