# pyright: basic
"""UniformMomentum: the optimiser of the knots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ani3d_runtime.bake.residual.state import FitState

_MOMENTUM = 0.9
_POWER = 0.99
_MOVES = slice(0, 3)
_TURNS = slice(3, None)


class UniformMomentum:
    """Momentum whose step is scaled by the running size of all knots' gradients, one for moves, one for turns.

    Adam scales every number by itself; nodes that no picture shows, whose gradients are noise, would then move as far
    as those that all pictures agree about (Nicolet et al. 2021 come to the same for meshes).

    Args:
        knots: what is optimised; set to the state's.
        state: where to start from.
    """

    def __init__(self, knots: nn.Parameter, state: FitState) -> None:
        self._knots = knots
        with torch.no_grad():
            knots.copy_(torch.from_numpy(state.knots))
        knots.grad = None
        self._momentum = torch.from_numpy(state.momentum).to(knots.device, copy=True)
        self._power = state.power.copy()
        self._losses = state.losses

    def step(self, move_rate_m: float, turn_rate: float) -> None:
        """Take a step along the gradient that has gathered, and clear it."""
        gradient = self._knots.grad
        assert gradient is not None
        with torch.no_grad():
            # Knots of other moments have no gradient; they must not count as small ones.
            touched = int(torch.count_nonzero(gradient[:, 0].abs().amax(1)))
            for group, (columns, rate) in enumerate(((_MOVES, move_rate_m), (_TURNS, turn_rate))):
                part, momentum = gradient[..., columns], self._momentum[..., columns]
                square = float(part.square().sum()) / max(touched * part[0].numel(), 1)
                self._power[group] += (1 - _POWER) * (square - self._power[group])
                momentum.lerp_(part, 1 - _MOMENTUM)
                self._knots[..., columns] -= rate / (self._power[group] ** 0.5 + 1e-12) * momentum
        self._knots.grad = None

    def record(self, total_steps: int, losses: Sequence[tuple[float, float]]) -> None:
        """Add a row of mean losses."""
        row = np.array([[total_steps, *np.mean(np.asarray(losses, dtype=np.float64), axis=0)]])
        self._losses = np.concatenate([self._losses, row])

    def state(self, steps: int, total_steps: int) -> FitState:
        """A copy of everything."""
        knots = self._knots.detach().cpu().numpy().copy()
        return FitState(
            knots, self._momentum.cpu().numpy().copy(), self._power.copy(), self._losses, steps, total_steps
        )
