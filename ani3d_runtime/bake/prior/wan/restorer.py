"""WanPrior: a coarse video through Wan's latents and self-guided stochastic sampling."""

# pyright: basic
from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from PIL import Image
from torch import Tensor

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.prior.device import available_bytes, checked_device, chosen_dtype, refuse_short_memory
from ani3d_runtime.bake.prior.prior import PriorDescription, PriorOptions, RestoreRequest
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.wan.conditions import (
    Conditions,
    animate_conditions,
    fitted_picture,
    frames_first,
    fun_conditions,
    vace_conditions,
)
from ani3d_runtime.bake.prior.wan.loading import WanPipelines, read_pipeline, refuse_unfitting_parts
from ani3d_runtime.bake.prior.wan.memory import WanMemory
from ani3d_runtime.bake.prior.wan.prompts import PromptEmbeddings, embed_prompts
from ani3d_runtime.bake.prior.wan.windows import windowed
from ani3d_runtime.bake.sampling.mask import latent_mask
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.sgss import Guide
from ani3d_runtime.bake.sampling.sgss_scheduler import SelfGuidedScheduler
from ani3d_runtime.errors import ResourceError, UsageError
from ani3d_runtime.progress import ProgressCallback


class WanPrior:
    """A Wan model as a :class:`ani3d_runtime.bake.prior.prior.Prior`. Build it with :meth:`load`.

    diffusers' video-to-video pipeline knows one denoiser only; its text-to-video pipeline knows both experts of Wan
    2.2, and starts from a video as well as from noise when it is given noised latents. So does VACE's.
    """

    def __init__(
        self,
        checkpoint: WanCheckpoint,
        dtype: torch.dtype,
        description: PriorDescription,
        memory: WanMemory,
        device: torch.device,
    ) -> None:
        self._checkpoint = checkpoint
        self._dtype = dtype
        self._description = description
        self._memory = memory
        self._device = device
        self._prompts: dict[tuple[str | None, str | None], PromptEmbeddings] = {}
        self._tokens: tuple[bytes, Tensor] | None = None

    @classmethod
    def load(cls, checkpoint: WanCheckpoint, device_name: str, options: PriorOptions) -> WanPrior:
        """Check everything about a checkpoint; its weights are read when the first video is restored.

        Raises:
            UsageError: ``prior-options``. ResourceError: ``prior-no-device``, ``prior-memory``.
            InputError: ``prior-unreadable``.
        """
        refuse_unfitting_parts(checkpoint)
        device = checked_device(device_name)
        if device.type == "cpu" and options.offload not in ("auto", "none"):
            raise UsageError(
                "prior-options",
                f"offload {options.offload}",
                found="device cpu",
                expected="an accelerator to offload from",
                fix="Leave offloading out on a CPU.",
            )
        dtype = chosen_dtype(options.dtype, device)
        on_accelerator = device.type != "cpu"
        memory = WanMemory(checkpoint, dtype.itemsize, options).settled(
            available_bytes(device), on_accelerator=on_accelerator
        )
        refuse_short_memory(checkpoint.folder, memory.weight_bytes, device, fix=_SMALLER)
        if on_accelerator:
            refuse_short_memory(checkpoint.folder, memory.host_bytes, torch.device("cpu"), fix=_SMALLER)
        animates = checkpoint.kind == "animate"
        description = PriorDescription(
            name=f"wan:{checkpoint.folder.name}",
            # Tiles change the picture; where the weights lie does not.
            digest=checkpoint.digest(tiled=bool(memory.options.tile_vae)),
            dtype=str(dtype).removeprefix("torch."),
            frame_multiple=checkpoint.temporal_factor,
            frame_remainder=1,
            size_multiple=checkpoint.size_multiple,
            native_frames=checkpoint.native_frames,
            native_size_px=checkpoint.native_size_px,
            takes_control=checkpoint.kind != "text",
            takes_reference=checkpoint.takes_reference,
            takes_prompt=checkpoint.has_text_encoder,
            default_sampling=SamplingSettings(guidance_scale=checkpoint.guidance_scale),
            memory_bytes=memory.native_bytes,
            control_form="animate" if animates else "dwpose",
            face_px=int(checkpoint.transformer.get("motion_encoder_size", 512)) if animates else 0,
            keeps_hair=True,
            needs_reference=animates,
            # Its pipeline cuts videos into segments that overlap by a frame.
            fewest_frames=1 + checkpoint.temporal_factor if animates else 1,
            prompts=checkpoint.prompts if checkpoint.has_text_encoder else ("", ""),
        )
        return cls(checkpoint, dtype, description, memory, device)

    @functools.cached_property
    def _pipeline(self) -> WanPipelines:
        """The weights, read onto the device."""
        way, pipeline = self._memory.options, read_pipeline(self._checkpoint, self._dtype)
        if way.tile_vae:
            pipeline.vae.enable_tiling()
        if way.offload == "model":
            pipeline.enable_model_cpu_offload(device=self._device)
        elif way.offload == "sequential":
            pipeline.enable_sequential_cpu_offload(device=self._device)
        else:
            pipeline.to(self._device)
        return pipeline

    @property
    def description(self) -> PriorDescription:
        """What it is."""
        return self._description

    @torch.no_grad()
    def restore(self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback) -> Float32Array:
        """See :class:`ani3d_runtime.bake.prior.prior.Prior`.

        Raises:
            ResourceError: ``prior-memory``. UsageError: ``prior-no-text-encoder``, ``prior-no-reference``.
            InputError: ``prior-embeddings``.
        """
        frames, (height, width) = request.frame_count, request.size_px
        size = self._description.fitting(frames, height, width)
        refuse_short_memory(
            f"{size[0]} frames of {size[2]}×{size[1]}", self._memory.work_bytes(*size), self._device, fix=_SMALLER
        )
        try:
            prompts = self._prompts_of(sampling)
            video = self._sample(request.padded(*size), sampling, prompts, progress)
        except torch.OutOfMemoryError as error:
            raise ResourceError(
                "prior-memory",
                f"{size[0]} frames of {size[2]}×{size[1]}",
                found=str(error).splitlines()[0],
                expected=f"about {self._memory.work_bytes(*size) / 1e9:.1f} GB beside the weights",
                fix=_SMALLER,
            ) from error
        finally:
            # A cancelled run must not leave a denoiser on the accelerator.
            self._pipeline.maybe_free_model_hooks()
        return np.ascontiguousarray(np.clip(video[:frames, :height, :width], 0.0, 1.0), dtype=np.float32)

    def _sample(
        self, request: RestoreRequest, sampling: SamplingSettings, prompts: PromptEmbeddings, progress: ProgressCallback
    ) -> Float32Array:
        pipeline, steps = self._pipeline, len(sampling.sigmas) - 1
        conditions = self._conditions(request)
        guide = self._guide(request, conditions)
        progress(1 / (steps + 2))
        scheduler = SelfGuidedScheduler()
        latents = scheduler.begin(guide, sampling)
        pipeline.scheduler = scheduler

        def report(_: Any, index: int, __: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            progress((index + 2) / (steps + 2))
            return tensors

        arguments: dict[str, Any] = {
            "prompt_embeds": prompts.positive.to(self._device),
            "negative_prompt_embeds": prompts.negative.to(self._device),
            # Guidance between equal texts changes nothing and doubles the time.
            "guidance_scale": sampling.guidance_scale if prompts.differ else 1.0,
            "height": request.size_px[0],
            "width": request.size_px[1],
            "num_inference_steps": steps,
            "latents": latents,
            "callback_on_step_end": report,
            "output_type": "np",
            **conditions.arguments,
        }
        if self._checkpoint.kind != "animate":
            arguments["num_frames"] = request.frame_count
        window = (self._checkpoint.native_frames - 1) // self._checkpoint.temporal_factor + 1
        denoisers = [getattr(pipeline, name) for name in self._checkpoint.experts]
        with windowed(denoisers, window, conditions.window_leading), conditions.told(denoisers):
            output: Any = pipeline(**arguments)
        progress(1.0)
        return output.frames[0]

    def _conditions(self, request: RestoreRequest) -> Conditions:
        """What the denoiser is told besides text."""
        checkpoint = self._checkpoint
        reference = None if request.reference is None else fitted_picture(request.reference, request.size_px)
        if checkpoint.kind == "vace":
            return vace_conditions(request.control, reference, self._encode)
        if checkpoint.kind == "fun-control":
            return fun_conditions(
                request.control,
                reference,
                self._image_tokens(reference),
                self._encode,
                channels=int(checkpoint.transformer["in_channels"]),
                reference_channels=checkpoint.reference_channels,
            )
        if checkpoint.kind == "animate":
            if reference is None:
                raise _no_reference(checkpoint.folder)
            return animate_conditions(request.control, request.face, reference, self._description.face_px, self._encode)
        return Conditions()

    def _image_tokens(self, reference: Image.Image | None) -> Tensor | None:
        """What the image encoder says of the reference; zeros where there is none, which is what a model without one
        was trained with."""
        files = self._checkpoint.weights.get("image_encoder")
        if files is None:
            return None
        if reference is None:
            return torch.zeros(1, _IMAGE_TOKENS, int(self._checkpoint.transformer["image_dim"]), device=self._device)
        # Imported here: transformers takes seconds.
        from ani3d_runtime.bake.prior.wan.image_tokens import image_tokens

        key = reference.tobytes()
        if self._tokens is None or self._tokens[0] != key:
            self._tokens = (key, image_tokens(files.files[0], reference, self._device))
        return self._tokens[1].to(self._device)

    def _guide(self, request: RestoreRequest, conditions: Conditions) -> Guide:
        """y and M in latents; what comes first in time besides the video is known and preserved."""
        target = self._encode(frames_first(request.coarse))
        mask = latent_mask(
            torch.from_numpy(request.preserve)[None],
            self._checkpoint.spatial_factor,
            self._checkpoint.temporal_factor,
        )
        if conditions.known is not None:
            target = torch.cat((conditions.known, target), dim=2)
            mask = torch.cat((torch.ones_like(mask[:, :, : conditions.known.shape[2]]), mask), dim=2)
        return Guide.checked(target, mask)

    def _encode(self, video: Tensor) -> Tensor:
        """Normalised latents [1, C, T, h, w] of a video [1, F, 3, H, W], 0..1, as the denoiser knows them."""
        vae: AutoencoderKLWan = self._pipeline.vae
        pixels = (video * 2.0 - 1.0).permute(0, 2, 1, 3, 4).to(self._device, vae.dtype)
        raw = vae.encode(pixels, return_dict=False)[0].mode().float()
        mean, deviation = (
            torch.tensor(vae.config[name], device=raw.device).view(1, -1, 1, 1, 1)
            for name in ("latents_mean", "latents_std")
        )
        return (raw - mean) / deviation

    def _prompts_of(self, sampling: SamplingSettings) -> PromptEmbeddings:
        key = (sampling.prompt, sampling.negative_prompt)
        if key not in self._prompts:
            self._prompts[key] = embed_prompts(self._checkpoint, sampling, self._device)
            if self._checkpoint.kind in ("fun-control", "animate"):
                # Trained with texts of the full length, by which diffusers also tells image tokens from text.
                self._prompts[key] = self._prompts[key].padded()
        return self._prompts[key]


# CLIP's: one for the picture, and 16 × 16 for its places.
_IMAGE_TOKENS = 257
_SMALLER = "Use offload model or sequential, tile the VAE, fewer frames, a smaller picture, or a smaller model."


def _no_reference(folder: Path) -> UsageError:
    return UsageError(
        "prior-no-reference",
        folder,
        found="no reference picture",
        expected="a picture of the person, whom Wan-Animate moves",
        fix="Pass --reference.",
    )
