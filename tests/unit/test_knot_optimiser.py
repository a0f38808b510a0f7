"""Adam on knots that hold on to where they come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from ani3d_runtime.bake.fit4d.optimiser import KnotOptimiser
from ani3d_runtime.bake.fit4d.state import FitState

SHAPE = (3, 5, 7)


def random_knots(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32)


def test_steps_are_adams_on_a_loss_that_holds_on_to_home() -> None:
    first, home = random_knots(0), random_knots(1)
    knots = nn.Parameter(torch.zeros(SHAPE))
    optimiser = KnotOptimiser(knots, replace(FitState.fresh(SHAPE), knots=first), home, hold=0.3)
    known = torch.from_numpy(first.copy()).requires_grad_()
    adam = torch.optim.Adam([known], lr=0.01, betas=(0.9, 0.99), eps=1e-12)
    for step in range(6):
        gradient = torch.from_numpy(random_knots(10 + step))
        knots.grad = gradient.clone() if knots.grad is None else knots.grad.add_(gradient)
        adam.zero_grad()
        loss = (known * gradient).sum() + 0.3 * (known - torch.from_numpy(home)).square().sum() / 2
        loss.backward()
        optimiser.step(0.01, 0.01)
        adam.step()
        np.testing.assert_allclose(knots.detach().numpy(), known.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_what_has_gathered_counts_once() -> None:
    knots = nn.Parameter(torch.zeros(SHAPE))
    optimiser = KnotOptimiser(knots, FitState.fresh(SHAPE))
    knots.grad = torch.ones(SHAPE)
    optimiser.step(0.01, 0.02)
    assert knots.grad is None or not knots.grad.any()
    np.testing.assert_allclose(knots.detach().numpy()[..., 0], -0.01, rtol=1e-4)
    np.testing.assert_allclose(knots.detach().numpy()[..., -1], -0.02, rtol=1e-4)
