"""Adding to a package: what is there as a stage for further clips, and the clips it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.sections.model import decode_model
from ani3d_runtime.codec.sections.order import StorageOrder, encode_order
from ani3d_runtime.codec.sections.splats import CanonicalSteps, stored_steps
from ani3d_runtime.errors import InputError
from ani3d_runtime.package.assembly import EncodedSection
from ani3d_runtime.package.draft import ClipSource, KeptClip, Stage, recipe_section
from ani3d_runtime.package.layout import Section
from ani3d_runtime.package.likeness import difference, matched
from ani3d_runtime.package.manifest import Manifest
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.recipe import Recipe
from ani3d_runtime.package.sections import (
    APPEARANCE,
    MANIFEST,
    MODEL,
    ORDER,
    RECIPE,
    SKELETON,
    SPLATS,
    kind_of,
    level_name,
)
from ani3d_runtime.package.texts import manifest_text
from ani3d_runtime.spec.format import CONTAINER_NO_CLIP


def stage_of(
    package: Package,
    avatar: Avatar,
    *,
    turn_rad: float | None = None,
    keeps_input_order: bool = True,
    provenance: Mapping[str, str] | None = None,
    recipe: Recipe | None = None,
) -> Stage:
    """A package as a stage for further clips.

    Args:
        package: an open one.
        avatar: the one it was baked from, in the order of its input or of the built-in character.
        turn_rad: see :class:`~ani3d_runtime.codec.encoder.bounds.PartBounds`.
        keeps_input_order, provenance, recipe: see :func:`~ani3d_runtime.package.writer.add_clips`.

    Raises:
        InputError: ``bake-into-other-avatar``. PackageError: a section is damaged.
    """
    manifest = package.manifest
    order, is_new_order = _order_of(package, avatar)
    avatar_sections = [
        s for s in package.toc.sections if s.clip == CONTAINER_NO_CLIP and s.name not in (MANIFEST.name, MODEL.name)
    ]
    front = [s for s in avatar_sections if kind_of(s.name) in (SKELETON, SPLATS, APPEARANCE)]
    back = [_copied(package, section) for section in avatar_sections if section not in front]
    if is_new_order and keeps_input_order:
        back = [EncodedSection.of(ORDER, encode_order(order)) if s.name == ORDER.name else s for s in back]
    if recipe is not None:
        back = [*(s for s in back if s.name != RECIPE.name), *recipe_section(recipe)]
    model = package.find_section(MODEL.name)
    return Stage(
        source=avatar.take(order.permutation),
        decoded=package.avatar(),
        order=order,
        manifest=manifest
        if provenance is None
        else replace(manifest, provenance={key: manifest_text(value) for key, value in provenance.items()}),
        bounds=_stated_bounds(manifest, turn_rad),
        front=tuple(_copied(package, section) for section in front),
        back=tuple(back),
        model=None
        if model is None
        else (
            _copied(package, model),
            decode_model({MODEL.name: package.read_section(MODEL.name)}, manifest.gaussian_count),
        ),
    )


def with_added(package: Package, clips: Sequence[ClipSource]) -> list[ClipSource | KeptClip]:
    """The package's clips and new ones; a new one of an old one's name takes its place."""
    new = {clip.name: clip for clip in clips}
    kept = [
        new.pop(clip.name, None) or kept_clip(package, number) for number, clip in enumerate(package.manifest.clips)
    ]
    return [*kept, *new.values()]


def kept_clip(package: Package, number: int) -> KeptClip:
    """A clip as the package holds it, under the number that it has there.

    Raises:
        PackageError: a section is damaged.
    """
    sections = (section for section in package.toc.sections if section.clip == number)
    return KeptClip(package.manifest.clips[number], tuple(_copied(package, section) for section in sections))


def _copied(package: Package, section: Section) -> EncodedSection:
    """A section as it is stored, after its checksum was compared: damage is not copied under a new one."""
    stored = package.read_stored(section)
    package.check_stored(section, stored)
    return EncodedSection(
        section.name, stored, section.clip, section.group, section.critical, section.codec, section.raw_bytes
    )


def in_stored_colours(package: Package, avatar: Avatar) -> Avatar:
    """The avatar in the colours that the package holds of it; as it is where no colours make it the package's avatar.

    Args:
        package: an open one.
        avatar: in the order of its input or of the built-in character.
    """
    if avatar.count != package.manifest.gaussian_count:
        return avatar
    steps = _steps_of(package)
    for order in _orders_of(package, avatar):
        splats = replace(avatar.splats, sh=package.avatar().splats.sh[order.inverse])
        coloured = replace(avatar, splats=splats)
        if _difference(package, coloured, order, steps) is None:
            return coloured
    return avatar


def _order_of(package: Package, avatar: Avatar) -> tuple[StorageOrder, bool]:
    """The storage order of the avatar, and True if the package does not hold it yet.

    A package that was baked from a simulation alone keeps no order: its input was in storage order already. A clip from
    a file comes in the avatar's own order, which is found here and stored from now on.
    """
    count = package.manifest.gaussian_count
    if avatar.count != count:
        raise _other(package, f"{avatar.count} Gaussians instead of {count}")
    steps, found = _steps_of(package), ""
    for order in _orders_of(package, avatar):
        found = _difference(package, avatar, order, steps)
        if found is None:
            return order, order is not package.order
    raise _other(package, found)


def _orders_of(package: Package, avatar: Avatar) -> Iterator[StorageOrder]:
    """How the avatar may have become the stored one: as the package says, or by a storage order it does not keep.

    Levels that were fitted to what is seen may come out otherwise on another machine, or in another version: who is who
    is told by where they are.
    """
    yield package.order
    if package.order.is_identity:
        yield StorageOrder(storage_order(avatar).permutation, package.order.level_sizes)
        found = matched(avatar.splats, package.avatar().splats, _steps_of(package))
        if found is not None:
            yield StorageOrder(found, package.order.level_sizes)


def _steps_of(package: Package) -> list[CanonicalSteps]:
    return [stored_steps(package.read_section(level_name(level))) for level in range(package.level_count)]


def _difference(package: Package, avatar: Avatar, order: StorageOrder, steps: Sequence[CanonicalSteps]) -> str | None:
    return difference(avatar.take(order.permutation), package.avatar(), steps)


def _other(package: Package, found: str) -> InputError:
    return InputError(
        "bake-into-other-avatar",
        package.name,
        found=f"an avatar that is not the package's: {found}",
        expected="the avatar that the package was baked from, with the same options",
        fix="Give that avatar, or bake this one into a package of its own with -o.",
    )


def _stated_bounds(manifest: Manifest, turn_rad: float | None) -> PartBounds:
    bounds = PartBounds(
        manifest.part_max_error_m,
        manifest.part_max_shape_error_m,
        manifest.max_colour_error,
        rest=CanonicalSteps(manifest.canonical_error_m),
    )
    return bounds if turn_rad is None else replace(bounds, turn_rad=turn_rad)
