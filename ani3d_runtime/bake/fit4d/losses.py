# pyright: basic
"""PictureLoss: how far a rendered picture is from one of a video, with its gradient.

On a pyramid of pictures, each half the size of the one before, three terms are added up per level:

- colour: mean absolute difference (L1);
- structure: 1 - SSIM with a Gaussian window of 1.5 px (D-SSIM is half of it);
- edges: mean absolute difference of the slopes along the eight directions to the neighbouring pixels.

Edges over all levels are the *perceptual* term. Like LPIPS it compares responses of filters at several scales instead
of pixels, so it prefers a fold in the right place to a blur of the right colour; its filters are fixed derivatives
instead of trained ones, so it has no weights, whose licence and megabytes a package would have to carry.

Coverage is compared by the mean square of alpha against the video's, and depth, where a video has it, by the mean
absolute difference of depth weighted by coverage, in units of 100 mm. CPU only in numba; :func:`picture_loss_by_torch`
is the same in torch operations, for other devices and as the judge in tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.fit4d import loss_kernels as kernels

# Pixels around what is to be seen; wider than the window of SSIM.
_MARGIN_PX = 8
_COVERED = 0.02
DEPTH_UNIT_M = 0.1


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms of a picture's loss.

    Attributes:
        colour, structure, edges: per level of the pyramid, finest first; all of one length.
        coverage: of alpha. depth: of depth, where it is known.
    """

    colour: tuple[float, ...] = (1.0, 1.0, 1.0)
    structure: tuple[float, ...] = (0.0, 0.2, 0.0)
    edges: tuple[float, ...] = (0.0, 0.0, 0.2)
    coverage: float = 1.0
    depth: float = 0.0

    @cached_property
    def by_level(self) -> Float32Array:
        """[levels, 3] of colour, structure and edges."""
        return np.array([self.colour, self.structure, self.edges], dtype=np.float32).T.copy()


class TargetPicture:
    """One picture of a video, cut out and reduced ahead of the fit.

    Args:
        rgb: [H, W, 3] over white. alpha: [H, W]. depth_m: [H, W], 0 where nothing is; or None.
        weight: [H, W] how much each pixel counts.
        levels: of the pyramid.
    """

    def __init__(
        self,
        rgb: Float32Array,
        alpha: Float32Array,
        weight: Float32Array,
        depth_m: Float32Array | None,
        levels: int,
    ) -> None:
        self.rgb, self.alpha, self.weight, self.depth_m = rgb, alpha, weight, depth_m
        self.pyramid: list[_Level] = []
        planes = np.ascontiguousarray(rgb.transpose(2, 0, 1), dtype=np.float32)
        weights = np.ascontiguousarray(weight, dtype=np.float32)
        for level in range(levels):
            if level:
                planes, weights = np.stack([kernels.halved(plane) for plane in planes]), kernels.halved(weights)
            moments = np.empty((2 * len(planes), *planes.shape[1:]), np.float32)
            kernels.blurred_moments(kernels.CHANNELS, planes, moments)
            self.pyramid.append(_Level(planes, weights, moments))
        # As the kernel takes them.
        self.goals = tuple(level.planes for level in self.pyramid)
        self.moments = tuple(level.moments for level in self.pyramid)
        self.shares = tuple(level.weight for level in self.pyramid)


@dataclass(frozen=True)
class _Level:
    planes: Float32Array
    weight: Float32Array
    moments: Float32Array


def picture_loss(rgb: Tensor, alpha: Tensor, depth: Tensor, target: TargetPicture, weights: LossWeights) -> Tensor:
    """The loss of one rendered picture.

    Args:
        rgb: [H, W, 3] over white. alpha: [H, W]. depth: [H, W] weighted by coverage, metres.
    """
    if rgb.device.type != "cpu":
        return picture_loss_by_torch(rgb, alpha, depth, target, weights)
    return _PictureLoss.apply(target, weights, rgb, alpha, depth)


@dataclass(frozen=True)
class PictureGradient:
    """The loss of a picture and its gradient by the picture: by_rgb [H, W, 3], by_alpha and by_depth [H, W].

    ``by_depth`` is None where depth does not count.
    """

    loss: float
    by_rgb: Float32Array
    by_alpha: Float32Array
    by_depth: Float32Array | None


