"""Joining: clips that were added to copies of one package, in one package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ani3d_runtime.errors import InputError
from ani3d_runtime.package.addition import kept_clip
from ani3d_runtime.package.draft import KeptClip
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.sections import APPEARANCE, DRIVER, MANIFEST, ORDER, RECIPE, THUMBNAIL, kind_of
from ani3d_runtime.spec.format import CONTAINER_NO_CLIP

# What a clip that is added may change of a package, and what of it clips are not coded against.
_OF_NO_CLIP = frozenset({MANIFEST.name, DRIVER.name, RECIPE.name, THUMBNAIL.name, ORDER.name})


def joined_clips(base: Package, parts: Sequence[Package], names: Sequence[str]) -> list[KeptClip]:
    """Clips of several packages, numbered as they will be in one.

    Args:
        base: whose avatar and model every clip is coded against.
        parts: copies of it with further clips.
        names: of the clips that are wanted, in their order.

    Raises:
        InputError: ``join-other-avatar``, ``join-no-clip``. PackageError: a section is damaged.
    """
    stated = _coded_against(base)
    homes: dict[str, tuple[Package, int]] = {}
    for package in (base, *parts):
        if _coded_against(package) != stated:
            raise InputError(
                "join-other-avatar",
                package.name,
                found="another avatar or model",
                expected=f"those of {base.name}, to a copy of which its clips were added",
                fix="Add the clips to copies of one package.",
            )
        for number, clip in enumerate(package.manifest.clips):
            homes.setdefault(clip.name, (package, number))
    missing = [name for name in names if name not in homes]
    if missing:
        raise InputError(
            "join-no-clip",
            base.name,
            found=f"no clip {missing[0]!r} in any part",
            expected=f"one of {', '.join(homes)}",
            fix="Bake it into a copy of the base first.",
        )
    return [_numbered(kept_clip(*homes[name]), number) for number, name in enumerate(names)]


def _coded_against(package: Package) -> dict[str, tuple[int, int]]:
    """Avatar and model, by the checksums of their sections."""
    sections = (section for section in package.toc.sections if section.clip == CONTAINER_NO_CLIP)
    return {each.name: (each.crc32, each.stored_bytes) for each in sections if not _is_of_no_clip(each.name)}


def _is_of_no_clip(name: str) -> bool:
    return name in _OF_NO_CLIP or kind_of(name) is APPEARANCE


def _numbered(clip: KeptClip, number: int) -> KeptClip:
    return replace(clip, sections=tuple(replace(section, clip=number) for section in clip.sections))
