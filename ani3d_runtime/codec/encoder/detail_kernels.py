# pyright: basic
"""The inner loops of the detail codec: tracks to bounded integers and back."""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.kernels import inner, kernel
from ani3d_runtime.parallel import parallel_kernel

# Rough bits of a coded integer, only to choose between ways that all keep the bound.
_ZERO_BITS = 0.35
_ONE_BITS = 2.8
_DOUBLING_BITS = 1.9
_TRIED_STEPS = 2
_HOPEFUL_SHARE = 0.6
# Of a step: how far from its integer a coefficient may end. More would save a bit here and cost more in error than
# the same bits cost elsewhere.
_FARTHEST = np.float32(0.7)


@inner()
def _bits(value):
    magnitude = abs(value)
    if magnitude == 0:
        return _ZERO_BITS
    return _ONE_BITS + _DOUBLING_BITS * math.log2(magnitude)


@inner(fastmath=True)
def _peak(error):
    """Largest squared length of [3, F] vectors."""
    peak = np.float32(0)
    for t in range(error.shape[1]):
        length = error[0, t] * error[0, t] + error[1, t] * error[1, t] + error[2, t] * error[2, t]
        peak = max(peak, length)
    return peak


@inner(fastmath=True)
def _peak_with(error, axis, row, amount):
    """The same after ``amount`` times ``row`` is added along one axis."""
    other = (axis + 1) % 3
    third = (axis + 2) % 3
    peak = np.float32(0)
    for t in range(error.shape[1]):
        value = error[axis, t] + amount * row[t]
        length = value * value + error[other, t] * error[other, t] + error[third, t] * error[third, t]
        peak = max(peak, length)
    return peak


@inner(fastmath=True)
def _mean_error(spectrum, step):
    """Mean over time of the squared error that rounding to ``step`` leaves, by Parseval without a transform."""
    total = np.float32(0)
    for axis in range(3):
        for f in range(spectrum.shape[1]):
            left = spectrum[axis, f] - np.float32(np.rint(spectrum[axis, f] / step)) * step
            total += left * left
    return total / spectrum.shape[1]


@inner(fastmath=True)
def _quantised(spectrum, target, basis, step, whole, error):
    """Round every coefficient to ``step``; the error that leaves in time."""
    frames = basis.shape[0]
    for axis in range(3):
        for t in range(frames):
            error[axis, t] = target[t, axis]
        for f in range(frames):
            value = np.int32(np.rint(spectrum[axis, f] / step))
            whole[axis, f] = value
            if value != 0:
                amount = np.float32(value) * step
                for t in range(frames):
                    error[axis, t] -= amount * basis[f, t]


@inner(fastmath=True)
def _shrunk(spectrum, basis, step, limit, whole, error):
    """Move coefficients one towards zero, fastest first, where they get hardly farther and the bound holds."""
    frames = basis.shape[0]
    for f in range(frames - 1, -1, -1):
        for axis in range(3):
            value = whole[axis, f]
            if value == 0:
                continue
            less = value - 1 if value > 0 else value + 1
            if abs(spectrum[axis, f] - np.float32(less) * step) > _FARTHEST * step:
                continue
            change = np.float32(value - less) * step
            if _peak_with(error, axis, basis[f], change) <= limit:
                whole[axis, f] = less
                for t in range(frames):
                    error[axis, t] += change * basis[f, t]


@inner()
def _bandwidth(whole):
    """How many leading frequencies hold anything."""
    for f in range(whole.shape[1] - 1, -1, -1):
        if whole[0, f] != 0 or whole[1, f] != 0 or whole[2, f] != 0:
            return f + 1
    return 0


@inner()
def _cost(whole, bandwidth):
    total = 0.0
    for f in range(bandwidth):
        for axis in range(3):
            total += _bits(whole[axis, f])
    return total


@parallel_kernel(chunk=32)
def quantise_tracks(first, last, targets, predicted, tolerances, basis, steps, classes, bandwidths, coefficients):
    """Integers that bring every track within its tolerance in every frame; cheapest of the steps tried.

    Args:
        targets: [A, F, 3] float32 what decoded tracks are to come near to.
        predicted: [A, F, 3] float32 what they are without what is coded.
        tolerances: [A] float32, bound on the length of what is left.
        basis: [F, F] orthonormal cosines, rows are frequencies.
        steps: [K] step sizes, coarse to fine.
        classes: [A] out, index of the step.
        bandwidths: [A] out, leading frequencies coded; 0 where nothing needs coding; -1 where no step is fine enough.
        coefficients: [A, F, 3] int32 out.
    """
    frames = basis.shape[0]
    for i in range(first, last):
        limit = tolerances[i] * tolerances[i]
        # Of one track at a time: of all of them it would be another hundred megabytes.
        target = targets[i] - predicted[i]
        peak = np.float32(0)
        for t in range(frames):
            length = target[t, 0] * target[t, 0] + target[t, 1] * target[t, 1] + target[t, 2] * target[t, 2]
            peak = max(peak, length)
        bandwidths[i] = 0
        classes[i] = 0
        if peak <= limit:
            continue
        spectrum = np.zeros((3, frames), np.float32)
        for axis in range(3):
            for f in range(frames):
                total = np.float32(0)
                for t in range(frames):
                    total += basis[f, t] * target[t, axis]
                spectrum[axis, f] = total
        error = np.empty((3, frames), np.float32)
        whole = np.empty((3, frames), np.int32)
        best = 1e30
        tried = 0
        bandwidths[i] = -1
        for k in range(len(steps)):
            # The largest error is hardly ever as small as the mean allows; do not look.
            if _mean_error(spectrum, steps[k]) > _HOPEFUL_SHARE * limit:
                continue
            _quantised(spectrum, target, basis, steps[k], whole, error)
            if _peak(error) > limit:
                continue
            _shrunk(spectrum, basis, steps[k], limit, whole, error)
            bandwidth = _bandwidth(whole)
            cost = _cost(whole, bandwidth)
            if cost < best:
                best = cost
                classes[i] = k
                bandwidths[i] = bandwidth
                for f in range(frames):
                    for axis in range(3):
                        coefficients[i, f, axis] = whole[axis, f]
            tried += 1
            if tried == _TRIED_STEPS:
                break


@kernel()
def gather_rows(coefficients, row_lengths, order, flat):
    """Coefficients [A, F, 3] into rows (frequency, axis) of the first row_lengths[row] tracks of ``order``."""
    position = 0
    for row in range(len(row_lengths)):
        for column in range(row_lengths[row]):
            flat[position] = coefficients[order[column], row // 3, row % 3]
            position += 1


@parallel_kernel(chunk=256)
def add_tracks(first, last, coefficients, bandwidths, steps, basis, out):
    """Add to ``out`` [A, F, 3] the leading cosines of each track, ``steps`` [A] apart."""
    frames = basis.shape[0]
    for i in range(first, last):
        if bandwidths[i] == 0:
            continue
        values = np.zeros((3, frames), np.float32)
        for f in range(bandwidths[i]):
            for axis in range(3):
                value = coefficients[i, f, axis]
                if value != 0:
                    amount = np.float32(value) * steps[i]
                    for t in range(frames):
                        values[axis, t] += amount * basis[f, t]
        for t in range(frames):
            for axis in range(3):
                out[i, t, axis] += values[axis, t]
