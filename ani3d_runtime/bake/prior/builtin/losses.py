# pyright: basic
"""What the built-in prior is trained to get right: the pixels that cloth and hair change, above all."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.bake.prior.builtin.batches import Batch
from ani3d_runtime.bake.prior.builtin.network import DISPLACEMENT_UNIT_M, FLOW_UNIT_PX, Restored
from ani3d_runtime.bake.prior.builtin.view import SEEN_BELOW

_EDGE_SHARE = 0.5
_FLOW_SHARE = 1.0
_ALPHA_SHARE = 0.05
_DISPLACEMENT_SHARE = 2.0


def training_loss(restored: Restored, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """The loss and its parts by name."""
    truth, coarse = batch.truth, batch.conditions.coarse
    changed = (truth - coarse).abs().amax(dim=2, keepdim=True)
    # The background is most of a picture and says nothing; a changed pixel counts forty times as much.
    weight = 0.1 + 0.4 * (batch.alpha > 0.5) + 3.5 * (4 * changed).clamp(max=1)
    error = restored.rgb - truth
    rgb = _mean(error.abs(), weight)
    # Edges too, or uncertain pixels wash out.
    edge = _mean(_down(error).abs(), weight[..., 1:, :]) + _mean(_across(error).abs(), weight[..., :, 1:])
    covered = (batch.alpha > 0.5).float()
    moved = batch.source_px.square().sum(dim=2, keepdim=True) > 0.3**2
    source = batch.source_px / batch.alpha.clamp(min=0.5)
    flow = _mean(_huber((restored.flow_px - source) / FLOW_UNIT_PX), covered * (0.1 + moved.float()))
    alpha = functional.binary_cross_entropy_with_logits(restored.alpha, batch.alpha)
    shifted = batch.displacement_m.square().sum(dim=2, keepdim=True) > 0.01**2
    free = (1 - batch.conditions.preserve) * (coarse.amin(dim=2, keepdim=True) < SEEN_BELOW)
    shift = _mean(
        _huber((restored.displacement_m - batch.displacement_m) / DISPLACEMENT_UNIT_M),
        0.02 + 0.1 * free + shifted.float(),
    )
    parts = {"rgb": rgb, "edge": edge, "flow": flow, "alpha": alpha, "shift": shift}
    total = rgb + _EDGE_SHARE * edge + _FLOW_SHARE * flow + _ALPHA_SHARE * alpha + _DISPLACEMENT_SHARE * shift
    return total, {name: float(part.detach()) for name, part in parts.items()}


def _huber(error: Tensor) -> Tensor:
    """Squares of small errors: the mean of what may happen, where absolute values would rather do nothing."""
    return 2 * functional.smooth_l1_loss(error, torch.zeros_like(error), reduction="none")


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of [B, F, C, H, W] by weights [B, F, 1, H, W]."""
    return (values * weight).sum() / (weight.sum() * values.shape[2] + 1e-6)


def _down(pictures: Tensor) -> Tensor:
    return pictures[..., 1:, :] - pictures[..., :-1, :]


def _across(pictures: Tensor) -> Tensor:
    return pictures[..., :, 1:] - pictures[..., :, :-1]
