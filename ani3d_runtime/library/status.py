"""Status: how far a library is, from one listing of its store; no record of what is done is opened."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ani3d_runtime.library.pace import is_number
from ani3d_runtime.library.progress import HOSTS, PLAN
from ani3d_runtime.library.record import read_record, states
from ani3d_runtime.library.store import LibraryStore

# A host that bakes says so every few seconds.
_SILENT_S = 30.0


@dataclass(frozen=True)
class RunningTask:
    """A task that a host is at.

    Attributes:
        key, kind, character, label: of the task.
        host: that it runs on.
        attempt: from 1.
        stage, fraction: what it does now, and how much of that is done, 0..1.
        share: how much of the task is done, 0..1; None where its host does not know yet.
        left_s: seconds until it is done, as its host expects; None where it does not know yet.
    """

    key: str
    kind: str
    character: str
    label: str
    host: str
    attempt: int
    stage: str
    fraction: float
    share: float | None
    left_s: float | None


@dataclass(frozen=True)
class FailedTask:
    """A task that failed.

    Attributes:
        key, kind, character, label: of the task.
        code, subject, found, expected, fix: of its error; the subject is the file or field that was at fault.
        attempt: the last one, from 1.
    """

    key: str
    kind: str
    character: str
    label: str
    code: str
    subject: str
    found: str
    expected: str
    fix: str
    attempt: int


@dataclass(frozen=True)
class LibraryStatus:
    """How far a library is.

    Attributes:
        planned: when its tasks were last planned for a bake, UTC; None where no bake has begun.
        tasks: how many there are.
        done, failed: how many of them are.
        running: what hosts say that they are at.
        silent_hosts: those that bake, or were killed, and have said nothing for a while.
        failures: of those that failed, as many as were asked for.
    """

    planned: str | None
    tasks: int
    done: int
    failed: int
    running: tuple[RunningTask, ...]
    silent_hosts: tuple[str, ...]
    failures: tuple[FailedTask, ...]

    @property
    def waiting(self) -> int:
        """Tasks that are neither done nor failed, and that nobody is at."""
        return max(0, self.tasks - self.done - self.failed - len(self.running))

    def to_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {**asdict(self), "waiting": self.waiting}


def read_status(store: LibraryStore, *, most_failures: int | None = None) -> LibraryStatus:
    """How far the library in a store is.

    Args:
        store: of the library.
        most_failures: how many failures to read; all of them by default.

    Raises:
        ServiceError: ``store-unreachable``.
    """
    plan = _json(store.read(PLAN))
    planned = plan.get("tasks")
    known = states(store)
    # Records of tasks that are no longer wanted stay until gc; what counts is the last plan.
    wanted: Mapping[str, Any] = planned if isinstance(planned, dict) else known
    failed = [key for key in wanted if known.get(key) == "failed"]
    running, silent = _hosts(store)
    return LibraryStatus(
        planned=str(plan["planned"]) if "planned" in plan else None,
        tasks=len(wanted),
        done=sum(known.get(key) == "done" for key in wanted),
        failed=len(failed),
        running=tuple(task for task in running if known.get(task.key) != "done"),
        silent_hosts=tuple(silent),
        failures=tuple(_failures(store, {key: wanted[key] for key in failed[:most_failures]})),
    )


def _failures(store: LibraryStore, wanted: Mapping[str, Any]) -> Iterator[FailedTask]:
    for key, planned in wanted.items():
        record = read_record(store, key, "failed")
        if record is not None:
            error = record.error or {}
            yield FailedTask(
                key=key,
                kind=str(record.kind),
                character=str(record.character),
                label=str(planned[2]) if isinstance(planned, list) and len(planned) == 3 else str(record.result),
                code=str(error.get("code", "")),
                subject=str(error.get("subject", "")),
                found=str(error.get("found", "")),
                expected=str(error.get("expected", "")),
                fix=str(error.get("fix", "")),
                attempt=int(_number(record.attempt) or 1),
            )


def _hosts(store: LibraryStore) -> tuple[list[RunningTask], list[str]]:
    """What all hosts run, and the names of those that fell silent."""
    running: list[RunningTask] = []
    silent: list[str] = []
    for name in sorted(store.names(HOSTS)):
        modified_s = store.modified_s(HOSTS + name)
        state = _json(store.read(HOSTS + name))
        if modified_s is None or not state:
            continue
        host = f"{state.get('host')} (process {state.get('pid')})"
        if time.time() - modified_s > _SILENT_S:
            silent.append(host)
            continue
        tasks = state.get("running")
        for task in tasks if isinstance(tasks, list) else []:
            if isinstance(task, dict):
                running.append(_running(task, str(state.get("host"))))
    return running, silent


def _running(task: Mapping[str, Any], host: str) -> RunningTask:
    named = (str(task.get(name, "")) for name in ("key", "kind", "character", "label"))
    fraction, share, left_s = (_number(task.get(name)) for name in ("fraction", "share", "left_s"))
    return RunningTask(
        *named,
        host=host,
        attempt=int(_number(task.get("attempt")) or 1),
        stage=str(task.get("stage", "")),
        fraction=min(1.0, max(0.0, fraction or 0.0)),
        share=None if share is None else min(1.0, max(0.0, share)),
        left_s=left_s,
    )


def _number(value: object) -> float | None:
    return value if is_number(value) else None


def _json(data: bytes | None) -> dict[str, Any]:
    """A JSON object; an empty one where there is none, or it is damaged."""
    try:
        values = {} if data is None else json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
