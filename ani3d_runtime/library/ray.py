"""RayExecutor: tasks on the machines of a Ray cluster. Needs the extra ``cluster``.

Each task is a process of its own, started by a worker of Ray: what goes through Ray is its command and how it ended,
a few hundred bytes. Packages go from the machine to the store.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ani3d_runtime.errors import ServiceError
from ani3d_runtime.library.ending import machine_lost, out_of_memory, outcome_of
from ani3d_runtime.library.executor import Executor, Outcome, TaskCommand
from ani3d_runtime.library.task import Task
from ani3d_runtime.library.task_process import Ended, TaskProcess

# How often reports of progress are asked for.
_LOOK_S = 0.5
_GRACE_S = 10.0
# Ray is given so many tasks for each core, so that it has always some ready, and never keeps books of all.
_AHEAD = 4
_LEAST_AHEAD = 16
# How often the cluster is asked how large it is.
_COUNT_S = 10.0
# Of workers, so that a bake is not the least of what a machine does; read where Ray is started.
_NICENESS = "RAY_worker_niceness"
# Where 'ray start' says which cluster it has started.
_CURRENT = Path("/tmp/ray/ray_current_cluster")
_ANSWER_S = 10.0


class RayExecutor(Executor):
    """The machines of a cluster that is there.

    Args:
        command: the program and arguments that do a task, at an attempt; every machine has them, and Python as its own.
        address: of the cluster, HOST:PORT; ``RAY_ADDRESS``, or a cluster of this machine, when it is left out.
        workers: most tasks at a time; as many as the cluster holds when it is left out.

    Raises:
        ImportError: without the extra. ServiceError: ``library-cluster-unreachable``.
    """

    def __init__(self, command: TaskCommand, *, address: str | None = None, workers: int | None = None) -> None:
        # An extra, and slow to load.
        import ray

        self._ray: Any = ray
        self._command, self._workers = command, workers
        self._running: dict[Any, Task] = {}
        self._outcomes: deque[Outcome] = deque()
        self._connect(address)
        self._board: Any = ray.remote(num_cpus=0)(Board).remote()
        self._work: Any = ray.remote(work)
        self._looked_s, self._counted_s = 0.0, -math.inf
        self._most = 0
        self._machines: list[dict[str, float]] = []

    @property
    def room(self) -> int:
        if time.monotonic() - self._counted_s > _COUNT_S:
            self._counted_s = time.monotonic()
            cores = int(self._ray.cluster_resources().get("CPU", 1))
            self._most = max(_LEAST_AHEAD, _AHEAD * cores)
            self._machines = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        most = self._most if self._workers is None else self._workers
        return most - len(self._running)

    def submit(self, task: Task, attempt: int) -> None:
        lack = self._lack(task)
        if lack is not None:
            self._outcomes.append(lack)
            return
        needs = {"num_cpus": task.cpus, "num_gpus": task.gpus, "memory": task.memory_mb << 20}
        # Tried again by whoever submits: so that every attempt is counted and told.
        worker = self._work.options(**needs, max_retries=0, name=f"ani3d {task.label}")
        bare = replace(task, decides={}, settings={})  # the process reads them itself
        self._running[worker.remote(bare, self._command(task, attempt), attempt, self._board)] = task

    def next_outcome(self, timeout_s: float | None = None) -> Outcome | None:
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._outcomes:
            left_s = _LOOK_S if until_s is None else min(_LOOK_S, until_s - time.monotonic())
            if left_s <= 0:
                return None
            if not self._running:
                time.sleep(left_s)
                continue
            ended, _ = self._ray.wait(list(self._running), num_returns=1, timeout=left_s)
            self._look(bool(ended))
            for reference in ended:
                self._outcomes.append(self._outcome(reference, self._running.pop(reference)))
        return self._outcomes.popleft()

    def cancel(self) -> None:
        references = list(self._running)
        for reference in references:
            with contextlib.suppress(Exception):
                self._ray.cancel(reference)
        until_s = time.monotonic() + _GRACE_S
        while references and time.monotonic() < until_s:
            _, references = self._ray.wait(references, num_returns=len(references), timeout=_LOOK_S)
        for reference in references:
            with contextlib.suppress(Exception):
                self._ray.cancel(reference, force=True)
        self._running.clear()

    def close(self) -> None:
        self._ray.shutdown()

    def _connect(self, address: str | None) -> None:
        os.environ.setdefault(_NICENESS, "0")
        before = signal.getsignal(signal.SIGTERM) if threading.current_thread() is threading.main_thread() else None
        try:
            _look_for(address or _known_address())
            self._ray.init(address=address or "auto", log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError, OSError, self._ray.exceptions.RayError) as error:
            raise ServiceError(
                "library-cluster-unreachable",
                address or os.environ.get("RAY_ADDRESS", "RAY_ADDRESS"),
                found=f"no cluster that can be joined ({str(error).strip().splitlines()[0][:200]})",
                expected="a Ray cluster of the same versions of Ray and Python, and of the same token where it has one",
                fix="Start one, such as with 'RAY_worker_niceness=0 ray start --head', safely as docs/DEPLOY.md says; "
                "then name it with --ray-address HOST:PORT, or set RAY_ADDRESS.",
            ) from None
        finally:
            if before is not None:  # Ray takes SIGTERM for itself
                signal.signal(signal.SIGTERM, before)

    def _lack(self, task: Task) -> Outcome | None:
        """A refusal where no machine is large enough: Ray would wait for one for ever."""
        wanted = {"CPU": task.cpus, "GPU": task.gpus, "memory": float(task.memory_mb << 20)}
        if any(all(machine.get(name, 0.0) >= amount for name, amount in wanted.items()) for machine in self._machines):
            return None
        asked = f"cpus = {task.cpus:g}, gpus = {task.gpus:g}, memory_mb = {task.memory_mb}"
        error = ServiceError(
            "library-machine-small",
            task.label,
            found=f"no machine of the cluster with {asked}",
            expected="one that is as large",
            fix="Ask for less in the manifest, or start a larger machine; a cluster that scales needs one of the kind.",
        )
        return Outcome(task.key, "failed", error.to_json())

    def _look(self, at_once: bool) -> None:
        """Take what tasks have told; where the board's machine is gone, nothing is told any more, and all goes on."""
        if not at_once and time.monotonic() - self._looked_s < _LOOK_S:
            return
        self._looked_s = time.monotonic()
        with contextlib.suppress(self._ray.exceptions.RayError):
            told = self._ray.get(self._board.taken.remote(), timeout=_GRACE_S)
            self._outcomes.extend(Outcome(key, kind, facts) for key, kind, facts in told)

    def _outcome(self, reference: Any, task: Task) -> Outcome:
        errors = self._ray.exceptions
        try:
            return outcome_of(task, Ended(**self._ray.get(reference)))
        except errors.OutOfMemoryError:
            return out_of_memory(task, "killed by Ray, whose machine was short of memory")
        except errors.RayTaskError as error:
            return machine_lost(task, f"a worker that could not start it ({str(error.cause)[:200]})")
        except errors.RayError as error:
            return machine_lost(task, f"a worker or machine that went away ({type(error).__name__})")


