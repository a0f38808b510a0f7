"""Noise that depends on seeds alone: not on the batch, not on the device."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class SeededNoise:
    """Standard normal noise from one generator per element of a batch.

    An element's noise is the same whatever else is in the batch, and is drawn on the CPU, so that every device sees
    the same numbers.

    Args:
        seeds: one per element.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]

    def like(self, sample: Tensor) -> Tensor:
        """Fresh float32 noise of the sample's shape, on its device; its first axis is the batch."""
        drawn = [torch.randn(sample.shape[1:], generator=generator) for generator in self._generators]
        return torch.stack(drawn).to(sample.device)
