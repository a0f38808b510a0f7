"""Resolved: what a manifest says of one character, defaults and rules applied, and all that decides its package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from ani3d_runtime.bake import recipe_numbers
from ani3d_runtime.bake.character_names import CharacterName
from ani3d_runtime.bake.inputs import OWN_SOURCES
from ani3d_runtime.body.readers.motion_file import builtin_motion_names
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.library.manifest import Entry, Manifest

# Keys of the manifest's tables that name a file.
_FILES_OF_CHARACTER = ("avatar", "parts", "body", "rest_pose")
_FILES_OF_MOTION = ("file", "joint_mapping", "residual")
_NO_FILES: dict[str, tuple[str, ...]] = {
    "avatar": get_args(CharacterName),
    "body": ("builtin",),
    "rest_pose": ("t", "a", "auto"),
    "file": tuple(builtin_motion_names()),
    "residual": ("none", "simulated", "restored"),
}
# Of how packages are made of parts; raised where they come out otherwise.
_APART = 2
_OF_PACKAGE = ("quality", "max_error_mm", "practice", "in_place", "parallel_clips")
_OF_CLIP = ("residual", "fps", "ground", "lock_feet")

Digest = Callable[[Path], str]
# Motion, and what rules say of it → the clip's settings and what decides it. A thousand characters share a motion.
KnownClips = dict[tuple[str, tuple[tuple[str, Any], ...]], tuple[dict[str, Any], dict[str, Any]]]


@dataclass(frozen=True)
class ResolvedCharacter:
    """Everything that decides a package.

    Attributes:
        name: of the character.
        settings: with absolute paths, for whoever bakes.
        decides: the same with names and digests of files, and recipe numbers.
        exports: names of formats.
        run: retries, timeout_min, memory_mb, cpus, gpus, where the manifest says them.
    """

    name: str
    settings: Mapping[str, Any]
    decides: Mapping[str, Any]
    exports: tuple[str, ...]
    run: Mapping[str, Any]


def resolved(manifest: Manifest, character: Entry, digest: Digest, known: KnownClips) -> ResolvedCharacter | None:
    """A character with its clips; None where no rule gives it any.

    Args:
        digest: SHA-256 of a file, hexadecimal.
        known: clips of earlier characters of the same manifest; those of this one are added.

    Raises:
        NotFoundError: ``library-file-missing``.
    """
    chosen = manifest.clips_of(character)
    if not chosen:
        return None
    defaults = manifest.defaults
    package = {key: defaults[key] for key in _OF_PACKAGE if key in defaults} | dict(character.values)
    settings, decides = _with_files(manifest, f"characters.{character.name}", package, _FILES_OF_CHARACTER, digest)
    clips: list[dict[str, Any]] = []
    deciding: list[dict[str, Any]] = []
    for name, by_rule in chosen.items():
        ruled = tuple((key, by_rule[key]) for key in _OF_CLIP if key in by_rule)
        if (name, ruled) not in known:
            values = {key: defaults[key] for key in _OF_CLIP if key in defaults} | dict(manifest.motions[name].values)
            clip, decided = _with_files(manifest, f"motions.{name}", values | dict(ruled), _FILES_OF_MOTION, digest)
            known[name, ruled] = {"name": name, **clip}, {"name": name, **decided}
        clip, decided = known[name, ruled]
        clips.append(clip)
        deciding.append(decided)
    if "practice" not in character.values and not can_practise(settings, clips):
        # A default is for those that it says something about; a bake refuses it for others.
        settings.pop("practice", None)
        decides.pop("practice", None)
    exports = tuple(
        dict.fromkeys(format for by_rule in (defaults, *chosen.values()) for format in by_rule.get("export", ()))
    )
    return ResolvedCharacter(
        character.name,
        {**settings, "clips": clips},
        {**decides, "clips": deciding, "recipe_numbers": _numbers(settings)},
        exports,
        {key: defaults[key] for key in ("retries", "timeout_min", "memory_mb", "cpus", "gpus") if key in defaults},
    )


def residual_of(settings: Mapping[str, Any], clip: Mapping[str, Any]) -> str:
    """What moves cloth and hair in a clip; where nothing is said, as a bake does."""
    usual = "simulated" if settings["avatar"] in get_args(CharacterName) else "none"
    return str(clip.get("residual", usual))


def can_practise(settings: Mapping[str, Any], clips: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a driver that follows these clips may practise."""
    sources = {residual_of(settings, clip) for clip in clips}
    return sources <= OWN_SOURCES and sources != {"none"}


def _with_files(
    manifest: Manifest, place: str, values: Mapping[str, Any], files: tuple[str, ...], digest: Digest
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values with absolute paths, and with names and digests."""
    settings, decides = dict(values), dict(values)
    for key in files:
        value = values.get(key)
        if value is None or value in _NO_FILES.get(key, ()) or (key == "residual" and not str(value).endswith(".npz")):
            continue
        path = Path(str(value)).expanduser()
        path = path if path.is_absolute() else manifest.folder / path
        if not path.is_file():
            known = ", ".join(_NO_FILES.get(key, ()))
            raise NotFoundError(
                "library-file-missing",
                f"{place}.{key}",
                found=f"no file {path}",
                expected=f"a file, relative to {manifest.path.name}" + (f", or one of {known}" if known else ""),
                fix="Correct the path, or bring the file back.",
            )
        settings[key] = str(path)
        decides[key] = {"name": path.name, "sha256": digest(path)}
    return settings, decides


def _numbers(settings: Mapping[str, Any]) -> dict[str, int]:
    apart = {"apart": _APART} if settings.get("parallel_clips") else {}
    return apart | {name.lower(): value for name, value in vars(recipe_numbers).items() if name.isupper()}
