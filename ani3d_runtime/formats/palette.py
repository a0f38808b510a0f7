"""Palettes: k-means for numbers and for vectors, as packed formats have them.

S. Lloyd, "Least squares quantization in PCM" (1982). Vectors are clustered twice: into coarse clusters, and each of
these into as many as its share of the vectors gives. That takes 2 √K instead of K comparisons for each vector.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array

_COARSE_STEPS, _FINE_STEPS = 8, 6
_NUMBER_STEPS = 4
_MOST_TRAINED = 65_536


def palette_of_numbers(
    values: NDArray[np.floating], size: int, evenness: float = 0.5
) -> tuple[Float32Array, NDArray[np.uint8]]:
    """A palette of so many numbers, ascending, and the nearest of it for each value.

    Args:
        values: of any shape.
        size: at most 256.
        evenness: 1 for equal steps over the range, which bounds the largest error; 0 for equal shares of the values.

    Returns:
        [size] numbers, and their places for each value, of the values' shape.
    """
    flat = np.sort(values.ravel().astype(np.float64))
    even = max(2, round(size * evenness))
    shares = np.quantile(flat, (np.arange(size - even) + 0.5) / max(size - even, 1))
    centres = np.sort(np.concatenate([np.linspace(flat[0], flat[-1], even), shares]))
    totals = np.concatenate([[0.0], np.cumsum(flat)])
    for _ in range(_NUMBER_STEPS if evenness < 1 else 0):
        ends = np.concatenate([[0], np.searchsorted(flat, (centres[1:] + centres[:-1]) / 2), [len(flat)]])
        counts = np.diff(ends)
        means = (totals[ends[1:]] - totals[ends[:-1]]) / np.maximum(counts, 1)
        # The ends stay, so that the tails keep their entries.
        centres[1:-1] = np.where(counts > 0, means, centres)[1:-1]
        centres.sort()
    palette = centres.astype(np.float32)
    middles = (palette[1:].astype(np.float64) + palette[:-1]) / 2
    places = np.searchsorted(middles, values.ravel()).astype(np.uint8)
    return palette, places.reshape(values.shape)


def palette_of_vectors(vectors: Float32Array, size: int, seed: int = 0) -> tuple[Float32Array, NDArray[np.int64]]:
    """A palette of at most so many vectors, and one of it for each vector, near it.

    Args:
        vectors: [N, D].
        size: of the palette.
        seed: of the first choice of centres.

    Returns:
        [K, D] the palette, K ≤ size, and [N] the place of each vector in it.
    """
    if len(vectors) <= size:
        return vectors.copy(), np.arange(len(vectors))
    rng = np.random.default_rng(seed)
    coarse = max(1, round(size**0.5))
    sample = vectors[rng.permutation(len(vectors))[:_MOST_TRAINED]]
    centres = _clustered(sample, coarse, _COARSE_STEPS, rng)
    group = _nearest(vectors, centres)
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(1, len(centres) + 1))
    palette: list[Float32Array] = []
    places = np.empty(len(vectors), dtype=np.int64)
    used, start = 0, 0
    for end in ends.tolist():
        members = order[start:end]
        if len(members):
            # So many that all of them together stay within the size.
            share = int(size * end / len(vectors)) - used
            fine = _clustered(vectors[members], max(min(share, len(members)), 1), _FINE_STEPS, rng)
            places[members] = used + _nearest(vectors[members], fine)
            palette.append(fine)
            used += len(fine)
        start = end
    return np.concatenate(palette), places


def _clustered(vectors: Float32Array, count: int, steps: int, rng: np.random.Generator) -> Float32Array:
    """[count, D] centres after so many steps of k-means."""
    if count >= len(vectors):
        return vectors.copy()
    centres = vectors[np.sort(rng.choice(len(vectors), count, replace=False))].copy()
    for _ in range(steps):
        nearest = _nearest(vectors, centres)
        order = np.argsort(nearest, kind="stable")
        counts = np.bincount(nearest, minlength=count)
        full = np.flatnonzero(counts)
        starts = np.concatenate([[0], np.cumsum(counts)])[full]
        sums = np.add.reduceat(vectors[order], starts, axis=0)
        centres[full] = sums / counts[full, None]
    return centres


def _nearest(vectors: Float32Array, centres: Float32Array) -> NDArray[np.int64]:
    """[N] the nearest centre of each vector: |v − c|² without the part that all share."""
    lengths = 0.5 * np.einsum("kd,kd->k", centres, centres)
    result = np.empty(len(vectors), dtype=np.int64)
    rows = max(1, (1 << 23) // len(centres))
    for start in range(0, len(vectors), rows):
        part = vectors[start : start + rows]
        result[start : start + rows] = (part @ centres.T - lengths).argmax(axis=1)
    return result
