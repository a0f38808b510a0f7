"""Pace: how far tasks are and how long they will take, learnt from those that ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from ani3d_runtime.library.event import Event

# A share this small says nothing about the time that is left.
_TOLD_FROM = 0.05
_RECALLED = 4


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value of JSON is a number that one can count with."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@dataclass
class TaskPace:
    """A task that runs.

    Attributes:
        kind: of the task; tasks of a kind have the same stages.
        started_s: when it was started, by the clock of its :class:`Pace`.
        stage: what it does now; "" before it said so.
        stage_fraction: how much of that is done, 0..1.
        stage_began_s: since when.
        passed: seconds that each earlier stage took.
    """

    kind: str
    started_s: float
    stage: str = ""
    stage_fraction: float = 0.0
    stage_began_s: float = 0.0
    passed: dict[str, float] = field(default_factory=dict[str, float])

    def move(self, stage: str, fraction: float, now_s: float) -> None:
        """It is so far in a stage."""
        if stage != self.stage:
            self.end_stage(now_s)
            self.stage, self.stage_began_s = stage, now_s
        self.stage_fraction = min(1.0, max(0.0, fraction))

    def end_stage(self, now_s: float) -> None:
        """The stage is over."""
        if self.stage:
            self.passed[self.stage] = self.passed.get(self.stage, 0.0) + now_s - self.stage_began_s


class Pace:
    """Learns what the stages of tasks take. Not for several threads at once.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._running: dict[str, TaskPace] = {}
        # Kind of task, then stage: seconds in all, and of how many tasks.
        self._learnt: dict[str, dict[str, tuple[float, int]]] = {}

    def note(self, event: Event) -> None:
        """Take one event of a bake."""
        now_s = self._clock()
        if event.event == "task-started":
            self._running[event.key] = TaskPace(event.kind, now_s)
        elif event.event == "task-progress" and event.key in self._running:
            stage, fraction = event.facts.get("stage"), event.facts.get("fraction")
            self._running[event.key].move(str(stage or ""), float(fraction or 0.0), now_s)
        elif event.event in ("task-finished", "task-failed"):
            task = self._running.pop(event.key, None)
            if task is not None and event.event == "task-finished":
                task.end_stage(now_s)
                self.learn(task.kind, task.passed)

    def learn(self, kind: str, stages: Mapping[str, float]) -> None:
        """A task of this kind took so many seconds in each stage."""
        learnt = self._learnt.setdefault(kind, {})
        for stage, seconds in stages.items():
            total, count = learnt.get(stage, (0.0, 0))
            learnt[stage] = (total + seconds, count + 1)

    def to_json(self) -> dict[str, dict[str, list[float]]]:
        """What was learnt: kind of task, stage, mean seconds and of how many tasks."""
        return {
            kind: {stage: [round(total / count, 3), count] for stage, (total, count) in stages.items()}
            for kind, stages in self._learnt.items()
        }

    def recall(self, learnt: object) -> None:
        """Know what an earlier bake learnt; what is no such thing is passed over.

        It weighs no more than a few tasks: these may be longer or shorter than those.
        """
        for kind, stages in learnt.items() if isinstance(learnt, dict) else ():
            for stage, value in stages.items() if isinstance(stages, dict) else ():
                mean_s, count = value if isinstance(value, list) and len(value) == 2 else (None, None)
                if is_number(mean_s) and is_number(count) and mean_s >= 0 and count >= 1:
                    weight = min(int(count), _RECALLED)
                    self._learnt.setdefault(str(kind), {})[str(stage)] = (mean_s * weight, weight)

    def stage_of(self, key: str) -> tuple[str, float]:
        """The stage of a task that runs, and how much of it is done."""
        task = self._running[key]
        return task.stage, task.stage_fraction

    def left_s(self, key: str) -> float | None:
        """Seconds until a task that runs is done; None while no other of its kind has ended."""
        task = self._running[key]
        learnt = self._learnt.get(task.kind)
        if not learnt:
            return None
        means = {stage: total / count for stage, (total, count) in learnt.items()}
        ahead_s = sum(mean for stage, mean in means.items() if stage not in task.passed and stage != task.stage)
        elapsed_s = self._clock() - task.stage_began_s
        if task.stage_fraction >= _TOLD_FROM:
            return ahead_s + elapsed_s * (1 - task.stage_fraction) / task.stage_fraction
        return ahead_s + max(0.0, means.get(task.stage, 0.0) - elapsed_s * bool(task.stage))

    def share(self, key: str) -> float | None:
        """How much of a task that runs is done, 0..1; None while no other of its kind has ended."""
        left_s, spent_s = self.left_s(key), self._clock() - self._running[key].started_s
        return None if left_s is None else spent_s / max(spent_s + left_s, 1e-9)
