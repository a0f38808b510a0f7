"""Baking: every task that is due through an executor, failures kept apart, the catalogue written last."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.library.event import Event
from ani3d_runtime.library.executor import Executor, Outcome
from ani3d_runtime.library.plan import Plan
from ani3d_runtime.library.record import Record, now, read_record, write_record
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import Task


@dataclass(frozen=True)
class BakeSummary:
    """What a bake of a library came to.

    Attributes:
        done: tasks that were done now.
        cached: tasks that had been done.
        failed: tasks that were not done, those that needed them among them.
        warned: whether any of those done now says that something is likely wrong.
        seconds: wall time.
    """

    done: int
    cached: int
    failed: int
    warned: bool
    seconds: float


class Baking:
    """One bake of a library.

    Args:
        plan: what is due.
        store: where results go.
        executor: where tasks run.
        watch: called with every event.
        keep_going: whether others go on where one has failed.
    """

    def __init__(
        self,
        plan: Plan,
        store: LibraryStore,
        executor: Executor,
        watch: Callable[[Event], None],
        *,
        keep_going: bool = True,
    ) -> None:
        self._store, self._executor, self._watch, self._keep_going = store, executor, watch, keep_going
        self._due = {planned.task.key: planned.task for planned in plan.due}
        self._cached = len(plan.tasks) - len(self._due)
        self._attempts = dict.fromkeys(self._due, 1)
        self._broken = plan.broken
        self._open = set(self._due)
        self._done: set[str] = set()
        self._failed: set[str] = set()
        self._warned = False

    def run(self) -> BakeSummary:
        """Do what is due; returns when nothing is left that can be done."""
        started = time.monotonic()
        self._watch(Event("plan", facts={"tasks": len(self._due), "cached": self._cached, "broken": len(self._broken)}))
        for task in list(self._ready()):
            self._submit(task)
        while self._attending():
            self._take(self._executor.next_outcome())
        summary = BakeSummary(
            len(self._done),
            self._cached,
            len(self._failed) + len(self._broken),
            self._warned,
            time.monotonic() - started,
        )
        facts = {"done": summary.done, "cached": summary.cached, "failed": summary.failed}
        self._watch(Event("summary", facts={**facts, "seconds": round(summary.seconds, 3)}))
        return summary

    def _attending(self) -> bool:
        return bool(self._submitted - self._done - self._failed)

    @property
    def _submitted(self) -> set[str]:
        return set(self._due) - self._open

    def _ready(self) -> Iterator[Task]:
        for key in sorted(self._open):
            needs = [need for need in self._due[key].needs if need in self._due]
            if all(need in self._done for need in needs):
                yield self._due[key]

    def _submit(self, task: Task) -> None:
        self._open.discard(task.key)
        self._tell("task-queued", task, {"attempt": self._attempts[task.key]})
        self._executor.submit(task, self._attempts[task.key])

    def _take(self, outcome: Outcome) -> None:
        task = self._due[outcome.key]
        if outcome.kind == "started":
            self._tell("task-started", task, outcome.facts)
        elif outcome.kind == "progress":
            self._tell("task-progress", task, {key: outcome.facts.get(key) for key in ("stage", "fraction")})
        elif outcome.kind == "done":
            self._finish(task, outcome.facts)
        else:
            self._fail(task, outcome)

    def _finish(self, task: Task, record: Any) -> None:
        self._done.add(task.key)
        self._warned = self._warned or bool(record.get("warnings"))
        names = ("digest", "bytes", "seconds", "peak_mb", "cached", "warnings")
        self._tell("task-finished", task, {name: record.get(name) for name in names})
        for ready in list(self._ready()):
            self._submit(ready)

    def _fail(self, task: Task, outcome: Outcome) -> None:
        """What refuses will refuse again; what was killed may have had no luck."""
        attempt = self._attempts[task.key]
        again = outcome.kind == "killed" and attempt <= task.retries
        self._tell("task-failed", task, {**outcome.facts, "attempt": attempt, "will_retry": again})
        if again:
            self._attempts[task.key] = attempt + 1
            self._executor.submit(task, attempt + 1)
            return
        self._failed.add(task.key)
        if read_record(self._store, task.key, "failed") is None:  # its process could not say so itself
            record = Record.of(task, "failed", error=dict(outcome.facts), attempt=attempt, finished=now())
            write_record(self._store, record)
        self._give_up_what_needs(task)
        if not self._keep_going:
            self._failed |= self._open
            self._open.clear()

    def _give_up_what_needs(self, failed: Task) -> None:
        for key in list(self._open):
            if failed.key in self._due[key].needs:
                self._open.discard(key)
                self._failed.add(key)
                self._tell("task-failed", self._due[key], {**_in_vain(self._due[key], failed), "will_retry": False})
                self._give_up_what_needs(self._due[key])

    def _tell(self, event: Any, task: Task, facts: Any) -> None:
        self._watch(Event(event, task.key, task.kind, task.character, task.result, facts))


def _in_vain(task: Task, failed: Task) -> dict[str, Any]:
    return ResourceError(
        "library-need-failed",
        task.label,
        found=f"{failed.label} failed, which it needs",
        expected="its result",
        fix=f"Mend {failed.label}; this is done then.",
    ).to_json()
