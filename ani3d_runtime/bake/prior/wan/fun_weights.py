"""Fun-Control's weights in diffusers' and transformers' models: Wan's own names of weights become theirs.

diffusers brings the names of the denoiser and of the autoencoder. It has none for the reference's convolution, and no
converter of the two encoders.
"""

# pyright: basic
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers.loaders.single_file_utils import (
    convert_wan_transformer_to_diffusers,
    convert_wan_vae_to_diffusers,
)
from diffusers.models.autoencoders.autoencoder_kl_wan import AutoencoderKLWan
from diffusers.models.transformers.transformer_wan import WanTransformer3DModel
from safetensors.torch import load_file
from torch import Tensor, nn

from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.weight_files import WeightFiles, read_pickled
from ani3d_runtime.errors import InputError

_REFERENCE = "ref_conv."
# In Wan's encoders every head of the image encoder is this wide.
_CLIP_HEAD_WIDTH = 80
_CLIP = (
    ("visual.cls_embedding", "embeddings.class_embedding"),
    ("visual.patch_embedding", "embeddings.patch_embedding"),
    ("visual.pos_embedding", "embeddings.position_embedding.weight"),
    ("visual.pre_norm", "pre_layrnorm"),
    ("visual.post_norm", "post_layernorm"),
    ("visual.transformer.", "encoder.layers."),
    (".norm1.", ".layer_norm1."),
    (".norm2.", ".layer_norm2."),
    (".attn.proj.", ".self_attn.out_proj."),
    (".mlp.0.", ".mlp.fc1."),
    (".mlp.2.", ".mlp.fc2."),
)
_TEXT_BLOCK = {
    "norm1.weight": "layer.0.layer_norm.weight",
    **{f"attn.{name}.weight": f"layer.0.SelfAttention.{name}.weight" for name in "qkvo"},
    "pos_embedding.embedding.weight": "layer.0.SelfAttention.relative_attention_bias.weight",
    "norm2.weight": "layer.1.layer_norm.weight",
    "ffn.gate.0.weight": "layer.1.DenseReluDense.wi_0.weight",
    "ffn.fc1.weight": "layer.1.DenseReluDense.wi_1.weight",
    "ffn.fc2.weight": "layer.1.DenseReluDense.wo.weight",
}


class ReferencePatches(nn.Module):
    """Tokens of a video whose first latent frame is a reference picture, which has a convolution of its own.

    Args:
        video: the patch embedding of the other frames.
        channels: of the reference, the first ones of its frame.
    """

    def __init__(self, video: nn.Conv3d, channels: int) -> None:
        super().__init__()
        sides = video.kernel_size[1:]
        self.video = video
        self.reference = nn.Conv2d(channels, video.out_channels, sides, sides)  # pyright: ignore[reportArgumentType]
        self._channels = channels

    def forward(self, hidden: Tensor) -> Tensor:
        """[B, D, T, h/2, w/2] of [B, C, T, h, w]."""
        first = self.reference(hidden[:, : self._channels, 0])
        return torch.cat((first[:, :, None], self.video(hidden[:, :, 1:])), dim=2)


def empty_denoiser(checkpoint: WanCheckpoint) -> WanTransformer3DModel:
    """The denoiser without numbers."""
    with init_empty_weights():
        model: Any = WanTransformer3DModel(**checkpoint.transformer)
        if checkpoint.reference_channels:
            model.patch_embedding = ReferencePatches(model.patch_embedding, checkpoint.reference_channels)
    return model.eval()


def load_denoiser(checkpoint: WanCheckpoint, part: str, dtype: torch.dtype) -> WanTransformer3DModel:
    """One expert on the CPU.

    Raises:
        InputError: ``prior-unreadable``.
    """
    model: Any = empty_denoiser(checkpoint)
    state: dict[str, Tensor] = {}
    for path in checkpoint.weights[part].files:
        state |= load_file(path)
    kept_single = [rf"(^|\\.){name}(\\.|$)" for name in model._keep_in_fp32_modules]
    renamed = denoiser_names(state)
    for name in list(renamed):
        single = any(re.search(pattern, name) for pattern in kept_single)
        renamed[name] = renamed[name].to(torch.float32 if single else dtype)
    model.load_state_dict(renamed, strict=True, assign=True)
    return model.requires_grad_(False)


