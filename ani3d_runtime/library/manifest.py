"""Manifest: ``library.toml``, which says what a studio wants of its characters and motions."""

from __future__ import annotations

import difflib
import fnmatch
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from ani3d_exporters.registry import list_exporters
from ani3d_runtime.bake.character_names import CharacterName, DetailName
from ani3d_runtime.bake.generators.registry import RESIDUALS
from ani3d_runtime.bake.inputs import OWN_SOURCES, is_residual_file
from ani3d_runtime.bake.quality import BakeQuality
from ani3d_runtime.body.readers.options import Ground, MotionAxes, Unit
from ani3d_runtime.codec.encoder.bounds import MAX_ERROR_M, MIN_ERROR_M
from ani3d_runtime.errors import InputError, NotFoundError, UsageError
from ani3d_runtime.geometry.frames import Axes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MANIFEST_NAME = "library.toml"
_MAX_BYTES = 16 << 20
_FORMAT = 1
# As ids of avatars that servers offer.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")

# What a table may hold: key → the type of its value, and the field of a bake's settings that it sets.
_TEXT, _FLAG, _WHOLE, _NUMBER, _TEXTS = (str,), (bool,), (int,), (int, float), (list,)
_LIBRARY = {"name": _TEXT, "store": _TEXT, "format": _WHOLE}
# Of a whole package.
_OF_PACKAGE = {
    "quality": _TEXT,
    "max_error_mm": _NUMBER,
    "practice": _WHOLE,
    "in_place": _FLAG,
    "parallel_clips": _FLAG,
}
# Of one clip.
_OF_CLIP = {"residual": _TEXT, "fps": _NUMBER, "ground": _TEXT, "lock_feet": _FLAG}
_RUN = {
    "export": _TEXTS,
    "retries": _WHOLE,
    "timeout_min": _NUMBER,
    "memory_mb": _WHOLE,
    "cpus": _NUMBER,
    "gpus": _NUMBER,
}
_DEFAULTS = {**_OF_PACKAGE, **_OF_CLIP, **_RUN}
_CHARACTER = {
    "avatar": _TEXT,
    "tags": _TEXTS,
    "seed": _WHOLE,
    "detail": _TEXT,
    "axes": _TEXT,
    "fit": _TEXT,
    "rest_pose": _TEXT,
    "parts": _TEXT,
    "body": _TEXT,
    "drop_nan": _FLAG,
    "drop_floor": _FLAG,
    "drop_strays": _FLAG,
    **_OF_PACKAGE,
}
_MOTION = {
    "file": _TEXT,
    "tags": _TEXTS,
    "unit": _TEXT,
    "axes": _TEXT,
    "joint_mapping": _TEXT,
    "reference_frame": _WHOLE,
    "take": _TEXT,
    "start_frame": _WHOLE,
    "stop_frame": _WHOLE,
    "loop": _TEXT,
    **_OF_CLIP,
}
_BAKE = {"characters": _TEXTS, "motions": _TEXTS, "exclude": _TEXTS, **_OF_CLIP, "export": _TEXTS}
_TABLES = ("library", "defaults", "characters", "motions", "bake")
# What a value may be, where it is one of few words, or a number from, to.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "quality": get_args(BakeQuality),
    "detail": get_args(DetailName),
    "unit": get_args(Unit),
    "ground": get_args(Ground),
    "fit": ("auto", "none"),
}
_AXES: Mapping[str, tuple[str, ...]] = {"characters": get_args(Axes), "motions": get_args(MotionAxes)}
_RANGES: Mapping[str, tuple[float, float]] = {
    "max_error_mm": (MIN_ERROR_M * 1e3, MAX_ERROR_M * 1e3),
    "practice": (0, 100),
    "seed": (0, 2**63 - 1),
    "fps": (1e-3, 1000),
    "reference_frame": (0, 2**31),
    "start_frame": (0, 2**31),
    "stop_frame": (1, 2**31),
    "retries": (0, 100),
    "timeout_min": (1e-3, 1e6),
    "memory_mb": (1, 1 << 30),
    "cpus": (1e-3, 1e4),
    "gpus": (0, 1e3),
}
# Keys that say something about files of Gaussians alone, and about built-in characters alone.
_OF_FILES = ("axes", "fit", "rest_pose", "parts", "drop_nan", "drop_floor", "drop_strays")
_OF_BUILTINS = ("seed", "detail")


@dataclass(frozen=True)
class Entry:
    """A character or a motion.

    Attributes:
        name: as the manifest has it; a package or a clip is called so.
        values: the other keys of its table.
        tags: what rules may choose it by.
    """

    name: str
    values: Mapping[str, Any]
    tags: tuple[str, ...]

    def matches(self, pattern: str) -> bool:
        """Whether a name, a glob or a tag chooses it."""
        return fnmatch.fnmatchcase(self.name, pattern) or any(fnmatch.fnmatchcase(tag, pattern) for tag in self.tags)


