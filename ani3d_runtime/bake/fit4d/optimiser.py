# pyright: basic
"""KnotOptimiser: Adam on the knots of a field, with a state that can be kept and taken up again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.fit4d.node_kernels import MOVES, TINY, adam_step
from ani3d_runtime.bake.fit4d.state import FitState

_MOMENTUM = 0.9
_POWER = 0.99


class KnotOptimiser:
    """Adam (Kingma and Ba 2015) with one rate for moves and one for turns.

    Args:
        knots: what is optimised; set to the state's.
        state: where to start from.
        home: [K, M, 7] knots that it holds on to, or None.
        hold: weight of the loss ``½ hold |knots - home|²`` that every step's gradient includes.
    """

    def __init__(
        self, knots: nn.Parameter, state: FitState, home: Float32Array | None = None, hold: float = 0.0
    ) -> None:
        self._knots = knots
        with torch.no_grad():
            knots.copy_(torch.from_numpy(state.knots))
        knots.grad = None
        self._momentum = torch.from_numpy(state.momentum).to(knots.device, copy=True)
        self._power = torch.from_numpy(state.power).to(knots.device, copy=True)
        self._losses = state.losses
        # Where there is no home, knots are held where they are.
        place = knots.detach() if home is None else torch.from_numpy(home).to(knots.device)
        self._hold = hold
        self._steps = state.total_steps
        is_move = np.arange(knots.shape[-1]) < MOVES
        self._moves = np.tile(is_move, knots.shape[1]).astype(np.float32)
        self._flat = [tensor.flatten(1) for tensor in (self._momentum, self._power, knots.detach(), place)]

    def step(self, move_rate_m: float, turn_rate: float) -> None:
        """Take a step along the gradient that has gathered, and clear it."""
        gradient = self._knots.grad
        assert gradient is not None
        self._steps += 1
        # Running means of so few gradients are too small; so is TINY, by as much.
        correction = (1 - _POWER**self._steps) ** 0.5 / (1 - _MOMENTUM**self._steps)
        rates = self._moves * np.float32((move_rate_m - turn_rate) * correction) + np.float32(turn_rate * correction)
        slope = gradient.flatten(1)
        momentum, power, knots, home = self._flat
        if gradient.device.type == "cpu":
            arrays = (slope.numpy(), momentum.numpy(), power.numpy(), knots.numpy(), home.numpy())
            adam_step(len(knots), *arrays, self._hold, rates, _MOMENTUM, _POWER)
            return
        slope.add_(knots - home, alpha=self._hold)
        momentum.lerp_(slope, 1 - _MOMENTUM)
        power.lerp_(slope * slope, 1 - _POWER)
        knots.sub_(torch.from_numpy(rates).to(slope) * momentum / (power.sqrt() + TINY))
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
