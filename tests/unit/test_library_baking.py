"""Baking a library: needs before what needs them, failures apart, another try for what was killed."""

from __future__ import annotations

import contextlib
import json
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import pytest

from ani3d_runtime.library.baking import Baking
from ani3d_runtime.library.event import Event
from ani3d_runtime.library.executor import Executor, Outcome
from ani3d_runtime.library.local import LocalExecutor
from ani3d_runtime.library.plan import Plan, PlannedTask
from ani3d_runtime.library.record import Record, states
from ani3d_runtime.library.store import FolderStore
from ani3d_runtime.library.task import Task
from tests.waiting import until


def task(key: str, *needs: str, **fields: object) -> Task:
    return Task(key, "package", key, f"{key}.a3d", {}, needs=needs, **{"settings": {}, **fields})  # type: ignore[arg-type]


def plan_of(*tasks: Task) -> Plan:
    return Plan(tuple(PlannedTask(each, "new") for each in tasks), {}, ())


class Scripted(Executor):
    """Ends tasks as it is told, by the attempt; all others are done."""

    def __init__(self, fates: Mapping[str, list[str]]) -> None:
        self.fates = fates
        self.submitted: list[tuple[str, int]] = []
        self.outcomes: deque[Outcome] = deque()

    def submit(self, task: Task, attempt: int) -> None:
        self.submitted.append((task.key, attempt))
        fate = dict(enumerate(self.fates.get(task.key, []), 1)).get(attempt, "done")
        self.outcomes.append(Outcome(task.key, "started", {"worker": 1, "attempt": attempt}))
        self.outcomes.append(Outcome(task.key, fate, {"code": f"was-{fate}"}))  # type: ignore[arg-type]

    @property
    def room(self) -> int:
        return 99

    def next_outcome(self, timeout_s: float | None = None) -> Outcome | None:
        return self.outcomes.popleft() if self.outcomes else None

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def baked(tmp_path: Path, executor: Scripted, *tasks: Task, **options: bool) -> tuple[Baking, list[Event]]:
    events: list[Event] = []
    baking = Baking(plan_of(*tasks), FolderStore(tmp_path), executor, events.append, **options)
    return baking, events


def test_what_is_needed_comes_first(tmp_path: Path) -> None:
    executor = Scripted({})
    baking, events = baked(tmp_path, executor, task("a"), task("b", "a"), task("c", "b"))
    summary = baking.run()
    assert (summary.done, summary.failed) == (3, 0)
    assert [key for key, _ in executor.submitted] == ["a", "b", "c"]
    assert events[0].event == "plan"
    assert events[-1].event == "summary"


def test_one_refusal_stops_nobody_but_what_needs_it(tmp_path: Path) -> None:
    executor = Scripted({"a": ["failed"]})
    baking, events = baked(tmp_path, executor, task("a"), task("b", "a"), task("c", "b"), task("d"))
    summary = baking.run()
    assert (summary.done, summary.failed) == (1, 3)
    assert [key for key, _ in executor.submitted] == ["a", "d"]
    told = {event.key: event.facts["code"] for event in events if event.event == "task-failed"}
    assert told == {"a": "was-failed", "b": "library-need-failed", "c": "library-need-failed"}
    # What was not tried has no record: it is done once its need is.
    assert states(FolderStore(tmp_path)) == {"a": "failed"}


def test_what_was_killed_is_tried_again_and_a_refusal_is_not(tmp_path: Path) -> None:
    executor = Scripted({"a": ["killed", "killed"], "b": ["killed"] * 9, "c": ["failed"]})
    baking, events = baked(tmp_path, executor, task("a"), task("b", retries=1), task("c"))
    summary = baking.run()
    assert (summary.done, summary.failed) == (1, 2)
    assert sorted(executor.submitted) == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("c", 1)]
    again = [event.facts["will_retry"] for event in events if event.event == "task-failed" and event.key == "b"]
    assert again == [True, False]
    assert states(FolderStore(tmp_path)) == {"b": "failed", "c": "failed"}


def test_what_much_waits_for_comes_first(tmp_path: Path) -> None:
    executor = Scripted({})
    long = task("long", settings={"clips": [{"name": "a"}] * 3})
    parts = (task("p1", "base"), task("p2", "base"), task("p3", "base"), task("all", "p1", "p2", "p3"))
    baking, _ = baked(tmp_path, executor, task("short"), long, *parts, task("base"))
    baking.run()
    assert [key for key, _ in executor.submitted][:3] == ["base", "long", "short"]
    assert executor.submitted[-1][0] == "all"


