"""Layers: the residual layer of every clip, read, simulated or restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ani3d_runtime.bake.cast import Cast
from ani3d_runtime.bake.quality import effort_of
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.bake.stage_clock import StageClock
from ani3d_runtime.progress import part_of
from ani3d_runtime.residual import ResidualLayer

if TYPE_CHECKING:
    from ani3d_runtime.bake.restoration.plan import RestorationPlan
    from ani3d_runtime.bake.restoration.restorer import RestoredClip, Restorer


@dataclass(frozen=True)
class RestoringPlan:
    """What restoring is going to take.

    Attributes:
        restorer: has loaded its prior.
        clips: clip's name → its plan.
    """

    restorer: Restorer
    clips: Mapping[str, RestorationPlan]


@dataclass(frozen=True)
class Layers:
    """What moves cloth and hair.

    Attributes:
        clips: one per clip, in the actor's own order of Gaussians; None for the rigid layer alone.
        restored: clip's name → what restoring it came to.
    """

    clips: tuple[ResidualLayer | None, ...]
    restored: Mapping[str, RestoredClip]


def plan_restoring(settings: BakeSettings, cast: Cast, clock: StageClock) -> RestoringPlan | None:
    """Load what restoring needs, as a refusal should not wait for a simulation; None where nothing is restored.

    Raises:
        Ani3dError: what is wrong with the prior or the reference.
    """
    if not settings.is_restored:
        return None
    # Imported here: other bakes need no torch.
    from ani3d_runtime.bake.restoration.restorer import Restorer

    with clock("prior"):
        effort, actor = effort_of(settings.quality), cast.actor
        restorer = Restorer(actor.avatar, actor.freedom(), settings.restoring, effort, settings.seed, clock)
        restored = _indices_of(settings, "restored")
        return RestoringPlan(restorer, {cast.names[index]: restorer.plan(cast.motions[index]) for index in restored})


def make_layers(settings: BakeSettings, cast: Cast, plan: RestoringPlan | None, clock: StageClock) -> Layers:
    """Simulate and restore what files do not give."""
    layers = list(cast.layers)
    simulated = _indices_of(settings, "simulated")
    if simulated:
        with clock("residual") as progress:
            for done, index in enumerate(simulated):
                tell = part_of(progress, done / len(simulated), (done + 1) / len(simulated))
                layers[index] = cast.actor.simulate(cast.motions[index], tell)
    restored: dict[str, RestoredClip] = {}
    if plan is not None:
        for index in _indices_of(settings, "restored"):
            motion = cast.motions[index]
            restored[motion.name] = plan.restorer.restore(motion, plan.clips[motion.name])
            layers[index] = restored[motion.name].restoration.layer
    return Layers(tuple(layers), restored)


def _indices_of(settings: BakeSettings, source: str) -> list[int]:
    return [index for index, each in enumerate(settings.residual_per_clip()) if each == source]
