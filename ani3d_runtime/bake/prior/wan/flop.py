"""Floating-point operations of a Wan model, counted on models without numbers, and how many a device does a second."""

# pyright: basic
from __future__ import annotations

import time
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from torch.utils.flop_counter import FlopCounterMode

from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.wan.loading import DENOISERS
from ani3d_runtime.bake.prior.wan.prompts import TOKENS

_META = torch.device("meta")
_IMAGE_TOKENS = 257
# Small enough on a CPU that a product ends before another process gets its turn.
_SQUARE = {"cpu": 384}
_LEAST_S = 0.5
_COUNTED_LATENTS = 3


def denoiser_flop(checkpoint: WanCheckpoint, frames: int, height: int, width: int) -> float:
    """Of one call of a denoiser on a video of the model's own latents."""
    config = checkpoint.transformer
    if checkpoint.kind == "fun-control":
        from ani3d_runtime.bake.prior.wan.fun_weights import empty_denoiser

        model: Any = empty_denoiser(checkpoint)
        # Its positions' numbers are not weights, and lie elsewhere.
        model.to(_META)
    else:
        with _META:
            model = DENOISERS[checkpoint.kind].from_config(config)
    factor = checkpoint.spatial_factor
    latents = (frames - 1) // checkpoint.temporal_factor + 1
    size = (height // factor, width // factor)
    told: dict[str, Any] = {
        "hidden_states": _empty(1, int(config["in_channels"]), latents + checkpoint.leading_latents, *size),
        "timestep": _empty(1),
        "encoder_hidden_states": _empty(1, TOKENS, int(config.get("text_dim", 4096))),
        "return_dict": False,
    }
    if config.get("image_dim"):
        told["encoder_hidden_states_image"] = _empty(1, _IMAGE_TOKENS, int(config["image_dim"]))
    if checkpoint.kind == "vace":
        channels = int(config.get("vace_in_channels", 96))
        told["control_hidden_states"] = _empty(1, channels, *told["hidden_states"].shape[2:])
    if checkpoint.kind == "animate":
        side = int(config.get("motion_encoder_size", 512))
        told["pose_hidden_states"] = _empty(1, int(config.get("latent_channels", 16)), latents, *size)
        told["face_pixel_values"] = _empty(1, 3, frames, side, side)
    return _counted(lambda: model(**told))


def autoencoder_flop(checkpoint: WanCheckpoint, frames: int, height: int, width: int) -> tuple[float, float]:
    """Of encoding and of decoding a video.

    The first latents are counted: it works latent by latent, and all but the first two cost the same.
    """
    with _META:
        vae: Any = AutoencoderKLWan.from_config(checkpoint.vae)
    size = (height // checkpoint.spatial_factor, width // checkpoint.spatial_factor)
    channels, per_latent = int(checkpoint.vae.get("z_dim", 16)), checkpoint.temporal_factor

    def of(latents: int) -> tuple[float, float]:
        pixels = _empty(1, 3, per_latent * (latents - 1) + 1, height, width)
        hidden = _empty(1, channels, latents, *size)
        return _counted(lambda: vae.encode(pixels)), _counted(lambda: vae.decode(hidden))

    count = (frames - 1) // per_latent + 1
    if count <= _COUNTED_LATENTS:
        return of(count)
    before, last = of(_COUNTED_LATENTS - 1), of(_COUNTED_LATENTS)
    more = count - _COUNTED_LATENTS
    return last[0] + more * (last[0] - before[0]), last[1] + more * (last[1] - before[1])


def measured_flop_per_s(device: torch.device, dtype: torch.dtype) -> float:
    """Of matrix products, of which models consist; the best of several, as others may use the device too."""
    side = _SQUARE.get(device.type, 8192)
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    best, begun = float("inf"), time.perf_counter()
    while time.perf_counter() - begun < _LEAST_S or best == float("inf"):
        started = time.perf_counter()
        # Reading a number back waits for the device.
        float((left @ right)[0, 0])
        best = min(best, time.perf_counter() - started)
    return 2.0 * side**3 / best


def _empty(*shape: int) -> torch.Tensor:
    return torch.empty(shape, device=_META)


@torch.no_grad()
def _counted(run: Any) -> float:
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops())
