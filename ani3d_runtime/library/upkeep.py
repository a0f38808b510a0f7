"""Upkeep of a store: whether packages are what the catalogue says, and what nothing needs any more."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ani3d_runtime.errors import Ani3dError, BrokenPackageError, NotFoundError
from ani3d_runtime.library.plan import PACKAGE_SUFFIX, Plan
from ani3d_runtime.library.record import TASKS, read_catalogue, states
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import CURRENT, EXPORTS, PARTS
from ani3d_runtime.package.reader import Package
from ani3d_runtime.progress import ProgressCallback


def validated(store: LibraryStore, progress: ProgressCallback) -> dict[str, Ani3dError | None]:
    """Package → what is wrong with it, None where nothing is: every byte is read and compared with its checksums.

    Exports are not read again: those of which a file is gone are listed besides.
    """
    entries = read_catalogue(store).get("characters", {})
    found: dict[str, Ani3dError | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        for index, entry in enumerate(entries.values()):
            name = str(entry.get("package"))
            found[name] = _wrong(store, name, str(entry.get("digest")), Path(folder) / "package.a3d")
            progress((index + 1) / len(entries))
    return {**found, **_gone_exports(store, entries)}


def _gone_exports(store: LibraryStore, entries: Mapping[str, Any]) -> dict[str, Ani3dError]:
    listed = {
        f"{EXPORTS}{name}/{format}/{file}"
        for name, entry in entries.items()
        for format, files in entry.get("exports", {}).items()
        for file in files
    }
    there = {EXPORTS + name for name in store.all_names(EXPORTS)} if listed else set[str]()
    return {name: _missing(store, name) for name in sorted(listed - there)}


def removable(plan: Plan, store: LibraryStore) -> list[str]:
    """Names of objects that belong to no task of the plan: packages, exports and records."""
    wanted = {planned.task.key for planned in plan.tasks}
    gone = {name.removesuffix(".a3d") for name in plan.orphans}
    entries = read_catalogue(store).get("characters", {})
    found = [name for name in plan.orphans if name.endswith(PACKAGE_SUFFIX)]
    found += [CURRENT + name for name in plan.orphans]
    for name, entry in sorted(entries.items()):
        for format, files in entry.get("exports", {}).items():
            place = f"{EXPORTS}{name}/{format}"
            if name in gone or place in plan.orphans:
                found += [f"{place}/{file}" for file in files]
    last = {
        key
        for entry in entries.values()
        for result, key in entry.get("keys", {}).items()
        if entry.get("package") not in plan.orphans and result not in plan.orphans
    }
    if not plan.broken:
        parts = {planned.task.result for planned in plan.tasks}
        found += sorted(PARTS + name for name in store.names(PARTS) if PARTS + name not in parts)
        for key, state in sorted(states(store).items()):
            if key not in wanted | last:
                found.append(f"{TASKS}{key}{'.json' if state == 'done' else '.failed.json'}")
    return found


def remove(store: LibraryStore, names: Sequence[str]) -> None:
    """Remove objects, packages first: a record that is left alone does no harm."""
    for name in names:
        store.delete(name)


def _wrong(store: LibraryStore, name: str, digest: str, path: Path) -> Ani3dError | None:
    try:
        if not store.fetch(name, path):
            return _missing(store, name)
        with Package.open(path) as package:
            package.check_content()
            if package.digest != digest:
                return BrokenPackageError(
                    "package-digest-wrong",
                    name,
                    found=f"content of digest {package.digest[:16]}…",
                    expected=f"{digest[:16]}…, as the catalogue says",
                    fix="Run 'ani3d library bake' again; somebody else wrote to the store.",
                )
    except Ani3dError as error:
        return error
    return None


def _missing(store: LibraryStore, name: str) -> Ani3dError:
    return NotFoundError(
        "library-package-missing",
        name,
        found=f"no such object in {store.name}",
        expected="what the catalogue lists",
        fix="Run 'ani3d library bake': it makes what is missing.",
    )