def denoiser_names(state: dict[str, Any]) -> dict[str, Any]:
    """The same values under diffusers' names; ``state`` is emptied."""
    reference = {name: state.pop(name) for name in list(state) if name.startswith(_REFERENCE)}
    result: dict[str, Any] = convert_wan_transformer_to_diffusers(state)
    if reference:
        for name in ("weight", "bias"):
            result[f"patch_embedding.video.{name}"] = result.pop(f"patch_embedding.{name}")
            result[f"patch_embedding.reference.{name}"] = reference[_REFERENCE + name]
    return result


def vae_names(state: dict[str, Any]) -> dict[str, Any]:
    """The same values under diffusers' names."""
    return convert_wan_vae_to_diffusers(state)


def refuse_unfitting(checkpoint: WanCheckpoint) -> None:
    """Compare names and shapes of the weights with the models that they are for, before any is read.

    Raises:
        InputError: ``prior-unreadable``.
    """
    # A convolution without its bias has no name in diffusers.
    whole = {"ref_conv.weight", "ref_conv.bias"}
    for part in checkpoint.experts:
        weights = checkpoint.weights[part]
        lacks = whole - set(weights.shapes) if checkpoint.reference_channels else set()
        if lacks:
            raise _unfitting(weights, f"no {min(lacks)}")
        compare(weights, empty_denoiser(checkpoint), denoiser_names(dict(weights.shapes)))
    vae = checkpoint.weights["vae"]
    if vae.files[0].suffix == ".pth":
        compare(vae, _empty_vae(checkpoint), vae_names(dict(vae.shapes)))
    for part, empty, names in (
        ("text_encoder", empty_text_encoder, text_names),
        ("image_encoder", empty_image_encoder, image_names),
    ):
        weights = checkpoint.weights.get(part)
        if weights is not None and weights.files[0].suffix == ".pth":
            try:
                compare(weights, empty(weights), names(_on_meta(weights)))
            except (KeyError, IndexError, ValueError) as error:
                raise _unfitting(weights, f"no {error}") from None


def compare(weights: WeightFiles, model: nn.Module, stored: dict[str, Any]) -> None:
    """Refuse stored names or shapes that differ from the model's.

    Raises:
        InputError: ``prior-unreadable``.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    given = {name: tuple(getattr(value, "shape", value)) for name, value in stored.items()}
    for name in sorted(wanted.keys() ^ given.keys()):
        raise _unfitting(weights, f"{name}, which {'no weights file holds' if name in wanted else 'the model lacks'}")
    for name, shape in given.items():
        if shape != wanted[name]:
            raise _unfitting(weights, f"{name} of shape {shape}, where {wanted[name]} fits")


def load_vae(checkpoint: WanCheckpoint) -> AutoencoderKLWan:
    """The video autoencoder in float32, from whichever file there is."""
    path = checkpoint.weights["vae"].files[0]
    if path.suffix != ".pth":
        return AutoencoderKLWan.from_pretrained(
            path.parent, dtype=torch.float32, local_files_only=True, use_safetensors=True
        ).eval()
    model = _empty_vae(checkpoint)
    state = {name: tensor.float() for name, tensor in vae_names(read_pickled(path, "cpu")).items()}
    model.load_state_dict(state, strict=True, assign=True)
    return model.requires_grad_(False)


def _empty_vae(checkpoint: WanCheckpoint) -> AutoencoderKLWan:
    with init_empty_weights():
        return AutoencoderKLWan(**checkpoint.vae).eval()


def load_text_encoder(path: Path) -> Any:
    """Wan's umT5 from its ``.pth``, in bfloat16."""
    weights = WeightFiles.pickled(path)
    model = empty_text_encoder(weights)
    state = {name: tensor.bfloat16() for name, tensor in text_names(read_pickled(path, "cpu")).items()}
    model.load_state_dict(state, strict=True, assign=True)
    return model


