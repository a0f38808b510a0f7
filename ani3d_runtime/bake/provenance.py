"""Provenance: what a package was baked from, as text for people; programs read its recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.package.reader import Package
from ani3d_runtime.spec.format import MANIFEST_MAX_PROVENANCE_ENTRIES

_ADDED = "added "
_MAX_TEXT_CHARS = 2000
# Records of settings, and what the names of their fields are preceded by.
_PREFIXES = {"motion_options": "motion_", "restoring": "restore_"}


def provenance_of(settings: BakeSettings) -> dict[str, str]:
    """The settings that decide a bake's result and were not left out, as text."""
    kept = settings.recipe_json()
    flat: dict[str, Any] = {name: value for name, value in kept.items() if name not in _PREFIXES}
    flat["practice"] = settings.practice_count if settings.can_practise else None
    for name, prefix in _PREFIXES.items():
        if name != "restoring" or settings.is_restored:
            flat |= {prefix + inner: value for inner, value in kept[name].items() if value is not False}
    return {
        name: ", ".join(value) if isinstance(value, list) else str(value)
        for name, value in flat.items()
        if value not in (None, []) and value is not False
    }


def provenance_with(package: Package, provenance: Mapping[str, str], clip_names: list[str]) -> dict[str, str]:
    """What a package says of itself once clips are added: a line for each beside what was there.

    Args:
        package: as it was.
        provenance: of the bake that adds clips.
        clip_names: of these clips.
    """
    before = dict(package.manifest.provenance)
    news = "; ".join(f"{key} {value}" for key, value in provenance.items() if before.get(key) != value)
    lines = {f"{_ADDED}{name}": news[:_MAX_TEXT_CHARS] for name in clip_names}
    merged = {key: value for key, value in before.items() if key not in lines} | lines
    added = [key for key in merged if key.startswith(_ADDED)]
    for key in added[: max(0, len(merged) - MANIFEST_MAX_PROVENANCE_ENTRIES)]:
        del merged[key]
    return merged
