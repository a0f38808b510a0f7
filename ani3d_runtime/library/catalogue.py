"""What a catalogue says of a package, and how it comes about from records."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ani3d_runtime.library.manifest import Manifest
from ani3d_runtime.library.plan import Plan
from ani3d_runtime.library.record import Record, read_catalogue, read_record, write_catalogue
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.package.reader import Package


def package_facts(path: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of a package, but for what its record knows.

    Args:
        path: of the package.
        settings: that it was baked with.
    """
    with Package.open(path) as package:
        clips = {name: _clip_facts(package, name, settings) for name in package.clip_names}
        return {
            "package": path.name,
            "digest": package.digest,
            "bytes": package.size_bytes,
            "gaussians": package.manifest.gaussian_count,
            "clips": clips,
        }


def publish_catalogue(manifest: Manifest, plan: Plan, store: LibraryStore) -> dict[str, Any]:
    """Write the catalogue from the records of all that is done, and return its characters.

    What the store holds of characters that the manifest no longer names stays listed until ``gc`` takes it.
    """
    before = read_catalogue(store).get("characters", {})
    orphans = {name.removesuffix(".a3d") for name in plan.orphans}
    characters: dict[str, Any] = {name: entry for name, entry in before.items() if name in orphans | set(plan.broken)}
    parts: dict[str, list[tuple[str, Record]]] = {}
    for planned in plan.tasks:
        task = planned.task
        record = read_record(store, task.key)
        if task.is_part:
            if record is not None:
                name = str(task.settings["clips"][0]["name"]) if task.kind == "clip" else ""
                parts.setdefault(task.character, []).append((name, record))
            continue
        if record is None:
            if task.kind == "package" and task.character in before:
                characters[task.character] = before[task.character]  # the last one that was baked is still there
            continue
        if task.kind == "package":
            entry = {
                **record.facts,
                "tags": list(manifest.characters[task.character].tags),
                "warnings": list(record.warnings),
                "seconds": record.seconds,
                "keys": {},
                "exports": {},
            }
            _add_parts(entry, parts.get(task.character, []))
            characters[task.character] = entry
        elif task.character in characters:
            characters[task.character]["exports"][str(task.settings["format"])] = record.facts.get("files", [])
        if task.character in characters:
            characters[task.character]["keys"][task.result] = task.key
    for place in plan.orphans:
        _keep_export(place, before, characters)
    write_catalogue(store, manifest.name, characters)
    return characters


def _keep_export(place: str, before: Mapping[str, Any], characters: Mapping[str, Any]) -> None:
    """An export that is no longer wanted stays listed, so that ``gc`` finds its files."""
    _, _, rest = place.partition("exports/")
    name, _, format = rest.rpartition("/")
    if name in characters and name in before:
        was = before[name]
        characters[name]["exports"].setdefault(format, was["exports"][format])
        characters[name]["keys"].setdefault(place, was["keys"].get(place, ""))


def _add_parts(entry: dict[str, Any], parts: Sequence[tuple[str, Record]]) -> None:
    """What the tasks of a package's parts took, and what those of clips, which have a name, warned of."""
    for name, record in parts:
        if name in entry["clips"]:
            told = {"baked_in_s": record.seconds, "warnings": list(record.warnings)}
            entry["clips"] = {**entry["clips"], name: {**entry["clips"][name], **told}}
    entry["seconds"] = round(entry["seconds"] + sum(record.seconds for _, record in parts), 3)


def _clip_facts(package: Package, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    clip = package.clip(name)
    stated = next(each for each in package.manifest.clips if each.name == name)
    bound_mm = package.manifest.max_error_m * 1e3
    max_error_mm = stated.error.max_m * 1e3
    return {
        "seconds": round(clip.frame_count / clip.fps, 3),
        "frames": clip.frame_count,
        "fps": clip.fps,
        "bytes": clip.stored_bytes,
        "max_error_mm": round(max_error_mm, 4),
        "bound_mm": bound_mm,
        "within": all(map(operator.le, stated.error.part_max_m, package.manifest.part_max_error_m)),
        "quality": settings.get("quality", ""),
    }
