"""Kinds of sections: what each is called, what there is one of it for, and where in the file a writer puts it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ani3d_runtime.spec.format import CONTAINER_NO_CLIP, SECTIONS, Scope

_LEVEL = re.compile(r"(splats|appearance)\.(0|[1-9][0-9]*)")


@dataclass(frozen=True)
class SectionKind:
    """One kind of section; spec/format.toml describes it.

    Attributes:
        name: as in the table of contents; ``splats.k`` and ``appearance.k`` stand for every level of detail.
        scope: there is one for a package, for a clip, or for a group of frames.
        needs_residual: whether it belongs to a residual layer, of the clip or of any clip.
        is_critical: whether a reader that does not know the name must refuse the package.
        place: where in the file it lies, the lowest first.
        early_places: the same, of the first levels of detail, or of the first group of the first clip.
    """

    name: str
    scope: Scope
    needs_residual: bool
    is_critical: bool
    place: int
    early_places: tuple[int, ...]


_KINDS = {row[0]: SectionKind(*row) for row in SECTIONS}
MANIFEST = _KINDS["manifest"]
SKELETON = _KINDS["skeleton"]
SPLATS = _KINDS["splats.k"]
APPEARANCE = _KINDS["appearance.k"]
MODEL = _KINDS["model"]
ORDER = _KINDS["order"]
DRIVER = _KINDS["driver"]
THUMBNAIL = _KINDS["thumbnail"]
RECIPE = _KINDS["recipe"]
FURTHER = _KINDS["further"]
POSE = _KINDS["pose"]
NODES = _KINDS["nodes"]


def kind_of(name: str) -> SectionKind | None:
    """The kind of a section by its name, or None where this version knows none."""
    match = _LEVEL.fullmatch(name)
    if match is not None:
        return _KINDS[f"{match[1]}.k"]
    return None if name in (SPLATS.name, APPEARANCE.name) else _KINDS.get(name)


def level_of(name: str) -> int | None:
    """The level of detail that a section belongs to, or None for sections of other kinds."""
    match = _LEVEL.fullmatch(name)
    return None if match is None else int(match[2])


def level_name(level: int) -> str:
    """The name of the section of a level of detail, 0 the coarsest."""
    return f"splats.{level}"


def appearance_name(level: int) -> str:
    """The name of the section that tells how a level of detail looks."""
    return f"appearance.{level}"


def file_place(name: str, clip: int, group: int) -> tuple[int, int, int]:
    """The key that sections are sorted by in a file: (place, clip, group).

    A section that nobody knows lies behind all others where it is the avatar's, and beside those of its group where it
    is a clip's.
    """
    kind = kind_of(name) or (THUMBNAIL if clip == CONTAINER_NO_CLIP else NODES)
    if clip == CONTAINER_NO_CLIP:
        level = level_of(name)
        early = () if level is None else kind.early_places[level:]
        return (early[0] if early else kind.place), 0, 0
    return (kind.early_places[0], 0, 0) if (clip, group) == (0, 0) else (kind.place, clip, group)