class Board:
    """What tasks tell while they run; an actor of Ray."""

    def __init__(self) -> None:
        self._told: list[tuple[str, str, Mapping[str, Any]]] = []

    def tell(self, key: str, kind: str, facts: Mapping[str, Any]) -> None:
        """Put something down."""
        self._told.append((key, kind, facts))

    def taken(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """All that was told since the last time."""
        told, self._told = self._told, []
        return told


def work(task: Task, command: list[str], attempt: int, board: Any) -> dict[str, Any]:
    """What a worker of Ray does: start a task's process, and wait for it.

    Returns:
        the fields of :class:`~ani3d_runtime.library.task_process.Ended`.
    """
    facts = {"worker": f"{socket.gethostname()}:{os.getpid()}", "attempt": attempt, "niceness": _niceness()}
    board.tell.remote(task.key, "started", facts)
    process = TaskProcess(task, [sys.executable, *command[1:]])
    try:
        return asdict(process.attend(lambda told: board.tell.remote(task.key, "progress", told)))
    finally:
        process.end()  # where Ray interrupts this, such as after Ctrl-C


def _known_address() -> str:
    """Where Ray would look for a cluster; empty where it knows of none."""
    with contextlib.suppress(OSError):
        return os.environ.get("RAY_ADDRESS") or _CURRENT.read_text().strip()
    return ""


def _look_for(address: str) -> None:
    """Ray itself waits for minutes where nobody answers.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if host and "/" not in host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_S).close()


def _niceness() -> int:
    return os.nice(0) if hasattr(os, "nice") else 0
