"""inspect_wan: a Wan model's folder, part by part, and what it will take on a device."""

# pyright: basic
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import torch

from ani3d_runtime.bake.prior.device import available_bytes, checked_device, chosen_dtype
from ani3d_runtime.bake.prior.inspection import MemoryWay, PartFound, PriorInspection, TimeEstimate, options_of
from ani3d_runtime.bake.prior.prior import Offload, PriorOptions
from ani3d_runtime.bake.prior.wan import fun_checkpoint as fun
from ani3d_runtime.bake.prior.wan.checkpoint import WanCheckpoint, pipeline_class_name
from ani3d_runtime.bake.prior.wan.family import read_checkpoint
from ani3d_runtime.bake.prior.wan.flop import autoencoder_flop, denoiser_flop, measured_flop_per_s
from ani3d_runtime.bake.prior.wan.memory import WanMemory
from ani3d_runtime.bake.prior.wan.restorer import WanPrior
from ani3d_runtime.bake.prior.weight_files import WeightFiles, read_json
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import Ani3dError

# Of the speed of matrix products; kernels between them wait for memory. On a CPU 0.86 was measured, with two layers of
# Wan 2.1 1.3B and its real autoencoder; on no GPU.
EFFICIENCY = 0.5
_KINDS = {
    "text": "text to video",
    "vace": "VACE: control video and reference picture",
    "fun-control": "Fun-Control: skeleton and reference picture",
    "animate": "Animate: skeleton, face and reference picture",
}


def inspect_wan(folder: Path, device_name: str) -> PriorInspection:
    """What a folder holds, is lacking and takes.

    Raises:
        ResourceError: ``prior-no-device``.
    """
    device = checked_device(device_name)
    original = pipeline_class_name(folder) is None
    parts = _original_parts(folder) if original else _diffusers_parts(folder)
    try:
        checkpoint = read_checkpoint(folder)
    except Ani3dError as error:
        kind = "Wan, in its authors' own layout" if original else str(pipeline_class_name(folder))
        return PriorInspection(str(folder), kind, parts, error, None, (), None, {})
    kind = f"Wan, {_KINDS[checkpoint.kind]}" + (", two experts" if len(checkpoint.experts) == 2 else "")
    memory = _memory(checkpoint, device)
    try:
        description = WanPrior.load(checkpoint, device_name, PriorOptions()).description
    except Ani3dError as error:
        return PriorInspection(str(folder), kind, parts, error, None, memory, None, {})
    return PriorInspection(
        str(folder), kind, parts, None, description, memory, _time(checkpoint, device), options_of(description)
    )


def _memory(checkpoint: WanCheckpoint, device: torch.device) -> tuple[MemoryWay, ...]:
    on_accelerator = device.type != "cpu"
    free = available_bytes(device)
    itemsize = chosen_dtype("auto", device).itemsize
    offloads: tuple[Offload, ...] = ("none", "model", "sequential") if on_accelerator else ("none",)
    ways: list[MemoryWay] = []
    for tiled in (False, True):
        for offload in offloads:
            needed = WanMemory(checkpoint, itemsize, PriorOptions(offload=offload, tile_vae=tiled)).native_bytes
            ways.append(MemoryWay(offload, tiled, needed, None if free is None else needed <= free))
    return tuple(ways)


def _time(checkpoint: WanCheckpoint, device: torch.device) -> TimeEstimate:
    """One native video: guidance doubles the denoiser's calls; control and reference are encoded as the video is."""
    size = (checkpoint.native_frames, *checkpoint.native_size_px)
    steps = len(SamplingSettings().sigmas) - 1
    calls = steps * (2 if checkpoint.guidance_scale > 1 else 1)
    denoise = calls * denoiser_flop(checkpoint, *size)
    encoding, decoding = autoencoder_flop(checkpoint, *size)
    code = decoding + encoding * (1 if checkpoint.kind == "text" else 2)
    denoiser_speed = measured_flop_per_s(device, chosen_dtype("auto", device))
    code_speed = measured_flop_per_s(device, torch.float32)
    seconds = (denoise / denoiser_speed + code / code_speed) / EFFICIENCY
    return TimeEstimate(seconds, denoise, code, denoiser_speed, code_speed, EFFICIENCY)


