"""TaskProcess: the process that does one task, what it says, and how it ends."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ani3d_runtime.library.task import Task
from ani3d_runtime.signals import end_group, kill_group, signal_group

_GRACE_S = 5.0
_STEP_S = 0.5
_TAIL_LINES = 40
_TAIL_CHARS = 3000
_LINE_CHARS = 1 << 20
_PR_SET_PDEATHSIG = 1
# Set for the process of a task: who started it.
_PARENT = "ANI3D_LIBRARY_PARENT"
# Where Linux counts the processes that it killed for want of memory: of this container, and of the machine.
_MEMORY_KILLS = (Path("/sys/fs/cgroup/memory.events"), Path("/proc/vmstat"))


@dataclass(frozen=True)
class Ended:
    """How a task's process ended.

    Attributes:
        code: exit code; negative for the number of the signal that killed it.
        record: what it says that it made; empty where it does not say so.
        said: the last that it wrote to stderr.
        is_late: True if it was ended because it took longer than it may.
        memory_kills: how many processes the system killed for want of memory meanwhile.
    """

    code: int
    record: Mapping[str, Any] = field(default_factory=dict[str, Any])
    said: str = ""
    is_late: bool = False
    memory_kills: int = 0


class TaskProcess:
    """A process that does a task.

    Args:
        task: what it does; its cores are how many threads it may use.
        command: program and arguments.
    """

    def __init__(self, task: Task, command: Sequence[str]) -> None:
        self._task = task
        self._is_late = threading.Event()
        self._memory_kills = _memory_kills()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=_environment(task),
            start_new_session=os.name == "posix",  # a group of its own, so that all of it can be ended
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def attend(self, tell: Callable[[dict[str, Any]], None]) -> Ended:
        """Wait for its end.

        Args:
            tell: called with each report of progress.
        """
        process = self._process
        assert process.stdout is not None
        assert process.stderr is not None
        said: deque[str] = deque(maxlen=_TAIL_LINES)
        record: dict[str, Any] = {}

        def hear(line: str) -> None:
            told = parsed(line)
            if told.get("event") == "task-progress":
                tell(told)
            elif told.get("event") == "task-record":
                record.update(told["record"])

        listening = [_listening(process.stdout, hear), _listening(process.stderr, said.append)]
        with self._alarm():
            # In steps: what Ray calls an interruption does not end a call of the system.
            while (code := process.poll()) is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STEP_S)
        # What it has started and not waited for would go on, and keep its streams open.
        kill_group(self._process)
        for thread in listening:
            thread.join(_GRACE_S)
        text = "".join(list(said))[-_TAIL_CHARS:]
        return Ended(code, record, text, self._is_late.is_set(), _memory_kills() - self._memory_kills)

    def ask_to_end(self) -> None:
        """SIGTERM to it and all that it has started."""
        signal_group(self._process, signal.SIGTERM)

    def end(self, within_s: float = _GRACE_S) -> None:
        """End it: SIGTERM, and SIGKILL where that does not help in time."""
        end_group(self._process, within_s)

    @contextlib.contextmanager
    def _alarm(self) -> Generator[None, None, None]:
        if self._task.timeout_s is None:
            yield
            return
        alarm = threading.Timer(self._task.timeout_s, self._end_late)
        alarm.daemon = True
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()

    def _end_late(self) -> None:
        self._is_late.set()
        self.end()


def end_with_parent() -> None:
    """Have the system end this process when who started it for a task is killed, where it can do so (Linux)."""
    parent = os.environ.pop(_PARENT, "")
    if sys.platform != "linux" or not parent.isdecimal():
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # gone before it was asked for
        signal.raise_signal(signal.SIGTERM)


def parsed(line: str) -> dict[str, Any]:
    """A line of JSON; empty where it is none."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _listening(lines: IO[str], hear: Callable[[str], None]) -> threading.Thread:
    """A thread that passes on each line until the stream ends, and closes it."""

    def listen() -> None:
        with lines:
            while line := lines.readline(_LINE_CHARS):
                hear(line)

    thread = threading.Thread(target=listen, name="ani3d-task-says", daemon=True)
    thread.start()
    return thread


def _environment(task: Task) -> dict[str, str]:
    """Threads of one task: as many as it has cores, or eight of them would take eight times the machine."""
    threads = str(max(1, int(task.cpus)))
    limits = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
    return {**os.environ, **limits, _PARENT: str(os.getpid())}


def _memory_kills() -> int:
    for path in _MEMORY_KILLS:
        with contextlib.suppress(OSError, ValueError):
            for line in path.read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    return 0
