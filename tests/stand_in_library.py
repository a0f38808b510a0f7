"""A library whose tasks are quick: real processes, leases, records and publishing, with bytes instead of bakes.

``python -m tests.stand_in_library bake STORE COUNT`` bakes it as ``ani3d library bake`` does; ``task`` is one process.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ani3d_runtime.errors import Ani3dError, InputError
from ani3d_runtime.library import run
from ani3d_runtime.library.baking import BakeSummary, Baking
from ani3d_runtime.library.executor import Executor, TaskCommand
from ani3d_runtime.library.local import LocalExecutor
from ani3d_runtime.library.plan import Plan, PlannedTask
from ani3d_runtime.library.record import states
from ani3d_runtime.library.store import LibraryStore, open_store
from ani3d_runtime.library.task import Task
from ani3d_runtime.library.task_process import end_with_parent

STEPS = 4
REFUSED = "stand-in-refused"


def task_named(name: str, **fields: Any) -> Task:
    """A task whose name says its fate: of those in ``_FATES``, or any other."""
    key = hashlib.sha256(name.encode()).hexdigest()[:32]
    return Task(key, "package", name, f"{name}.a3d", {}, {}, (), **{"memory_mb": 10, **fields})


def content_of(name: str) -> bytes:
    """What is published for a task."""
    return hashlib.sha256(name.encode()).digest() * 20_000


def plan_of(tasks: list[Task], store: LibraryStore) -> Plan:
    known = states(store)
    return Plan(
        tuple(PlannedTask(each, "unchanged" if known.get(each.key) == "done" else "new") for each in tasks), {}, ()
    )


def command_at(place: str, step_s: float) -> TaskCommand:
    """What starts a stand-in that works in a store."""

    def command(task: Task, attempt: int) -> list[str]:
        start = [sys.executable, "-m", "tests.stand_in_library", "task"]
        return [*start, place, task.character, str(attempt), str(step_s)]

    return command


def baked(tasks: list[Task], store: LibraryStore, executor: Executor, watch: Callable[[Any], None]) -> BakeSummary:
    """Bake what is due of some tasks."""
    return Baking(plan_of(tasks, store), store, executor, watch).run()


def _noted(store: LibraryStore, name: str, what: str) -> None:
    """Put down in the store what happens, one file a happening, so that a test can count."""
    store.publish(f"work/{what}/{name}.{os.getpid()}.{time.monotonic_ns()}", b"")


def _stand_in(task: Task, store: LibraryStore, folder: Path, watch: Any) -> dict[str, Any]:
    fate, attempt = task.character.partition("-")[0], int(sys.argv[4])
    _noted(store, task.character, "begun")
    with watch("stand in") as progress:
        for step in range(STEPS):
            progress(step / STEPS)
            time.sleep(float(sys.argv[5]))
    if fate == "refused":
        raise InputError(REFUSED, task.character, found="a stand-in", expected="a person", fix="Leave it.")
    if fate == "killed" and attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if fate == "memory":
        raise MemoryError
    path = folder / "made"
    path.write_bytes(content_of(task.character))
    return {"digest": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": 1, "files": {task.result: path}}


def _task() -> int:
    end_with_parent()
    store = open_store(sys.argv[2])
    run._KINDS["package"] = _stand_in

    def tell(stage: str, fraction: float) -> None:
        print(json.dumps({"event": "task-progress", "stage": stage, "fraction": fraction}), flush=True)

    try:
        record = run.run_task(task_named(sys.argv[3]), store, tell, attempt=int(sys.argv[4]))
    except Ani3dError as error:
        print(json.dumps({"error": error.to_json()}), file=sys.stderr)
        return 1
    _noted(store, sys.argv[3], "ended")
    print(json.dumps({"event": "task-record", "record": record.to_json()}))
    return 0


def _bake() -> int:
    place, count, step_s = sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    store = open_store(place)
    with LocalExecutor(command_at(place, step_s), workers=2) as executor:
        summary = baked([task_named(f"n-{i}") for i in range(count)], store, executor, lambda _: None)
    print(json.dumps({"done": summary.done, "cached": summary.cached, "failed": summary.failed}))
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit({"bake": _bake, "task": _task}[sys.argv[1]]())
