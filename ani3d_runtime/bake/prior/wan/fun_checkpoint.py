"""Fun-Control checkpoints as they are published: Wan's own names of weights, and no ``model_index.json``.

What a checkpoint is, is told by its weight headers: channels of the patch embedding, and whether there are layers for
a reference and for image tokens. The layout: github.com/aigc-apps/VideoX-Fun, config/wan2.1 and wan2.2.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint
from ani3d_runtime.bake.prior.weight_files import WeightFiles, read_json
from ani3d_runtime.errors import InputError

DENOISER_FILES = "diffusion_pytorch_model*.safetensors"
VAE_FILE = "Wan2.1_VAE.pth"
TEXT_FILE = "models_t5_umt5-xxl-enc-bf16.pth"
IMAGE_FILE = "models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth"
TOKENIZER_FOLDER = Path("google/umt5-xxl")
EXPERT_FOLDERS = {"transformer": "high_noise_model", "transformer_2": "low_noise_model"}
# As the paper's script changes over; the authors of the weights name 0.900.
BOUNDARY_RATIO = 0.875

# Latent channels of the video, of the control, and of a start picture, in Wan 2.2 with four of its mask.
_CONTROL_CHANNELS = (48, 52)
_OTHERS = {
    16: "a text-to-video model in Wan's own layout",
    36: "an image-to-video or inpainting model",
    96: "a VACE model in Wan's own layout",
    100: "an inpainting model of 5 B",
    148: "a Fun-Control model of 5 B, whose layout nobody here has seen",
}
_HEAD_WIDTH = 128


def is_original_layout(folder: Path) -> bool:
    """Whether a folder holds a Wan model as Wan's authors publish them, supported or not."""
    for place in (folder, *(folder / name for name in EXPERT_FOLDERS.values())):
        path = place / "config.json"
        try:
            config = read_json(path) if path.is_file() else {}
        except InputError:
            # Another family's folder may hold anything.
            continue
        if config.get("_class_name") == "WanModel" or "in_dim" in config:
            return True
    return False


def read_fun_checkpoint(folder: Path) -> WanCheckpoint:
    """A Fun-Control model: Wan 2.1 of 1.3 B or 14 B, version 1.0 or 1.1, or the two experts of Wan 2.2 A14B.

    The autoencoder and the encoders of text and picture are the base model's own files; where the folder has ``vae``,
    ``text_encoder``, ``tokenizer`` or ``image_encoder`` as ``save_pretrained`` writes them, these serve instead.

    Raises:
        InputError: ``prior-wrong-class``, ``prior-incomplete``, ``prior-unreadable``, ``prior-dtype``.
    """
    places = _expert_folders(folder)
    weights = {part: WeightFiles.matching(place, DENOISER_FILES) for part, place in places.items()}
    configs = [_denoiser_config(places[part], weights[part]) for part in places]
    if configs[0] != configs[-1]:
        raise InputError(
            "prior-unreadable",
            folder,
            found="two experts of different sizes",
            expected="high_noise_model and low_noise_model of one model",
            fix="Download both of one and the same repository.",
        )
    config = configs[0]
    vae = _part(folder, "vae", VAE_FILE)
    if vae is None:
        raise _absent(folder, "vae", VAE_FILE, "any Wan 2.1 repository whose name ends in -Diffusers")
    weights["vae"] = vae
    text = _part(folder, "text_encoder", TEXT_FILE)
    if text is not None:
        weights["text_encoder"] = text
    if config["image_dim"] is not None:
        image = _part(folder, "image_encoder", IMAGE_FILE)
        if image is None:
            raise _absent(folder, "image_encoder", IMAGE_FILE, "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers")
        weights["image_encoder"] = image
    reference = weights["transformer"].shapes.get("ref_conv.weight")
    own_tokenizer = folder / "tokenizer"
    return WanCheckpoint(
        folder,
        "fun-control",
        tuple(places),
        BOUNDARY_RATIO if len(places) == 2 else None,
        config,
        _vae_config(folder, vae),
        weights,
        reference_channels=0 if reference is None else reference[1],
        tokenizer=own_tokenizer if own_tokenizer.is_dir() else folder / TOKENIZER_FOLDER,
    )


def _expert_folders(folder: Path) -> dict[str, Path]:
    experts = {part: folder / name for part, name in EXPERT_FOLDERS.items()}
    present = [path for path in experts.values() if path.is_dir()]
    if not present:
        return {"transformer": folder}
    for path in experts.values():
        if path not in present:
            raise InputError(
                "prior-incomplete",
                path,
                found="no such folder, and the other expert's",
                expected="high_noise_model and low_noise_model",
                fix="Download the whole repository.",
            )
    return experts


