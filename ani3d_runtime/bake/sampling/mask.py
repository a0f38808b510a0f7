"""Masks of pixels, reduced to masks of latents."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.errors import InputError


def latent_mask(mask: Tensor, spatial: int, temporal: int) -> Tensor:
    """The largest mask value that each latent covers.

    A causal video autoencoder turns the first frame into a latent of its own and every ``temporal`` frames after it
    into one more; each latent covers ``spatial`` × ``spatial`` pixels.

    Args:
        mask: [B, F, H, W], 0..1.
        spatial: pixels per latent, along both axes.
        temporal: frames per latent, the first on its own; 1 where time is not reduced.

    Returns:
        [B, 1, 1 + (F − 1) / temporal, H / spatial, W / spatial].

    Raises:
        InputError: ``mask-wrong-shape``, where the mask is not made of whole latents.
    """
    if mask.ndim != 4 or (mask.shape[1] - 1) % temporal or mask.shape[2] % spatial or mask.shape[3] % spatial:
        raise InputError(
            "mask-wrong-shape",
            "preserve mask",
            found=f"shape {tuple(mask.shape)}",
            expected=f"[B, n·{temporal} + 1, multiple of {spatial}, multiple of {spatial}]",
            fix="Pad the video and its mask to whole latents first.",
        )
    volume = mask.float()[:, None]
    first = functional.max_pool3d(volume[:, :, :1], (1, spatial, spatial))
    if mask.shape[1] == 1:
        return first
    rest = functional.max_pool3d(volume[:, :, 1:], (temporal, spatial, spatial))
    return torch.cat((first, rest), dim=2)
