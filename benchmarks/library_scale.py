"""A library of 1,000 characters and 100 motions, with stand-ins for the work: what planning, status and executors cost.

    python -m benchmarks.library_scale [--characters 1000] [--motions 100] [--tasks 100000] [--ray HOST:PORT] [--json]

Packages and records are stand-ins; files of motions and avatars are small and there, and every one is hashed. ``plan``
and ``status`` are the commands, in processes of their own. A package is one task; ``--tasks`` is how many records the
store of ``status`` and the scheduler get, as if every clip were one. With ``--ray`` tasks go through a running cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ani3d_runtime.library import run
from ani3d_runtime.library.baking import Baking
from ani3d_runtime.library.executor import Executor, Outcome
from ani3d_runtime.library.local import LocalExecutor
from ani3d_runtime.library.manifest import read_manifest
from ani3d_runtime.library.plan import Plan, PlannedTask, Planner
from ani3d_runtime.library.record import Record, now, write_catalogue
from ani3d_runtime.library.store import LibraryStore, open_store
from ani3d_runtime.library.task import Task

_QUICK = """import json; print(json.dumps({"event": "task-record", "record": {"bytes": 1}}))"""
_PROCESSES = 60


class Instant(Executor):
    """Every task is done when it is submitted."""

    def __init__(self) -> None:
        self._ended: deque[Outcome] = deque()

    @property
    def room(self) -> int:
        return 64 - len(self._ended)

    def submit(self, task: Task, attempt: int) -> None:
        self._ended.append(Outcome(task.key, "done", {"bytes": 1}))

    def next_outcome(self, timeout_s: float | None = None) -> Outcome | None:
        return self._ended.popleft() if self._ended else None

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def write_library(folder: Path, characters: int, motions: int) -> None:
    """A manifest with files for all that it names."""
    lines = ['[library]\nname = "crowd"\nstore = "out"\n[defaults]\nquality = "preview"\n']
    for index in range(characters):
        (folder / f"c{index}.ply").write_bytes(f"ply {index}".encode() * 1000)
        lines.append(f'[characters.c{index}]\navatar = "c{index}.ply"\ntags = ["t{index % 7}"]\n')
    for index in range(motions):
        (folder / f"m{index}.bvh").write_bytes(f"HIERARCHY {index}".encode() * 1000)
        lines.append(f'[motions.m{index}]\nfile = "m{index}.bvh"\n')
    lines.append('[[bake]]\ncharacters = ["*"]\nmotions = ["*"]\n')
    (folder / "library.toml").write_text("".join(lines))


def write_done(folder: Path) -> None:
    """Records and packages of all that the manifest wants, and a catalogue."""
    manifest = read_manifest(folder)
    store = open_store(manifest.store)
    characters: dict[str, Any] = {}
    for planned in Planner(manifest, store).plan().tasks:
        task = planned.task
        (Path(manifest.store) / task.result).parent.mkdir(parents=True, exist_ok=True)
        (Path(manifest.store) / task.result).write_bytes(b"package")
        _write(store, Record.of(task, "done", cpu_seconds=9.0, bytes=3_000_000, finished=now()))
        clip = {"seconds": 2.0, "frames": 60, "fps": 30, "bytes": 30_000, "max_error_mm": 0.1, "quality": "preview"}
        clips = {each["name"]: clip for each in task.settings["clips"]}
        keys = {task.result: task.key}
        characters[task.character] = {"package": task.result, "digest": "0", "clips": clips, "keys": keys}
    write_catalogue(store, manifest.name, characters)


def stand_in_tasks(count: int) -> list[Task]:
    """Tasks that are alike."""
    return [
        Task(f"{index:032x}", "package", f"c{index}", f"c{index}.a3d", {}, {}, memory_mb=1) for index in range(count)
    ]


def timed_command(folder: Path, *arguments: str) -> dict[str, float]:
    """A command of the library in a process of its own: seconds, and the most memory that it had, MB."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "library", *arguments]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "-m", str(folder / "library.toml")], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        raise SystemExit(f"{' '.join(arguments)} ended with {status}")
    return {"s": time.perf_counter() - started, "cpu_s": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024}


