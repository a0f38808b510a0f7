"""Wan checkpoints with random weights, small enough for a test, saved exactly as real ones are."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from diffusers.models.transformers.transformer_wan_animate import WanAnimateTransformer3DModel
from diffusers.models.transformers.transformer_wan_vace import WanVACETransformer3DModel
from diffusers.pipelines.wan.pipeline_wan import WanPipeline
from diffusers.pipelines.wan.pipeline_wan_animate import WanAnimatePipeline
from diffusers.pipelines.wan.pipeline_wan_vace import WanVACEPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModel,
    PreTrainedTokenizerFast,
    UMT5Config,
    UMT5EncoderModel,
)

TEXT_DIM = 32


def tiny_vae(*, patched: bool = False) -> AutoencoderKLWan:
    """Wan 2.1's autoencoder, or Wan 2.2 5B's, which folds 2 × 2 pixels into channels first."""
    torch.manual_seed(0)
    shape = {"is_residual": True, "patch_size": 2, "in_channels": 12, "out_channels": 12, "scale_factor_spatial": 16}
    return AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 16,
        latents_std=[1.0] * 16,
        **(shape if patched else {}),
    )


def tiny_transformer(seed: int, *, vace: bool) -> WanTransformer3DModel | WanVACETransformer3DModel:
    torch.manual_seed(seed)
    shape = {
        "patch_size": (1, 2, 2),
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "in_channels": 16,
        "out_channels": 16,
        "text_dim": TEXT_DIM,
        "freq_dim": 256,
        "ffn_dim": 32,
        "cross_attn_norm": True,
        "qk_norm": "rms_norm_across_heads",
        "rope_max_seq_len": 32,
    }
    if vace:
        model = WanVACETransformer3DModel(num_layers=3, vace_layers=[0, 2], vace_in_channels=96, **shape)
    else:
        model = WanTransformer3DModel(num_layers=2, **shape)
    # As initialised, such a model barely hears what it is told.
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(3.0)
    return model


def save_tiny_wan(folder: Path, *, vace: bool = False, experts: int = 1, patched: bool = False) -> Path:
    """A checkpoint without text encoder; with two experts it is a Wan 2.2, which changes over at σ = .875.

    Patched, it is a Wan 2.2 5B, whose denoiser has a time for every token.
    """
    transformers = [tiny_transformer(seed, vace=vace) for seed in range(1, experts + 1)]
    kind = WanVACEPipeline if vace else WanPipeline
    pipeline = kind(
        tokenizer=None,
        text_encoder=None,
        vae=tiny_vae(patched=patched),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
        transformer=transformers[0],
        transformer_2=transformers[1] if experts == 2 else None,
        boundary_ratio=0.875 if experts == 2 else None,
        **({"expand_timesteps": True} if patched else {}),
    )
    pipeline.save_pretrained(folder)
    return folder


def tiny_animate_transformer() -> WanAnimateTransformer3DModel:
    torch.manual_seed(4)
    model = WanAnimateTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=36,
        latent_channels=16,
        out_channels=16,
        text_dim=TEXT_DIM,
        freq_dim=256,
        ffn_dim=32,
        num_layers=2,
        image_dim=32,
        added_kv_proj_dim=24,
        rope_max_seq_len=32,
        motion_encoder_channel_sizes={"4": 16, "8": 16, "16": 16},
        motion_encoder_size=16,
        motion_style_dim=8,
        motion_dim=4,
        motion_encoder_dim=16,
        face_encoder_hidden_dim=16,
        face_encoder_num_heads=2,
        inject_face_latents_blocks=2,
    )
    # As initialised, such a model barely hears what it is told.
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1 and not name.startswith("motion_encoder"):
                parameter.mul_(3.0)
    return model


def tiny_image_encoder() -> CLIPVisionModel:
    torch.manual_seed(6)
    return CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=32,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=28,
            patch_size=14,
        )
    )


def save_tiny_animate(folder: Path) -> Path:
    """A Wan-Animate checkpoint without text encoder, whose faces are 16 pixels wide."""
    WanAnimatePipeline(
        tokenizer=None,
        text_encoder=None,
        vae=tiny_vae(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=5.0),
        image_processor=CLIPImageProcessor(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}),
        image_encoder=tiny_image_encoder(),
        transformer=tiny_animate_transformer(),
    ).save_pretrained(folder)
    return folder


def edit_index(folder: Path, **entries: object) -> None:
    """Change entries of a checkpoint's model_index.json."""
    path = folder / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))


def add_tiny_text_encoder(folder: Path) -> None:
    """Give a checkpoint a text encoder and a tokenizer of a few words."""
    words = save_tiny_tokenizer(folder / "tokenizer")
    torch.manual_seed(9)
    shape = UMT5Config(
        vocab_size=len(words), d_model=TEXT_DIM, d_kv=8, d_ff=32, num_layers=1, num_heads=2, tie_word_embeddings=False
    )
    UMT5EncoderModel(shape).save_pretrained(folder / "text_encoder")
    edit_index(
        folder,
        text_encoder=["transformers", "UMT5EncoderModel"],
        tokenizer=["transformers", "PreTrainedTokenizerFast"],
    )


def save_tiny_tokenizer(folder: Path) -> list[str]:
    words = ["<pad>", "</s>", "<unk>", "a", "person", "in", "red", "blue", "cloth"]
    model = Tokenizer(WordLevel({word: index for index, word in enumerate(words)}, unk_token="<unk>"))
    model.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=model, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    tokenizer.save_pretrained(folder)
    return words


def save_full_width_wan(folder: Path, layers: int) -> Path:
    """A checkpoint as wide as Wan 2.1 1.3B, with its real autoencoder and few layers: 0.6 GB for two."""
    torch.manual_seed(0)
    transformer = WanTransformer3DModel(num_layers=layers, num_attention_heads=12, ffn_dim=8960)
    WanPipeline(
        tokenizer=None,
        text_encoder=None,
        vae=AutoencoderKLWan(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        transformer=transformer.bfloat16(),
    ).save_pretrained(folder)
    return folder