def _diffusers_parts(folder: Path) -> tuple[PartFound, ...]:
    try:
        index = read_json(folder / "model_index.json")
    except Ani3dError as error:
        return (_broken("model_index.json", error),)
    named = [name for name, entry in index.items() if isinstance(entry, list) and entry[-1:] != [None]]
    found: list[PartFound] = []
    for name in named:
        if name in ("transformer", "transformer_2", "vae", "image_encoder"):
            found.append(_weights(name, lambda name=name: WeightFiles.read(folder / name), "download it again"))
        elif name == "text_encoder":
            found.append(_optional(name, folder / name, lambda name=name: WeightFiles.read(folder / name)))
        elif name in ("tokenizer", "image_processor"):
            found.append(_folder(name, folder / name, optional=name == "tokenizer"))
    return tuple(found)


def _original_parts(folder: Path) -> tuple[PartFound, ...]:
    experts = {name: folder / name for name in fun.EXPERT_FOLDERS.values()}
    places = experts if any(path.is_dir() for path in experts.values()) else {"denoiser": folder}
    found = [
        _weights(name, lambda path=path: WeightFiles.matching(path, fun.DENOISER_FILES), "download the repository")
        for name, path in places.items()
    ]
    for name, file, optional in (
        ("vae", fun.VAE_FILE, False),
        ("image_encoder", fun.IMAGE_FILE, _does_without_pictures(folder)),
        ("text_encoder", fun.TEXT_FILE, True),
    ):
        here = folder / name if (folder / name).is_dir() else folder / file

        def read(here: Path = here) -> WeightFiles:
            return WeightFiles.read(here) if here.is_dir() else WeightFiles.pickled(here)

        if optional:
            found.append(_optional(name, here, read))
        else:
            found.append(_weights(name, read, f"download {file}, or copy the folder {name} of a -Diffusers repository"))
    tokenizer = folder / "tokenizer"
    found.append(
        _folder("tokenizer", tokenizer if tokenizer.is_dir() else folder / fun.TOKENIZER_FOLDER, optional=True)
    )
    return tuple(found)


def _does_without_pictures(folder: Path) -> bool:
    """Whether no denoiser here takes tokens of a picture, as far as that can be told."""
    try:
        places = [folder / name for name in fun.EXPERT_FOLDERS.values() if (folder / name).is_dir()] or [folder]
        shapes = [WeightFiles.matching(place, fun.DENOISER_FILES).shapes for place in places]
    except Ani3dError:
        return False
    return not any("img_emb.proj.0.weight" in each for each in shapes)


def _weights(name: str, read: Callable[[], WeightFiles], fix: str) -> PartFound:
    try:
        weights = read()
    except Ani3dError as error:
        if error.code == "prior-incomplete":
            return PartFound(name, "missing", f"{error.subject}: {error.found}", f"{fix[0].upper()}{fix[1:]}.")
        return _broken(name, error)
    dtypes = Counter(weights.dtypes.values()).most_common()
    kinds = ", ".join(dtype for dtype, _ in dtypes)
    text = (
        f"{weights.parameter_count / 1e9:.3g} billion numbers of {kinds} in {len(weights.files)} file(s), "
        f"{weights.byte_count / 1e9:.2f} GB"
    )
    return PartFound(name, "ok", text, file_bytes=weights.byte_count)


def _optional(name: str, place: Path, read: Callable[[], WeightFiles]) -> PartFound:
    if place.exists():
        return _weights(name, read, "download it again")
    without = "without it prompts are not read" if name == "text_encoder" else "this model needs none"
    return PartFound(name, "optional", f"none; {without}", "" if name == "image_encoder" else f"Download {place.name}.")


def _folder(name: str, place: Path, *, optional: bool) -> PartFound:
    if place.is_dir() and any(place.iterdir()):
        return PartFound(name, "ok", str(place.name))
    verdict = "optional" if optional else "missing"
    return PartFound(name, verdict, "none", f"Download the folder {place.name}, which belongs to the encoder.")


def _broken(name: str, error: Ani3dError) -> PartFound:
    return PartFound(name, "broken", f"{error.subject}: {error.found}", error.fix)
