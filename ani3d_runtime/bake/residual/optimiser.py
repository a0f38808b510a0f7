# pyright: basic
"""KnotOptimiser: Adam on the knots of a field, with a state that can be kept and taken up again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.residual.node_kernels import MOVES, TINY, adam_step
from ani3d_runtime.bake.residual.state import FitState

_MOMENTUM = 0.9
_POWER = 0.99


class KnotOptimiser:
    """Adam (Kingma and Ba 2015) with one rate for moves and one for turns.

    Args:
        knots: what is optimised; set to the state's.
        state: where to start from.
        home: [K, M, 7] knots that steps draw back to, or None.
    """

    def __init__(self, knots: nn.Parameter, state: FitState, home: Float32Array | None = None) -> None:
        self._knots = knots
        with torch.no_grad():
            knots.copy_(torch.from_numpy(state.knots))
        knots.grad = None
        self._momentum = torch.from_numpy(state.momentum).to(knots.device, copy=True)
        self._power = torch.from_numpy(state.power).to(knots.device, copy=True)
        self._losses = state.losses
        # Where there is no home, knots are drawn to where they are.
        self._home = knots.detach() if home is None else torch.from_numpy(home).to(knots.device)
        self._steps = state.total_steps

    def step(self, move_rate_m: float, turn_rate: float, pull: float = 0.0) -> None:
        """Take a step along the gradient that has gathered, and clear it; then go ``pull`` of the way home."""
        gradient = self._knots.grad
        assert gradient is not None
        self._steps += 1
        # Running means of so few gradients are too small; so is TINY, by as much.
        correction = (1 - _POWER**self._steps) ** 0.5 / (1 - _MOMENTUM**self._steps)
        node = np.array([move_rate_m] * MOVES + [turn_rate] * (gradient.shape[-1] - MOVES)) * correction
        rates = np.tile(node, gradient.shape[1]).astype(np.float32)
        with torch.no_grad():
            tensors = (gradient, self._momentum, self._power, self._knots, self._home)
            moved = [tensor.detach().flatten(1) for tensor in tensors]
            if gradient.device.type == "cpu":
                flat = (tensor.numpy() for tensor in moved)
                adam_step(*flat, pull, rates, _MOMENTUM, _POWER)  # pyright: ignore[reportCallIssue]
            else:
                slope, momentum, power, knots, home = moved
                momentum.lerp_(slope, 1 - _MOMENTUM)
                power.lerp_(slope * slope, 1 - _POWER)
                knots.sub_(torch.from_numpy(rates).to(slope) * momentum / (power.sqrt() + TINY))
                knots.lerp_(home, pull)
                gradient.zero_()

    def record(self, losses: Sequence[tuple[float, float]]) -> None:
        """Add a row of mean losses."""
        row = np.array([[self._steps, *np.mean(np.asarray(losses, dtype=np.float64), axis=0)]])
        self._losses = np.concatenate([self._losses, row])

    def state(self, steps: int) -> FitState:
        """A copy of everything, ``steps`` of which belong to this fit."""
        tensors = (self._knots, self._momentum, self._power)
        knots, momentum, power = (tensor.detach().cpu().numpy().copy() for tensor in tensors)
        return FitState(knots, momentum, power, self._losses, steps, self._steps)
