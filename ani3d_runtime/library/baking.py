"""Baking: every task that is due through an executor, failures kept apart, the catalogue written last."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.library.ending import NO_FAULT, PASSING
from ani3d_runtime.library.event import Event
from ani3d_runtime.library.executor import Executor, Outcome
from ani3d_runtime.library.lease import Leases
from ani3d_runtime.library.plan import Plan
from ani3d_runtime.library.record import Record, now, read_record, write_record
from ani3d_runtime.library.run import is_there
from ani3d_runtime.library.store import LibraryStore
from ani3d_runtime.library.task import Task

# How long until a task is looked at again that another host does, or that met a store that does not answer.
_AGAIN_S = 2.0
_LOOK_S = 0.2


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
        self._leases = Leases(store)
        self._due = {planned.task.key: planned.task for planned in plan.due}
        self._cached = len(plan.tasks) - len(self._due)
        self._attempts = dict.fromkeys(self._due, 1)
        self._broken = plan.broken
        # Key → what it still waits for, and what waits for it.
        self._unmet = {key: {need for need in task.needs if need in self._due} for key, task in self._due.items()}
        self._dependents: dict[str, list[str]] = {}
        for key, needs in self._unmet.items():
            for need in needs:
                self._dependents.setdefault(need, []).append(key)
        self._urgency = _urgency(self._due, self._dependents)
        # A heap: what has most work behind it comes first, and of equals that of the smaller key.
        self._ready: list[tuple[float, str]] = []
        # What another host does now, or a store that does not answer stops: when it is looked at again.
        self._later: list[tuple[float, Task]] = []
        self._running: set[str] = set()
        self._done: set[str] = set()
        self._failed: set[str] = set()
        self._warned = False

    def run(self) -> BakeSummary:
        """Do what is due; returns when nothing is left that can be done."""
        started = time.monotonic()
        self._watch(Event("plan", facts={"tasks": len(self._due), "cached": self._cached, "broken": len(self._broken)}))
        for task in self._due.values():
            if not self._unmet[task.key]:
                self._queue(task)
        while self._fill():
            outcome = self._executor.next_outcome(_LOOK_S if self._later else None)
            if outcome is not None:
                self._take(outcome)
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

    def _queue(self, task: Task) -> None:
        self._make_ready(task)
        self._tell("task-queued", task, {"attempt": self._attempts[task.key]})

    def _make_ready(self, task: Task) -> None:
        heapq.heappush(self._ready, (-self._urgency[task.key], task.key))

    def _fill(self) -> bool:
        """Give the executor what it has room for; whether anything is left to wait for."""
        moment = time.monotonic()
        due = [task for at_s, task in self._later if at_s <= moment]
        self._later = [(at_s, task) for at_s, task in self._later if at_s > moment]
        for task in due:
            self._make_ready(task)
        while self._ready and self._executor.room > 0:
            self._begin(self._due[heapq.heappop(self._ready)[1]])
        return bool(self._running or self._ready or self._later)

    def _begin(self, task: Task) -> None:
        """Begin a task, unless another host has done it meanwhile, or does it now."""
        record = read_record(self._store, task.key)
        if record is not None and is_there(task, record, self._store):
            self._finish(task, {**record.to_json(), "cached": True})
        elif self._leases.is_held(task.key):
            self._later.append((time.monotonic() + _AGAIN_S, task))
        else:
            self._running.add(task.key)
            self._executor.submit(task, self._attempts[task.key])

    def _take(self, outcome: Outcome) -> None:
        task = self._due[outcome.key]
        if outcome.kind == "started":
            self._tell("task-started", task, outcome.facts)
        elif outcome.kind == "progress":
            self._tell("task-progress", task, {key: outcome.facts.get(key) for key in ("stage", "fraction")})
        else:
            self._running.discard(task.key)
            if outcome.kind == "done":
                self._finish(task, outcome.facts)
            elif outcome.facts.get("code") == "library-task-held":
                self._later.append((time.monotonic() + _AGAIN_S, task))
            else:
                self._fail(task, outcome)

    def _finish(self, task: Task, record: Any) -> None:
        self._done.add(task.key)
        self._warned = self._warned or bool(record.get("warnings"))
        names = ("digest", "bytes", "seconds", "peak_mb", "cached", "warnings")
        self._tell("task-finished", task, {name: record.get(name) for name in names})
        for key in self._dependents.get(task.key, ()):
            self._unmet[key].discard(task.key)
            if not self._unmet[key] and key not in self._failed:
                self._queue(self._due[key])

    def _fail(self, task: Task, outcome: Outcome) -> None:
        """What refuses will refuse again; what was killed, or met a store that was away, may have had no luck."""
        attempt = self._attempts[task.key]
        is_passing = outcome.kind == "killed" or outcome.facts.get("code") in PASSING
        again = is_passing and attempt <= task.retries
        self._tell("task-failed", task, {**outcome.facts, "attempt": attempt, "will_retry": again})
        if again:
            self._attempts[task.key] = attempt + 1
            pause_s = 0.0 if outcome.kind == "killed" else _AGAIN_S * attempt
            self._later.append((time.monotonic() + pause_s, task))
            return
        self._failed.add(task.key)
        # Its process could not say so itself, or did not come so far.
        is_unsaid = outcome.kind == "killed" or read_record(self._store, task.key, "failed") is None
        if is_unsaid and outcome.facts.get("code") not in NO_FAULT:
            record = Record.of(task, "failed", error=dict(outcome.facts), attempt=attempt, finished=now())
            write_record(self._store, record)
        self._give_up_what_needs(task)
        if not self._keep_going:
            self._failed |= self._due.keys() - self._done - self._running
            self._ready.clear()
            self._later.clear()

    def _give_up_what_needs(self, failed: Task) -> None:
        for key in self._dependents.get(failed.key, ()):
            if key not in self._failed:
                self._failed.add(key)
                self._tell("task-failed", self._due[key], {**_in_vain(self._due[key], failed), "will_retry": False})
                self._give_up_what_needs(self._due[key])

    def _tell(self, event: Any, task: Task, facts: Any) -> None:
        self._watch(Event(event, task.key, task.kind, task.character, task.result, task.label, facts))


def _urgency(tasks: Mapping[str, Task], dependents: Mapping[str, list[str]]) -> dict[str, float]:
    """Of each task the work that cannot be done before it has begun: its own, and that of all that need it.

    Begun in this order, what many wait for is not late, and what comes last is short: few workers are idle at the end.
    """

    def below(key: str) -> set[str]:
        found = {key}
        for each in dependents.get(key, ()):
            found |= below(each)
        return found

    return {key: sum(tasks[each].work for each in below(key)) for key in tasks}


def _in_vain(task: Task, failed: Task) -> dict[str, Any]:
    return ResourceError(
        "library-need-failed",
        task.label,
        found=f"{failed.label} failed, which it needs",
        expected="its result",
        fix=f"Mend {failed.label}; this is done then.",
    ).to_json()
