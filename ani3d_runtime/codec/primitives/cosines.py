"""The orthonormal discrete cosine transform in time."""

from __future__ import annotations

import functools

import numpy as np

from ani3d_runtime.arrays import Float32Array


@functools.lru_cache(maxsize=64)
def cosine_basis(frame_count: int) -> Float32Array:
    """[F, F] rows c_f(t) = sqrt((1 if f = 0 else 2) / F) cos(pi f (t + 1/2) / F), as float32 of float64 values."""
    frequency = np.arange(frame_count)[:, None]
    time = np.arange(frame_count)[None] + 0.5
    basis = np.cos(np.pi * frequency * time / frame_count) * np.sqrt(2 / frame_count)
    basis[0] /= np.sqrt(2)
    result = basis.astype(np.float32)
    result.flags.writeable = False
    return result
