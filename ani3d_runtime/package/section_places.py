"""The places where sections of each kind may stand: avatar, clip, or group of frames."""

from __future__ import annotations

from ani3d_runtime.package.layout import Section, broken
from ani3d_runtime.package.manifest import Manifest
from ani3d_runtime.package.sections import APPEARANCE, MODEL, SectionKind, kind_of, level_of
from ani3d_runtime.spec.format import CONTAINER_NO_CLIP


def group_count(frame_count: int, frames_per_group: int) -> int:
    """The number of groups of a clip."""
    return -(-frame_count // frames_per_group)


def refuse_misplaced(sections: tuple[Section, ...], manifest: Manifest, name: str) -> None:
    """Refuse sections of known names that belong to nothing the manifest names.

    Raises:
        BrokenPackageError: ``package-toc-invalid``.
    """
    has_model = any(section.name == MODEL.name for section in sections)
    for section in sections:
        kind = kind_of(section.name)
        if kind is not None and not _belongs(section, kind, manifest, has_model):
            raise broken(
                "package-toc-invalid",
                f"{name}: section {section.label}",
                f"{section.name!r} of clip {section.clip}, group {section.group}",
                "a section of something that the manifest names",
            )


def _belongs(section: Section, kind: SectionKind, manifest: Manifest, has_model: bool) -> bool:
    if kind.scope == "package":
        # The finest level looks as it is stored.
        levels = len(manifest.level_sizes) - (kind is APPEARANCE)
        is_there = (level_of(section.name) or 0) < levels
        is_of_avatar = section.clip == CONTAINER_NO_CLIP and section.group == 0
        return is_of_avatar and is_there and (has_model or not kind.needs_residual)
    if not 0 <= section.clip < len(manifest.clips):
        return False
    clip = manifest.clips[section.clip]
    groups = group_count(clip.frame_count, manifest.frames_per_group) if kind.scope == "group" else 1
    return section.group < groups and (clip.has_residual or not kind.needs_residual)