def picture_gradient(
    rgb: Float32Array, alpha: Float32Array, depth: Float32Array, target: TargetPicture, weights: LossWeights
) -> PictureGradient:
    """:func:`picture_loss` on arrays, with its gradient."""
    by_rgb, by_alpha, totals = np.empty_like(rgb), np.empty_like(alpha), np.empty(kernels.CHANNELS + 1)
    kernels.picture_loss_of(
        len(totals),
        rgb,
        alpha,
        target.goals,
        target.moments,
        target.shares,
        target.alpha,
        weights.by_level,
        np.float32(weights.coverage),
        by_rgb,
        by_alpha,
        totals,
    )
    total, by_depth = float(totals.sum()), None
    if weights.depth > 0 and target.depth_m is not None:
        gap = (depth - target.depth_m * target.alpha) / np.float32(DEPTH_UNIT_M)
        share = np.float32(weights.depth / gap.size)
        total += float(share * np.abs(gap * target.weight).sum())
        by_depth = share / np.float32(DEPTH_UNIT_M) * np.sign(gap) * target.weight
    return PictureGradient(total, by_rgb, by_alpha, by_depth)


class _PictureLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, target, weights, *images):
        rgb, alpha, depth = (image.detach().contiguous().numpy() for image in images)
        found = picture_gradient(rgb, alpha, depth, target, weights)
        arrays = found.by_rgb, found.by_alpha, found.by_depth
        ctx.gradients = [None if array is None else torch.from_numpy(array) for array in arrays]
        return images[0].new_tensor(found.loss)

    @staticmethod
    @once_differentiable
    def backward(ctx, by_loss):  # pyright: ignore[reportIncompatibleMethodOverride]
        return None, None, *(None if gradient is None else by_loss * gradient for gradient in ctx.gradients)


def picture_loss_by_torch(
    rgb: Tensor, alpha: Tensor, depth: Tensor, target: TargetPicture, weights: LossWeights
) -> Tensor:
    """:func:`picture_loss` in torch operations, on any device and in any precision."""
    goal_alpha, weight = torch.from_numpy(target.alpha).to(rgb), torch.from_numpy(target.weight).to(rgb)
    loss = weights.coverage * (weight * (alpha - goal_alpha) ** 2).mean()
    if weights.depth > 0 and target.depth_m is not None:
        goal_depth = torch.from_numpy(target.depth_m).to(rgb)
        loss = loss + weights.depth * (weight * (depth - goal_depth * goal_alpha).abs()).mean() / DEPTH_UNIT_M
    planes, window = rgb.permute(2, 0, 1), torch.from_numpy(kernels.WINDOW).to(rgb)
    for level, goal in enumerate(target.pyramid):
        if level:
            planes = _halved_by_torch(planes)
        other, share = torch.from_numpy(goal.planes).to(rgb), torch.from_numpy(goal.weight).to(rgb)
        gap = planes - other
        loss = loss + weights.colour[level] * (share * _soft_absolute(gap)).mean()
        if weights.edges[level] > 0:
            loss = loss + weights.edges[level] * _edge_sum(gap, share) / planes.numel()
        if weights.structure[level] > 0:
            loss = loss + weights.structure[level] * (1 - _ssim(planes, other, window).mean())
    return loss


def _soft_absolute(x: Tensor) -> Tensor:
    return (x * x + float(kernels.SOFT) ** 2).sqrt()


def _edge_sum(gap: Tensor, share: Tensor) -> Tensor:
    """Every pair of neighbours once, each pixel's weight counting an eighth."""
    height, width = gap.shape[1:]
    total = gap.new_zeros(())
    for dy, dx in ((0, 1), (1, -1), (1, 0), (1, 1)):
        left, right = max(0, -dx), min(width, width - dx)
        here, there = np.s_[..., : height - dy, left:right], np.s_[..., dy:, left + dx : right + dx]
        total = total + (0.125 * (share[here] + share[there]) * _soft_absolute(gap[here] - gap[there])).sum()
    return total


def _ssim(planes: Tensor, other: Tensor, window: Tensor) -> Tensor:
    def blurred(images: Tensor) -> Tensor:
        rows = functional.conv2d(images[:, None], window.view(1, 1, 1, -1), padding=(0, len(window) // 2))
        return functional.conv2d(rows, window.view(1, 1, -1, 1), padding=(len(window) // 2, 0))[:, 0]

    c1, c2 = float(kernels.C1), float(kernels.C2)
    mean, goal = blurred(planes), blurred(other)
    variance = (blurred(planes * planes) - mean * mean).clamp_min(0)
    goal_variance = (blurred(other * other) - goal * goal).clamp_min(0)
    covariance = blurred(planes * other) - mean * goal
    upper = (2 * mean * goal + c1) * (2 * covariance + c2)
    return upper / ((mean * mean + goal * goal + c1) * (variance + goal_variance + c2))


def _halved_by_torch(planes: Tensor) -> Tensor:
    height, width = planes.shape[1:]
    padded = functional.pad(planes[None], (0, width % 2, 0, height % 2), mode="replicate")[0]
    return functional.avg_pool2d(padded, 2)
