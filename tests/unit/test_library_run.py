"""One task from beginning to end: what it publishes, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ani3d_runtime.errors import InputError, ServiceError
from ani3d_runtime.library import run
from ani3d_runtime.library.lease import Leases
from ani3d_runtime.library.record import Record, states
from ani3d_runtime.library.run import run_task
from ani3d_runtime.library.store import FolderStore
from ani3d_runtime.library.task import Task


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderStore:
    def made(task: Task, _: Any, folder: Path, __: Any) -> dict[str, Any]:
        (folder / "made").write_text(f"of {task.key}")
        return {"digest": "0", "bytes": 1, "files": {task.result: folder / "made"}}

    monkeypatch.setitem(run._KINDS, "package", made)
    return FolderStore(tmp_path / "out")


def task(key: str) -> Task:
    return Task(key, "package", "anna", "anna.a3d", {}, {})


def done(store: FolderStore, key: str, **options: Any) -> Record:
    return run_task(task(key), store, lambda *_: None, **options)


def names(store: FolderStore) -> list[str]:
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file())


def test_inputs_that_change_meanwhile_keep_a_task_from_publishing(store: FolderStore) -> None:
    with pytest.raises(InputError) as refusal:
        done(store, "a", is_current=lambda: False)
    assert refusal.value.code == "library-input-changed"
    # No failure is put down, either: should the inputs be again what they were, it is done.
    assert names(store) == []


def test_no_record_stands_for_what_was_replaced(store: FolderStore) -> None:
    first = done(store, "a")
    assert done(store, "a") == replace(first, cached=True), "as it was put down: it is not done again"
    done(store, "b")
    assert store.read("anna.a3d") == b"of b"
    assert states(store) == {"b": "done"}
    done(store, "a")
    assert store.read("anna.a3d") == b"of a"
    store.delete("anna.a3d")
    done(store, "a")
    assert store.read("anna.a3d") == b"of a"


def test_a_task_that_another_process_does_is_left_to_it(store: FolderStore) -> None:
    with Leases(store).held("a"):
        with pytest.raises(ServiceError) as refusal:
            done(store, "a")
        assert refusal.value.code == "library-task-held"
        assert states(store) == {}
    assert done(store, "a").state == "done"
    with Leases(store).held("a"):
        assert done(store, "a").state == "done", "its record says so"


def test_exports_of_clips_that_are_gone_do_not_stay(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def exported(task: Task, _: Any, folder: Path, __: Any) -> dict[str, Any]:
        (folder / "made").write_text(f"of {task.key}")
        facts = {"files": task.settings["clips"]}
        made = {f"{task.result}/{name}": folder / "made" for name in task.settings["clips"]}
        return {"digest": "0", "bytes": 1, "facts": facts, "files": made}

    monkeypatch.setitem(run._KINDS, "export", exported)
    for key, clips in (("a", ["walk.spz", "run.spz"]), ("b", ["run.spz", "jump.spz"])):
        export = Task(key, "export", "anna", "exports/anna/spz", {}, {"clips": clips})
        run_task(export, store, lambda *_: None)
    assert sorted(store.names("exports/anna/spz/")) == ["jump.spz", "run.spz"]
    assert store.read("exports/anna/spz/run.spz") == b"of b"
