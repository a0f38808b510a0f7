"""The status of a library: counted from names in its store, and from what hosts say that they are at."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.library.catalogue import publish_catalogue
from ani3d_runtime.library.event import Event, EventName
from ani3d_runtime.library.manifest import Entry, Manifest
from ani3d_runtime.library.pace import Pace
from ani3d_runtime.library.plan import Plan, PlannedTask
from ani3d_runtime.library.progress import HOSTS, PACE, PLAN, HostProgress, write_plan
from ani3d_runtime.library.record import Record, write_record
from ani3d_runtime.library.status import read_status
from ani3d_runtime.library.store import FolderStore
from ani3d_runtime.library.task import Task
from tests.waiting import until


class CountingStore(FolderStore):
    """Counts what is opened and listed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read_names: list[str] = []
        self.listed: list[str] = []

    def read(self, name: str) -> bytes | None:
        self.read_names.append(name)
        return super().read(name)

    def names(self, prefix: str) -> Iterator[str]:
        self.listed.append(prefix)
        return super().names(prefix)


@pytest.fixture
def store(tmp_path: Path) -> CountingStore:
    return CountingStore(tmp_path)


def task(key: str) -> Task:
    return Task(key, "package", key, f"{key}.a3d", {}, {})


def event(name: EventName, key: str = "", **facts: Any) -> Event:
    return Event(name, key, "package", key, f"{key}.a3d", key, facts)


def put(store: FolderStore, name: str, data: bytes) -> None:
    (store.folder / name).parent.mkdir(exist_ok=True)
    (store.folder / name).write_bytes(data)


ERROR = {"code": "ply-cut", "subject": "x", "found": "half", "expected": "all", "fix": "Export it again."}


def test_an_empty_store(store: CountingStore) -> None:
    found = read_status(store)
    assert (found.planned, found.tasks, found.done, found.failed, found.waiting) == (None, 0, 0, 0, 0)


def test_what_is_done_is_counted_and_not_opened(store: CountingStore) -> None:
    write_plan(store, [task(f"t{number}") for number in range(500)])
    for number in range(300):
        put(store, f"tasks/t{number}.json", b"nobody reads this")
    write_record(store, Record.of(task("t400"), "failed", error=ERROR, attempt=3))
    put(store, "tasks/t450.lease", b"{}")
    put(store, "tasks/of-an-older-plan.json", b"")
    store.read_names.clear()
    store.listed.clear()
    found = read_status(store)
    assert (found.tasks, found.done, found.failed, found.waiting) == (500, 300, 1, 199)
    [failure] = found.failures
    assert (failure.label, failure.code, failure.fix, failure.attempt) == (
        "t400",
        "ply-cut",
        "Export it again.",
        3,
    )
    assert store.read_names == [PLAN, "tasks/t400.failed.json"]
    assert sorted(store.listed) == [HOSTS, "tasks/"]


def test_no_more_failures_are_read_than_asked_for(store: CountingStore) -> None:
    write_plan(store, [task(f"t{number}") for number in range(30)])
    for number in range(30):
        write_record(store, Record.of(task(f"t{number}"), "failed", error=ERROR))
    found = read_status(store, most_failures=5)
    assert (found.failed, len(found.failures)) == (30, 5)
    assert len(read_status(store).failures) == 30


def test_a_bake_is_seen_from_elsewhere_until_it_ends(store: CountingStore, tmp_path: Path) -> None:
    write_plan(store, [task("anna"), task("bo")])
    now_s = [100.0]
    pace = Pace(lambda: now_s[0])
    pace.learn("package", {"simulate": 30.0, "pack": 10.0})
    elsewhere = FolderStore(tmp_path)
    with HostProgress(store, pace) as progress:
        for each in (event("task-started", "anna", attempt=2), event("task-progress", "anna", stage="simulate")):
            pace.note(each)
            progress.note(each)
        now_s[0] += 15
        half = event("task-progress", "anna", stage="simulate", fraction=0.5)
        pace.note(half)
        progress.note(half)
        until(lambda: any(task.fraction for task in read_status(elsewhere).running))
        [running] = read_status(elsewhere).running
        assert (running.label, running.attempt, running.stage, running.fraction) == ("anna", 2, "simulate", 0.5)
        assert running.left_s == pytest.approx(25.0)
        assert running.share == pytest.approx(15 / 40)
        assert read_status(elsewhere).waiting == 1
        progress.note(event("task-finished", "anna"))
        until(lambda: not read_status(elsewhere).running)
    assert list(store.names(HOSTS)) == []