def _part(folder: Path, name: str, original: str) -> WeightFiles | None:
    if (folder / name).is_dir():
        return WeightFiles.read(folder / name)
    return WeightFiles.pickled(folder / original) if (folder / original).is_file() else None


def _denoiser_config(place: Path, weights: WeightFiles) -> dict[str, Any]:
    """The configuration in diffusers' words, from the shapes of the weights."""
    shapes = weights.shapes
    _refuse_other_models(place, shapes)
    layers = len({found[1] for found in (re.match(r"blocks\.(\d+)\.", name) for name in shapes) if found})
    try:
        width, channels, *patch = shapes["patch_embedding.weight"]
        image = shapes.get("img_emb.proj.0.weight")
        facts = {
            "dim": width,
            "in_dim": channels,
            "ffn_dim": shapes["blocks.0.ffn.0.weight"][0],
            "freq_dim": shapes["time_embedding.0.weight"][1],
            "num_layers": layers,
            "out_dim": shapes["head.head.weight"][0] // math.prod(patch),
        }
        text_width = shapes["text_embedding.0.weight"][1]
    except (KeyError, ValueError, IndexError) as error:
        raise InputError(
            "prior-unreadable",
            place,
            found=f"a Wan model without {error}",
            expected="the weights of a whole denoiser, under Wan's own names",
            fix="Download this repository again.",
        ) from None
    heads = _heads(place, facts)
    return {
        "patch_size": tuple(patch),
        "num_attention_heads": heads,
        "attention_head_dim": width // heads,
        "in_channels": channels,
        "out_channels": facts["out_dim"],
        "text_dim": text_width,
        "freq_dim": facts["freq_dim"],
        "ffn_dim": facts["ffn_dim"],
        "num_layers": layers,
        "image_dim": None if image is None else image[0],
        "added_kv_proj_dim": None if image is None else width,
    }


def _refuse_other_models(place: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    patch = shapes.get("patch_embedding.weight", ())
    channels = patch[1] if len(patch) == 5 else None
    if any(name.startswith("control_adapter.") for name in shapes):
        found = "a model that follows a camera path"
    elif any(name.startswith("vace_") for name in shapes):
        found = _OTHERS[96]
    elif channels in _CONTROL_CHANNELS:
        return
    elif channels is None:
        found = "a model without Wan's patch embedding"
    else:
        found = _OTHERS.get(channels, f"a model of {channels} input channels")
    raise InputError(
        "prior-wrong-class",
        place,
        found=found,
        expected=f"a Fun-Control model, of {' or '.join(map(str, _CONTROL_CHANNELS))} input channels",
        fix="Use a Fun-Control repository; of other Wan models those whose names end in -Diffusers.",
    )


def _heads(place: Path, facts: dict[str, int]) -> int:
    """Attention heads, which no shape tells; what config.json says besides must agree with the shapes."""
    path = place / "config.json"
    config = read_json(path) if path.is_file() else {}
    for name, value in facts.items():
        if config.get(name, value) != value:
            raise _disagrees(path, f"{name} {config[name]!r}", f"{value}, as the weights have it")
    heads = config.get("num_heads", facts["dim"] // _HEAD_WIDTH)
    if not isinstance(heads, int) or heads < 1 or facts["dim"] % heads or (facts["dim"] // heads) % 2:
        raise _disagrees(path, f"num_heads {heads!r}", f"a divisor of {facts['dim']} that leaves an even width")
    return heads


def _disagrees(path: Path, found: str, expected: str) -> InputError:
    return InputError(
        "prior-unreadable",
        path,
        found=found,
        expected=expected,
        fix="Download config.json and the weights of one and the same revision.",
    )


def _vae_config(folder: Path, weights: WeightFiles) -> dict[str, Any]:
    if (folder / "vae").is_dir():
        return read_json(folder / "vae" / "config.json")
    try:
        return {"base_dim": weights.shapes["encoder.conv1.weight"][0], "z_dim": weights.shapes["conv2.weight"][0]}
    except (KeyError, IndexError):
        raise InputError(
            "prior-unreadable",
            folder / VAE_FILE,
            found="no Wan 2.1 autoencoder",
            expected="its weights under Wan's own names",
            fix="Download this file again.",
        ) from None


def _absent(folder: Path, name: str, original: str, where: str) -> InputError:
    return InputError(
        "prior-incomplete",
        folder,
        found=f"neither {original} nor a folder {name}",
        expected="one of the two",
        fix=f"Download it with the repository, or copy {name} from {where}.",
    )
