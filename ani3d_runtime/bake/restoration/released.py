"""The recipe of the method's released script beside the one that is about to be used, setting by setting.

Source: the script's repository (arXiv 2602.19089: rerender.py, lib/guidance, lib/utils/diagloader.py). Settings that
no option changes, such as the detector of skeletons, are in docs/priors.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from ani3d_runtime.bake.prior.prior import ControlForm, PriorDescription
from ani3d_runtime.bake.sampling.settings import SamplingSettings

_CONTROLS: dict[ControlForm | None, str] = {
    "normals": "normals of the body",
    "dwpose": "skeleton as DWPose draws it",
    "animate": "thin skeleton, and the face",
    None: "none",
}
_PROMPT = "a person moving, clean background, rotating camera, photorealistic, high quality"
_SIGMAS = "0.921 0.882 0.833 0.769 0.682 0.556 0.357"
# The script's negative text is the one that Wan's code comes with, of which these are the first words.
_NEGATIVE = "the one of Wan's code"
_NO_TEXT = "none, without a text encoder"
_CAMERA = "{} way(s) of 60° each, the first before the face, 10° above"
_NEGATIVE_START = "色调艳丽，过曝，静态"


@dataclass(frozen=True)
class RecipeLine:
    """One setting.

    Attributes:
        setting: what is set.
        here: as it is going to be.
        released: as the script has it.
    """

    setting: str
    here: str
    released: str

    @property
    def is_released(self) -> bool:
        """Whether the two are the same."""
        return self.here == self.released

    def to_json(self) -> dict[str, object]:
        """The line as scripts read it."""
        return {**asdict(self), "as_released": self.is_released}

    def __str__(self) -> str:
        """One line for people."""
        mark, other = ("=", "") if self.is_released else ("≠", f" (released: {self.released})")
        return f"  {mark} {self.setting}: {self.here}{other}"


def sampling_lines(prior: PriorDescription, sampling: SamplingSettings) -> tuple[RecipeLine, ...]:
    """Text and sampling."""
    prompt, negative = sampling.prompt or prior.prompts[0], sampling.negative_prompt or prior.prompts[1]
    if negative.startswith(_NEGATIVE_START):
        negative = _NEGATIVE
    renoise = sampling.renoise if isinstance(sampling.renoise, str) else f"{sampling.renoise:g}"
    pull = f"{sampling.self_guidance:g}{', annealed' if sampling.anneal else ''}, {sampling.form} form"
    return (
        RecipeLine("prompt", prompt or _NO_TEXT, _PROMPT),
        RecipeLine("negative prompt", negative or _NO_TEXT, _NEGATIVE),
        RecipeLine("steps, strength, shift", _listed(sampling.steps, sampling.strength, sampling.shift), "10, 0.7, 5"),
        RecipeLine("σ", " ".join(f"{sigma:.3f}" for sigma in sampling.sigmas[:-1]), _SIGMAS),
        RecipeLine("classifier-free guidance", f"{sampling.guidance_scale:g}", _released_guidance(prior)),
        RecipeLine("fresh noise γ", renoise, "1"),
        RecipeLine("self-guidance λ", pull, "0.05, annealed, released form"),
    )


def picture_lines(
    prior: PriorDescription,
    *,
    size_px: tuple[int, int],
    frames: str,
    views: int,
    keeps_hair: bool,
    preserve: Literal["share", "whole"],
    control: ControlForm | None,
    distance_m: float,
) -> tuple[RecipeLine, ...]:
    """Pictures, control and masks."""
    kept = "person without clothes; hair is kept" if keeps_hair else "person without clothes and hair"
    return (
        RecipeLine("picture, width × height", f"{size_px[1]} × {size_px[0]}", "480 × 832"),
        RecipeLine("frames", frames, "81 over the whole clip"),
        RecipeLine("camera", _CAMERA.format(views), _CAMERA.format(1)),
        RecipeLine("camera distance", f"{distance_m:.2f} m", "4.00 m"),
        RecipeLine("control", _CONTROLS[control], _CONTROLS["dwpose"]),
        RecipeLine("reference picture", "followed" if prior.takes_reference else "not read", "followed"),
        RecipeLine("preserved", kept, "person without clothes; hair is kept"),
        RecipeLine("preserved pixels", "whole or not" if preserve == "whole" else "by their share", "whole or not"),
    )


def _listed(*values: float) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _released_guidance(prior: PriorDescription) -> str:
    """5 for Fun-Control, and 2 in the script's plain text-to-video variant, which takes no control."""
    return "5" if prior.takes_control else "2"
