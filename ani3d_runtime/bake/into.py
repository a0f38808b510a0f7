"""Baking into a package that is there: what its provenance settles, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.errors import UsageError
from ani3d_runtime.package.manifest import MAX_PROVENANCE
from ani3d_runtime.package.reader import Package

# Files may have moved since; whether they still make the same avatar is seen by comparing avatars.
_FILES = ("avatar", "body", "rest_pose", "parts")
_CHOICES = ("axes", "fit", "seed", "detail", "max_error_m", "quality")
_KINDS = {"seed": int, "max_error_m": float, "parts": Path}
_ADDED = "added "
_MAX_TEXT_CHARS = 2000


def settings_into(path: Path, given: Mapping[str, Any]) -> BakeSettings:
    """The settings of a bake that adds clips to a package: what is not given is as it was.

    Args:
        path: the package.
        given: fields of :class:`BakeSettings` that the user chose; all others are left out.

    Raises:
        UsageError: ``bake-into-contradiction``, ``bake-no-avatar``. PackageError: the package cannot be read.
    """
    with Package.open(path) as package:
        stated = package.manifest.provenance
    defaults = {field.name: field.default for field in fields(BakeSettings)}
    inherited: dict[str, Any] = {}
    for name in (*_FILES, *_CHOICES):
        if name in stated and name not in given:
            inherited[name] = _KINDS.get(name, str)(stated[name])
        elif name in given and name in _CHOICES and "avatar" in stated:
            _refuse_contradiction(name, given[name], stated.get(name, defaults[name]))
    if "avatar" not in given and "avatar" not in inherited:
        raise UsageError(
            "bake-no-avatar",
            path,
            found="a package that does not say what avatar it was baked from",
            expected="the avatar's name or file",
            fix="Name the avatar: ani3d bake AVATAR --motion … --into …",
        )
    chosen: dict[str, Any] = {**inherited, **given}
    return BakeSettings(**chosen, output=path, into=True)


def provenance_with(package: Package, provenance: Mapping[str, str], clip_names: list[str]) -> dict[str, str]:
    """What a package says of itself once clips are added: a line for them beside what was there.

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
    for key in added[: max(0, len(merged) - MAX_PROVENANCE)]:
        del merged[key]
    return merged


def _refuse_contradiction(name: str, given: object, stated: object) -> None:
    if str(given) != str(stated):
        option = name.replace("_", "-")
        if name == "max_error_m":
            option = "max-error-mm"
            given, stated = (None if size_m is None else f"{float(str(size_m)) * 1e3:g}" for size_m in (given, stated))
        raise UsageError(
            "bake-into-contradiction",
            f"--{option}",
            found=f"{given} for a package that was baked {'without it' if stated is None else f'with {stated}'}",
            expected="what the package was baked with: all its clips share one avatar and its bounds",
            fix=f"Leave --{option} out, or bake into another package with -o.",
        )