def scheduler_ms(count: int) -> float:
    """Of one task among many: what queueing it, looking whether another host does it, and telling costs."""
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(tuple(PlannedTask(task, "new") for task in stand_in_tasks(count)), {}, ())
        started = time.perf_counter()
        Baking(plan, open_store(folder), Instant(), lambda _: None).run()
        return (time.perf_counter() - started) / count * 1e3


def executor_ms(executor: Executor, count: int) -> float:
    """Wall time of a task that does nothing, in an executor that is full."""
    with tempfile.TemporaryDirectory() as folder, executor:
        plan = Plan(tuple(PlannedTask(task, "new") for task in stand_in_tasks(count)), {}, ())
        started = time.perf_counter()
        summary = Baking(plan, open_store(folder), executor, lambda _: None).run()
        if summary.done != count:
            raise SystemExit(f"{summary.failed} of {count} stand-ins failed")
        return (time.perf_counter() - started) / count * 1e3


@contextmanager
def s3_calls() -> Iterator[Counter[str]]:
    """A server for S3 here, and how often each of its operations is called."""
    from s3fs import S3FileSystem

    from tests.s3_server import s3_environment, s3_send, s3_server

    counts: Counter[str] = Counter()
    original = S3FileSystem._call_s3

    async def counted(self: Any, method: str, *arguments: Any, **options: Any) -> Any:
        counts[method] += 1
        return await original(self, method, *arguments, **options)

    with s3_server() as port:
        s3_send("PUT", f"http://127.0.0.1:{port}/crowd")
        os.environ.update(s3_environment(port))
        S3FileSystem._call_s3 = counted
        try:
            yield counts
        finally:
            S3FileSystem._call_s3 = original


def s3_calls_of_a_task() -> dict[str, dict[str, int]]:
    """Operations of one task: in its own process, and in the scheduler that looks at it first."""

    def made(task: Task, _: Any, folder: Path, __: Any) -> dict[str, Any]:
        (folder / "package").write_bytes(b"package")
        return {"digest": "0", "bytes": 7, "files": {task.result: folder / "package"}}

    [task] = stand_in_tasks(1)
    with s3_calls() as counts:
        store = open_store("s3://crowd/out")
        run._KINDS["package"] = made
        told: dict[str, dict[str, int]] = {}
        counts.clear()
        Baking(Plan((PlannedTask(task, "new"),), {}, ()), store, Instant(), lambda _: None).run()
        told["scheduler"] = dict(counts)
        counts.clear()
        run.run_task(task, store, lambda *_: None)
        told["process"] = dict(counts)
    return told


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Everything, by name."""
    told: dict[str, Any] = {"load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_library(folder, options.characters, options.motions)
        told["plan of what is new"] = timed_command(folder, "plan")
        write_done(folder)
        told["plan of what is done"] = timed_command(folder, "plan")
        (folder / "m0.bvh").write_bytes(b"HIERARCHY, another one")
        told["plan of what a motion has changed"] = timed_command(folder, "plan")
        tasks = folder / "out" / "tasks"
        for task in stand_in_tasks(options.tasks):
            (tasks / f"{task.key}.json").write_bytes(b"{}")
        told[f"status of {options.tasks:,} records"] = timed_command(folder, "status")
    told[f"scheduler, {options.tasks:,} tasks"] = {"ms a task": scheduler_ms(options.tasks)}
    quick = [sys.executable, "-c", _QUICK]
    local = LocalExecutor(lambda *_: quick, workers=2, memory_mb=1000)
    told["local executor, 2 workers"] = {"ms a task": executor_ms(local, _PROCESSES)}
    if options.ray:
        from ani3d_runtime.library.ray import RayExecutor

        told["Ray"] = {"ms a task": executor_ms(RayExecutor(lambda *_: quick, address=options.ray), _PROCESSES)}
    told["S3 calls of a task"] = s3_calls_of_a_task()
    return told


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--motions", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--ray", metavar="HOST:PORT")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    told = measured(options)
    if options.json:
        print(json.dumps(told, indent=1))
        return
    for name, values in told.items():
        print(f"{name}: {values}" if not isinstance(values, dict) else f"{name}: {_words(values)}")


def _words(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{value:.2f} {name}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )


def _write(store: LibraryStore, record: Record) -> None:
    # Published as a bake does, a thousand records would wait for the disk a thousand times.
    path = Path(store.name) / "tasks" / f"{record.key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record.to_json()))


if __name__ == "__main__":
    main()
