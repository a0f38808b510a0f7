"""Subject: a character, what it does, and the truth about its cloth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.actor import builtin_actor
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.residual import ResidualLayer

LOOSE_PARTS = (Part.GARMENT, Part.HAIR)


@dataclass(frozen=True)
class Subject:
    """What is restored.

    Attributes:
        name: character and motion.
        avatar, motion: who does what.
        truth: the simulated residual.
        freedom: [N] how far each Gaussian may leave the rigid layer.
    """

    name: str
    avatar: Avatar
    motion: Motion
    truth: ResidualLayer
    freedom: Float32Array | None

    @property
    def loose(self) -> np.ndarray:
        """[N] bool: labelled garment or hair."""
        return np.isin(self.avatar.binding.parts, [int(part) for part in LOOSE_PARTS])


def subject_of(
    character: str, motion_name: str, start: int, frames: int, progress: ProgressCallback, *, seed: int = 0
) -> Subject:
    """A built-in character and some frames of a built-in motion; all of it is simulated, so that cloth has a past."""
    actor = builtin_actor(character, seed, "medium", progress)
    motion = read_motion(motion_name, actor.avatar.skeleton)
    layer = actor.simulate(motion, progress)
    stop = min(start + frames, motion.frame_count)
    assert layer.drot_rad is not None
    cut = replace(layer, dpos_m=layer.dpos_m[start:stop], drot_rad=layer.drot_rad[start:stop])
    part = motion.slice(start, stop)
    return Subject(f"{character} · {motion_name}", actor.avatar, part, cut, actor.freedom())
