# pyright: basic
"""KnotOptimiser: Adam on the knots of a field, with a state that can be kept and taken up again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ani3d_runtime.bake.residual.node_kernels import MOVES, TINY, adam_step
from ani3d_runtime.bake.residual.state import FitState

_MOMENTUM = 0.9
_POWER = 0.99


class KnotOptimiser:
    """Adam (Kingma and Ba 2015) with one rate for moves and one for turns.

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
        self._power = torch.from_numpy(state.power).to(knots.device, copy=True)
        self._losses = state.losses
        self._steps = state.total_steps

    def step(self, move_rate_m: float, turn_rate: float) -> None:
        """Take a step along the gradient that has gathered, and clear it."""
        gradient = self._knots.grad
        assert gradient is not None
        self._steps += 1
        scale = 1 / (1 - _MOMENTUM**self._steps)
        rates = (move_rate_m * scale, turn_rate * scale)
        fade = (1 - _POWER**self._steps) ** 0.5
        with torch.no_grad():
            if gradient.device.type == "cpu":
                moved = gradient.numpy(), self._momentum.numpy(), self._power.numpy(), self._knots.detach().numpy()
                adam_step(*moved, _MOMENTUM, _POWER, fade, *rates)  # pyright: ignore[reportCallIssue]
            else:
                self._momentum.lerp_(gradient, 1 - _MOMENTUM)
                self._power.mul_(_POWER).addcmul_(gradient, gradient, value=1 - _POWER)
                columns = gradient.new_tensor([rates[0]] * MOVES + [rates[1]] * (gradient.shape[-1] - MOVES))
                self._knots.sub_(columns * self._momentum / (self._power.sqrt() / fade + TINY))
        self._knots.grad = None

    def record(self, losses: Sequence[tuple[float, float]]) -> None:
        """Add a row of mean losses."""
        row = np.array([[self._steps, *np.mean(np.asarray(losses, dtype=np.float64), axis=0)]])
        self._losses = np.concatenate([self._losses, row])

    def state(self, steps: int) -> FitState:
        """A copy of everything, ``steps`` of which belong to this fit."""
        arrays = (tensor.detach().cpu().numpy().copy() for tensor in (self._knots, self._momentum, self._power))
        return FitState(*arrays, self._losses, steps, self._steps)