def test_a_host_that_was_killed_is_said_to_be_silent(store: CountingStore) -> None:
    running = [{"key": "anna", "label": "anna", "fraction": 0.5}]
    put(store, f"{HOSTS}node-7-1.json", json.dumps({"host": "node", "pid": 7, "running": running}).encode())
    assert [task.label for task in read_status(store).running] == ["anna"]
    long_ago = time.time() - 3600
    os.utime(store.folder / HOSTS / "node-7-1.json", (long_ago, long_ago))
    found = read_status(store)
    assert (found.running, found.silent_hosts) == ((), ("node (process 7)",))


def test_the_next_bake_knows_what_stages_took(store: CountingStore) -> None:
    first = Pace()
    first.learn("package", {"simulate": 30.0, "pack": 10.0})
    with HostProgress(store, first):
        pass
    again = Pace(lambda: 5.0)
    with HostProgress(store, again):
        again.note(event("task-started", "anna"))
        assert again.left_s("anna") == 40.0


@pytest.mark.parametrize(
    "learnt", [None, 7, {"package": 7}, {"package": {"a": 7, "b": [1], "c": ["x", 2], "d": [-1, 2]}}]
)
def test_a_pace_that_is_damaged_is_none(store: CountingStore, learnt: object) -> None:
    put(store, PACE, json.dumps(learnt).encode())
    pace = Pace()
    with HostProgress(store, pace):
        pace.note(event("task-started", "anna"))
        assert pace.left_s("anna") is None


def test_the_next_bake_forgets_hosts_that_were_killed_long_ago(store: CountingStore) -> None:
    for name, age_s in (("dead.json", 7200), ("busy.json", 10)):
        put(store, HOSTS + name, b"{}")
        os.utime(store.folder / HOSTS / name, (time.time() - age_s,) * 2)
    with HostProgress(store, Pace()):
        until(lambda: "dead.json" not in store.names(HOSTS))
    assert list(store.names(HOSTS)) == ["busy.json"]


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 100_000, b'{"tasks": 7, "running": 7}', b'{"running": [7, {}]}'])
def test_what_is_damaged_is_passed_over(store: CountingStore, data: bytes) -> None:
    for name in (PLAN, f"{HOSTS}h.json"):
        put(store, name, data)
    put(store, "tasks/t.failed.json", data)
    found = read_status(store)
    assert (found.tasks, found.failed) == (1, 1)


def test_progress_that_cannot_be_kept_stops_no_bake(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_bytes(b"a file where the folder should be")
    with HostProgress(FolderStore(tmp_path), Pace()) as progress:
        progress.note(event("task-finished", "anna"))
    assert (tmp_path / "hosts").is_file()


def test_what_clips_took_and_warned_of_is_in_the_catalogue_once(store: CountingStore) -> None:
    warnings = [{"code": "motion-jump", "found": motion} for motion in ("walk", "run")]
    parts = [
        Task(f"part-{name}", "clip", "anna", f"work/parts/{name}.a3d", {}, {"clips": [{"name": name}]})
        for name in ("walk", "run")
    ]
    for part, warning, seconds in zip(parts, warnings, (4.0, 6.0), strict=True):
        write_record(store, Record.of(part, "done", seconds=seconds, warnings=(warning,)))
    own = {"code": "fit-off"}
    facts = {"clips": {"walk": {"frames": 30}, "run": {"frames": 60}}}
    write_record(store, Record.of(task("anna"), "done", seconds=2.0, facts=facts, warnings=(own,)))
    manifest = Manifest(store.folder / "library.toml", "crowd", "out", characters={"anna": Entry("anna", {}, ("a",))})
    plan = Plan(tuple(PlannedTask(each, "unchanged") for each in (*parts, task("anna"))), {}, ())
    anna = publish_catalogue(manifest, plan, store)["anna"]
    assert anna["seconds"] == 12.0
    assert anna["warnings"] == [own]
    assert anna["clips"] == {
        "walk": {"frames": 30, "baked_in_s": 4.0, "warnings": [warnings[0]]},
        "run": {"frames": 60, "baked_in_s": 6.0, "warnings": [warnings[1]]},
    }
