"""WanMemory: how much memory a Wan model takes, from the shapes in its configuration.

The coefficients were fitted to the allocations of full-sized models traced without computing them
(``python -m benchmarks.prior_memory``), and meet them within 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ani3d_runtime.bake.prior.prior import Offload, PriorOptions
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint

_FLOAT32_BYTES = 4
# diffusers' tiles for Wan's autoencoder are 256 × 256 pixels.
_TILE_PX = 256 * 256
# What an allocator keeps beyond what is asked of it.
_SLACK = 1.1


@dataclass(frozen=True)
class WanMemory:
    """Estimates for one checkpoint.

    Attributes:
        checkpoint: the model.
        itemsize: bytes per number of the denoiser.
        options: how it is run.
    """

    checkpoint: WanCheckpoint
    itemsize: int
    options: PriorOptions

    def settled(self, free_bytes: int | None, *, on_accelerator: bool) -> WanMemory:
        """The same model in the fastest way that has room for a native video; the thriftiest where none has.

        What the options leave open is settled: offloading first, which costs time only, then tiling.
        """
        asked = self.options
        offloads: tuple[Offload, ...] = ("none", "model", "sequential") if on_accelerator else ("none",)
        ways = [
            replace(self, options=replace(asked, offload=offload, tile_vae=tile))
            for tile in ((False, True) if asked.tile_vae is None else (asked.tile_vae,))
            for offload in (offloads if asked.offload == "auto" else (asked.offload,))
        ]
        fitting = (way for way in ways if free_bytes is None or way.native_bytes <= free_bytes)
        return next(fitting, ways[-1])

    @property
    def native_bytes(self) -> int:
        """What restoring a video of the size that the model was made for takes, weights included."""
        return self.weight_bytes + self.work_bytes(self.checkpoint.native_frames, *self.checkpoint.native_size_px)

    @property
    def host_bytes(self) -> int:
        """All weights, which lie in the host's memory where they are offloaded."""
        return replace(self, options=replace(self.options, offload="none")).weight_bytes

    @property
    def weight_bytes(self) -> int:
        """Weights that lie on the device at once."""
        weights = self.checkpoint.weights
        experts = [self.itemsize * weights[name].parameter_count for name in self.checkpoint.experts]
        vae = _FLOAT32_BYTES * weights["vae"].parameter_count
        if self.options.offload == "none":
            return sum(experts) + vae
        if self.options.offload == "model":
            return max(experts) + vae
        # One block of the denoiser, or the autoencoder's largest convolution, which is less.
        return max(experts) // max(1, int(self.checkpoint.transformer.get("num_layers", 1)))

    def work_bytes(self, frames: int, height: int, width: int) -> int:
        """What sampling a video of whole latents takes beside the weights."""
        return int(_SLACK * max(self.denoise_bytes(frames, height, width), self.decode_bytes(frames, height, width)))

    def denoise_bytes(self, frames: int, height: int, width: int) -> float:
        """The most that one call of a denoiser allocates."""
        config = self.checkpoint.transformer
        model = int(config.get("num_attention_heads", 40)) * int(config.get("attention_head_dim", 128))
        hidden = int(config.get("ffn_dim", 13824))
        latent_frames = (
            (min(frames, self.checkpoint.native_frames) - 1) // self.checkpoint.temporal_factor
            + 1
            + self.checkpoint.leading_latents
        )
        tokens = latent_frames * (height // self.checkpoint.size_multiple) * (width // self.checkpoint.size_multiple)
        attention = (6.7 + 7.8 * self.itemsize) * model
        feed_forward = (4.4 * model + 2.0 * hidden) * self.itemsize
        # VACE computes the hints of all its layers first and keeps them.
        hints = (
            (len(config.get("vace_layers") or ()) + 1) * model * self.itemsize if self.checkpoint.kind == "vace" else 0
        )
        return tokens * (max(attention, feed_forward) + hints)

    def decode_bytes(self, frames: int, height: int, width: int) -> float:
        """The most that decoding allocates; encoding takes less."""
        config = self.checkpoint.vae
        channels = int(config.get("decoder_base_dim") or config.get("base_dim", 96))
        patch = int(config.get("patch_size") or 1)
        pixels = height * width
        at_once = min(pixels, _TILE_PX) if self.options.tile_vae else pixels
        kept_per_pixel = 17.0 if self.options.tile_vae else 12.5
        return 203.0 * channels * at_once / patch**2 + kept_per_pixel * frames * pixels