def test_fail_fast_begins_nothing_more(tmp_path: Path) -> None:
    executor = Scripted({"a": ["failed"]})
    waiting = (task("a"), task("b", "a"), task("c", "a"))
    baking, _ = baked(tmp_path, executor, *waiting, task("y"), task("z", "y"), keep_going=False)
    assert baking.run().failed == 4  # y had been handed out already


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def outcomes_of(executor: Executor, *tasks: Task) -> dict[str, Outcome]:
    for each in tasks:
        executor.submit(each, 1)
    ended: dict[str, Outcome] = {}
    while len(ended) < len(tasks):
        outcome = executor.next_outcome()
        if outcome is not None and outcome.kind not in ("started", "progress"):
            ended[outcome.key] = outcome
    return ended


def test_the_pool_tells_done_refused_and_killed_apart() -> None:
    record = "import json; print(json.dumps({'event': 'task-record', 'record': {'bytes': 5}}))"
    refusal = "import sys, json; sys.stderr.write(json.dumps({'error': {'code': 'bad'}}) + '\\n'); sys.exit(1)"
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    crashed = "import sys; sys.stderr.write('Segmentation fault'); sys.exit(139)"
    starved = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29)); bytearray(1 << 30)"
    programs = {"a": record, "b": refusal, "c": killed, "d": crashed, "e": "pass", "f": starved}
    with LocalExecutor(lambda task, _: script(programs[task.key]), workers=2, memory_mb=9000) as executor:
        ended = outcomes_of(executor, *map(task, programs))
    assert {key: outcome.kind for key, outcome in ended.items()} == {
        "a": "done",
        "b": "failed",
        "c": "killed",
        "d": "killed",
        "e": "killed",
        "f": "killed",
    }
    assert ended["f"].facts["code"] == "library-out-of-memory"
    assert "memory_mb = 2000" in ended["f"].facts["fix"]
    assert ended["a"].facts["bytes"] == 5
    assert ended["b"].facts["code"] == "bad"
    assert ended["c"].facts["code"] == "library-task-killed"
    assert "SIGKILL" in ended["c"].facts["found"]
    assert "Segmentation fault" in ended["d"].facts["found"]


def test_the_pool_keeps_to_its_memory_and_runs_what_is_larger_alone(tmp_path: Path) -> None:
    # Each says how many run beside it.
    text = (
        "import os, sys, time, json, pathlib; f = pathlib.Path(sys.argv[1]); me = f / str(os.getpid()); me.touch();"
        "time.sleep(0.2); n = len(list(f.iterdir())); me.unlink();"
        "print(json.dumps({'event': 'task-record', 'record': {'bytes': n}}))"
    )
    with LocalExecutor(lambda task, _: [*script(text), str(tmp_path)], workers=3, memory_mb=5000) as executor:
        ended = outcomes_of(executor, *(task(str(index), memory_mb=4000) for index in range(3)))
        large = outcomes_of(executor, task("large", memory_mb=99_000))
    assert {outcome.facts["bytes"] for outcome in ended.values()} == {1}
    assert large["large"].kind == "done"


def test_what_hangs_is_ended_after_its_time() -> None:
    with LocalExecutor(lambda task, _: script("import time; time.sleep(600)"), workers=1, memory_mb=9000) as executor:
        ended = outcomes_of(executor, task("a", timeout_s=0.3))
    assert ended["a"].kind == "killed"
    assert "timeout_min" in ended["a"].facts["fix"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_what_an_interrupted_pool_runs_is_ended_with_its_children(tmp_path: Path) -> None:
    grandchild = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    text = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    executor = LocalExecutor(lambda task, _: script(text), workers=1, memory_mb=9000)
    executor.submit(task("a"), 1)
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    pid = int((tmp_path / "pid").read_text())
    executor.cancel()
    executor.close()
    until(lambda: _state_of(pid) in ("", "Z"))


def _state_of(pid: int) -> str:
    """Of a process: empty where there is none, Z where nobody has asked how it ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    return ""


def test_a_record_is_what_was_written() -> None:
    record = Record.of(task("a"), "done", bytes=3, facts={"clips": {}})
    assert Record.from_bytes(json.dumps(record.to_json()).encode()) == record
    for damaged in (b"", b"{", b"[]", b'{"key": "a"}', b'{"state": "done"}'):
        assert Record.from_bytes(damaged) is None
