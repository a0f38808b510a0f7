"""Records: what became of tasks, and the catalogue of what a library holds; JSON in its store."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

from ani3d_runtime import __version__
from ani3d_runtime.errors import NotFoundError
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import Task

CATALOGUE = "catalogue.json"
TASKS = "tasks/"
# The state of a task is part of its record's name, so that one listing tells that of all.
_SUFFIXES = {"done": ".json", "failed": ".failed.json"}


@dataclass(frozen=True)
class Record:
    """The outcome of one task.

    Attributes:
        key, kind, character, result: of the task.
        state: whether it is done.
        decides: what its key is a digest of, by which a plan tells what has changed.
        digest, bytes: of what was made.
        seconds, cpu_seconds, peak_mb: what it took.
        facts: of a package, its entry in the catalogue.
        warnings: errors as JSON that were said and did not stop it.
        error: why it failed, as JSON.
        attempt: from 1.
        cached: True if it had been done before a process was asked to do it; False in the store.
        host, started, finished, ani3d: where, when (UTC, ISO 8601) and by which version.
    """

    key: str
    kind: str
    character: str
    result: str
    state: Literal["done", "failed"]
    decides: Mapping[str, Any] = field(default_factory=dict[str, Any])
    digest: str = ""
    bytes: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    warnings: tuple[Mapping[str, Any], ...] = ()
    error: Mapping[str, Any] | None = None
    attempt: int = 1
    cached: bool = False
    host: str = field(default_factory=socket.gethostname)
    started: str = ""
    finished: str = ""
    ani3d: str = __version__

    @classmethod
    def of(cls, task: Task, state: Literal["done", "failed"], **fields: Any) -> Record:
        """The record of a task."""
        return cls(task.key, task.kind, task.character, task.result, state, task.decides, **fields)

    @classmethod
    def from_bytes(cls, data: bytes) -> Record | None:
        """What was written; None where it is damaged, which counts as never having been done."""
        try:
            values = json.loads(data)
            known: dict[str, Any] = {name: values[name] for name in cls.__dataclass_fields__ if name in values}
            known["warnings"] = tuple(known["warnings"])
            record = cls(**known)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return record if record.state in _SUFFIXES and isinstance(values["facts"], dict) else None

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


def write_record(store: LibraryStore, record: Record) -> None:
    """Publish a record; one of another outcome of that task goes."""
    data = json.dumps(record.to_json(), indent=1, allow_nan=False).encode()
    store.publish(f"{TASKS}{record.key}{_SUFFIXES[record.state]}", data)
    for state, suffix in _SUFFIXES.items():
        if state != record.state:
            store.delete(f"{TASKS}{record.key}{suffix}")


def read_record(store: LibraryStore, key: str, state: Literal["done", "failed"] = "done") -> Record | None:
    """The record of a task in a state; None where there is none."""
    data = store.read(f"{TASKS}{key}{_SUFFIXES[state]}")
    return None if data is None else Record.from_bytes(data)


def states(store: LibraryStore) -> dict[str, Literal["done", "failed"]]:
    """Key → state, of every task that has a record; by one listing."""
    found: dict[str, Literal["done", "failed"]] = {}
    for name in store.names(TASKS):
        if name.endswith(_SUFFIXES["failed"]):
            found.setdefault(name.removesuffix(_SUFFIXES["failed"]), "failed")
        elif name.endswith(_SUFFIXES["done"]):
            found[name.removesuffix(_SUFFIXES["done"])] = "done"
    return found


def read_catalogue(store: LibraryStore) -> dict[str, Any]:
    """The catalogue; an empty one where there is none, or it is damaged."""
    data = store.read(CATALOGUE)
    try:
        catalogue = {} if data is None else json.loads(data)
    except ValueError:
        catalogue = {}
    return catalogue if isinstance(catalogue, dict) else {}


def write_catalogue(store: LibraryStore, name: str, characters: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the catalogue: last of all, and as a whole."""
    catalogue = {"name": name, "ani3d": __version__, "characters": dict(sorted(characters.items()))}
    store.publish(CATALOGUE, json.dumps(catalogue, indent=1, sort_keys=True, allow_nan=False).encode())


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def failure_of(error: Mapping[str, Any], label: str) -> str:
    """One line about a task that failed: the code, the file or field that was at fault, and what was found there."""
    subject = str(error.get("subject", ""))
    place = f"{subject}: " if subject and subject != label else ""
    return f"[{error.get('code', '')}] {place}found {error.get('found', '')}"


def not_baked(store: LibraryStore) -> NotFoundError:
    """The refusal of a store without a catalogue."""
    return NotFoundError(
        "library-not-baked",
        store.name,
        found="no catalogue",
        expected="the store of a library that was baked",
        fix="Run 'ani3d library bake' first.",
    )
