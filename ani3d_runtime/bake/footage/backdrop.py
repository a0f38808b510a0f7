"""Backdrop: what stands behind the person of a video, as its border shows it; and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.footage.footage import Footage
from ani3d_runtime.bake.prior.prior import PriorDescription
from ani3d_runtime.errors import InputError

_MOST_FRAMES = 16
_BORDER = 0.02
# A pixel of the border this far from the most common colour is of something else; a person may touch the border.
_OTHER, _MOST_OTHERS = 0.08, 0.3
_WHITE = 0.94
_NEARLY_ALL = 0.98


@dataclass(frozen=True)
class Backdrop:
    """The border of a video.

    Attributes:
        colour: [3] its median, sRGB 0..1.
        others: share of its pixels that are clearly of another colour.
    """

    colour: Float32Array
    others: float

    @property
    def is_plain(self) -> bool:
        """Whether it is of one colour, but for where the person touches it."""
        return self.others <= _MOST_OTHERS

    @property
    def is_white(self) -> bool:
        """Whether it is plain and white, as renders for priors are."""
        return self.is_plain and float(self.colour.min()) >= _WHITE


def backdrop_of(footage: Footage) -> Backdrop:
    """The border of a few frames, spread over the video."""
    chosen = np.unique(np.linspace(0, len(footage.frames) - 1, _MOST_FRAMES).astype(int))
    frames = footage.frames[chosen]
    width = max(1, round(_BORDER * min(footage.size_px)))
    edges = (frames[:, :width], frames[:, -width:], frames[:, :, :width], frames[:, :, -width:])
    pixels = np.concatenate([edge.reshape(-1, 3) for edge in edges]).astype(np.float32) / 255
    colour = np.median(pixels, axis=0).astype(np.float32)
    return Backdrop(colour, float((np.abs(pixels - colour).max(axis=1) > _OTHER).mean()))


def doubts_about(
    footage: Footage, preserve: Float32Array, prior: PriorDescription, *, has_subject: bool
) -> list[InputError]:
    """What is likely not meant by a restoration; all of it can be done.

    Args:
        footage: the video as it was read.
        preserve: [T or 1, H, W] 0..1, 1 where it is to stay as it is.
        prior: what restores.
        has_subject: whether the person is cut out of the video.

    Raises:
        InputError: ``footage-backdrop``, where the prior would wipe the backdrop away.
    """
    doubts: list[InputError] = []
    if len(footage.frames) == 1:
        doubts.append(
            InputError(
                "footage-one-frame",
                "video",
                found="one frame",
                expected="a video: in a single picture nothing moves, and the prior restores its look at most",
                fix="Pass the whole video.",
            )
        )
    if not has_subject:
        doubts += _about_backdrop(backdrop_of(footage), prior)
    share = float((preserve >= 1).mean())
    if share >= _NEARLY_ALL:
        doubts.append(
            InputError(
                "mask-covers-all",
                "mask",
                found=f"{share:.0%} of all pixels white, which stay as they are",
                expected="black where cloth and hair may change",
                fix="Invert the mask, or leave it out.",
            )
        )
    if prior.made_for:
        doubts.append(out_of_place(prior, "a video of your own"))
    return doubts


def out_of_place(prior: PriorDescription, what: str) -> InputError:
    """What is said where a prior meets what it was not made for."""
    return InputError(
        "prior-out-of-place",
        prior.name,
        found=what,
        expected=f"{prior.made_for}: on anything else it was seen to restore nothing that could be measured, and to "
        "soften outlines",
        fix="Compare with the input before you use it; --prior wan or a folder with weights for real video.",
    )


def _about_backdrop(backdrop: Backdrop, prior: PriorDescription) -> list[InputError]:
    if backdrop.is_white:
        return []
    if not backdrop.is_plain:
        refusal = InputError(
            "footage-backdrop",
            "video",
            found=f"a border of which {backdrop.others:.0%} differs from its most common colour: a room or a place",
            expected="a person before plain white, as renders of avatars are"
            + (", on which alone this prior was trained: it would wipe the place away" if prior.made_for else ""),
            fix="Pass --subject with a video that is white where the person is; the place is put back behind them.",
        )
        if prior.made_for:
            raise refusal
        return [refusal]
    red, green, blue = (round(float(value) * 255) for value in backdrop.colour)
    return [
        InputError(
            "footage-backdrop-colour",
            "video",
            found=f"a plain backdrop of colour ({red}, {green}, {blue})",
            expected="white, as priors see it behind avatars",
            fix="Pass --subject with a video that is white where the person is, or render over white.",
        )
    ]
