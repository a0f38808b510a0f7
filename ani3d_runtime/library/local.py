"""LocalExecutor: a process for each task on this machine, as many at a time as its cores and memory hold."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import deque

from ani3d_runtime.library.ending import outcome_of
from ani3d_runtime.library.executor import Executor, Outcome, TaskCommand
from ani3d_runtime.library.task import Task
from ani3d_runtime.library.task_process import TaskProcess
from ani3d_runtime.signals import signals_held

_GRACE_S = 5.0


class LocalExecutor(Executor):
    """A pool of processes.

    Args:
        command: the program and arguments that do a task, at an attempt.
        workers: most processes at a time; by default as many as there are cores.
        memory_mb: that they may take together; by default what is free now.
    """

    def __init__(self, command: TaskCommand, *, workers: int | None = None, memory_mb: int | None = None) -> None:
        self._command = command
        self._workers = workers or _core_count()
        self._memory_mb = memory_mb or _free_memory_mb()
        self._waiting: deque[tuple[Task, int]] = deque()
        self._running: dict[str, tuple[Task, TaskProcess]] = {}
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    @property
    def workers(self) -> int:
        """Most processes at a time."""
        return self._workers

    @property
    def room(self) -> int:
        # One waits, so that there is no pause where another ends.
        return self._workers + 1 - len(self._running) - len(self._waiting)

    def submit(self, task: Task, attempt: int) -> None:
        self._waiting.append((task, attempt))
        self._start_what_fits()

    def next_outcome(self, timeout_s: float | None = None) -> Outcome | None:
        try:
            outcome = self._outcomes.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if outcome.kind in ("done", "failed", "killed"):
            self._running.pop(outcome.key, None)
            self._start_what_fits()
        return outcome

    def cancel(self) -> None:
        self._cancelled.set()
        self._waiting.clear()
        processes = [process for _, process in self._running.values()]
        for process in processes:
            process.ask_to_end()
        until_s = time.monotonic() + _GRACE_S
        for process in processes:
            process.end(max(0.0, until_s - time.monotonic()))

    def close(self) -> None:
        self._cancelled.set()

    def _start_what_fits(self) -> None:
        while self._waiting and not self._cancelled.is_set():
            task, attempt = self._waiting[0]
            taken_mb = sum(running.memory_mb for running, _ in self._running.values())
            taken_cpus = sum(running.cpus for running, _ in self._running.values())
            # One may always run, or a task that wants more than there is would wait for ever.
            fits = taken_cpus + task.cpus <= self._workers and taken_mb + task.memory_mb <= self._memory_mb
            if self._running and not fits:
                return
            self._waiting.popleft()
            self._start(task, attempt)

    def _start(self, task: Task, attempt: int) -> None:
        with signals_held():  # interrupted in between, nobody would hold what was started
            process = TaskProcess(task, self._command(task, attempt))
            self._running[task.key] = task, process
        self._outcomes.put(Outcome(task.key, "started", {"worker": process.pid, "attempt": attempt}))
        threading.Thread(target=self._attend, args=(task, process), name="ani3d-task", daemon=True).start()

    def _attend(self, task: Task, process: TaskProcess) -> None:
        """Pass on what a process says, and how it ends."""
        ended = process.attend(lambda told: self._outcomes.put(Outcome(task.key, "progress", told)))
        self._outcomes.put(outcome_of(task, ended))


def _core_count() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_memory_mb() -> int:
    try:
        import psutil

        return int(psutil.virtual_memory().available >> 20)
    except ImportError:
        return 1 << 20
