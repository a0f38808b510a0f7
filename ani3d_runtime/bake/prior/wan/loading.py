"""read_pipeline: a checkpoint's models on the CPU, in the pipeline of diffusers that drives them."""

# pyright: basic
from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from accelerate import init_empty_weights
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan_animate import WanAnimateTransformer3DModel
from diffusers.models.transformers.transformer_wan_vace import WanVACETransformer3DModel
from diffusers.pipelines.wan.pipeline_wan import WanPipeline
from diffusers.pipelines.wan.pipeline_wan_vace import WanVACEPipeline

from ani3d_runtime.bake.prior.wan import fun_weights
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.wan.quiet import quiet_transformers, without_bars
from ani3d_runtime.bake.prior.weight_files import read_json
from ani3d_runtime.bake.sampling.sgss_scheduler import SelfGuidedScheduler
from ani3d_runtime.errors import InputError

if TYPE_CHECKING:
    from diffusers.pipelines.wan.pipeline_wan_animate import WanAnimatePipeline

WanPipelines: TypeAlias = "WanPipeline | WanVACEPipeline | WanAnimatePipeline"

DENOISERS: dict[str, Any] = {
    "text": WanTransformer3DModel,
    "vace": WanVACETransformer3DModel,
    "animate": WanAnimateTransformer3DModel,
}
# What a configuration or weights of another kind make diffusers raise.
_UNREADABLE = (OSError, ValueError, TypeError, RuntimeError, KeyError, AttributeError, IndexError, ZeroDivisionError)


def refuse_unfitting_parts(checkpoint: WanCheckpoint) -> None:
    """Refuse weights that the configuration has no place for, or lacks, before any are read; diffusers would warn and
    go on.

    Raises:
        InputError: ``prior-unreadable``.
    """
    with _coded(checkpoint):
        if checkpoint.kind == "fun-control":
            fun_weights.refuse_unfitting(checkpoint)
        else:
            for part in checkpoint.experts:
                _compare(checkpoint, part, DENOISERS[checkpoint.kind])
        if checkpoint.weights["vae"].files[0].suffix != ".pth":
            _compare(checkpoint, "vae", AutoencoderKLWan)


def read_pipeline(checkpoint: WanCheckpoint, dtype: torch.dtype) -> WanPipelines:
    """The pipeline, without its text encoder: text is encoded apart from this; see prompts.py.

    diffusers' examples keep Wan's autoencoder in float32, and it is small enough.

    Raises:
        InputError: ``prior-unreadable``.
    """
    with _coded(checkpoint), without_bars():
        if checkpoint.kind == "fun-control":
            pipeline = _fun_pipeline(checkpoint, dtype)
        else:
            pipeline = _pipeline_class(checkpoint).from_pretrained(
                checkpoint.folder,
                text_encoder=None,
                tokenizer=None,
                scheduler=SelfGuidedScheduler(),
                dtype={"default": dtype, "vae": torch.float32, "image_encoder": torch.float32},
                local_files_only=True,
                use_safetensors=True,
            )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _pipeline_class(checkpoint: WanCheckpoint) -> Any:
    if checkpoint.kind != "animate":
        return WanVACEPipeline if checkpoint.kind == "vace" else WanPipeline
    # Imported here: it speaks of an image library that none of the others need.
    with quiet_transformers():
        from diffusers.pipelines.wan.pipeline_wan_animate import WanAnimatePipeline
    return WanAnimatePipeline


def _fun_pipeline(checkpoint: WanCheckpoint, dtype: torch.dtype) -> WanPipeline:
    """Fun-Control has no pipeline in diffusers; text-to-video's knows both experts, and does not look at channels."""
    models = {part: fun_weights.load_denoiser(checkpoint, part, dtype) for part in checkpoint.experts}
    nothing: Any = None
    return WanPipeline(
        tokenizer=nothing,
        text_encoder=nothing,
        vae=fun_weights.load_vae(checkpoint),
        scheduler=SelfGuidedScheduler(),
        transformer=models["transformer"],
        transformer_2=models.get("transformer_2"),
        boundary_ratio=checkpoint.boundary_ratio,
    )


def _compare(checkpoint: WanCheckpoint, part: str, kind: Any) -> None:
    weights = checkpoint.weights[part]
    config = read_json(weights.files[0].parent / "config.json")
    with init_empty_weights():
        model = kind.from_config(config)
    # A norm that diffusers' own models lack, and diffusers therefore overlooks.
    stored = {name: shape for name, shape in weights.shapes.items() if "norm_added_q" not in name}
    fun_weights.compare(weights, model, stored)


@contextlib.contextmanager
def _coded(checkpoint: WanCheckpoint) -> Generator[None, None, None]:
    try:
        yield
    except InputError:
        raise
    except _UNREADABLE as error:
        raise InputError(
            "prior-unreadable",
            checkpoint.folder,
            found=f"{type(error).__name__}: {(str(error).strip() or 'nothing more').splitlines()[0]}",
            expected="a checkpoint that diffusers 0.42.1 loads",
            fix="Download the repository again, or load it with diffusers alone to see the whole message.",
        ) from error
