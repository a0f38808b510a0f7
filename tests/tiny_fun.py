"""Fun-Control checkpoints with random weights, saved under Wan's own names in the files that are published."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModel, UMT5Config, UMT5EncoderModel

from tests.tiny_wan import TEXT_DIM, save_tiny_tokenizer

HEADS, HEAD_WIDTH, LAYERS, FFN = 2, 12, 2, 32
WIDTH = HEADS * HEAD_WIDTH
IMAGE_DIM = 160
NEGATIVE_TOKENS = 7

_DENOISER = {
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "condition_embedder.image_embedder.norm1": "img_emb.proj.0",
    "condition_embedder.image_embedder.ff.net.0.proj": "img_emb.proj.1",
    "condition_embedder.image_embedder.ff.net.2": "img_emb.proj.3",
    "condition_embedder.image_embedder.norm2": "img_emb.proj.4",
    "attn1.": "self_attn.",
    "attn2.": "cross_attn.",
    "add_k_proj": "k_img",
    "add_v_proj": "v_img",
    "norm_added_k": "norm_k_img",
    "to_out.0": "o",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
    "norm2": "norm3",
    "proj_out": "head.head",
}
_RESIDUAL = {"norm1": "residual.0", "conv1": "residual.2", "norm2": "residual.3", "conv2": "residual.6"}
_CLIP_BLOCK = {
    "layer_norm1": "norm1",
    "layer_norm2": "norm2",
    "self_attn.out_proj": "attn.proj",
    "mlp.fc1": "mlp.0",
    "mlp.fc2": "mlp.2",
}
_TEXT_BLOCK = {
    "layer.0.layer_norm": "norm1",
    "layer.0.SelfAttention.relative_attention_bias": "pos_embedding.embedding",
    "layer.0.SelfAttention": "attn",
    "layer.1.layer_norm": "norm2",
    "layer.1.DenseReluDense.wi_0": "ffn.gate.0",
    "layer.1.DenseReluDense.wi_1": "ffn.fc1",
    "layer.1.DenseReluDense.wo": "ffn.fc2",
}


@dataclass(frozen=True)
class FunParts:
    """What was saved, as the models that it was saved from: the oracles of a test."""

    folder: Path
    denoisers: dict[str, dict[str, Tensor]]
    vae: AutoencoderKLWan
    clip: CLIPVisionModel | None


def save_tiny_fun(
    folder: Path, *, channels: int = 48, image: bool = True, reference: bool = True, experts: int = 1
) -> FunParts:
    """A Fun-Control model as Wan 2.1 V1.1 (48 channels, image tokens, a reference); V1.0 has no reference; Wan 2.2 A14B
    has two experts of 52 channels and no image tokens."""
    folder.mkdir(parents=True)
    denoisers: dict[str, dict[str, Tensor]] = {}
    names = {
        1: {"transformer": folder},
        2: {"transformer": folder / "high_noise_model", "transformer_2": folder / "low_noise_model"},
    }
    for seed, (part, place) in enumerate(names[experts].items(), 1):
        state = tiny_fun_denoiser(seed, channels=channels, image=image, reference=reference)
        place.mkdir(exist_ok=True)
        save_file(state, place / "diffusion_pytorch_model.safetensors")
        (place / "config.json").write_text(json.dumps(config_of(channels, reference)))
        denoisers[part] = state
    vae = full_shaped_vae()
    torch.save(vae_in_wan_names(vae), folder / "Wan2.1_VAE.pth")
    clip = tiny_clip() if image else None
    if clip is not None:
        torch.save(clip_in_wan_names(clip), folder / "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth")
    return FunParts(folder, denoisers, vae, clip)


def config_of(channels: int, reference: bool) -> dict[str, object]:
    return {
        "_class_name": "WanModel",
        "_diffusers_version": "0.33.0",
        "dim": WIDTH,
        "eps": 1e-6,
        "ffn_dim": FFN,
        "freq_dim": 256,
        "in_dim": channels,
        "model_type": "i2v",
        "num_heads": HEADS,
        "num_layers": LAYERS,
        "out_dim": 16,
        "text_len": 512,
        "add_ref_conv": reference,
    }


def tiny_fun_denoiser(seed: int, *, channels: int, image: bool, reference: bool) -> dict[str, Tensor]:
    """Random weights under Wan's own names."""
    torch.manual_seed(seed)
    model = WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=HEADS,
        attention_head_dim=HEAD_WIDTH,
        in_channels=channels,
        out_channels=16,
        text_dim=TEXT_DIM,
        freq_dim=256,
        ffn_dim=FFN,
        num_layers=LAYERS,
        image_dim=IMAGE_DIM if image else None,
        added_kv_proj_dim=WIDTH if image else None,
    )
    state = {_wan_name(name): _loud(tensor) for name, tensor in model.state_dict().items()}
    if reference:
        state["ref_conv.weight"] = 0.2 * torch.randn(WIDTH, 16, 2, 2)
        state["ref_conv.bias"] = 0.2 * torch.randn(WIDTH)
    return state


def _loud(tensor: Tensor) -> Tensor:
    """As initialised, such a model barely hears what it is told, and biases and norms say nothing."""
    return 3.0 * tensor if tensor.ndim > 1 else tensor + 0.1 * torch.randn_like(tensor)


