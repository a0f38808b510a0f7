"""Layers: the residual layer of every clip, read, simulated or restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ani3d_runtime.bake.cast import Cast
from ani3d_runtime.bake.footage.backdrop import out_of_place
from ani3d_runtime.bake.generators.layer import generated_layer
from ani3d_runtime.bake.inputs import OWN_SOURCES, is_residual_file
from ani3d_runtime.bake.layer_seam import looped_layer
from ani3d_runtime.bake.loops import Loop
from ani3d_runtime.bake.quality import effort_of
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.bake.stage_clock import StageClock
from ani3d_runtime.bake.surface_shape.layer import following_surface
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.progress import ProgressCallback, part_of
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
        doubts: what can be restored and is likely not to be.
    """

    restorer: Restorer
    clips: Mapping[str, RestorationPlan]
    doubts: tuple[Ani3dError, ...]


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
        restorer = Restorer(
            actor.avatar, actor.freedom(), settings.restoring, effort, settings.seed, clock, physics=actor.proxy
        )
        restored = _indices_of(settings, "restored")
        description = restorer.prior.description
        foreign = bool(description.made_for) and not settings.is_builtin
        return RestoringPlan(
            restorer,
            {cast.names[index]: restorer.plan(_blended_motion(cast, index)) for index in restored},
            (
                *restorer.doubts,
                *((out_of_place(description, f"an avatar of your own, {actor.avatar.name}"),) if foreign else ()),
            ),
        )


def make_layers(settings: BakeSettings, cast: Cast, plan: RestoringPlan | None, clock: StageClock) -> Layers:
    """Simulate and restore what files do not give."""
    layers = list(cast.layers)
    simulated = _indices_of(settings, "simulated")
    if simulated:
        with clock("residual") as progress:
            for done, index in enumerate(simulated):
                tell = part_of(progress, done / len(simulated), (done + 1) / len(simulated))
                layers[index] = _simulated(cast, index, tell)
    for index, source in enumerate(settings.residual_per_clip()):
        if source not in OWN_SOURCES and not is_residual_file(source):
            with clock("residual") as progress:
                layers[index] = _generated(cast, index, source, progress)
    restored: dict[str, RestoredClip] = {}
    if plan is not None:
        for index in _indices_of(settings, "restored"):
            name, loop = cast.names[index], cast.loops[index]
            restored[name] = plan.restorer.restore(_blended_motion(cast, index), plan.clips[name])
            layer = restored[name].restoration.layer
            layers[index] = layer if loop is None else _period(layer, loop, before=0)
    return Layers(tuple(layers), restored)


def _simulated(cast: Cast, index: int, progress: ProgressCallback) -> ResidualLayer:
    """Of a loop, the last of several periods is kept: by then cloth and hair swing as they do at its end."""
    loop, moving, shaping = cast.loops[index], part_of(progress, 0.0, 0.8), part_of(progress, 0.8, 1.0)
    if loop is None:
        layer = cast.actor.simulate(cast.motions[index], moving)
    else:
        layer = cast.actor.simulate(loop.take(pre_roll=True), moving)
        layer = _period(layer, loop, before=loop.pre_roll_frames)
    return following_surface(cast.actor.avatar, cast.motions[index], layer, shaping)


def _generated(cast: Cast, index: int, source: str, progress: ProgressCallback) -> ResidualLayer:
    layer = generated_layer(source, cast.actor.avatar, _blended_motion(cast, index), progress)
    loop = cast.loops[index]
    return layer if loop is None else _period(layer, loop, before=0)


def _blended_motion(cast: Cast, index: int) -> Motion:
    """What is restored or generated for a clip: of a loop, the frames that are blended over its seam, too."""
    loop = cast.loops[index]
    return cast.motions[index] if loop is None else loop.take(pre_roll=False)


def _period(layer: ResidualLayer, loop: Loop, *, before: int) -> ResidualLayer:
    return looped_layer(layer, before, loop.period.frame_count, loop.blend_frames)


def _indices_of(settings: BakeSettings, source: str) -> list[int]:
    return [index for index, each in enumerate(settings.residual_per_clip()) if each == source]
