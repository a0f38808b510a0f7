"""inspect_prior: what a folder of weights holds, is lacking and will take, without reading the weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ani3d_runtime.bake.prior.prior import PriorDescription
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.errors import Ani3dError

Verdict: TypeAlias = Literal["ok", "missing", "optional", "broken"]


@dataclass(frozen=True)
class PartFound:
    """One part of a model on disk.

    Attributes:
        part: such as ``transformer``.
        verdict: ok; missing; optional, where it is missing and can be done without; or broken.
        found: files and numbers, or what is wrong.
        fix: what to do; empty where nothing is wrong.
        file_bytes: of its files.
    """

    part: str
    verdict: Verdict
    found: str
    fix: str = ""
    file_bytes: int = 0


@dataclass(frozen=True)
class MemoryWay:
    """One way of running a model.

    Attributes:
        offload: where weights wait that do not compute.
        tile_vae: whether the autoencoder works in tiles.
        needed_bytes: on the device, for a video of the model's own size and length.
        fits: whether that much is free now; None where nobody can tell.
    """

    offload: str
    tile_vae: bool
    needed_bytes: int
    fits: bool | None


@dataclass(frozen=True)
class TimeEstimate:
    """How long one video of the model's own size and length takes.

    Attributes:
        seconds: all of it.
        denoiser_flop, autoencoder_flop: floating-point operations, counted on the model without its numbers.
        denoiser_flop_per_s, autoencoder_flop_per_s: of matrix products of this device, measured just now.
        efficiency: share of that which models are taken to reach.
    """

    seconds: float
    denoiser_flop: float
    autoencoder_flop: float
    denoiser_flop_per_s: float
    autoencoder_flop_per_s: float
    efficiency: float


@dataclass(frozen=True)
class PriorInspection:
    """What was found.

    Attributes:
        subject: as the user named it.
        kind: what it is, in words.
        parts: of a model whose layout is known.
        refusal: why it cannot be used; None where it can.
        description: what it will be as a prior; None where it cannot be used.
        memory: ways of running it, fastest first.
        time: how long a video takes; None where that is not estimated.
        options: what of ``ani3d restore`` and ``ani3d bake`` it reads → how.
    """

    subject: str
    kind: str
    parts: tuple[PartFound, ...]
    refusal: Ani3dError | None
    description: PriorDescription | None
    memory: tuple[MemoryWay, ...]
    time: TimeEstimate | None
    options: dict[str, str]

    def to_json(self) -> dict[str, object]:
        """As scripts read it."""
        return {
            "prior": self.subject,
            "kind": self.kind,
            "ok": self.refusal is None,
            "refusal": None if self.refusal is None else self.refusal.to_json(),
            "parts": [asdict(part) for part in self.parts],
            "description": None if self.description is None else self.description.to_json(),
            "memory": [asdict(way) for way in self.memory],
            "time": None if self.time is None else asdict(self.time),
            "options": self.options,
        }


def inspect_prior(name_or_path: str, device: str) -> PriorInspection:
    """Look at a prior as ``--prior`` names it.

    Raises:
        Ani3dError: where there is nothing to look at: no such folder or name, or no such device.
    """
    folder = Path(name_or_path).expanduser()
    if folder.is_dir():
        from ani3d_runtime.bake.prior.wan.family import WanFamily

        if WanFamily().recognises(folder):
            # Imported here: seconds of torch that another folder should not cost.
            from ani3d_runtime.bake.prior.wan.inspection import inspect_wan

            return inspect_wan(folder, device)
    description = load_prior(name_or_path, device).description
    needed = (MemoryWay("none", False, description.memory_bytes, None),)
    return PriorInspection(name_or_path, description.name, (), None, description, needed, None, options_of(description))


def options_of(prior: PriorDescription) -> dict[str, str]:
    """What of the commands' options a prior reads."""
    controls = {
        "normals": "normals of the body",
        "dwpose": "skeletons as DWPose draws them",
        "animate": "thin skeletons",
    }
    result = {
        "--steps, --strength, --self-guidance, --renoise, --form, --seed": "of sampling",
        "--hair": f"{'kept' if prior.keeps_hair else 'free'} unless you say otherwise (bake)",
    }
    if prior.takes_control:
        result["--control"] = f"{controls[prior.control_form]}; bake draws them itself"
    if prior.face_px:
        result["--face"] = f"the face, {prior.face_px} pixels wide; bake cuts it out itself"
    if prior.takes_reference:
        needed = "needed" if prior.needs_reference else "followed"
        result["--reference"] = f"a picture of the person, {needed}; bake renders one"
    if prior.takes_prompt:
        result["--prompt, --negative-prompt, --guidance"] = f"text; guidance {prior.default_sampling.guidance_scale:g}"
    return result
