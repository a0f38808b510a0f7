"""Cast: who is baked, in which motions, and what files say of cloth and hair; every input but a prior."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.actor import Actor, builtin_actor, captured_actor
from ani3d_runtime.bake.importers.residual import read_residual
from ani3d_runtime.bake.inputs import is_residual_file
from ani3d_runtime.bake.into import in_fitted_colours, refuse_unfit
from ani3d_runtime.bake.layer_seam import looped_layer
from ani3d_runtime.bake.loops import Loop, doubt_about, loop_of
from ani3d_runtime.bake.markers import contact_markers, in_order, read_markers
from ani3d_runtime.bake.settings import BakeSettings, refuse_repeated_names
from ani3d_runtime.bake.stage_clock import StageClock
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.body.readers.motion_file import idle_options, refuse_idle_for_all
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.writer import refuse_names
from ani3d_runtime.residual import ResidualLayer


@dataclass(frozen=True)
class Cast:
    """What the later stages of a bake start from, all of it read and checked.

    Attributes:
        actor: its Gaussians are in their own order, which nothing changes until the package is written.
        motions: one per clip.
        layers: one per clip, in the actor's order of Gaussians; None where it is not read from a file.
        loops: one per clip; None where it does not loop.
        playings: one per clip: whether it loops, how its root is meant to be played, its markers.
    """

    actor: Actor
    motions: tuple[Motion, ...]
    layers: tuple[ResidualLayer | None, ...]
    loops: tuple[Loop | None, ...]
    playings: tuple[Playing, ...]

    @property
    def names(self) -> list[str]:
        """Of the clips."""
        return [motion.name for motion in self.motions]

    @property
    def doubts(self) -> list[Ani3dError]:
        """What can be baked and is likely not what was meant."""
        found = [doubt_about(loop) for loop in self.loops if loop is not None]
        return [doubt for doubt in found if doubt is not None]


def read_cast(settings: BakeSettings, clock: StageClock, say: Say) -> Cast:
    """Read every file; with ``into``, make sure that the clips fit the package.

    Raises:
        Ani3dError: whatever is wrong with an input.
    """
    actor = _actor(settings, clock, say)
    with clock("motion"):
        sources = _motions(settings, actor, say)
        loops = _loops(settings, actor, sources, say)
        motions = tuple(
            motion if loop is None else loop.looping.motion for motion, loop in zip(sources, loops, strict=True)
        )
        playings = _playings(settings, actor, motions, loops)
    layers = _layers(settings, actor, sources, loops, clock)
    if settings.is_restored and settings.restoring.fit_colours:
        actor = _recoloured(settings, actor, clock, say)
    if settings.into:
        actor = replace(actor, avatar=in_fitted_colours(settings, actor.avatar))
        refuse_unfit(settings, actor.avatar, [motion.name for motion in motions])
    return Cast(actor, motions, layers, loops, playings)


def _actor(settings: BakeSettings, clock: StageClock, say: Say) -> Actor:
    with clock("avatar") as progress:
        if settings.is_builtin:
            return builtin_actor(settings.avatar, settings.seed, settings.detail, progress)
        return captured_actor(settings, say)


def _motions(settings: BakeSettings, actor: Actor, say: Say) -> tuple[Motion, ...]:
    skeleton = actor.avatar.skeleton
    refuse_idle_for_all(settings.motions, settings.motion_options)
    names = settings.name_per_clip()
    motions = tuple(
        replace(_read_one(settings, source, skeleton, say), name=name)
        for source, name in zip(settings.motions, names, strict=True)
    )
    refuse_repeated_names(motions)
    refuse_names([motion.name for motion in motions], ())
    return motions


def _read_one(settings: BakeSettings, source: str, skeleton: Skeleton, say: Say) -> Motion:
    """A motion; options that say nothing about it are for the others of the bake."""
    options = settings.motion_options
    return read_motion(source, skeleton, options.without(idle_options(source, options)), say=say)


def _loops(settings: BakeSettings, actor: Actor, motions: tuple[Motion, ...], say: Say) -> tuple[Loop | None, ...]:
    loops = tuple(
        None if choice is None else loop_of(motion, actor.avatar.skeleton, choice)
        for motion, choice in zip(motions, settings.loop_per_clip(), strict=True)
    )
    for loop in loops:
        if loop is not None:
            say(loop.in_words())
    return loops


def _playings(
    settings: BakeSettings, actor: Actor, motions: tuple[Motion, ...], loops: tuple[Loop | None, ...]
) -> tuple[Playing, ...]:
    given = [()] * len(motions) if settings.markers is None else read_markers(settings.markers, motions, loops)
    return tuple(
        Playing(
            loops=loop is not None,
            travel=None if loop is None else loop.looping.travel,
            in_place=settings.in_place,
            markers=in_order((*contact_markers(motion, loop, actor.avatar), *own)),
        )
        for motion, loop, own in zip(motions, loops, given, strict=True)
    )


def _layers(
    settings: BakeSettings,
    actor: Actor,
    motions: tuple[Motion, ...],
    loops: tuple[Loop | None, ...],
    clock: StageClock,
) -> tuple[ResidualLayer | None, ...]:
    """Residual layers from files, which are of the motions before one period of them is taken."""
    sources = settings.residual_per_clip()
    if not any(map(is_residual_file, sources)):
        return (None,) * len(motions)
    with clock("residual"):
        avatar = actor.avatar
        return tuple(
            _read(source, motion, loop, avatar) if is_residual_file(source) else None
            for source, motion, loop in zip(sources, motions, loops, strict=True)
        )


def _read(source: str, motion: Motion, loop: Loop | None, avatar: Avatar) -> ResidualLayer:
    layer = read_residual(source, motion.frame_count, avatar.count, avatar=avatar.name, motion=motion.name)
    if loop is None:
        return layer
    return looped_layer(layer, loop.period.start, loop.period.frame_count, loop.blend_frames)


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