@dataclass(frozen=True)
class Rule:
    """One ``[[bake]]``: which characters are baked with which motions, and how.

    Attributes:
        characters, motions: names, globs or tags.
        exclude: of motions that are not, though they are chosen.
        values: the other keys.
    """

    characters: tuple[str, ...]
    motions: tuple[str, ...]
    exclude: tuple[str, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Manifest:
    """A library as it is wanted.

    Attributes:
        path: of the file.
        name: of the library.
        store: folder, absolute, or URL where packages go.
        defaults: values for all characters and motions.
        characters, motions: in the order of the file, by name.
        rules: every ``[[bake]]``.
    """

    path: Path
    name: str
    store: str
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    characters: Mapping[str, Entry] = field(default_factory=dict[str, Entry])
    motions: Mapping[str, Entry] = field(default_factory=dict[str, Entry])
    rules: tuple[Rule, ...] = ()

    @property
    def folder(self) -> Path:
        """Relative paths are relative to it."""
        return self.path.parent

    def clips_of(self, character: Entry) -> dict[str, Mapping[str, Any]]:
        """Names of a character's motions, in the manifest's order, and what rules say of each; later rules win."""
        chosen: dict[str, dict[str, Any]] = {}
        for rule in self.rules:
            if any(character.matches(pattern) for pattern in rule.characters):
                for motion in self.motions.values():
                    if any(map(motion.matches, rule.motions)) and not any(map(motion.matches, rule.exclude)):
                        chosen.setdefault(motion.name, {}).update(rule.values)
        return {name: chosen[name] for name in self.motions if name in chosen}

    def unchosen(self) -> Iterator[str]:
        """Characters and motions that no rule chooses; motions that one excludes are left out on purpose."""
        used: set[str] = set()
        for name, character in self.characters.items():
            clips = self.clips_of(character)
            used.update(clips)
            if not clips:
                yield f"characters.{name}"
        excluding = [pattern for rule in self.rules for pattern in rule.exclude]
        for name, motion in self.motions.items():
            if name not in used and not any(map(motion.matches, excluding)):
                yield f"motions.{name}"


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest; whether files are there is for the plan to find.

    Args:
        path: the file, or the folder that it lies in.

    Raises:
        NotFoundError: ``library-no-manifest``. UsageError: ``library-key-unknown``, ``library-value``,
            ``library-matches-nothing``. InputError: ``library-not-toml``.
    """
    path = path / MANIFEST_NAME if path.is_dir() else path
    tables = _parsed(path)
    _refuse_unknown(tables, _TABLES, str(path.name))
    library = _table(tables, "library", _LIBRARY)
    if library.get("format", _FORMAT) != _FORMAT:
        raise _bad_value("library.format", library["format"], f"{_FORMAT}", "Update ani3d, or set format = 1.")
    characters = _entries(tables, "characters", _CHARACTER, "avatar")
    motions = _entries(tables, "motions", _MOTION, "file")
    manifest = Manifest(
        path.absolute(),
        str(library.get("name", path.absolute().parent.name)),
        _store(path, str(library.get("store", "out"))),
        _table(tables, "defaults", _DEFAULTS),
        characters,
        motions,
        tuple(_rules(tables)),
    )
    _refuse_empty_rules(manifest)
    return manifest


def _parsed(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise _bad_value(str(path), f"{path.stat().st_size:,} bytes", f"at most {_MAX_BYTES:,}", "Split it.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFoundError(
            "library-no-manifest",
            path,
            found="no such file",
            expected=f"a {MANIFEST_NAME}",
            fix="Run 'ani3d library init' to write one, or name it with --manifest.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(
            "library-not-toml",
            path,
            found=f"something that is not TOML ({error})",
            expected="TOML in UTF-8",
            fix="Mend the place that is named; strings stand in quotes.",
        ) from None


def _store(path: Path, store: str) -> str:
    return store if "://" in store else str(path.absolute().parent / store)


def _entries(
    tables: Mapping[str, Any], kind: str, known: Mapping[str, tuple[type, ...]], needed: str
) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for name, _ in _mapping(tables.get(kind, {}), kind).items():
        _refuse_twin(kind, name, entries)
        values = dict(_table(tables[kind], name, known, f"{kind}."))
        _refuse_name(f"{kind}.{name}", name)
        tags = tuple(values.pop("tags", ()))
        if needed not in values:
            raise _bad_value(f"{kind}.{name}", f"no {needed}", f'{needed} = "…"', f"Say which {needed} it is.")
        if kind == "characters":
            _refuse_idle(f"characters.{name}", values)
        entries[name] = Entry(name, values, tags)
    return entries


def _refuse_twin(kind: str, name: str, entries: Mapping[str, Entry]) -> None:
    """On many disks, upper and lower case name the same file: one package would take the other's place."""
    twin = next((other for other in entries if other.casefold() == name.casefold()), None)
    if twin is not None:
        other = f"{kind}.{twin}, which differs in upper and lower case alone"
        raise _bad_value(f"{kind}.{name}", other, "names that differ without case, too", "Rename one of them.")


def _rules(tables: Mapping[str, Any]) -> Iterator[Rule]:
    rules = tables.get("bake", [])
    if not isinstance(rules, list):
        raise _bad_value("bake", "one table", "a list of tables", "Write [[bake]] with two brackets.")
    for index, _ in enumerate(rules):
        values = dict(_table({f"bake[{index}]": rules[index]}, f"bake[{index}]", _BAKE))
        chosen = (tuple(values.pop(key, default)) for key, default in (("characters", ["*"]), ("motions", ["*"])))
        characters, motions = chosen
        yield Rule(characters, motions, tuple(values.pop("exclude", ())), values)


def _refuse_empty_rules(manifest: Manifest) -> None:
    """A pattern that chooses nothing is a misspelling."""
    for index, rule in enumerate(manifest.rules):
        for kind, patterns, entries in (
            ("characters", rule.characters, manifest.characters),
            ("motions", (*rule.motions, *rule.exclude), manifest.motions),
        ):
            for pattern in patterns:
                if entries and not any(entry.matches(pattern) for entry in entries.values()):
                    known = [*entries, *(tag for entry in entries.values() for tag in entry.tags)]
                    raise UsageError(
                        "library-matches-nothing",
                        f"bake[{index}].{kind}",
                        found=repr(pattern),
                        expected="a name, a glob or a tag that chooses something",
                        fix=_meant(pattern, known, "names and tags"),
                    )


def _table(
    tables: Mapping[str, Any], name: str, known: Mapping[str, tuple[type, ...]], prefix: str = ""
) -> Mapping[str, Any]:
    """A table whose keys and types are right."""
    values = _mapping(tables.get(name, {}), prefix + name)
    _refuse_unknown(values, known, prefix + name)
    for key, value in values.items():
        kinds = known[key]
        is_right = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
        if isinstance(value, list):
            is_right = list in kinds and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType]
        if not is_right:
            words = {
                str: "text",
                bool: "true or false",
                int: "a whole number",
                float: "a number",
                list: "a list of texts",
            }
            raise _bad_value(f"{prefix}{name}.{key}", repr(value)[:80], words[kinds[-1]], "Correct it.")
        _refuse_value(f"{prefix}{name}.{key}", key, value, _AXES.get(prefix.rstrip(".")))
    return values


