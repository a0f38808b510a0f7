"""Oracle: a prior that knows the true video up to an error of known kind, so that sampling alone can be judged."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.prior.prior import PriorDescription, RestoreRequest
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.sgss import Guide, sample_x0_model
from ani3d_runtime.progress import ProgressCallback

# What an oracle believes: pixels are normally distributed around a truth that is soft and somewhat wrong.
BLUR_PX, WRONG, SPREAD = 1.5, 0.06, 0.10
_WRONG_PX, _WRONG_FRAMES = 3.0, 1.0
RELEASED = SamplingSettings(guidance_scale=1.0)


class Oracle:
    """Knows N(m, s²) of every pixel, m a spoilt truth, and gives the exact expectation of x0 given x.

    With x = (1 − σ)·x0 + σ·ε and x0 ~ N(m, s²): E[x0 | x] = m + (1 − σ)s² / ((1 − σ)²s² + σ²) · (x − (1 − σ)·m).

    Args:
        seed: of what is wrong with the truth.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._truth: Float32Array | None = None
        self.description = PriorDescription(
            name="oracle",
            digest="",
            dtype="float32",
            frame_multiple=1,
            frame_remainder=0,
            size_multiple=1,
            native_frames=48,
            native_size_px=(128, 128),
            takes_control=False,
            takes_reference=False,
            takes_prompt=False,
            default_sampling=RELEASED,
            memory_bytes=0,
        )

    def tell(self, truth: Float32Array) -> None:
        """The true video [F, H, W, 3] of what is restored next."""
        self._truth = truth

    def restore(self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback) -> Float32Array:
        """The restored video; see :class:`ani3d_runtime.bake.prior.prior.Prior`."""
        assert self._truth is not None
        believed = _in_range(self._spoilt(self._truth))
        guide = Guide.checked(_in_range(request.coarse), torch.from_numpy(request.preserve)[None, None])

        def expected(x: Tensor, sigma: float) -> Tensor:
            kept = 1 - sigma
            # Values lie in −1..1, twice as far apart as colours.
            variance = (2 * SPREAD) ** 2
            return believed + kept * variance / (kept**2 * variance + sigma**2) * (x - kept * believed)

        sampled = sample_x0_model(expected, expected, guide, sampling, [sampling.seed], progress)
        return (sampled[0].permute(1, 2, 3, 0).numpy() * 0.5 + 0.5).clip(0, 1)

    def _spoilt(self, truth: Float32Array) -> Float32Array:
        """Soft, and wrong in patches that hang together over pixels and frames, as a prior's errors do."""
        soft = ndimage.gaussian_filter(truth, (0, BLUR_PX, BLUR_PX, 0))
        digest = hashlib.sha256(truth[:, ::8, ::8].tobytes() + bytes([self._seed])).digest()
        errors = np.random.default_rng(list(digest[:8])).normal(size=truth.shape).astype(np.float32)
        errors = ndimage.gaussian_filter(errors, (_WRONG_FRAMES, _WRONG_PX, _WRONG_PX, 0))
        return (soft + WRONG * errors / errors.std() * (soft.min(axis=3, keepdims=True) < 0.98)).astype(np.float32)


def _in_range(video: Float32Array) -> Tensor:
    """[1, 3, F, H, W] −1..1."""
    return torch.from_numpy(np.ascontiguousarray(video * 2 - 1)).permute(3, 0, 1, 2)[None].float()
