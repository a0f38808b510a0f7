"""Bases: packages without clips, that clips are coded against side by side and joined with afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.package.addition import stage_of
from ani3d_runtime.package.assembly import EncodedSection
from ani3d_runtime.package.draft import ClipSource, Draft, new_stage
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.sections import appearance_name
from ani3d_runtime.package.writer import write_draft
from ani3d_runtime.progress import ProgressCallback, part_of

if TYPE_CHECKING:
    # Fitting levels renders, which those who only write do not wait for.
    from ani3d_runtime.codec.encoder.levels.choice import LevelMaker


def write_base(
    path: Path,
    avatar: Avatar,
    samples: Sequence[ClipSource],
    *,
    bounds: PartBounds,
    keeps_input_order: bool,
    provenance: Mapping[str, str],
    recipe: Recipe,
    thumbnail_png: bytes,
    levels: LevelMaker,
    progress: ProgressCallback,
) -> None:
    """Write an avatar, and a model that fits samples of clips; how its levels look is left to :func:`write_looks`.

    Args:
        path: the .a3d file to write.
        avatar: in its own order of Gaussians.
        samples: stretches of the clips that copies of the base will get; they are not kept.
        bounds, keeps_input_order, provenance, recipe, thumbnail_png: as of
            :func:`~ani3d_runtime.package.writer.write_package`.
        levels: chooses levels of detail.
        progress: called with the fraction done.

    Raises:
        UsageError, InputError: the input cannot be packed. ResourceError: ``disk-full``, ``output-unwritable``.
    """
    stage = new_stage(
        avatar,
        levels(avatar).order,
        bounds,
        keeps_order=keeps_input_order,
        provenance=provenance,
        recipe=recipe,
        thumbnail_png=thumbnail_png,
        looks=None,
    )
    progress(0.2)
    fitted = Draft(stage, samples).modelled(part_of(progress, 0.2, 0.9))
    write_draft(path, Draft(fitted, ()), part_of(progress, 0.9, 1.0))


def write_looks(path: Path, base: Path, avatar: Avatar, levels: LevelMaker, progress: ProgressCallback) -> None:
    """Write a copy of a base that says how its levels of detail look.

    Args:
        path: the .a3d file to write.
        base: of :func:`write_base`.
        avatar: the one it was written of, in its own order of Gaussians.
        levels: that chose the base's levels.
        progress: called with the fraction done.

    Raises:
        InputError: ``bake-into-other-avatar``. PackageError: the base cannot be read. ResourceError: as
            :func:`write_base`.
    """
    choice = levels(avatar)
    with Package.open(base) as package:
        stage = stage_of(package, avatar, keeps_input_order=False)  # kept where the base keeps it
        looks = choice.sections(stage.decoded, part_of(progress, 0.1, 0.9))
        sections = (EncodedSection(appearance_name(level), data) for level, data in looks.items())
        draft = Draft(replace(stage, front=(*stage.front, *sections)), ())
        write_draft(path, draft, part_of(progress, 0.9, 1.0))