def empty_text_encoder(weights: WeightFiles) -> Any:
    """umT5 without numbers, of the sizes that the shapes tell."""
    from transformers import UMT5Config, UMT5EncoderModel

    shapes = weights.shapes
    words, width = shapes["token_embedding.weight"]
    buckets, heads = shapes["blocks.0.pos_embedding.embedding.weight"]
    config = UMT5Config(
        vocab_size=words,
        d_model=width,
        d_kv=shapes["blocks.0.attn.q.weight"][0] // heads,
        d_ff=shapes["blocks.0.ffn.fc1.weight"][0],
        num_layers=_layers(shapes, r"blocks\.(\d+)\."),
        num_heads=heads,
        relative_attention_num_buckets=buckets,
        feed_forward_proj="gated-gelu",
    )
    with init_empty_weights():
        return UMT5EncoderModel(config).eval()


def text_names(state: dict[str, Any]) -> dict[str, Any]:
    """The same values under transformers' names."""
    result: dict[str, Any] = {}
    for name, value in state.items():
        block = re.match(r"blocks\.(\d+)\.(.*)", name)
        if block:
            result[f"encoder.block.{block[1]}.{_TEXT_BLOCK[block[2]]}"] = value
        elif name == "token_embedding.weight":
            result |= {"shared.weight": value, "encoder.embed_tokens.weight": value}
        elif name == "norm.weight":
            result["encoder.final_layer_norm.weight"] = value
        else:
            raise KeyError(name)
    return result


def load_image_encoder(path: Path) -> Any:
    """Wan's CLIP from its ``.pth`` or from a folder, in float32."""
    from transformers import CLIPVisionModel

    if path.suffix != ".pth":
        return CLIPVisionModel.from_pretrained(
            path.parent, dtype=torch.float32, local_files_only=True, use_safetensors=True
        ).eval()
    model = empty_image_encoder(WeightFiles.pickled(path))
    state = {name: tensor.float() for name, tensor in image_names(read_pickled(path, "cpu")).items()}
    model.load_state_dict(state, strict=True, assign=True)
    return model


def empty_image_encoder(weights: WeightFiles) -> Any:
    """CLIP's picture half without numbers, of the sizes that the shapes tell."""
    from transformers import CLIPVisionConfig, CLIPVisionModel

    shapes = weights.shapes
    width, _, patch, _ = shapes["visual.patch_embedding.weight"]
    side = round((shapes["visual.pos_embedding"][1] - 1) ** 0.5)
    config = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=shapes["visual.transformer.0.mlp.0.weight"][0],
        num_hidden_layers=_layers(shapes, r"visual\.transformer\.(\d+)\."),
        num_attention_heads=max(1, width // _CLIP_HEAD_WIDTH),
        image_size=side * patch,
        patch_size=patch,
        hidden_act="gelu",
    )
    with init_empty_weights(include_buffers=False):
        return CLIPVisionModel(config).eval()


def image_names(state: dict[str, Any]) -> dict[str, Any]:
    """The same values under transformers' names; the text half is left out."""
    result: dict[str, Any] = {}
    for name, value in state.items():
        if not name.startswith("visual.") or name == "visual.head":
            continue
        if ".attn.to_qkv." in name:
            base, kind = name.split(".attn.to_qkv.")
            layer = base.replace("visual.transformer.", "encoder.layers.")
            for letter, third in zip("qkv", value.chunk(3), strict=True):
                result[f"{layer}.self_attn.{letter}_proj.{kind}"] = third
            continue
        for old, new in _CLIP:
            name = name.replace(old, new)
        if name == "embeddings.class_embedding":
            value = value.flatten()
        if name == "embeddings.position_embedding.weight":
            value = value[0]
        result[name] = value
    return result


def _layers(shapes: dict[str, tuple[int, ...]], pattern: str) -> int:
    return len({found[1] for found in (re.match(pattern, name) for name in shapes) if found})


def _on_meta(weights: WeightFiles) -> dict[str, Tensor]:
    return {name: torch.empty(shape, device="meta") for name, shape in weights.shapes.items()}


def _unfitting(weights: WeightFiles, found: str) -> InputError:
    return InputError(
        "prior-unreadable",
        weights.files[0],
        found=found,
        expected="the weights of one whole model",
        fix="Download config.json and the weights of one and the same revision.",
    )