def _wan_name(name: str) -> str:
    if name == "scale_shift_table":
        return "head.modulation"
    name = name.replace("scale_shift_table", "modulation")
    for theirs, wan in _DENOISER.items():
        # img_emb's own norm2 is done by its whole name.
        if theirs != "norm2" or name.startswith("blocks."):
            name = name.replace(theirs, wan)
    return name


def full_shaped_vae() -> AutoencoderKLWan:
    """Wan 2.1's autoencoder with all its blocks, each four channels wide."""
    torch.manual_seed(0)
    return AutoencoderKLWan(base_dim=4).eval()


def vae_in_wan_names(vae: AutoencoderKLWan) -> dict[str, Tensor]:
    result: dict[str, Tensor] = {}
    for name, tensor in vae.state_dict().items():
        name = re.sub(r"^quant_conv", "conv1", re.sub(r"^post_quant_conv", "conv2", name))
        name = re.sub(r"(en|de)coder\.conv_in", r"\1coder.conv1", name)
        name = re.sub(r"(en|de)coder\.norm_out", r"\1coder.head.0", name)
        name = re.sub(r"(en|de)coder\.conv_out", r"\1coder.head.2", name)
        name = name.replace("mid_block.attentions.0", "middle.1")
        name = re.sub(r"mid_block\.resnets\.(\d)", lambda found: f"middle.{2 * int(found[1])}", name)
        name = name.replace("down_blocks", "downsamples")
        name = re.sub(
            r"up_blocks\.(\d)\.resnets\.(\d)", lambda found: f"upsamples.{4 * int(found[1]) + int(found[2])}", name
        )
        name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda found: f"upsamples.{4 * int(found[1]) + 3}", name)
        name = name.replace("conv_shortcut", "shortcut")
        if not re.match(r"(en|de)coder\.(conv1|head)|conv[12]\.", name):
            name = re.sub(r"\b(norm1|conv1|norm2|conv2)\b", lambda found: _RESIDUAL[found[1]], name)
        result[name] = tensor.clone()
    return result


def tiny_clip() -> CLIPVisionModel:
    torch.manual_seed(5)
    return CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=IMAGE_DIM,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=224,
            patch_size=14,
            hidden_act="gelu",
        )
    ).eval()


def clip_in_wan_names(clip: CLIPVisionModel) -> dict[str, Tensor]:
    """With some of the text half, which nothing needs."""
    result: dict[str, Tensor] = {"log_scale": torch.zeros(()), "textual.norm.weight": torch.ones(3)}
    state: dict[str, Any] = dict(clip.state_dict())
    for name, tensor in state.items():
        name = name.removeprefix("vision_model.")
        block = re.match(r"encoder\.layers\.(\d+)\.(.*)\.(weight|bias)", name)
        if block is None:
            top = {
                "embeddings.class_embedding": ("cls_embedding", tensor[None, None]),
                "embeddings.patch_embedding.weight": ("patch_embedding.weight", tensor),
                "embeddings.position_embedding.weight": ("pos_embedding", tensor[None]),
                "pre_layrnorm.weight": ("pre_norm.weight", tensor),
                "pre_layrnorm.bias": ("pre_norm.bias", tensor),
                "post_layernorm.weight": ("post_norm.weight", tensor),
                "post_layernorm.bias": ("post_norm.bias", tensor),
            }
            result[f"visual.{top[name][0]}"] = top[name][1].clone()
        elif block[2] == "self_attn.q_proj":
            parts = [state[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            result[f"visual.transformer.{block[1]}.attn.to_qkv.{block[3]}"] = torch.cat(parts)
        elif block[2] in _CLIP_BLOCK:
            result[f"visual.transformer.{block[1]}.{_CLIP_BLOCK[block[2]]}.{block[3]}"] = tensor.clone()
    return result


def add_tiny_text_files(folder: Path) -> UMT5EncoderModel:
    """Wan's text encoder as a ``.pth``, and the tokenizer where it is published; the model itself, for tests."""
    words = save_tiny_tokenizer(folder / "google" / "umt5-xxl")
    torch.manual_seed(9)
    model = UMT5EncoderModel(
        UMT5Config(
            vocab_size=len(words),
            d_model=TEXT_DIM,
            d_kv=8,
            d_ff=32,
            num_layers=2,
            num_heads=2,
            feed_forward_proj="gated-gelu",
            tie_word_embeddings=False,
        )
    ).eval()
    result: dict[str, Tensor] = {}
    for name, tensor in model.state_dict().items():
        block = re.match(r"encoder\.block\.(\d+)\.(.*)", name)
        if block:
            rest = block[2]
            for theirs, wan in _TEXT_BLOCK.items():
                rest = rest.replace(theirs, wan)
            result[f"blocks.{block[1]}.{rest}"] = tensor.clone()
        elif name == "shared.weight":
            result["token_embedding.weight"] = tensor.clone()
        elif name == "encoder.final_layer_norm.weight":
            result["norm.weight"] = tensor.clone()
    torch.save(result, folder / "models_t5_umt5-xxl-enc-bf16.pth")
    return model
