"""Random looks: bodies, clothes, hair and colours of the characters that the built-in prior is trained on."""

from __future__ import annotations

import colorsys

import numpy as np

from ani3d_runtime.bake.characters.style import STYLES, Style, colour

# The evaluated character is not to be learnt by heart: what comes this near to it in cut or in colour is drawn again.
HELD_OUT = STYLES["dancer"]
_CUT_NEAR = (0.04, 0.10)
_COLOUR_NEAR = 0.22
_SKINS = ("#f2d3bd", "#eec6a9", "#e3b899", "#cf9d78", "#c08a66", "#9a6848", "#74492f", "#523222")
_HAIRS = ("#17110e", "#27160e", "#3b2417", "#6b3417", "#8f5a2b", "#c79a5b", "#e2c891", "#8d8d92", "#a33b22", "#3a4f8a")


def random_style(name: str, rng: np.random.Generator) -> Style:
    """A look that is not the held-out character's; three in four wear a skirt, three in four have hair that swings."""
    while True:
        style = _drawn(name, rng)
        if not near_held_out(style):
            return style


def near_held_out(style: Style) -> bool:
    """Whether a look has about the cut of the held-out character's skirt, or about the colour of it."""
    if not style.has_skirt:
        return False
    length_off = abs(style.skirt_length_m - HELD_OUT.skirt_length_m)
    flare_off = abs(style.skirt_flare - HELD_OUT.skirt_flare)
    colour_off = float(np.linalg.norm(colour(style.bottom) - colour(HELD_OUT.bottom)))
    return (length_off < _CUT_NEAR[0] and flare_off < _CUT_NEAR[1]) or colour_off < _COLOUR_NEAR


def _drawn(name: str, rng: np.random.Generator) -> Style:
    has_skirt = bool(rng.random() < 0.75)
    skin, hair = str(rng.choice(_SKINS)), str(rng.choice(_HAIRS))
    return Style(
        name=name,
        betas=tuple(float(beta) for beta in rng.uniform((-0.8, -1.6, -0.6), (0.8, 1.6, 0.6))),
        skin=skin,
        blush=_scaled(skin, 0.82),
        lip=_scaled(skin, 0.7),
        iris=_any_colour(rng),
        brow=_scaled(hair, 0.8),
        hair=hair,
        hair_shine=_scaled(hair, 1.8),
        hair_cut=("ponytail", "long", "short")[rng.choice(3, p=(0.45, 0.30, 0.25))],
        top=_any_colour(rng),
        trim=_any_colour(rng),
        bottom=_any_colour(rng),
        shoe=_any_colour(rng),
        sole=_any_colour(rng),
        sleeve_m=float(rng.uniform(0.06, 0.40)),
        has_skirt=has_skirt,
        has_loose_shirt=bool(not has_skirt and rng.random() < 0.7),
        trouser_hem="hip" if has_skirt else ("thigh", "ankle")[rng.choice(2)],
        freckles=float(rng.uniform(0, 0.5)),
        skirt_length_m=float(rng.uniform(0.34, 0.72)),
        skirt_flare=float(rng.uniform(0.35, 1.15)),
    )


def _any_colour(rng: np.random.Generator) -> str:
    hue, saturation, value = rng.random(), rng.random() ** 0.8, rng.uniform(0.12, 1.0)
    return _hex(np.array(colorsys.hsv_to_rgb(hue, saturation, value)))


def _scaled(hex_code: str, gain: float) -> str:
    return _hex(np.clip(colour(hex_code) * gain, 0, 1))


def _hex(rgb: np.ndarray) -> str:
    return "#" + "".join(f"{round(float(value) * 255):02x}" for value in rgb)
