"""Text embeddings for Wan: encoded once and kept, stored beside the model, or empty."""

# pyright: basic
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ani3d_runtime.bake.prior.device import available_bytes
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.wan.quiet import without_bars
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.cache import cache_folder
from ani3d_runtime.errors import InputError, UsageError
from ani3d_runtime.replacing import replacing_path

STORED_FILE = "prompt_embeds.safetensors"
_NO_MODELS: dict[str, Any] = {"vae": None, "scheduler": None}
# Wan is trained with this many text tokens.
TOKENS = 512


@dataclass(frozen=True)
class PromptEmbeddings:
    """What the denoiser is told in words.

    Attributes:
        positive: [1, L, D] float32.
        negative: [1, L, D] float32.
    """

    positive: Tensor
    negative: Tensor

    @property
    def differ(self) -> bool:
        """Whether classifier-free guidance has anything to go by."""
        return not torch.equal(self.positive, self.negative)

    def padded(self) -> PromptEmbeddings:
        """The same texts followed by zeros up to the length that Wan is trained with."""
        longer = (
            torch.cat((text[:, :TOKENS], text.new_zeros(1, max(0, TOKENS - text.shape[1]), text.shape[2])), dim=1)
            for text in (self.positive, self.negative)
        )
        return PromptEmbeddings(*longer)


def embed_prompts(checkpoint: WanCheckpoint, sampling: SamplingSettings, device: torch.device) -> PromptEmbeddings:
    """The embeddings of the settings' prompts.

    Where the checkpoint has a text encoder, it is loaded for each new pair of prompts, and what it says is kept in the
    cache folder ``prompts``: its 11 GB need not fit beside the denoiser. Without one, ``prompt_embeds.safetensors`` in
    the checkpoint's folder is used (tensors ``prompt_embeds`` and ``negative_prompt_embeds``, [1, L, text_dim]), and
    without that zeros, which Wan pads its texts with.

    Raises:
        UsageError: ``prior-no-text-encoder``, where a prompt is given that cannot be encoded.
        InputError: ``prior-embeddings``, where the stored file does not fit.
    """
    if checkpoint.has_text_encoder:
        own = checkpoint.prompts
        return _encoded(checkpoint, (sampling.prompt or own[0], sampling.negative_prompt or own[1]), device)
    if sampling.prompt is not None or sampling.negative_prompt is not None:
        raise UsageError(
            "prior-no-text-encoder",
            checkpoint.folder,
            found="a prompt, and a checkpoint without text_encoder and tokenizer",
            expected="a checkpoint with both, or no prompt",
            fix=f"Leave the prompt out, download the two folders, or store embeddings in {STORED_FILE}.",
        )
    width = int(checkpoint.transformer.get("text_dim", 4096))
    stored = checkpoint.folder / STORED_FILE
    if stored.is_file():
        return _read(stored, width)
    return PromptEmbeddings(torch.zeros(1, TOKENS, width), torch.zeros(1, TOKENS, width))


def _encoded(checkpoint: WanCheckpoint, pair: tuple[str, str], device: torch.device) -> PromptEmbeddings:
    key = json.dumps([checkpoint.weights["text_encoder"].digest(), *pair])
    path = cache_folder("prompts") / f"{hashlib.sha256(key.encode()).hexdigest()}.safetensors"
    if path.is_file():
        return _read(path, int(checkpoint.transformer.get("text_dim", 4096)))
    result = _encode(checkpoint, pair, device)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing_path(path) as partial:
        save_file({"prompt_embeds": result.positive, "negative_prompt_embeds": result.negative}, partial)
    return result


def _encode(checkpoint: WanCheckpoint, pair: tuple[str, str], device: torch.device) -> PromptEmbeddings:
    from diffusers.pipelines.wan.pipeline_wan import WanPipeline
    from transformers import AutoTokenizer, UMT5EncoderModel

    from ani3d_runtime.bake.prior.wan.fun_weights import load_text_encoder

    encoder_bytes = 2 * checkpoint.weights["text_encoder"].parameter_count
    free = available_bytes(device)
    where = device if free is None or free > 1.2 * encoder_bytes else torch.device("cpu")
    path = checkpoint.weights["text_encoder"].files[0]
    with without_bars():
        encoder: Any = (
            load_text_encoder(path)
            if path.suffix == ".pth"
            else UMT5EncoderModel.from_pretrained(
                path.parent, dtype=torch.bfloat16, local_files_only=True, use_safetensors=True
            )
        )
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.tokenizer_folder, local_files_only=True)
    # A pipeline of nothing but the two, for its way of cleaning, padding and masking text.
    pipeline: Any = WanPipeline(tokenizer, encoder.to(where), **_NO_MODELS)
    with torch.no_grad():
        positive, negative = pipeline.encode_prompt(
            pair[0], pair[1], max_sequence_length=TOKENS, device=torch.device("cpu"), dtype=torch.float32
        )
    return PromptEmbeddings(positive.contiguous(), negative.contiguous())


def _read(path: Path, width: int) -> PromptEmbeddings:
    try:
        tensors = load_file(path)
        positive, negative = (tensors[name].float() for name in ("prompt_embeds", "negative_prompt_embeds"))
    except (SafetensorError, KeyError) as error:
        raise _unfitting(path, str(error)) from None
    for tensor in (positive, negative):
        if tensor.ndim != 3 or tensor.shape[0] != 1 or tensor.shape[2] != width:
            raise _unfitting(path, f"a tensor of shape {tuple(tensor.shape)}, where [1, tokens, {width}] fits")
    return PromptEmbeddings(positive, negative)


def _unfitting(path: Path, found: str) -> InputError:
    return InputError(
        "prior-embeddings",
        path,
        found=found,
        expected="tensors prompt_embeds and negative_prompt_embeds, [1, tokens, text_dim]",
        fix="Remove the file, or write it anew as docs/priors.md shows.",
    )
