"""Baking apart: the pieces of one package, each of which a process of its own can bake, and their join.

    base       the avatar, and a model of how its cloth moves that fits stretches of some clips
    clips      each added to a copy of the base, by ``run_bake`` without a driver
    looks      how the base's levels of detail look
    practice   what the base's control nodes do in some of the motions that the driver practises
    join       all of it in one package, and the driver fitted to it

All but the base can be baked side by side. What is joined are the same bytes, wherever and in which order it was baked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from ani3d_runtime.bake.cast import Cast, read_cast
from ani3d_runtime.bake.driver_fit.fit import fit_driver
from ani3d_runtime.bake.driver_fit.practice import Practice
from ani3d_runtime.bake.driver_fit.tracks_file import read_tracks, write_tracks
from ani3d_runtime.bake.inputs import OWN_SOURCES, is_residual_file
from ani3d_runtime.bake.provenance import provenance_of
from ani3d_runtime.bake.recipe import step_of
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.bake.stage_clock import StageClock
from ani3d_runtime.bake.thumbnail import thumbnail_png
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.codec.encoder.levels.choice import even_levels
from ani3d_runtime.package.addition import stage_of
from ani3d_runtime.package.base import write_base, write_looks
from ani3d_runtime.package.draft import ClipSource
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.writer import WriteReport, join_clips
from ani3d_runtime.progress import ProgressCallback, Watcher, part_of
from ani3d_runtime.residual import ResidualLayer

# Frames of a clip that a base's model is fitted to.
_STRETCH_FRAMES = 20


def run_base(settings: Sequence[BakeSettings], watch: Watcher | None = None) -> None:
    """Write the base of a package: its clips are no part of it.

    Args:
        settings: of bakes of the clips that the model is to fit, one for each way in which motions are read; the output
            is that of the first.
        watch: called with a stage's name when it begins.

    Raises:
        Ani3dError: as :func:`~ani3d_runtime.bake.job.run_bake`.
    """
    clock, first = StageClock(watch), settings[0]
    for each in settings:
        each.refuse_bad()
    casts = [read_cast(each, clock, _unheard) for each in settings]
    avatar = casts[0].actor.avatar
    with clock("residual") as progress:
        stretches = list(_stretches(settings, casts))
        samples = [
            _sample(*stretch, part_of(progress, index / len(stretches), (index + 1) / len(stretches)))
            for index, stretch in enumerate(stretches)
        ]
    sources = {source for each in settings for source in each.residual_per_clip()}
    with clock("package") as progress:
        write_base(
            first.output,
            avatar,
            samples,
            bounds=first.bounds,
            keeps_input_order=not first.is_builtin or not sources <= OWN_SOURCES,
            provenance=provenance_of(first),
            recipe=Recipe((step_of(first, casts[0].names, None),)),
            thumbnail_png=thumbnail_png(avatar, casts[0].motions[0]),
            levels=even_levels,
            progress=progress,
        )


def _stretches(
    settings: Sequence[BakeSettings], casts: Sequence[Cast]
) -> Iterator[tuple[Cast, Motion, ResidualLayer | None, int]]:
    """The liveliest frames of clips whose cloth moves: cast, motion, layer, first frame."""
    for each, cast in zip(settings, casts, strict=True):
        for motion, layer, source in zip(cast.motions, cast.layers, each.residual_per_clip(), strict=True):
            if source == "none":
                continue
            turned = np.abs(np.diff(motion.joint_rotations_wxyz, axis=0)).sum(axis=(1, 2), dtype=np.float64)
            until = np.concatenate([[0.0], np.cumsum(turned)])
            within = until[_STRETCH_FRAMES - 1 :] - until[: max(len(until) - _STRETCH_FRAMES + 1, 0)]
            yield cast, motion, layer if is_residual_file(source) else None, int(within.argmax()) if len(within) else 0


def _sample(
    cast: Cast, motion: Motion, layer: ResidualLayer | None, start: int, progress: ProgressCallback
) -> ClipSource:
    """A stretch of a clip. What is restored, and what a plugin makes, is simulated: about the same moves."""
    frames = slice(start, start + _STRETCH_FRAMES)
    part = motion.slice(frames.start, frames.stop)
    residual = cast.actor.simulate(part, progress) if layer is None else layer.slice(frames)
    return ClipSource(motion.name, part, residual)


def run_looks(settings: BakeSettings, base: Path, watch: Watcher | None = None) -> None:
    """Write a copy of a base that says how its levels of detail look.

    Args:
        settings: of a bake of any of its clips, with the output to write.
        base: that :func:`run_base` wrote.
        watch: called with a stage's name when it begins.

    Raises:
        Ani3dError: as :func:`~ani3d_runtime.bake.job.run_bake`.
    """
    clock = StageClock(watch)
    avatar = read_cast(settings, clock, _unheard).actor.avatar
    with clock("levels") as progress:
        write_looks(settings.output, base, avatar, even_levels, progress)


def run_practice(
    settings: BakeSettings, base: Path, numbers: range, output: Path, watch: Watcher | None = None
) -> None:
    """Simulate some of the motions that a driver practises, and write what the base's control nodes do in them.

    Args:
        settings: of a bake of any of its clips, with the practice that is wanted.
        base: that :func:`run_base` wrote.
        numbers: of the motions.
        output: the .npz to write.
        watch: called with a stage's name when it begins.

    Raises:
        Ani3dError: as :func:`~ani3d_runtime.bake.job.run_bake`.
    """
    clock = StageClock(watch)
    actor = read_cast(settings, clock, _unheard).actor
    practice = Practice(actor.simulate, settings.practice_count, settings.seed)
    with Package.open(base) as package, clock("practice") as progress:
        order = stage_of(package, actor.avatar).order
        write_tracks(output, practice.tracks(package, order, progress, numbers))


def run_join(
    settings: BakeSettings,
    base: Path,
    parts: Sequence[Path],
    practised: Sequence[Path],
    names: Sequence[str],
    watch: Watcher | None = None,
) -> WriteReport:
    """One package of clips that were baked into copies of a base, each by a bake of its own without a driver.

    Args:
        settings: of a bake of any of the clips, with the output to write and the practice that is wanted.
        base: with its looks: of :func:`run_looks`.
        parts: copies of the base with clips.
        practised: of :func:`run_practice`, in order.
        names: of the clips that are wanted, in their order.
        watch: called with a stage's name when it begins.

    Raises:
        Ani3dError: as :func:`~ani3d_runtime.bake.job.run_bake` and :func:`~ani3d_runtime.package.writer.join_clips`.
    """
    clock = StageClock(watch)
    cast = read_cast(settings, clock, _unheard)
    recipe, provenance, _ = _told_by(base)
    recipe = None if recipe is None else _practising(recipe, settings)
    keeps_order = False
    for added, told, _ in sorted(map(_told_by, parts), key=lambda part: names.index(part[2])):
        if recipe is not None and added is not None:
            recipe = recipe.with_step(added.steps[-1], names)
        provenance |= {key: value for key, value in told.items() if key not in provenance}
    for part in parts:
        with Package.open(part) as package:
            keeps_order = keeps_order or not package.order.is_identity
    tracks = [track for path in practised for track in read_tracks(path)]
    with clock("package") as progress:
        return join_clips(
            settings.output,
            cast.actor.avatar,
            base,
            parts,
            names,
            keeps_input_order=keeps_order,
            provenance=provenance,
            recipe=recipe,
            driver=partial(fit_driver, practised=tracks),
            progress=progress,
        )


def _practising(recipe: Recipe, settings: BakeSettings) -> Recipe:
    """A base practises nothing; the package that it becomes does, and so do further clips that it is given."""
    first = recipe.first
    stated = replace(first, settings={**first.settings, "practice": settings.practice})
    return Recipe((stated, *recipe.steps[1:]))


def _told_by(path: Path) -> tuple[Recipe | None, dict[str, str], str]:
    """What a package says of itself, and the clip that was added to it last; "" for a base."""
    with Package.open(path) as package:
        return package.recipe, dict(package.manifest.provenance), next(iter(package.clip_names[-1:]), "")


def _unheard(_: Remark) -> None:
    """What there is to say is said where clips are baked."""
