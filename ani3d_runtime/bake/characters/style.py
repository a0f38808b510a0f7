"""Styles of the built-in characters: colours, proportions, clothes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.errors import NotFoundError


@dataclass(frozen=True)
class Style:
    """What tells one built-in character from another. Colours are sRGB hex strings.

    ``skirt_length_m`` is the height of the cone that a skirt is cut from, ``skirt_flare`` its radius gained per metre.
    """

    name: str
    betas: tuple[float, ...]
    skin: str
    blush: str
    lip: str
    iris: str
    brow: str
    hair: str
    hair_shine: str
    hair_cut: Literal["ponytail", "short", "long"]
    top: str
    trim: str
    bottom: str
    shoe: str
    sole: str
    sleeve_m: float
    has_skirt: bool
    has_loose_shirt: bool
    trouser_hem: Literal["hip", "thigh", "ankle"]
    freckles: float = 0.0
    skirt_length_m: float = 0.50
    skirt_flare: float = 0.80


STYLES = {
    style.name: style
    for style in (
        Style(
            name="dancer",
            betas=(0.2, -1.2, 0.2),
            skin="#e3b899",
            blush="#cf8669",
            lip="#b9585f",
            iris="#5c7a49",
            brow="#2e1c12",
            hair="#27160e",
            hair_shine="#7a4a2c",
            hair_cut="ponytail",
            top="#f4eee4",
            trim="#b3263a",
            bottom="#8a1f37",
            shoe="#8d2338",
            sole="#3a1a1c",
            sleeve_m=0.10,
            has_skirt=True,
            has_loose_shirt=False,
            trouser_hem="hip",
        ),
        Style(
            name="runner",
            betas=(-0.6, 1.5, -0.3),
            skin="#c08a66",
            blush="#a2593f",
            lip="#9d5a52",
            iris="#4b3020",
            brow="#17110e",
            hair="#17110e",
            hair_shine="#4a372c",
            hair_cut="short",
            top="#1f7fa8",
            trim="#f4c542",
            bottom="#22262e",
            shoe="#e4e4e6",
            sole="#f2f2ee",
            sleeve_m=0.20,
            has_skirt=False,
            has_loose_shirt=True,
            trouser_hem="thigh",
        ),
        Style(
            name="longhair",
            betas=(0.1, -1.0, -0.4),
            skin="#eec6a9",
            blush="#d98f78",
            lip="#b75d62",
            iris="#3f6fa0",
            brow="#5f361b",
            hair="#6b3417",
            hair_shine="#d9964a",
            hair_cut="long",
            top="#2f4b6e",
            trim="#e8dcc0",
            bottom="#3a3f4c",
            shoe="#4b3428",
            sole="#241b16",
            sleeve_m=0.24,
            has_skirt=False,
            has_loose_shirt=False,
            trouser_hem="ankle",
            freckles=0.5,
        ),
    )
}

CHARACTER_NAMES = tuple(STYLES)


def style_named(name: str) -> Style:
    """The style of a built-in character.

    Raises:
        NotFoundError: ``character-unknown``.
    """
    if name not in STYLES:
        raise NotFoundError(
            "character-unknown",
            name,
            found="no built-in character of that name",
            expected=" or ".join(CHARACTER_NAMES),
            fix="Use one of these names, or give the path of a 3DGS PLY.",
        )
    return STYLES[name]


def colour(hex_code: str) -> Float64Array:
    """[3] 0..1 of ``#rrggbb``."""
    return np.array([int(hex_code[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
