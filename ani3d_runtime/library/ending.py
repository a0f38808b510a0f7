"""Endings: what the end of a task's process means; a refusal is told from want of memory, and from bad luck."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from ani3d_runtime.errors import ResourceError
from ani3d_runtime.library.executor import Outcome
from ani3d_runtime.library.task import Task
from ani3d_runtime.library.task_process import Ended, parsed

# As Python, numpy, numba and torch say it.
_NO_MEMORY = ("MemoryError", "Unable to allocate", "can't allocate memory", "out of memory")
_NO_ROOM = "No space left on device"
_LAST_CHARS = 300
# Refusals of the moment, after which the same may be tried again.
PASSING = frozenset({"library-task-held", "store-unreachable"})
# What says nothing against the task, and is not put down as its failure: if it is wanted later, it is done then.
NO_FAULT = PASSING | {"library-input-changed", "library-no-task"}


def outcome_of(task: Task, ended: Ended) -> Outcome:
    """What a task came to.

    Args:
        task: which.
        ended: how its process ended.
    """
    if ended.code == 0 and ended.record:
        return Outcome(task.key, "done", ended.record)
    if ended.code > 0:
        lines = reversed(ended.said.splitlines())
        error = next((told["error"] for line in lines if "error" in (told := parsed(line))), None)
        if isinstance(error, dict):
            return Outcome(task.key, "failed", error)
    return Outcome(task.key, "killed", _killed(task, ended))


def machine_lost(task: Task, found: str) -> Outcome:
    """The outcome of a task whose machine, or the cluster's process that watched it, went away."""
    fix = "It is tried again on another machine; see the logs of the cluster where that happens often."
    return Outcome(task.key, "killed", _error(task, "library-machine-lost", found, "a machine that stays", fix))


def out_of_memory(task: Task, found: str) -> Outcome:
    """The outcome of a task that was killed because its machine had no more memory."""
    return Outcome(task.key, "killed", _out_of_memory(task, found))


def _killed(task: Task, ended: Ended) -> Mapping[str, Any]:
    said = ended.said.strip()
    if ended.is_late:
        found = f"no end after {task.timeout_s:,.0f} s" if task.timeout_s else "no end"
        return _error(
            task, "library-task-late", found, "a task that ends in time", "Allow more timeout_min, or see what hangs."
        )
    if _NO_ROOM in said:
        fix = "Free some space for temporary files, or set TMPDIR to a larger disk."
        return _error(task, "disk-full", _NO_ROOM, "room for temporary files", fix)
    if ended.code == -9 and ended.memory_kills > 0:
        return _out_of_memory(task, "killed by the system while it was short of memory")
    if any(words in said for words in _NO_MEMORY):
        return _out_of_memory(task, f"no more memory: {said.splitlines()[-1][-_LAST_CHARS:]}")
    if ended.code < 0:
        fix = "Somebody or something ended it; it is tried again. Where it is the system, allow it more memory_mb."
        found = f"killed by {_signal_name(-ended.code)}"
        return _error(task, "library-task-killed", found, "a process that ends by itself", fix)
    found = f"exit code {ended.code} without a word of its own; it said last: {said[-_LAST_CHARS:] or 'nothing'}"
    fix = "Run the same command by hand; report it where it is ours."
    return _error(task, "library-task-broken", found, "a result or a refusal", fix)


def _out_of_memory(task: Task, found: str) -> Mapping[str, Any]:
    fix = f"Give it more than memory_mb = {task.memory_mb} in the manifest, or run fewer at a time with --workers."
    return _error(task, "library-out-of-memory", found, "memory for the task", fix)


def _error(task: Task, code: str, found: str, expected: str, fix: str) -> Mapping[str, Any]:
    return ResourceError(code, task.label, found=found, expected=expected, fix=fix).to_json()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
