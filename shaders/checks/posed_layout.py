"""Posed Gaussians and harmonics as the kernels hold them: ``shaders/README.md``, "Buffers"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array, UInt32Array

POSED_WORDS = 12
# Entries of a symmetric matrix in the order of the buffer.
_ROWS, _COLUMNS = (0, 0, 0, 1, 1, 2), (0, 1, 2, 1, 2, 2)
_LARGEST_OF_THREE = np.sqrt(0.5)
_STEPS = 511


@dataclass(frozen=True)
class Posed:
    """Posed Gaussians in double precision.

    Attributes:
        means_m: [N, 3]. covariances_m2: [N, 3, 3]. turns_wxyz: [N, 4], the polar rotations of L_i.
        degree0: [N, 3] harmonics of degree 0. opacities: [N].
    """

    means_m: Float64Array
    covariances_m2: Float64Array
    turns_wxyz: Float64Array
    degree0: Float64Array
    opacities: Float64Array


def packed_posed(posed: Posed) -> UInt32Array:
    """[N, 12]."""
    words = np.zeros((len(posed.means_m), POSED_WORDS), np.uint32)
    words[:, 0:3] = posed.means_m.astype(np.float32).view(np.uint32)
    words[:, 3:9] = posed.covariances_m2[:, _ROWS, _COLUMNS].astype(np.float32).view(np.uint32)
    words[:, 9] = _smallest_three(posed.turns_wxyz)
    halves = posed.degree0.astype(np.float16).view(np.uint16).astype(np.uint32)
    words[:, 10] = halves[:, 0] | halves[:, 1] << 16
    words[:, 11] = halves[:, 2] | np.rint(posed.opacities * 65535).astype(np.uint32) << 16
    return words


def unpacked_posed(words: UInt32Array) -> Posed:
    """What a buffer [N, 12] holds."""
    numbers = np.ascontiguousarray(words[:, :9]).view(np.float32).astype(np.float64)
    covariances = np.empty((len(words), 3, 3))
    covariances[:, _ROWS, _COLUMNS] = covariances[:, _COLUMNS, _ROWS] = numbers[:, 3:]
    halves = np.stack([words[:, 10] & 0xFFFF, words[:, 10] >> 16, words[:, 11] & 0xFFFF], axis=1)
    return Posed(
        numbers[:, :3],
        covariances,
        _from_smallest_three(words[:, 9]),
        halves.astype(np.uint16).view(np.float16).astype(np.float64),
        (words[:, 11] >> 16) / 65535,
    )


def packed_harmonics(harmonics: NDArray[np.floating]) -> UInt32Array:
    """[N, words] of harmonics [N, (d + 1)² − 1, 3], degree 1 and up; one word in all where there are none."""
    flat = harmonics.reshape(len(harmonics), -1).astype(np.float16).view(np.uint16)
    if flat.shape[1] == 0:
        return np.zeros((1, 1), np.uint32)
    padded = np.zeros((len(flat), (flat.shape[1] + 1) // 2 * 2), np.uint16)
    padded[:, : flat.shape[1]] = flat
    return padded.view(np.uint32)


def _smallest_three(turns: Float64Array) -> UInt32Array:
    count = np.arange(len(turns))
    largest = np.argmax(np.abs(turns), axis=1)
    others = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])[largest]
    three = turns[count[:, None], others] * np.where(turns[count, largest] < 0, -1, 1)[:, None]
    steps = np.clip(np.rint(three / _LARGEST_OF_THREE * _STEPS) + _STEPS, 0, 2 * _STEPS).astype(np.uint32)
    return steps[:, 0] | steps[:, 1] << 10 | steps[:, 2] << 20 | largest.astype(np.uint32) << 30


def _from_smallest_three(words: UInt32Array) -> Float64Array:
    three = np.stack([words & 1023, words >> 10 & 1023, words >> 20 & 1023], axis=1).astype(np.float64) - _STEPS
    three *= _LARGEST_OF_THREE / _STEPS
    turns = np.empty((len(words), 4))
    largest = words >> 30
    for place in range(4):
        chosen = largest == place
        turns[np.ix_(chosen, [each for each in range(4) if each != place])] = three[chosen]
        turns[chosen, place] = np.sqrt(np.maximum(1 - np.sum(three[chosen] ** 2, axis=1), 0))
    return turns
