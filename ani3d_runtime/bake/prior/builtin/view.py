# pyright: basic
"""WorkingView: the square around the actor that the network sees, and the way there and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.arrays import Float32Array

# Side of the square that the network sees.
WORKING_PX = 64
# Darker than this is not background.
SEEN_BELOW = 0.98
# Cloth and hair swing out of the coarse picture; trained actors have about as much room around them.
_ROOM = 1.2


@dataclass(frozen=True)
class WorkingView:
    """A square of a video, and the number of pixels that stand for it.

    Attributes:
        top, left: of the square in the video, px; may lie outside of it.
        side: of the square, px.
        height, width: of the video, px.
        working: side of what the network sees, px.
    """

    top: int
    left: int
    side: int
    height: int
    width: int
    working: int

    @classmethod
    def around_actor(cls, coarse: Float32Array, working: int = WORKING_PX) -> WorkingView:
        """The square that holds everything not white in [F, H, W, 3], with some room."""
        height, width = coarse.shape[1:3]
        seen = coarse.min(axis=(0, 3)) < SEEN_BELOW
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        if not len(rows):
            return cls(0, 0, max(height, width), height, width, working)
        extent = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
        side = min(int(np.ceil(extent * _ROOM)), max(height, width))
        top = int(rows[0] + rows[-1] + 1 - side) // 2
        left = int(columns[0] + columns[-1] + 1 - side) // 2
        return cls(top, left, side, height, width, working)

    @property
    def scale(self) -> float:
        """Pixels of the video per working pixel."""
        return self.side / self.working

    def square(self, pictures: Tensor) -> Tensor:
        """[F, C, side, side] of [F, C, H, W]; outside of the video its border goes on."""
        rows = torch.arange(self.top, self.top + self.side, device=pictures.device).clamp(0, self.height - 1)
        columns = torch.arange(self.left, self.left + self.side, device=pictures.device).clamp(0, self.width - 1)
        return pictures[:, :, rows][:, :, :, columns]

    def reduced(self, pictures: Tensor) -> Tensor:
        """[F, C, S, S] of [F, C, H, W]; outside of the video its border goes on."""
        square = self.square(pictures)
        if self.side == self.working:
            return square
        size = (self.working, self.working)
        return functional.interpolate(square, size, mode="bilinear", antialias=True, align_corners=False)

    def enlarged(self, pictures: Tensor, outside: float) -> Tensor:
        """[F, C, H, W] of [F, C, S, S]; ``outside`` where the network did not look."""
        size = (self.side, self.side)
        square = pictures
        if self.side != self.working:
            square = functional.interpolate(pictures, size, mode="bicubic", align_corners=False)
        return self.pasted(square, pictures.new_full((*pictures.shape[:2], self.height, self.width), outside))

    def pasted(self, square: Tensor, onto: Tensor) -> Tensor:
        """[F, C, H, W] of [F, C, side, side], and of ``onto`` [F, C, H, W] where the network did not look."""
        result = onto.clone()
        top, left = max(self.top, 0), max(self.left, 0)
        bottom, right = min(self.top + self.side, self.height), min(self.left + self.side, self.width)
        result[:, :, top:bottom, left:right] = square[
            :, :, top - self.top : bottom - self.top, left - self.left : right - self.left
        ]
        return result
