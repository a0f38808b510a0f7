"""Executor: where tasks run; this machine's pool, or a cluster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, TypeAlias

from ani3d_runtime.library.task import Task

# The program and arguments that do a task, at an attempt from 1.
TaskCommand: TypeAlias = Callable[[Task, int], list[str]]
OutcomeKind = Literal["started", "progress", "done", "failed", "killed"]


@dataclass(frozen=True)
class Outcome:
    """What an executor tells of a task.

    Attributes:
        key: of the task.
        kind: ``done`` and ``failed`` when its process ended by itself, and left a record; ``killed`` when it did not:
            out of memory, a signal, a machine that went away.
        facts: ``worker`` of a start; ``stage`` and ``fraction``; the record of what is done; the error, as JSON, of
            what failed or was killed.
    """

    key: str
    kind: OutcomeKind
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Executor(ABC):
    """Runs tasks, each in a process of its own, that is the command ``ani3d library run KEY``."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self.cancel()
        self.close()

    @property
    @abstractmethod
    def room(self) -> int:
        """How many more tasks it may be given; it begins them soon, and nobody looks again whether they are due."""

    @abstractmethod
    def submit(self, task: Task, attempt: int) -> None:
        """Run a task as soon as there is room for it."""

    @abstractmethod
    def next_outcome(self, timeout_s: float | None = None) -> Outcome | None:
        """Wait for something to happen to a task that was submitted; None where nothing does in time."""

    @abstractmethod
    def cancel(self) -> None:
        """End everything that runs; what was published stays."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back."""
