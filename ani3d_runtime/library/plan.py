"""Plan: what is to be done so that a store holds what a manifest wants, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ani3d_runtime.bake.inputs import sha256_of
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.library.manifest import Manifest
from ani3d_runtime.library.parts import part_tasks
from ani3d_runtime.library.record import failure_of, read_catalogue, read_record, states
from ani3d_runtime.library.resolved import KnownClips, ResolvedCharacter, resolved
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import CURRENT, EXPORTS, PARTS, Task, key_of, made_of

State = Literal["new", "changed", "unchanged", "failed"]
PACKAGE_SUFFIX = ".a3d"
# So many earlier tasks are asked what they took.
_SAMPLE = 40
# Of recipe numbers, where one of them makes everything new.
_NUMBERS = "recipe_numbers"


@dataclass(frozen=True)
class PlannedTask:
    """A task and how its result stands.

    Attributes:
        task: the work.
        state: ``new``, ``changed``, ``failed`` when it was last tried and has not changed since, or ``unchanged``.
        reasons: of a changed one: which fields and files; of a failed one: what it failed of.
    """

    task: Task
    state: State
    reasons: tuple[str, ...] = ()

    @property
    def is_wanted(self) -> bool:
        """Whether the store lacks its result."""
        return self.state != "unchanged"


@dataclass(frozen=True)
class Plan:
    """All of a library.

    Attributes:
        tasks: every task, those that others need first.
        broken: character → why it cannot be planned.
        orphans: names in the store that nothing in the manifest wants: packages, and folders of exports.
        unchosen: characters, as ``characters.NAME``, and motions that no rule chooses. Motions that a rule excludes
            are left out on purpose, and are not among them.
        cpu_hours, megabytes: what is due will take and weigh, as earlier tasks did; None where none is known.
    """

    tasks: tuple[PlannedTask, ...]
    broken: Mapping[str, Ani3dError]
    orphans: tuple[str, ...]
    cpu_hours: float | None = None
    megabytes: float | None = None
    unchosen: tuple[str, ...] = ()

    @property
    def due(self) -> list[PlannedTask]:
        """What the next bake does: all that is wanted, but for what failed and has not changed, and what needs that."""
        left: set[str] = set()
        for planned in self.tasks:  # what others need comes first
            if planned.state == "failed" or left.intersection(planned.task.needs):
                left.add(planned.task.key)
        return [planned for planned in self.tasks if planned.is_wanted and planned.task.key not in left]

    @property
    def failed(self) -> list[PlannedTask]:
        """What failed when it was last tried, and has not changed since."""
        return [planned for planned in self.tasks if planned.state == "failed"]

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""

        def listed(state: State) -> list[dict[str, Any]]:
            return [
                {
                    "key": planned.task.key,
                    "kind": planned.task.kind,
                    "character": planned.task.character,
                    "result": planned.task.result,
                    "reasons": list(planned.reasons),
                }
                for planned in self.tasks
                if planned.state == state
            ]

        return {
            "new": listed("new"),
            "changed": listed("changed"),
            "failed": listed("failed"),
            "unchanged": listed("unchanged"),
            "orphaned": list(self.orphans),
            "unchosen": list(self.unchosen),
            "broken": [{"character": name, "error": error.to_json()} for name, error in self.broken.items()],
            "cpu_hours": self.cpu_hours,
            "megabytes": self.megabytes,
        }


class Planner:
    """Plans a library; every file is read once, for its digest.

    Nothing is guessed from time stamps: what decides is content.
    """

    def __init__(self, manifest: Manifest, store: LibraryStore) -> None:
        self._manifest, self._store = manifest, store
        self._digests: dict[Path, str] = {}
        self._clips: KnownClips = {}
        # Names of what lies at the top of the store, as of the last plan.
        self._present: frozenset[str] = frozenset()
        self._parts: frozenset[str] = frozenset()
        self._exported: frozenset[str] = frozenset()

    def tasks_of(self, name: str) -> list[Task]:
        """The tasks of one character, those that others need first; none where no rule gives it a motion.

        Raises:
            NotFoundError: ``library-file-missing``. ResourceError: ``file-unreadable``.
        """
        found = resolved(self._manifest, self._manifest.characters[name], self._digest, self._clips)
        return [] if found is None else list(_tasks(found))

    def plan(self) -> Plan:
        """All tasks, and how they stand."""
        known, catalogue = states(self._store), read_catalogue(self._store)
        entries = catalogue.get("characters")
        before: Mapping[str, Any] = entries if isinstance(entries, dict) else {}
        self._present = frozenset(self._store.names(""))
        self._parts = frozenset(PARTS + name for name in self._store.names(PARTS))
        has_exports = any(entry.get("exports") for entry in before.values() if isinstance(entry, dict))
        self._exported = (
            frozenset(EXPORTS + name for name in self._store.all_names(EXPORTS)) if has_exports else frozenset()
        )
        planned: list[PlannedTask] = []
        broken: dict[str, Ani3dError] = {}
        for name in self._manifest.characters:
            try:
                tasks = self.tasks_of(name)
            except Ani3dError as error:
                broken[name] = error
                continue
            planned += _needed([self._standing(task, known, before.get(name)) for task in tasks])
        due = sum(task.is_wanted for task in planned)
        hours, megabytes = self._expected(known, due) if due else (0.0, 0.0)
        orphans = tuple(self._orphans(planned, broken, before)) if self._present else ()
        return Plan(tuple(planned), broken, orphans, hours, megabytes, tuple(self._manifest.unchosen()))

    def _standing(self, task: Task, known: Mapping[str, str], entry: Any) -> PlannedTask:
        state = known.get(task.key)
        if state == "done":
            if task.is_part and task.result not in self._parts:
                return PlannedTask(task, "new")
            if task.kind == "package" and task.result not in self._present:
                return PlannedTask(task, "changed", (f"{task.result} is no longer in the store",))
            gone = self._missing(task, entry) if task.kind == "export" else None
            return (
                PlannedTask(task, "changed", (f"{gone} is no longer in the store",))
                if gone
                else PlannedTask(task, "unchanged")
            )
        if state == "failed":
            record = read_record(self._store, task.key, "failed")
            return PlannedTask(task, "failed", () if record is None else (failure_of(record.error or {}, task.label),))
        last = entry.get("keys", {}).get(task.result) if isinstance(entry, dict) else None
        if not isinstance(last, str):
            return PlannedTask(task, "new")
        record = read_record(self._store, last)
        reasons = () if record is None else tuple(differences(record.decides, task.decides))
        return PlannedTask(task, "changed", reasons)

    def _missing(self, task: Task, entry: Any) -> str | None:
        """A file of an export that somebody took away."""
        if not isinstance(entry, dict) or entry.get("keys", {}).get(task.result) != task.key:
            return None
        facts = {"files": entry.get("exports", {}).get(task.settings["format"], ())}
        return next((name for name in made_of(task, facts) if name not in self._exported), None)

    def _expected(self, known: Mapping[str, str], due: int) -> tuple[float | None, float | None]:
        keys = [key for key, state in known.items() if state == "done"][:_SAMPLE]
        records = [record for key in keys if (record := read_record(self._store, key)) is not None]
        if not records:
            return None, None
        mean = due / len(records)
        return sum(r.cpu_seconds for r in records) * mean / 3600, sum(r.bytes for r in records) * mean / 1e6

    def _orphans(
        self, planned: list[PlannedTask], broken: Mapping[str, Ani3dError], listed: Mapping[str, Any]
    ) -> Iterator[str]:
        """What this library made and nobody wants: packages, then exports. What somebody else put there is theirs."""
        wanted = {each.task.result for each in planned} | {f"{name}{PACKAGE_SUFFIX}" for name in broken}
        own = {f"{name}{PACKAGE_SUFFIX}" for name in listed} | set(self._store.names(CURRENT))
        yield from sorted(name for name in (self._present & own) - wanted if name.endswith(PACKAGE_SUFFIX))
        for name in sorted(listed.keys() & self._manifest.characters.keys() - broken.keys()):
            for format, files in sorted(listed[name].get("exports", {}).items()):
                place = f"{EXPORTS}{name}/{format}"
                if place not in wanted and any(f"{place}/{file}" in self._exported for file in files):
                    yield place

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = sha256_of(path)[0]
        return self._digests[path]


def _needed(planned: list[PlannedTask]) -> list[PlannedTask]:
    """The tasks of a character. Parts of a package that is done need not be there any more."""
    if any(each.is_wanted and each.task.kind == "package" for each in planned):
        return planned
    return [replace(each, state="unchanged", reasons=()) if each.task.is_part else each for each in planned]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Fields and files that differ, a line each."""
    old, new = dict(_flat(before)), dict(_flat(after))
    for place in [*old, *(place for place in new if place not in old)]:
        was, now = old.get(place), new.get(place)
        if was == now:
            continue
        if place.endswith(".sha256"):
            yield f"{place.removesuffix('.sha256')}: another content of {new.get(place[:-6] + 'name', 'the file')}"
        elif place.startswith(_NUMBERS):
            yield f"{place}: this version of ani3d bakes otherwise ({was} → {now})"
        elif not place.endswith(".name") or f"{place[:-4]}sha256" not in old:
            yield f"{place}: {'nothing' if was is None else was} → {'nothing' if now is None else now}"


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            name = inner.get("name", index) if isinstance(inner, Mapping) else index
            yield from _flat(inner, f"{place}.{name}")
    else:
        yield place, value


def _tasks(found: ResolvedCharacter) -> Iterator[Task]:
    minutes = found.run.get("timeout_min")
    limits: dict[str, Any] = {key: value for key, value in found.run.items() if key != "timeout_min"}
    limits["timeout_s"] = None if minutes is None else 60.0 * minutes
    package = f"{found.name}{PACKAGE_SUFFIX}"
    parts = part_tasks(found, limits)
    yield from parts
    key = key_of({"kind": "package", "result": package, **found.decides})
    # The base is in all others.
    settings = {**found.settings, "made_of": {part.result: part.kind for part in parts[1:]}}
    needs = tuple(part.key for part in parts)
    yield Task(key, "package", found.name, package, found.decides, settings, needs, **limits)
    for format in found.exports:
        decides = {"package": key, "format": format}
        result = f"{EXPORTS}{found.name}/{format}"
        own = {"package": package, "format": format}
        yield Task(key_of({"kind": "export", **decides}), "export", found.name, result, decides, own, (key,), **limits)
