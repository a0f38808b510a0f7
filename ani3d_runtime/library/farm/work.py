"""Work: what a farm is to do, as commands in waves; those of one wave need none of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ani3d_runtime.library.manifest import Manifest
from ani3d_runtime.library.plan import Plan
from ani3d_runtime.library.task import Task


@dataclass(frozen=True)
class Work:
    """The tasks of a library that are due.

    Attributes:
        name: of the library.
        manifest: path of its manifest, which every machine has to see.
        waves: tasks that need none of each other; a wave needs only those before it.
    """

    name: str
    manifest: Path
    waves: Sequence[Sequence[Task]]

    @property
    def last(self) -> list[str]:
        """The command that writes the catalogue when all is done, or failed; it bakes what was left."""
        return ["ani3d", "library", "bake", "--manifest", str(self.manifest)]

    def command(self, key: str, character: str) -> list[str]:
        """The command that does a task."""
        return ["ani3d", "library", "run", key, "--manifest", str(self.manifest), "--character", character]

    def needs(self, wave: Sequence[Task]) -> dict[str, float]:
        """What the largest task of a wave needs: ``cpus``, ``gpus``, ``memory_mb``, ``retries``, ``timeout_s``."""
        needs = {name: max(getattr(task, name) for task in wave) for name in ("cpus", "gpus", "memory_mb", "retries")}
        return {**needs, "timeout_s": max(task.timeout_s or 0.0 for task in wave)}

    def to_json(self) -> dict[str, Any]:
        """One object a task, with its command, and the command that comes last."""
        tasks = [_listed(task, self.command(task.key, task.character)) for wave in self.waves for task in wave]
        return {"library": self.name, "manifest": str(self.manifest), "tasks": tasks, "last": self.last}


def work_of(manifest: Manifest, plan: Plan) -> Work:
    """What is due of a plan, in waves."""
    open_tasks: Mapping[str, Task] = {planned.task.key: planned.task for planned in plan.due}
    depths: dict[str, int] = {}
    # A plan lists those that others need first.
    for key, task in open_tasks.items():
        depths[key] = max((depths[need] + 1 for need in task.needs if need in depths), default=0)
    waves: list[list[Task]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for key, task in open_tasks.items():
        waves[depths[key]].append(task)
    return Work(manifest.name, manifest.path, waves)


def _listed(task: Task, command: list[str]) -> dict[str, Any]:
    names = ("key", "kind", "character", "result", "cpus", "gpus", "memory_mb", "retries", "timeout_s")
    return {**{name: getattr(task, name) for name in names}, "needs": list(task.needs), "command": command}
