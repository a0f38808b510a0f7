"""Baking into a package that is there: what its provenance settles, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from ani3d_runtime.bake.characters.build import DetailName
from ani3d_runtime.bake.quality import BAKE_QUALITIES, bounds_of
from ani3d_runtime.bake.settings import OWN_SOURCES, BakeSettings
from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.errors import UsageError
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.package.reader import Package
from ani3d_runtime.spec.format import MANIFEST_MAX_PROVENANCE_ENTRIES

# Files may have moved since; whether they still make the same avatar is seen by comparing avatars.
_FILES = ("avatar", "body", "rest_pose", "parts")
_CHOICES = ("axes", "fit", "seed", "detail")
_BOUNDS = ("max_error_m", "quality")
_READERS: dict[str, Callable[[str], object]] = {"seed": int, "practice": int, "max_error_m": float, "parts": Path}
_WORDS: dict[str, tuple[str, ...]] = {
    "axes": get_args(Axes),
    "fit": ("auto", "none"),
    "detail": get_args(DetailName),
    "quality": BAKE_QUALITIES,
}
_ADDED = "added "
_FILES_MOVED = "files_moved_clips"
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
    if "avatar" in stated:
        _refuse_other_bounds(given, {name: _read(name, stated[name]) for name in _BOUNDS if name in stated})
    defaults = {field.name: field.default for field in fields(BakeSettings)}
    inherited: dict[str, Any] = {}
    for name in (*_FILES, *_CHOICES, *_BOUNDS, "practice"):
        if name in stated and name not in given:
            inherited[name] = _read(name, stated[name])
        elif name in given and name in _CHOICES and "avatar" in stated:
            _refuse_contradiction(name, given[name], stated.get(name, defaults[name]))
    if _moved_by_files(stated):
        # Files may move anything, and a simulation would tell the driver that it stands still.
        inherited["practice"] = 0
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
    if _moved_by_files(before) or _moved_by_files(provenance):
        before[_FILES_MOVED] = str(True)  # lines are cut, and the oldest left out
    lines = {f"{_ADDED}{name}": news[:_MAX_TEXT_CHARS] for name in clip_names}
    merged = {key: value for key, value in before.items() if key not in lines} | lines
    added = [key for key in merged if key.startswith(_ADDED)]
    for key in added[: max(0, len(merged) - MANIFEST_MAX_PROVENANCE_ENTRIES)]:
        del merged[key]
    return merged


def _moved_by_files(stated: Mapping[str, str]) -> bool:
    """Whether what any clip of a package moves was read from a file."""
    if _FILES_MOVED in stated:
        return True
    added = [news.split("; ") for key, news in stated.items() if key.startswith(_ADDED)]
    said = [line.removeprefix("residuals ") for news in added for line in news if line.startswith("residuals ")]
    sources = {source for text in (*said, stated.get("residuals", "none")) for source in text.split(", ")}
    return not sources <= OWN_SOURCES


def _refuse_contradiction(name: str, given: object, stated: object) -> None:
    if str(given) != str(stated):
        raise _contradiction(f"--{name}", str(given), "without it" if stated is None else f"with {stated}")


def _read(name: str, text: str) -> Any:
    """What a package says of itself, which anybody may have written."""
    words = _WORDS.get(name, (text,))
    try:
        value = _READERS.get(name, str)(text)
    except ValueError:
        words = ("a number",)
        value = None
    if value is None or text not in words:
        raise UsageError(
            "bake-into-provenance",
            name,
            found=f"{text!r} in what the package says of its making",
            expected=", ".join(words),
            fix="Bake into a new package with -o; this one was not made by ani3d bake, or by a later one.",
        )
    return value


def _refuse_other_bounds(given: Mapping[str, Any], stated: Mapping[str, Any]) -> None:
    """Another name for the same bounds is welcome: it may ask for more effort of restoring."""
    if any(name in given for name in _BOUNDS) and _bounds_of(given) != _bounds_of(stated):
        option, found = _named_bounds(given)
        raise _contradiction(option, found, "with " + " ".join(_named_bounds(stated)))


def _bounds_of(options: Mapping[str, Any]) -> PartBounds:
    return bounds_of(options.get("quality"), options.get("max_error_m"))


def _named_bounds(options: Mapping[str, Any]) -> tuple[str, str]:
    """The option that decides the bounds, and its value."""
    if "quality" in options and "max_error_m" not in options:
        return "--quality", options["quality"]
    return "--max-error-mm", f"{max(_bounds_of(options).position_m) * 1e3:g}"


def _contradiction(option: str, found: str, baked: str) -> UsageError:
    return UsageError(
        "bake-into-contradiction",
        option,
        found=f"{found} for a package that was baked {baked}",
        expected="what the package was baked with: all its clips share one avatar and its bounds",
        fix=f"Leave {option} out, or bake into another package with -o.",
    )