def _refuse_value(place: str, key: str, value: Any, axes: tuple[str, ...] | None) -> None:
    """Refuse a word that there is not, and a number out of range: not after hours, and not for each character."""
    words = axes if key == "axes" else _WORDS.get(key)
    if words and value not in words:
        raise _bad_value(place, repr(value)[:80], f"one of {', '.join(words)}", _meant(str(value), words, "words"))
    if key == "export":
        known = list(list_exporters())
        for name in value:
            if name not in known:
                raise _bad_value(place, repr(name)[:80], f"of {', '.join(known)}", _meant(name, known, "formats"))
    if key == "residual" and not is_residual_file(value):
        known = [*sorted(OWN_SOURCES), *RESIDUALS.names()]
        if value not in known:
            raise _bad_value(place, repr(value)[:80], f"{', '.join(known)}, or an .npz", _meant(value, known, "words"))
    low, high = _RANGES.get(key, (value, value))
    if key in _RANGES and not low <= value <= high:  # nan is in no range
        raise _bad_value(place, str(value)[:80], f"{low:g} to {high:g}", "Correct it.")


def _refuse_idle(place: str, values: Mapping[str, Any]) -> None:
    """Refuse keys that say nothing about this kind of avatar."""
    is_builtin = values["avatar"] in get_args(CharacterName)
    for key in _OF_FILES if is_builtin else _OF_BUILTINS:
        if key in values:
            found, wanted = ("built in", "a file of Gaussians") if is_builtin else ("a file", "a built-in character")
            raise _bad_value(
                f"{place}.{key}", f"{key}, and an avatar that is {found}", f"{wanted} for it", "Leave it out."
            )


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _bad_value(name, repr(value)[:80], "a table", f"Write [{name}].")
    return value  # pyright: ignore[reportUnknownVariableType]


def _refuse_unknown(values: Mapping[str, Any], known: Mapping[str, Any] | Sequence[str], place: str) -> None:
    for key in values:
        if key not in known:
            raise UsageError(
                "library-key-unknown",
                f"{place}.{key}",
                found=f"no key {key!r} there",
                expected=f"one of {', '.join(known)}",
                fix=_meant(key, list(known), "keys"),
            )


def _meant(word: str, known: Sequence[str], what: str) -> str:
    similar = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {similar[0]!r}?" if similar else f"Known {what}: {', '.join(known) or 'none'}."


def _refuse_name(place: str, name: str) -> None:
    if not _NAME.fullmatch(name) or name != name.strip():
        raise _bad_value(
            place,
            repr(name)[:120],
            "at most 100 of A-Z, a-z, 0-9, '_', '.', '-' and spaces, a letter, digit or '_' first",
            "Rename it: packages and clips are called so.",
        )


def _bad_value(place: str, found: object, expected: str, fix: str) -> UsageError:
    return UsageError("library-value", place, found=str(found), expected=expected, fix=fix)
