# pyright: basic
"""FinishingNetwork: from what the prior found at 64 pixels to sharp pictures at full size.

Flow, gate and paint are enlarged by no more than two at a time. At each size a small network sees the coarse picture
there, and nothing beyond a few pixels. It moves edges to where they belong, and sharpens what enlarging, sampling or a
soft capture left soft. It is the same network at every size: what a soft edge looks like does not depend on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ani3d_runtime.bake.prior.builtin.network import GATE_OFFSET, Restored, warped

# Inputs per pixel: picture so far 3, coarse 3, coarse moved 3, paint 3, gate 1, coverage 1, flow 2, preserve 1.
_INPUTS = 17
# Outputs per pixel: flow 2, gate 1, colour 3.
_OUTPUTS = 6
_CELL_PX = 2
_LOGITS = 6.0
_GROWTH = 2.0


@dataclass(frozen=True)
class FinishingShape:
    """Sizes of the network.

    Attributes:
        width: channels.
        depth: blocks of two convolutions.
    """

    width: int = 48
    depth: int = 3


@dataclass(frozen=True)
class Draft:
    """F pictures at some size S, taken apart. Colours are 0..1.

    Attributes:
        flow_px: [F, 2, S, S] from a pixel to its source in the coarse picture, px of this size, right and down.
        gate: [F, 1, S, S] logits of how far ``painted`` is believed rather than the source.
        painted: [F, 3, S, S].
        alpha: [F, 1, S, S] logits of the coverage.
        extra: [F, 3, S, S] what is added to the picture.
    """

    flow_px: Tensor
    gate: Tensor
    painted: Tensor
    alpha: Tensor
    extra: Tensor

    @classmethod
    def of(cls, made: Restored, sampled: Tensor) -> Draft:
        """What the prior made of one video, and [F, 3, S, S] what sampling made of that."""
        share = made.painted_share[0].clamp(1e-4, 1 - 1e-4)
        return cls(
            made.flow_px[0], torch.logit(share) + GATE_OFFSET, made.painted[0], made.alpha[0], sampled - made.rgb[0]
        )

    def enlarged(self, size: int) -> Draft:
        """The same at another size."""
        side = self.flow_px.shape[-1]

        def resized(maps: Tensor) -> Tensor:
            return functional.interpolate(maps, (size, size), mode="bicubic", align_corners=False)

        return Draft(
            resized(self.flow_px) * (size / side),
            resized(self.gate),
            resized(self.painted),
            resized(self.alpha),
            resized(self.extra),
        )

    def picture(self, coarse: Tensor) -> Tensor:
        """[F, 3, S, S] put together with the coarse picture of this size."""
        share = torch.sigmoid(self.gate - GATE_OFFSET)
        return torch.lerp(warped(coarse, self.flow_px), self.painted, share) + self.extra


class FinishingNetwork(nn.Module):
    """Corrects a draft at one size."""

    def __init__(self, shape: FinishingShape) -> None:
        super().__init__()
        self.shape = shape
        cell = _CELL_PX**2
        self.enter = nn.Conv2d(_INPUTS * cell, shape.width, 3, padding=1)
        self.blocks = nn.ModuleList([_Block(shape.width) for _ in range(shape.depth)])
        self.leave = nn.Conv2d(shape.width, _OUTPUTS * cell, 3, padding=1)
        for parameter in self.leave.parameters():
            nn.init.zeros_(parameter)

    def forward(self, draft: Draft, coarse: Tensor, preserve: Tensor) -> Draft:
        """The corrected draft.

        Args:
            draft: at some size S.
            coarse: [F, 3, S, S] 0..1 over white. preserve: [F, 1, S, S] 0..1.
        """
        size = coarse.shape[-1]
        inputs = torch.cat(
            [
                draft.picture(coarse) * 2 - 1,
                coarse * 2 - 1,
                warped(coarse, draft.flow_px) * 2 - 1,
                draft.painted * 2 - 1,
                draft.gate.clamp(-_LOGITS, _LOGITS) / _LOGITS,
                draft.alpha.clamp(-_LOGITS, _LOGITS) / _LOGITS,
                draft.flow_px.clamp(-16, 16) / 16,
                preserve * 2 - 1,
            ],
            dim=1,
        )
        odd = size % _CELL_PX
        inputs = functional.pad(inputs, (0, odd, 0, odd), mode="replicate") if odd else inputs
        cells = functional.pixel_unshuffle(inputs, _CELL_PX).to(self.enter.weight.dtype)
        x = self.enter(cells.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            x = block(x)
        out = functional.pixel_shuffle(self.leave(functional.silu(x)), _CELL_PX)[..., :size, :size].float()
        flow, gate, colour = out.split([2, 1, 3], dim=1)
        return Draft(
            draft.flow_px + flow, draft.gate + _LOGITS * gate, draft.painted, draft.alpha, draft.extra + colour
        )

    def finished(self, draft: Draft, coarse: Tensor, preserve: Tensor) -> Tensor:
        """[F, 3, S, S] the pictures at the size of ``coarse`` [F, 3, S, S] and ``preserve`` [F, 1, S, S]."""
        side = coarse.shape[-1]
        for size in sizes_between(draft.flow_px.shape[-1], side):
            small, kept = (_reduced(maps, size) for maps in (coarse, preserve))
            draft = self(draft.enlarged(size), small, kept)
        return draft.picture(coarse)


def sizes_between(smallest: int, side: int) -> list[int]:
    """Sizes on the way to ``side``, which is the last, none more than about twice the one before."""
    count = max(1, math.ceil(math.log(side / smallest, _GROWTH) - 0.1))
    return [round(smallest * (side / smallest) ** (step / count)) for step in range(1, count + 1)]


def _reduced(maps: Tensor, size: int) -> Tensor:
    if maps.shape[-1] == size:
        return maps
    return functional.interpolate(maps, (size, size), mode="bilinear", antialias=True, align_corners=False)


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.get_parameter("bias"))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.silu(self.first(functional.silu(x))))
