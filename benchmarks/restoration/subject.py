"""Subject: a character that the prior was not trained on, what it does, and the truth about its cloth."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.characters.build import build_styled
from ani3d_runtime.bake.characters.character import Character
from ani3d_runtime.bake.characters.style import CHARACTER_NAMES
from ani3d_runtime.bake.prior.builtin.looks import random_style
from ani3d_runtime.bake.simulate.foreign import freedom_of
from ani3d_runtime.body.model import ShapedBody, load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.residual import ResidualLayer

LOOSE_PARTS = (Part.GARMENT, Part.HAIR)
# Cloth has a past: so many frames before the first one are simulated, too.
_BEFORE_FRAMES = 45
_CHECK_M = 0.06
_SH_BAND_0 = 0.28209479177387814


@dataclass(frozen=True)
class Subject:
    """What is restored.

    Attributes:
        name: character and motion.
        character: that is simulated; its avatar is the one that is restored.
        motion: on its skeleton, with what came before.
        truth: the simulated residual.
    """

    name: str
    character: Character
    motion: Motion
    truth: ResidualLayer

    @property
    def avatar(self) -> Avatar:
        """Whose layer is restored."""
        return self.character.avatar

    @cached_property
    def body(self) -> ShapedBody:
        """The body in the avatar."""
        return load_builtin_body().shaped(self.character.betas)

    @cached_property
    def freedom(self) -> Float32Array:
        """[N] how far each Gaussian may leave the rigid layer."""
        return freedom_of(self.avatar, self.body)

    @property
    def loose(self) -> np.ndarray:
        """[N] bool: labelled garment or hair."""
        return np.isin(self.avatar.binding.parts, [int(part) for part in LOOSE_PARTS])


def subject_of(
    character: str, motion_name: str, start: int, frames: int, progress: ProgressCallback, *, gaussians: int = 12_000
) -> Subject:
    """Some frames of a built-in motion, done by a character in a print that no training look has.

    Args:
        character: a built-in one, or ``held-out K`` for one of those that training keeps for scoring (1000–1002).
        motion_name: of a built-in motion.
        start, frames: which of its frames.
        progress: called with the fraction of the simulation.
        gaussians: how many the avatar has, about.
    """
    built = _built(character, gaussians)
    avatar = printed(replace(built.avatar, binding=built.avatar.binding.snapped()))
    built = replace(built, avatar=avatar)
    whole = read_motion(motion_name, avatar.skeleton)
    stop = min(start + frames, whole.frame_count)
    before = whole.slice(max(0, start - _BEFORE_FRAMES), start) if start else None
    motion = replace(whole.slice(start, stop), before=before)
    return Subject(f"{character} · {motion_name}", built, motion, built.simulate(motion, progress))


def _built(character: str, gaussians: int) -> Character:
    if character in CHARACTER_NAMES:
        return build_character(character, detail=gaussians)
    number = int(character.removeprefix("held-out "))
    return build_styled(
        random_style(f"actor{number}", np.random.default_rng((0, number))), seed=number, detail=gaussians
    )


def printed(avatar: Avatar, seed: int = 7) -> Avatar:
    """The avatar with garments in checks of three colours.

    Training recolours looks in every permutation of their channels, so that no plain colour is new to a prior; looks
    in checks it has none.
    """
    rng = np.random.default_rng(seed)
    hues = (rng.random() + np.array([0.0, 0.31, 0.55])) % 1.0
    palette = np.array(
        [colorsys.hsv_to_rgb(hue, 0.75, value) for hue, value in zip(hues, (0.9, 0.45, 0.7), strict=True)]
    )
    splats = avatar.splats
    cloth = avatar.binding.parts == Part.GARMENT
    place = splats.means_m[cloth]
    around = np.arctan2(place[:, 0], place[:, 2]) * 0.25
    which = (np.floor(place[:, 1] / _CHECK_M) + np.floor(around / _CHECK_M)).astype(int) % 3
    # What folds and seams do to the light stays.
    light = splats.sh[cloth, 0].mean(axis=1) * _SH_BAND_0 + 0.5
    shade = np.clip(light / max(float(np.median(light)), 0.1), 0.55, 1.25)[:, None]
    sh = splats.sh.copy()
    sh[cloth] = 0
    sh[cloth, 0] = ((np.clip(palette[which] * shade, 0, 1) - 0.5) / _SH_BAND_0).astype(np.float32)
    return replace(avatar, splats=splats.with_sh(sh))
