# pyright: basic
"""What the finishing network is trained to get right: where edges lie, and that they are edges."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.bake.prior.builtin.view import SEEN_BELOW

_SLOPE_SHARE = 1.0
_STEEPNESS_SHARE = 5.0
_DIRECTION_SHARE = 0.12
# Steepness is compared over neighbourhoods this wide: an edge that is sharp in the wrong place is still sharp.
_NEIGHBOURHOOD_PX = 9
_SCALES = (1, 2, 4)


@dataclass(frozen=True)
class Scene:
    """What finished pictures are judged by. F pictures at some size S.

    Attributes:
        truth, coarse: [F, 3, S, S] 0..1 over white.
        alpha: [F, 1, S, S] coverage of the truth.
        preserve: [F, 1, S, S] 0..1; such pixels are taken from the coarse picture afterwards.
    """

    truth: Tensor
    coarse: Tensor
    alpha: Tensor
    preserve: Tensor


def finishing_loss(pictures: Tensor, scene: Scene) -> tuple[Tensor, dict[str, float]]:
    """The loss of [F, 3, S, S] pictures, and its parts by name.

    Colour, slope, steepness over a neighbourhood, and direction of slopes. Where the place of an edge is not certain,
    blur lowers the first two; it does not lower the last two.
    """
    weight = _weight(scene)
    truth, error = scene.truth, pictures - scene.truth
    colour = _mean(error.abs(), weight)
    slope = _mean(_slopes(error).abs(), weight)
    steepness = _mean((_steepness(pictures) - _steepness(truth)).abs(), weight)
    direction = sum(
        _mean((_directions(pictures, scale) - _directions(truth, scale)).abs(), functional.avg_pool2d(weight, scale))
        for scale in _SCALES
    ) / len(_SCALES)
    parts = {"colour": colour, "slope": slope, "steepness": steepness, "direction": direction}
    total = colour + _SLOPE_SHARE * slope + _STEEPNESS_SHARE * steepness + _DIRECTION_SHARE * direction
    return total, {name: float(part.detach()) for name, part in parts.items()}


def _weight(scene: Scene) -> Tensor:
    """[F, 1, S, S] most for what cloth changes, next to nothing for background and for what is preserved."""
    changed = (scene.truth - scene.coarse).abs().amax(1, keepdim=True)
    seen = ((scene.alpha > 0.02) | (scene.coarse.amin(1, keepdim=True) < SEEN_BELOW)).float()
    # Ghosts stand beside the silhouette.
    near = functional.max_pool2d(seen, 7, 1, 3)
    return (0.12 + near * (0.4 + 2.0 * (4 * changed).clamp(max=1))) * (1.1 - scene.preserve)


def _slopes(pictures: Tensor) -> Tensor:
    """[F, 2C, S, S] differences of neighbours, down and to the right."""
    down = functional.pad(pictures[..., 1:, :] - pictures[..., :-1, :], (0, 0, 0, 1))
    right = functional.pad(pictures[..., :, 1:] - pictures[..., :, :-1], (0, 1))
    return torch.cat([down, right], dim=1)


def _steepness(pictures: Tensor) -> Tensor:
    """[F, 1, S, S] mean length of the slope of brightness around every pixel."""
    slopes = _slopes(pictures.mean(1, keepdim=True))
    lengths = (slopes.square().sum(1, keepdim=True) + 1e-6).sqrt()
    return functional.avg_pool2d(lengths, _NEIGHBOURHOOD_PX, 1, _NEIGHBOURHOOD_PX // 2)


def _directions(pictures: Tensor, scale: int) -> Tensor:
    """[F, 6, S / scale, S / scale] slopes of about unit length, once they are above noise."""
    slopes = _slopes(functional.avg_pool2d(pictures, scale))
    return slopes / (slopes.square().sum(1, keepdim=True) + 4e-3 / scale).sqrt()


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of [F, C, S, S] by weights [F, 1, S, S]."""
    return (values * weight).sum() / (weight.sum() * values.shape[1] + 1e-6)
