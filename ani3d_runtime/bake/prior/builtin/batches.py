# pyright: basic
"""Batches: windows of training clips, varied in colour and side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ani3d_runtime.bake.prior.builtin import clips
from ani3d_runtime.bake.prior.builtin.network import REFERENCE_PX, Conditions
from ani3d_runtime.errors import NotFoundError

# Chance that a condition is left out: coarse with preserve, control, velocity, reference.
_DROPPED = (0.08, 0.10, 0.12, 0.20)


@dataclass(frozen=True)
class Batch:
    """B windows of F frames.

    Attributes:
        conditions: what the network is told.
        truth: [B, F, 3, H, W] 0..1 over white.
        alpha: [B, F, 1, H, W] coverage of the truth.
        displacement_m: [B, F, 3, H, W] weighted by the coarse picture's coverage.
        source_px: [B, F, 2, H, W] weighted by ``alpha``.
    """

    conditions: Conditions
    truth: Tensor
    alpha: Tensor
    displacement_m: Tensor
    source_px: Tensor


class ClipSampler:
    """Draws windows from a folder of clips; clips that are written later take part once :meth:`look_again` is called.

    Args:
        folder: of ``clip-*.npy``.
        frames: of the windows.
        varied: change colours and sides, and leave conditions out, as training wants.
    """

    def __init__(self, folder: Path, frames: int, *, varied: bool) -> None:
        self._folder, self._frames, self._varied = folder, frames, varied
        self._clips: list[np.ndarray] = []
        self.look_again()

    def look_again(self) -> int:
        """Take in all clips in the folder; how many there are."""
        paths = sorted(self._folder.glob("clip-*.npy"))
        if not paths:
            raise NotFoundError(
                "training-no-clips", self._folder, found="no clip-*.npy", expected="training clips",
                fix="Run 'python -m ani3d_runtime.bake.prior.builtin.train clips' first.",
            )  # fmt: skip
        if len(paths) != len(self._clips):
            self._clips = [np.load(path, mmap_mode="r") for path in paths]
        return len(paths)

    def draw(self, count: int, rng: np.random.Generator) -> Batch:
        """``count`` windows."""
        windows, references = zip(*(self._window(rng) for _ in range(count)), strict=True)
        maps = torch.from_numpy(np.stack(windows)).permute(0, 1, 4, 2, 3).contiguous().float().div_(255)
        looks = torch.from_numpy(np.stack(references)).permute(0, 3, 1, 2).float().div_(255)
        given = torch.ones(count, 4)
        if self._varied:
            given = torch.from_numpy((rng.random((count, 4)) >= _DROPPED).astype(np.float32))
        conditions = Conditions(
            maps[:, :, clips.COARSE],
            maps[:, :, clips.PRESERVE],
            maps[:, :, clips.CONTROL],
            (maps[:, :, clips.VELOCITY] - _ZERO) * (2 * clips.VELOCITY_RANGE_M_S),
            functional.interpolate(looks, REFERENCE_PX, mode="area"),
            given,
        )
        return Batch(
            conditions,
            maps[:, :, clips.TRUTH],
            maps[:, :, clips.ALPHA],
            (maps[:, :, clips.DISPLACEMENT] - _ZERO) * (2 * clips.DISPLACEMENT_RANGE_M),
            (maps[:, :, clips.SOURCE] - _ZERO) * (2 * clips.SOURCE_RANGE_PX),
        )

    def _window(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """[F, H, W, 19] bytes of one window, and [h, w, 3] of a picture of the same actor."""
        clip = self._clips[rng.integers(len(self._clips))]
        view = clip[rng.integers(len(clip))]
        start = int(rng.integers(0, len(view) - self._frames + 1))
        window = np.array(view[start : start + self._frames])
        reference = np.array(clip[rng.integers(len(clip)), rng.integers(len(view)), ..., clips.COARSE])
        if self._varied:
            window = mirrored(window) if rng.random() < 0.5 else window
            window, reference = recoloured(window, reference, rng)
        return window, reference


# Bytes are symmetric about this.
_ZERO = 0.5


def mirrored(window: np.ndarray) -> np.ndarray:
    """Left and right exchanged, in the picture and in every vector."""
    result = window[:, :, ::-1].copy()
    for first in (clips.CONTROL, clips.VELOCITY, clips.DISPLACEMENT, clips.SOURCE):
        result[..., first.start] = 255 - result[..., first.start]
    return result


def recoloured(window: np.ndarray, reference: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Channels exchanged and bent, white and black where they were."""
    order = rng.permutation(3)
    bend = np.exp(rng.uniform(-0.5, 0.5, 3))
    table = np.rint(255 * (np.arange(256)[:, None] / 255) ** bend).astype(np.uint8)
    for pictures in (window[..., clips.COARSE], window[..., clips.TRUTH], reference):
        changed = pictures[..., order]
        for channel in range(3):
            pictures[..., channel] = table[changed[..., channel], channel]
    return window, reference
