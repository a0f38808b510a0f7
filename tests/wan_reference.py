"""Wan's denoiser and self-guided sampling once more, in float64 and from Wan's own names of weights: an oracle.

Written from the equations of the model (Wan, arXiv 2503.20314, and the published code's order of terms), with matrix
products alone: no module of torch, diffusers or this project.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

State = Mapping[str, Tensor]


def denoise(
    state: State,
    channels: Tensor,
    time: float,
    text: Tensor,
    *,
    heads: int,
    image: Tensor | None = None,
    reference: Tensor | None = None,
) -> Tensor:
    """[16, T, h, w] the velocity.

    Args:
        state: weights under Wan's names.
        channels: [C, T, h, w] everything that the patch embedding sees.
        time: 0..1000.
        text: [512, D] embeddings.
        heads: of attention.
        image: [257, D] tokens of the picture, or None.
        reference: [16, h, w] latent of the reference picture; None where the model has no convolution for it.
    """
    w = {name: tensor.double() for name, tensor in state.items()}
    _, frames, height, width = channels.shape
    rows, columns = height // 2, width // 2
    patches = _patches(channels.double())
    x = patches @ w["patch_embedding.weight"].flatten(1).T + w["patch_embedding.bias"]
    if reference is not None:
        first = _patches(reference.double()[:, None]) @ w["ref_conv.weight"].flatten(1).T + w["ref_conv.bias"]
        x, frames = torch.cat((first, x)), frames + 1
    half = w["time_embedding.0.weight"].shape[1] // 2
    angles = time * 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    e = _linear(w, "time_embedding.2", _silu(_linear(w, "time_embedding.0", torch.cat((angles.cos(), angles.sin())))))
    e6 = _linear(w, "time_projection.1", _silu(e)).view(6, -1)
    words = _linear(w, "text_embedding.2", _gelu_tanh(_linear(w, "text_embedding.0", text.double())))
    seen = None
    if image is not None:
        seen = _norm(image.double(), 1e-5) * w["img_emb.proj.0.weight"] + w["img_emb.proj.0.bias"]
        seen = _linear(w, "img_emb.proj.3", _gelu(_linear(w, "img_emb.proj.1", seen)))
        seen = _norm(seen, 1e-5) * w["img_emb.proj.4.weight"] + w["img_emb.proj.4.bias"]
    turn = _turns(frames, rows, columns, x.shape[1] // heads)
    layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
    for layer in range(layers):
        b = f"blocks.{layer}."
        shift, scale, gate, shift2, scale2, gate2 = w[f"{b}modulation"][0] + e6
        y = _norm(x) * (1 + scale) + shift
        q, k = (
            turn(_heads(_rms(_linear(w, f"{b}self_attn.{n}", y)) * w[f"{b}self_attn.norm_{n}.weight"], heads))
            for n in "qk"
        )
        x = x + gate * _linear(w, f"{b}self_attn.o", _attend(q, k, _heads(_linear(w, f"{b}self_attn.v", y), heads)))
        y = _norm(x) * w[f"{b}norm3.weight"] + w[f"{b}norm3.bias"]
        q = _heads(_rms(_linear(w, f"{b}cross_attn.q", y)) * w[f"{b}cross_attn.norm_q.weight"], heads)
        k = _heads(_rms(_linear(w, f"{b}cross_attn.k", words)) * w[f"{b}cross_attn.norm_k.weight"], heads)
        heard = _attend(q, k, _heads(_linear(w, f"{b}cross_attn.v", words), heads))
        if seen is not None:
            k = _heads(_rms(_linear(w, f"{b}cross_attn.k_img", seen)) * w[f"{b}cross_attn.norm_k_img.weight"], heads)
            heard = heard + _attend(q, k, _heads(_linear(w, f"{b}cross_attn.v_img", seen), heads))
        x = x + _linear(w, f"{b}cross_attn.o", heard)
        y = _norm(x) * (1 + scale2) + shift2
        x = x + gate2 * _linear(w, f"{b}ffn.2", _gelu_tanh(_linear(w, f"{b}ffn.0", y)))
    shift, scale = w["head.modulation"][0] + e
    out = _linear(w, "head.head", _norm(x) * (1 + scale) + shift)
    out = out[rows * columns :] if reference is not None else out
    grid = out.view(-1, rows, columns, 2, 2, out.shape[1] // 4)
    return torch.einsum("thwpqc->cthpwq", grid).reshape(grid.shape[-1], -1, height, width)


def sample(
    velocity: Callable[[Tensor, float], Tensor],
    y: Tensor,
    keep: Tensor,
    sigmas: list[float],
    self_guidance: float,
    seed: int,
) -> Tensor:
    """Self-guided stochastic sampling in the released form, γ = 1, annealed: [C, T, h, w] in float64."""
    noise = torch.Generator().manual_seed(seed)

    def fresh() -> Tensor:
        return torch.randn(y.shape, generator=noise).double()

    x = (1 - sigmas[0]) * y + sigmas[0] * fresh()
    for sigma, after in itertools.pairwise(sigmas):
        clean = x - sigma * velocity(x, sigma)
        clean = clean + self_guidance * (1 - sigma) * keep * (y - clean)
        x = (1 - after) * clean + (after * fresh() if after > 0 else 0)
    return x


def shifted_sigmas(steps: int, strength: float, shift: float) -> list[float]:
    """Equal steps from the strength to 0, shifted once."""
    straight = np.linspace(strength, 0, steps + 1)
    return (shift * straight / (1 + (shift - 1) * straight)).tolist()


def pooled(mask: np.ndarray) -> Tensor:
    """[T, h, w] the largest of 8 × 8 pixels, and of four frames after the first."""
    frames, height, width = mask.shape
    small = mask.reshape(frames, height // 8, 8, width // 8, 8).max(axis=(2, 4))
    rest = small[1:].reshape(-1, 4, *small.shape[1:]).max(axis=1)
    return torch.from_numpy(np.concatenate((small[:1], rest))).double()


def _patches(x: Tensor) -> Tensor:
    """[T·h/2·w/2, C·4] of [C, T, h, w]."""
    channels, frames, height, width = x.shape
    cut = x.view(channels, frames, height // 2, 2, width // 2, 2)
    return torch.einsum("ctipjq->tijcpq", cut).reshape(frames * (height // 2) * (width // 2), channels * 4)


def _turns(frames: int, rows: int, columns: int, width: int) -> Callable[[Tensor], Tensor]:
    """Rotary positions: pairs of numbers turned by the place in time, row and column."""
    sides = (width - 4 * (width // 6), 2 * (width // 6), 2 * (width // 6))
    places = torch.cartesian_prod(*(torch.arange(count, dtype=torch.float64) for count in (frames, rows, columns)))
    angles = torch.cat(
        [
            places[:, axis : axis + 1] * 10000.0 ** (-torch.arange(0, side, 2, dtype=torch.float64) / side)
            for axis, side in enumerate(sides)
        ],
        dim=1,
    )
    turn = torch.polar(torch.ones_like(angles), angles)

    def turned(x: Tensor) -> Tensor:
        pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
        return torch.view_as_real(pairs * turn).flatten(-2)

    return turned


def _heads(x: Tensor, count: int) -> Tensor:
    return x.view(len(x), count, -1).transpose(0, 1)


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]), dim=-1)
    return (weights @ v).transpose(0, 1).flatten(1)


def _linear(w: State, name: str, x: Tensor) -> Tensor:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def _norm(x: Tensor, eps: float = 1e-6) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt()


def _rms(x: Tensor) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()


def _silu(x: Tensor) -> Tensor:
    return x / (1 + torch.exp(-x))


def _gelu(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def _gelu_tanh(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
