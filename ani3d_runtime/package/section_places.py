"""Where sections of each kind may stand: of the avatar, of a clip, of a group of its frames."""

from __future__ import annotations

import re

from ani3d_runtime.codec.sections.group import DETAIL_SECTIONS
from ani3d_runtime.package.layout import Section, broken
from ani3d_runtime.package.manifest import Manifest
from ani3d_runtime.spec.format import CONTAINER_NO_CLIP

_LEVEL = re.compile(r"splats\.(0|[1-9][0-9]*)")
_OF_AVATAR = ("manifest", "skeleton", "order", "thumbnail")
_OF_AVATAR_WITH_RESIDUAL = ("model", "driver")
_OF_RESIDUAL_GROUP = ("nodes", *DETAIL_SECTIONS)
_KNOWN = {*_OF_AVATAR, *_OF_AVATAR_WITH_RESIDUAL, *_OF_RESIDUAL_GROUP, "further", "pose"}


def is_known(name: str) -> bool:
    """True for the names of this version."""
    return name in _KNOWN or _LEVEL.fullmatch(name) is not None


def group_count(frame_count: int, frames_per_group: int) -> int:
    """How many groups a clip falls into."""
    return -(-frame_count // frames_per_group)


def refuse_misplaced(sections: tuple[Section, ...], manifest: Manifest, name: str) -> None:
    """Refuse sections of known names that belong to nothing the manifest names.

    Raises:
        BrokenPackageError: ``package-toc-invalid``.
    """
    for section in sections:
        if is_known(section.name) and not _belongs(section, manifest):
            raise broken(
                "package-toc-invalid",
                f"{name}: section {section.label}",
                f"{section.name!r} of clip {section.clip}, group {section.group}",
                "a section of something that the manifest names",
            )


def _belongs(section: Section, manifest: Manifest) -> bool:
    if section.clip == CONTAINER_NO_CLIP:
        return section.group == 0 and _belongs_to_avatar(section.name, manifest)
    if section.clip >= len(manifest.clips):
        return False
    clip = manifest.clips[section.clip]
    if section.name == "further":
        return section.group == 0 and clip.has_residual
    is_grouped = section.name == "pose" or (section.name in _OF_RESIDUAL_GROUP and clip.has_residual)
    return is_grouped and section.group < group_count(clip.frame_count, manifest.frames_per_group)


def _belongs_to_avatar(name: str, manifest: Manifest) -> bool:
    level = _LEVEL.fullmatch(name)
    if level is not None:
        return int(level[1]) < len(manifest.level_sizes)
    return name in _OF_AVATAR or (name in _OF_AVATAR_WITH_RESIDUAL and manifest.has_residual)
