"""WanPrior: a coarse video through Wan's latents and self-guided stochastic sampling."""

# pyright: basic
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.pipelines.wan.pipeline_wan import WanPipeline
from diffusers.pipelines.wan.pipeline_wan_vace import WanVACEPipeline
from diffusers.utils import logging
from PIL import Image
from torch import Tensor

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.prior.device import available_bytes, checked_device, chosen_dtype, refuse_short_memory
from ani3d_runtime.bake.prior.prior import PriorDescription, PriorOptions, RestoreRequest
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.wan.memory import WanMemory
from ani3d_runtime.bake.prior.wan.prompts import PromptEmbeddings, embed_prompts
from ani3d_runtime.bake.prior.wan.windows import windowed
from ani3d_runtime.bake.sampling.mask import latent_mask
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.sgss import Guide
from ani3d_runtime.bake.sampling.sgss_scheduler import SelfGuidedScheduler
from ani3d_runtime.errors import InputError, ResourceError, UsageError
from ani3d_runtime.progress import ProgressCallback


class WanPrior:
    """A Wan model as a :class:`ani3d_runtime.bake.prior.prior.Prior`. Build it with :meth:`load`.

    diffusers' video-to-video pipeline knows one denoiser only; its text-to-video pipeline knows both experts of Wan
    2.2, and starts from a video as well as from noise when it is given noised latents. So does VACE's.
    """

    def __init__(
        self,
        checkpoint: WanCheckpoint,
        pipeline: WanPipeline | WanVACEPipeline,
        description: PriorDescription,
        memory: WanMemory,
        device: torch.device,
    ) -> None:
        self._checkpoint = checkpoint
        self._pipeline = pipeline
        self._description = description
        self._memory = memory
        self._device = device
        self._prompts: dict[tuple[str | None, str | None], PromptEmbeddings] = {}

    @classmethod
    def load(cls, checkpoint: WanCheckpoint, device_name: str, options: PriorOptions) -> WanPrior:
        """Read the weights onto the device.

        Raises:
            UsageError: ``prior-options``. ResourceError: ``prior-no-device``, ``prior-memory``.
            InputError: ``prior-unreadable``.
        """
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
        way = memory.options
        pipeline = _read_pipeline(checkpoint, dtype)
        if way.tile_vae:
            pipeline.vae.enable_tiling()
        if way.offload == "model":
            pipeline.enable_model_cpu_offload(device=device)
        elif way.offload == "sequential":
            pipeline.enable_sequential_cpu_offload(device=device)
        else:
            pipeline.to(device)
        description = PriorDescription(
            name=f"wan:{checkpoint.folder.name}",
            # Tiles change the picture; where the weights lie does not.
            digest=checkpoint.digest(tiled=bool(way.tile_vae)),
            dtype=str(dtype).removeprefix("torch."),
            frame_multiple=checkpoint.temporal_factor,
            frame_remainder=1,
            size_multiple=checkpoint.size_multiple,
            native_frames=checkpoint.native_frames,
            native_size_px=checkpoint.native_size_px,
            takes_control=checkpoint.is_vace,
            takes_reference=checkpoint.is_vace,
            takes_prompt=checkpoint.has_text_encoder,
            default_sampling=SamplingSettings(),
            memory_bytes=memory.native_bytes,
        )
        return cls(checkpoint, pipeline, description, memory, device)

    @property
    def description(self) -> PriorDescription:
        """What it is."""
        return self._description

    @torch.no_grad()
    def restore(self, request: RestoreRequest, sampling: SamplingSettings, progress: ProgressCallback) -> Float32Array:
        """See :class:`ani3d_runtime.bake.prior.prior.Prior`.

        Raises:
            ResourceError: ``prior-memory``. UsageError: ``prior-no-text-encoder``. InputError: ``prior-embeddings``.
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
        reference = self._reference_canvas(request) if self._checkpoint.is_vace else None
        guide = self._guide(request, reference)
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
            "num_frames": request.frame_count,
            "num_inference_steps": steps,
            "latents": latents,
            "callback_on_step_end": report,
            "output_type": "np",
        }
        if self._checkpoint.is_vace:
            arguments["video"] = _frames_first(request.control)
            arguments["reference_images"] = reference
        window = (self._checkpoint.native_frames - 1) // self._checkpoint.temporal_factor + 1
        denoisers = [getattr(pipeline, name) for name in self._checkpoint.experts]
        with windowed(denoisers, window, leading=0 if reference is None else 1):
            output: Any = pipeline(**arguments)
        progress(1.0)
        return output.frames[0]

    def _guide(self, request: RestoreRequest, reference: Image.Image | None) -> Guide:
        """y and M in latents; VACE's reference latent, which comes first in time, is known and preserved."""
        target = self._encode(_frames_first(request.coarse))
        mask = latent_mask(
            torch.from_numpy(request.preserve)[None],
            self._checkpoint.spatial_factor,
            self._checkpoint.temporal_factor,
        )
        if reference is not None:
            picture = np.asarray(reference, dtype=np.float32)[None] / 255.0
            target = torch.cat((self._encode(_frames_first(picture)), target), dim=2)
            mask = torch.cat((torch.ones_like(mask[:, :, :1]), mask), dim=2)
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

    def _reference_canvas(self, request: RestoreRequest) -> Image.Image | None:
        """The reference picture on white, in the video's size, as VACE was trained with."""
        if request.reference is None:
            return None
        height, width = request.size_px
        picture = Image.fromarray(np.round(request.reference * 255.0).astype(np.uint8))
        scale = min(width / picture.width, height / picture.height)
        picture = picture.resize(
            (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.Resampling.LANCZOS
        )
        canvas = Image.new("RGB", (width, height), "white")
        canvas.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
        return canvas

    def _prompts_of(self, sampling: SamplingSettings) -> PromptEmbeddings:
        key = (sampling.prompt, sampling.negative_prompt)
        if key not in self._prompts:
            self._prompts[key] = embed_prompts(self._checkpoint, sampling, self._device)
        return self._prompts[key]


_SMALLER = "Use offload model or sequential, tile the VAE, fewer frames, a smaller picture, or a smaller model."


def _frames_first(video: Float32Array) -> Tensor:
    """[1, F, 3, H, W] of [F, H, W, 3]."""
    return torch.from_numpy(video).permute(0, 3, 1, 2)[None]


def _read_pipeline(checkpoint: WanCheckpoint, dtype: torch.dtype) -> WanPipeline | WanVACEPipeline:
    kind = WanVACEPipeline if checkpoint.is_vace else WanPipeline
    showed_progress = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        pipeline = kind.from_pretrained(
            checkpoint.folder,
            # Text is encoded apart from this; see prompts.py.
            text_encoder=None,
            tokenizer=None,
            scheduler=SelfGuidedScheduler(),
            # diffusers' examples keep Wan's autoencoder in float32, and it is small enough.
            dtype={"default": dtype, "vae": torch.float32},
            local_files_only=True,
            use_safetensors=True,
        )
    except (OSError, ValueError, TypeError, RuntimeError, KeyError, AttributeError) as error:
        raise InputError(
            "prior-unreadable",
            checkpoint.folder,
            found=f"{type(error).__name__}: {str(error).strip().splitlines()[0]}",
            expected="a checkpoint that diffusers 0.42.1 loads",
            fix="Download the repository again, or load it with diffusers alone to see the whole message.",
        ) from error
    finally:
        if showed_progress:
            logging.enable_progress_bar()
    for part in (*checkpoint.experts, "vae"):
        _refuse_unfitting(checkpoint.folder / part, getattr(pipeline, part), checkpoint.weights[part].shapes)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _refuse_unfitting(folder: Path, model: torch.nn.Module, stored: dict[str, tuple[int, ...]]) -> None:
    """Refuse weights that the configuration has no place for, or lacks; diffusers would warn and go on."""
    wanted = set(model.state_dict())
    difference = sorted(wanted.symmetric_difference(stored))
    if difference:
        raise InputError(
            "prior-unreadable",
            folder,
            found=f"{difference[0]}, which {'no weights file holds' if difference[0] in wanted else 'the model lacks'} "
            f"(and {len(difference) - 1} more)",
            expected="weights that belong to config.json",
            fix="Download config.json and the weights of one and the same revision.",
        )
