"""LocalExecutor: a process for each task on this machine, as many at a time as its cores and memory hold."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from typing import Any

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.library.executor import Executor, Outcome, TaskCommand
from ani3d_runtime.library.task import Task
from ani3d_runtime.signals import signals_held

_GRACE_S = 5.0
_TAIL_CHARS = 1500


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
        self._running: dict[str, tuple[Task, subprocess.Popen[str]]] = {}
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    @property
    def workers(self) -> int:
        """Most processes at a time."""
        return self._workers

    def submit(self, task: Task, attempt: int) -> None:
        self._waiting.append((task, attempt))
        self._start_what_fits()

    def next_outcome(self) -> Outcome:
        outcome = self._outcomes.get()
        if outcome.kind in ("done", "failed", "killed"):
            self._running.pop(outcome.key, None)
            self._start_what_fits()
        return outcome

    def cancel(self) -> None:
        self._cancelled.set()
        self._waiting.clear()
        processes = [process for _, process in self._running.values()]
        for process in processes:
            _signal_group(process, signal.SIGTERM)
        until_s = time.monotonic() + _GRACE_S
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until_s - time.monotonic()))
            _signal_group(process, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            process.wait()

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
            process = subprocess.Popen(
                self._command(task, attempt),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=_environment(task),
                start_new_session=os.name == "posix",  # a group of its own, so that all of it can be ended
            )
            self._running[task.key] = task, process
        self._outcomes.put(Outcome(task.key, "started", {"worker": process.pid, "attempt": attempt}))
        threading.Thread(target=self._attend, args=(task, process), name="ani3d-task", daemon=True).start()

    def _attend(self, task: Task, process: subprocess.Popen[str]) -> None:
        """Pass on what a process says, and how it ends."""
        assert process.stdout is not None
        assert process.stderr is not None
        alarm = None
        if task.timeout_s is not None:
            alarm = threading.Timer(task.timeout_s, _signal_group, (process, signal.SIGTERM))
            alarm.daemon = True
            alarm.start()
        said: deque[str] = deque(maxlen=40)
        listening = threading.Thread(target=said.extend, args=(process.stderr,), daemon=True)
        listening.start()
        record: dict[str, Any] = {}
        for line in process.stdout:
            told = _parsed(line)
            if told.get("event") == "task-progress":
                self._outcomes.put(Outcome(task.key, "progress", told))
            elif told.get("event") == "task-record":
                record = told["record"]
        code = process.wait()
        listening.join()
        process.stdout.close()
        process.stderr.close()
        if alarm is not None:
            alarm.cancel()
        self._outcomes.put(_outcome(task, code, record, "".join(said)[-_TAIL_CHARS:]))


def _outcome(task: Task, code: int, record: dict[str, Any], said: str) -> Outcome:
    if code == 0 and record:
        return Outcome(task.key, "done", record)
    if code > 0:
        error = next(
            (told["error"] for line in reversed(said.splitlines()) if "error" in (told := _parsed(line))), None
        )
        if error is not None:
            return Outcome(task.key, "failed", error)
    return Outcome(task.key, "killed", _killed(task, code, said))


def _killed(task: Task, code: int, said: str) -> dict[str, Any]:
    if code == -9:
        found = "killed by signal 9, as the system does where memory is short"
        fix = f"Give it more than memory_mb = {task.memory_mb}, or run fewer at a time with --workers."
    elif code in (-15, 143):
        found, fix = "ended by SIGTERM, as after timeout_min", "Allow more timeout_min, or see what hangs."
    else:
        found = f"exit code {code} without a word of its own; it said last: {said.strip()[-300:] or 'nothing'}"
        fix = "Run the same command by hand; report it where it is ours."
    return ResourceError("library-task-killed", task.label, found=found, expected="a result", fix=fix).to_json()


def _environment(task: Task) -> dict[str, str]:
    """Threads of one task: as many as it has cores, or eight of them would take eight times the machine."""
    threads = str(max(1, int(task.cpus)))
    limits = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    return {**os.environ, **limits}


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    # What a process has started may outlive it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, number)
        else:
            process.kill()


def _core_count() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_memory_mb() -> int:
    try:
        import psutil

        return int(psutil.virtual_memory().available >> 20)
    except ImportError:
        return 1 << 20


def _parsed(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
