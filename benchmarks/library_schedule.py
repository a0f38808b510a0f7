"""How long a library takes with some workers, whatever else the machine does: its tasks' CPU time, scheduled.

    python -m benchmarks.library_schedule MANIFEST [--character NAME] [--workers 1 2 8] [--start 1.6]

The library has been baked. The scheduler of a bake hands its tasks to workers of a made-up clock, on which each takes
the CPU time that its record says and the start of its process (imports, settings, digests), as if it had a core.
"""

from __future__ import annotations

import argparse
import heapq
import tempfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from ani3d_runtime.library.baking import Baking
from ani3d_runtime.library.executor import Executor, Outcome
from ani3d_runtime.library.manifest import read_manifest
from ani3d_runtime.library.plan import Plan, PlannedTask, Planner
from ani3d_runtime.library.record import read_record
from ani3d_runtime.library.store import open_store
from ani3d_runtime.library.task import Task


class MadeUpClock(Executor):
    """Workers that take no time: as the local executor, one task waits besides those that run.

    Args:
        workers: so many.
        took_s: key of a task → seconds.
    """

    def __init__(self, workers: int, took_s: Mapping[str, float]) -> None:
        self._workers, self._took_s = workers, took_s
        self._waiting: deque[str] = deque()
        self._running: list[tuple[float, str]] = []
        self.now_s = 0.0

    @property
    def room(self) -> int:
        return self._workers + 1 - len(self._running) - len(self._waiting)

    def submit(self, task: Task, attempt: int) -> None:
        self._waiting.append(task.key)
        self._start()

    def next_outcome(self, timeout_s: float | None = None) -> Outcome | None:
        self.now_s, key = heapq.heappop(self._running)
        self._start()
        return Outcome(key, "done", {})

    def cancel(self) -> None: ...

    def close(self) -> None: ...

    def _start(self) -> None:
        while self._waiting and len(self._running) < self._workers:
            key = self._waiting.popleft()
            heapq.heappush(self._running, (self.now_s + self._took_s[key], key))


def main() -> None:
    """Print what tasks took, and how long all takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--character")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 8])
    parser.add_argument("--start", type=float, default=1.6, help="CPU seconds of a process before its task")
    options = parser.parse_args()
    manifest = read_manifest(options.manifest)
    store = open_store(manifest.store)
    tasks = [each.task for each in Planner(manifest, store).plan().tasks]
    tasks = [task for task in tasks if options.character in (None, task.character)]
    took_s: dict[str, float] = {}
    for task in tasks:
        record = read_record(store, task.key)
        if record is None:
            raise SystemExit(f"{task.label} is not done; bake the library first")
        took_s[task.key] = record.cpu_seconds + options.start
        print(f"{task.label}: {record.cpu_seconds:.1f} s, {record.bytes / 1e3:,.0f} KB")
    print(f"in all {sum(took_s.values()):.1f} CPU-seconds, {options.start} of each task for its start")
    plan = Plan(tuple(PlannedTask(task, "new") for task in tasks), {}, ())
    one_s = sum(took_s.values())
    for workers in options.workers:
        clock = MadeUpClock(workers, took_s)
        with tempfile.TemporaryDirectory() as folder:
            Baking(plan, open_store(folder), clock, lambda _: None).run()
        print(f"{workers} workers: {clock.now_s:.1f} s, {clock.now_s / one_s:.2f} of one's")


if __name__ == "__main__":
    main()
