"""Cast: who is baked, in which motions, and what files say of cloth and hair; every input but a prior."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ani3d_runtime.bake.actor import Actor, builtin_actor, captured_actor
from ani3d_runtime.bake.importers.residual import read_residual
from ani3d_runtime.bake.inputs import OWN_SOURCES
from ani3d_runtime.bake.into import in_fitted_colours, refuse_unfit
from ani3d_runtime.bake.settings import BakeSettings, refuse_repeated_names
from ani3d_runtime.bake.stage_clock import StageClock
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.package.writer import refuse_names
from ani3d_runtime.residual import ResidualLayer


@dataclass(frozen=True)
class Cast:
    """What the later stages of a bake start from, all of it read and checked.

    Attributes:
        actor: its Gaussians are in their own order, which nothing changes until the package is written.
        motions: one per clip.
        layers: one per clip, in the actor's order of Gaussians; None where it is not read from a file.
    """

    actor: Actor
    motions: tuple[Motion, ...]
    layers: tuple[ResidualLayer | None, ...]

    @property
    def names(self) -> list[str]:
        """Of the clips."""
        return [motion.name for motion in self.motions]


def read_cast(settings: BakeSettings, clock: StageClock, say: Say) -> Cast:
    """Read every file; with ``into``, make sure that the clips fit the package.

    Raises:
        Ani3dError: whatever is wrong with an input.
    """
    actor = _actor(settings, clock, say)
    motions = _motions(settings, actor, clock, say)
    layers = _layers(settings, actor, motions, clock)
    if settings.is_restored and settings.restoring.fit_colours:
        actor = _recoloured(settings, actor, clock, say)
    if settings.into:
        actor = replace(actor, avatar=in_fitted_colours(settings, actor.avatar))
        refuse_unfit(settings, actor.avatar, [motion.name for motion in motions])
    return Cast(actor, motions, layers)


def _actor(settings: BakeSettings, clock: StageClock, say: Say) -> Actor:
    with clock("avatar") as progress:
        if settings.is_builtin:
            return builtin_actor(settings.avatar, settings.seed, settings.detail, progress)
        return captured_actor(settings, say)


def _motions(settings: BakeSettings, actor: Actor, clock: StageClock, say: Say) -> tuple[Motion, ...]:
    with clock("motion"):
        skeleton, options = actor.avatar.skeleton, settings.motion_options
        motions = tuple(read_motion(name, skeleton, options, say=say) for name in settings.motions)
        refuse_repeated_names(motions)
        refuse_names([motion.name for motion in motions], ())
    return motions


def _layers(
    settings: BakeSettings, actor: Actor, motions: tuple[Motion, ...], clock: StageClock
) -> tuple[ResidualLayer | None, ...]:
    sources = settings.residual_per_clip()
    if OWN_SOURCES.issuperset(sources):
        return (None,) * len(motions)
    with clock("residual"):
        avatar = actor.avatar
        return tuple(
            None
            if source in OWN_SOURCES
            else read_residual(source, motion.frame_count, avatar.count, avatar=avatar.name, motion=motion.name)
            for source, motion in zip(sources, motions, strict=True)
        )


def _recoloured(settings: BakeSettings, actor: Actor, clock: StageClock, say: Say) -> Actor:
    """The actor in the colours of the first reference picture."""
    # Imported here: other bakes need no torch.
    from ani3d_runtime.bake.restoration.colours import fit_colours
    from ani3d_runtime.bake.restoration.reference import read_references

    with clock("colours") as progress:
        fit = fit_colours(actor.avatar, read_references(settings.restoring.reference[:1]), progress)
    say(
        f"colours fitted to the reference: outlines agree to {fit.overlap:.0%}, mean difference "
        f"{fit.error_before:.3f} before and {fit.error_after:.3f} after"
    )
    return replace(actor, avatar=fit.avatar)
