"""Self-guided stochastic sampling (SGSS): the equations, and the loop for models that predict x0.

Flow matching: x = (1 − σ)·x0 + σ·ε, and a model's velocity v stands for ε − x0. With y the coarse video, M the mask of
what is to be preserved, λ the self-guidance and γ the share of fresh noise, a step from σ to σ' is::

    x0 = x − σ·v                 ε̂ = x + (1 − σ)·v                  what the model takes clean video and noise to be
    x0 ← x0 + w·(y − x0)         w = λM       (released form)       w = 2λM²   (paper's form: −λ∇‖M⊙(y − x0)‖²)
                                 w ← (1 − σ)·w                      where the guidance is annealed
    x  ← (1 − σ')·x0 + σ'·(√γ·ε_new + √(1 − γ)·ε̂)                  γ a constant, σ, or 1 − σ'

Everything is computed in float32, whatever the model computes in. Source: arXiv 2602.19089 and its released code, whose
form is annealed and has γ = 1.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ani3d_runtime.bake.sampling.noise import SeededNoise
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import InputError
from ani3d_runtime.progress import ProgressCallback


@dataclass(frozen=True)
class Guide:
    """What sampling starts from and is held to. Build it with :meth:`checked`.

    Attributes:
        target: [B, C, F, H, W] y, the coarse video in the space that the model works in, float32.
        mask: [B, 1, F, H, W] M, 0..1, 1 where y is to be preserved, float32.
    """

    target: Tensor
    mask: Tensor

    @classmethod
    def checked(cls, target: Tensor, mask: Tensor) -> Guide:
        """A guide in float32.

        Raises:
            InputError: ``guide-wrong-shape``.
        """
        expected = (target.shape[0], 1, *target.shape[2:])
        if target.ndim < 3 or tuple(mask.shape) != expected:
            raise InputError(
                "guide-wrong-shape",
                "preserve mask",
                found=f"shape {tuple(mask.shape)} for a video of shape {tuple(target.shape)}",
                expected=f"shape {expected}",
                fix="Give one mask channel per video, reduced to latents where the model works on latents.",
            )
        return cls(target.float(), mask.to(target.device, torch.float32))

    def noised(self, sigma: float, noise: Tensor) -> Tensor:
        """Where sampling starts: (1 − σ)·y + σ·ε."""
        return (1.0 - sigma) * self.target + sigma * noise


def sgss_step(
    sample: Tensor,
    velocity: Tensor,
    sigma: float,
    sigma_next: float,
    guide: Guide,
    settings: SamplingSettings,
    noise: SeededNoise,
) -> Tensor:
    """One step from σ to σ'; see the module for the equations.

    Args:
        sample: [B, C, F, H, W] x at σ.
        velocity: the model's v, classifier-free guidance included.
        sigma: σ.
        sigma_next: σ', 0 in the last step, which then returns the guided x0.
        guide: y and M.
        settings: γ, λ, form and annealing.
        noise: where ε_new comes from.

    Returns:
        x at σ', float32.
    """
    x, v = sample.float(), velocity.float()
    # Euler's step and two corrections to it: the same sums as in the equations, ordered such that without guidance and
    # fresh noise nothing is left but Euler's step, to the last bit.
    result = x + (sigma_next - sigma) * v
    if settings.self_guidance > 0:
        result += (1.0 - sigma_next) * _pull(guide.mask, sigma, settings) * (guide.target - (x - sigma * v))
    gamma = _gamma(sigma, sigma_next, settings)
    if gamma > 0 and sigma_next > 0:
        predicted = x + (1.0 - sigma) * v
        mixture = math.sqrt(gamma) * noise.like(x) + (math.sqrt(1.0 - gamma) - 1.0) * predicted
        result += sigma_next * mixture
    return result


def _gamma(sigma: float, sigma_next: float, settings: SamplingSettings) -> float:
    """γ, the share of fresh noise in the step's noise."""
    if settings.renoise == "sigma":
        return sigma
    return 1.0 - sigma_next if settings.renoise == "1-sigma-next" else settings.renoise


def _pull(mask: Tensor, sigma: float, settings: SamplingSettings) -> Tensor:
    """w, how far x0 goes towards y."""
    strength = settings.self_guidance * ((1.0 - sigma) if settings.anneal else 1.0)
    return strength * mask if settings.form == "released" else 2.0 * strength * mask * mask


X0Model = Callable[[Tensor, float], Tensor]


@torch.no_grad()
def sample_x0_model(
    conditional: X0Model,
    unconditional: X0Model | None,
    guide: Guide,
    settings: SamplingSettings,
    seeds: list[int],
    progress: ProgressCallback,
) -> Tensor:
    """Sample a model that predicts x0 from (x, σ), such as a pixel-space model.

    Args:
        conditional: (x [B, C, F, H, W] float32, σ) → x0 of the same shape, with everything that the model is told.
        unconditional: the same without, for classifier-free guidance; it is left out, and never called, where the
            guidance scale is 1.
        guide: y and M in the model's space.
        settings: how to sample.
        seeds: one per element of the batch.
        progress: called after every step; what it raises ends sampling.

    Returns:
        [B, C, F, H, W] float32.
    """
    noise = SeededNoise(seeds)
    sigmas = settings.sigmas
    x = guide.noised(sigmas[0], noise.like(guide.target))
    for index, (sigma, sigma_next) in enumerate(itertools.pairwise(sigmas)):
        x0 = conditional(x, sigma).float()
        if unconditional is not None and settings.guidance_scale != 1:
            # v is linear in x0, so that guiding x0 guides v.
            x0_free = unconditional(x, sigma).float()
            x0 = x0_free + settings.guidance_scale * (x0 - x0_free)
        x = sgss_step(x, (x - x0) / sigma, sigma, sigma_next, guide, settings, noise)
        progress((index + 1) / (len(sigmas) - 1))
    return x
