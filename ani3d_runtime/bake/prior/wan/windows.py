"""Videos longer than the model knows: in each step the denoiser sees overlapping windows of latents, then blended.

All windows share one noisy video, so that they agree where they overlap, and a step costs memory for one window only.
"""

# pyright: basic
from __future__ import annotations

import contextlib
import math
from collections.abc import Generator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.prior.wan.conditions import Forward, replaced_forwards

# A fifth more work per second of video, and 16 frames in which one window gives way to the next.
OVERLAP_LATENTS = 4


def latent_windows(count: int, length: int, overlap: int) -> list[tuple[slice, Float32Array]]:
    """Windows of at most ``length`` latents that overlap by at least ``overlap``, and weights that sum to 1 everywhere.

    Args:
        count: latents in all.
        length: latents per window, more than ``overlap``.
        overlap: latents over which a window fades in and out.

    Returns:
        (window, weights [window]) in order; one window of ones where everything fits into it.
    """
    if count <= length:
        return [(slice(0, count), np.ones(count, np.float32))]
    number = math.ceil((count - overlap) / (length - overlap))
    starts = [round(index * (count - length) / (number - 1)) for index in range(number)]
    index = np.arange(length)
    raw = np.zeros((number, count))
    for row, start in zip(raw, starts, strict=True):
        fade_in = (index + 1) / (overlap + 1) if start else np.inf
        fade_out = (length - index) / (overlap + 1) if start + length < count else np.inf
        row[start : start + length] = np.minimum(1.0, np.minimum(fade_in, fade_out))
    share = (raw / raw.sum(0)).astype(np.float32)
    return [
        (slice(start, start + length), row[start : start + length]) for row, start in zip(share, starts, strict=True)
    ]


@contextlib.contextmanager
def windowed(denoisers: list[torch.nn.Module], length: int, leading: int) -> Generator[None, None, None]:
    """While the block lasts, calls of the denoisers are made window by window.

    Args:
        denoisers: modules called with ``hidden_states`` [B, C, T, h, w], and with what VACE and Animate are told.
        length: latents per window, the leading ones apart.
        leading: latents at the beginning that every window is to see: VACE's reference.
    """
    with replaced_forwards(denoisers, lambda forward: _by_window(forward, length, leading)):
        yield


def _by_window(forward: Forward, length: int, leading: int) -> Forward:
    def call(*, hidden_states: Tensor, timestep: Tensor, **others: Any) -> tuple[Tensor]:
        count = hidden_states.shape[2] - leading
        parts = latent_windows(count, length, OVERLAP_LATENTS)
        total: Tensor | None = None
        for window, weights in parts:
            index = [*range(leading), *range(leading + window.start, leading + window.stop)]
            beside = {name: _cut(name, value, window, index, count) for name, value in others.items()}
            # Wan 2.2 5B is told a time for every token, and all tokens have the same.
            tokens = (
                timestep if timestep.ndim == 1 else timestep[:, : timestep.shape[1] // (count + leading) * len(index)]
            )
            velocity = forward(hidden_states=hidden_states[:, :, index], timestep=tokens, **beside)[0]
            if len(parts) == 1:
                return (velocity,)
            if total is None:
                # A denoiser may take more channels than it returns.
                shape = (*velocity.shape[:2], *hidden_states.shape[2:])
                total = torch.zeros(shape, device=hidden_states.device)
            # Every window has its own opinion of the leading latents; they count alike.
            share = torch.from_numpy(np.concatenate((np.full(leading, 1 / len(parts), np.float32), weights)))
            total[:, :, index] += share.to(total.device)[:, None, None] * velocity.float()
        assert total is not None
        return (total,)

    return call


def _cut(name: str, value: Any, window: slice, index: list[int], count: int) -> Any:
    """What a denoiser is told of a window: VACE's control with the leading latents, Animate's poses without them, and
    its faces, which are pixels."""
    if name == "control_hidden_states":
        return value[:, :, index]
    if name == "pose_hidden_states":
        return value[:, :, window]
    if name == "face_pixel_values":
        per_latent = (value.shape[2] - 1) // max(count - 1, 1)
        return value[:, :, per_latent * window.start : per_latent * (window.stop - 1) + 1]
    return value
