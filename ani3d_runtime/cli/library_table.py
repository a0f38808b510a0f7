"""BakeTable: what ``ani3d library bake`` shows while it works, from its events."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ani3d_runtime.cli.console import Console, table

# A share this small says nothing about the time that is left.
_TOLD_FROM = 0.03
_ROWS = 24


@dataclass
class _Task:
    """One task that runs."""

    name: str
    attempt: int
    started_s: float
    stage: str = ""
    fraction: float = 0.0

    def left_s(self, now_s: float) -> float | None:
        """Seconds until it is done, if it goes on as it went; None where that is not known yet."""
        if self.fraction < _TOLD_FROM:
            return None
        return (now_s - self.started_s) * (1 - self.fraction) / self.fraction


class BakeTable:
    """Shows events of a bake: a live table on a terminal, else a line for each task that ends, or JSON lines.

    A context manager. With ``--json`` every event is one line of JSON on stdout.

    Args:
        console: where to.
        clock: seconds that never go back.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._begun_s = clock()
        self._total = self._done = self._cached = self._failed = 0
        self._busy_s = 0.0
        self._running: dict[str, _Task] = {}
        self._live: Live | None = None
        if console.err.is_terminal and console.show_progress and not (console.quiet or console.json):
            self._live = Live(console=console.err, get_renderable=self.render, refresh_per_second=4, transient=True)

    def __enter__(self) -> BakeTable:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, event: Mapping[str, Any]) -> None:
        """Take one event: its name under ``event``, its fields beside it."""
        if self._console.json:
            sys.stdout.write(json.dumps(event, allow_nan=False) + "\n")
            sys.stdout.flush()
        take = getattr(self, f"_{str(event['event']).replace('-', '_')}", None)
        if take is not None:
            take(event)

    def render(self) -> Group:
        """The table of what runs, and a line about the whole."""
        now_s = self._clock()
        rows = table("task", "stage", "done", "", "left", numeric=("left",))
        for task in list(self._running.values())[:_ROWS]:
            again = f" (attempt {task.attempt})" if task.attempt > 1 else ""
            rows.add_row(
                escape(task.name) + again,
                escape(task.stage),
                ProgressBar(1.0, task.fraction, width=20),
                f"{task.fraction:.0%}",
                shown_s(task.left_s(now_s)),
            )
        return Group(*([rows] if self._running else []), self._hidden(), self._whole(now_s))

    def _hidden(self) -> Text:
        more = len(self._running) - _ROWS
        return Text(f"and {more} more", style="dim") if more > 0 else Text("", end="")

    def _whole(self, now_s: float) -> Table:
        ended = self._done + self._cached + self._failed
        line = Table.grid(padding=(0, 2))
        counts = f"{ended:,} of {self._total:,}"
        if self._cached:
            counts += f", {self._cached:,} unchanged"
        if self._failed:
            counts += f", [red]{self._failed:,} failed[/red]"
        elapsed = shown_s(now_s - self._begun_s)
        bar = ProgressBar(max(self._total, 1), self._share_ended(), width=20)
        line.add_row("[bold]all tasks[/bold]", bar, counts, f"{elapsed} so far", f"{shown_s(self._left_s())} left")
        return line

    def _share_ended(self) -> float:
        return self._done + self._cached + self._failed + sum(task.fraction for task in self._running.values())

    def _left_s(self) -> float | None:
        """By what tasks took so far, and by how many run at a time."""
        if not self._done or not self._running:
            return None
        remaining = max(0.0, self._total - self._share_ended())
        return remaining * self._busy_s / self._done / len(self._running)

    # One method for each event, named after it.

    def _plan(self, event: Mapping[str, Any]) -> None:
        self._total = int(event.get("tasks", 0))

    def _task_started(self, event: Mapping[str, Any]) -> None:
        key = str(event["key"])
        self._running[key] = _Task(name_of(event), int(event.get("attempt", 1)), self._clock())

    def _task_progress(self, event: Mapping[str, Any]) -> None:
        task = self._running.get(str(event["key"]))
        if task is not None:
            task.stage, task.fraction = str(event.get("stage", "")), float(event.get("fraction", 0.0))

    def _task_finished(self, event: Mapping[str, Any]) -> None:
        task = self._running.pop(str(event["key"]), None)
        if event.get("cached"):
            self._cached += 1
            return
        self._done += 1
        seconds = float(event.get("seconds") or 0.0)
        self._busy_s += self._clock() - task.started_s if task is not None else seconds
        size = event.get("bytes")
        self._say(f"done    {name_of(event)}  {shown_s(seconds)}" + (f"  {size / 1e6:.2f} MB" if size else ""))

    def _task_failed(self, event: Mapping[str, Any]) -> None:
        self._running.pop(str(event["key"]), None)
        again = " It is tried again." if event.get("will_retry") else ""
        self._failed += not event.get("will_retry")
        self._console.warn(
            f"{name_of(event)}: [{event.get('code')}] found {event.get('found')}; expected {event.get('expected')}. "
            f"{event.get('fix')}{again}"
        )

    def _say(self, text: str) -> None:
        if self._live is None and not self._console.json:
            self._console.say(text)


def name_of(event: Mapping[str, Any]) -> str:
    """How a task is called on the screen: its character, and its motion where it is of one."""
    character, motion = event.get("character") or "", event.get("motion")
    return f"{character}/{motion}" if motion else f"{character} ({event.get('kind', 'package')})"


def shown_s(seconds: float | None) -> str:
    """A duration for people, such as ``8 s``, ``3 min`` or ``2 h 05``; a dash for one that is not known."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02}"
