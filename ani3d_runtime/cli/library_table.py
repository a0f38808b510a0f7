"""BakeTable: what ``ani3d library bake`` shows while it works, from its events."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ani3d_runtime.cli.console import Console, table
from ani3d_runtime.library.event import Event
from ani3d_runtime.library.pace import Pace
from ani3d_runtime.library.record import failure_of

_ROWS = 24
_BAR = 20


@dataclass(frozen=True)
class RunningRow:
    """A task that runs, as a row of a table.

    Attributes:
        label: what people are told of it.
        attempt: from 1.
        stage: what it does now, and how much of that is done.
        share: how much of the task is done, 0..1; None where that is not known yet.
        left_s: seconds until it is done; None where that is not known yet.
        host: where it runs; "" for here.
    """

    label: str
    attempt: int
    stage: str
    share: float | None
    left_s: float | None
    host: str = ""


class BakeTable:
    """Shows events of a bake: a live table on a terminal, else a line for each task that ends, or JSON lines.

    A context manager. With ``--json`` every event is one line of JSON on stdout.

    Args:
        console: where to.
        pace: what stages take; it notes the events, too.
        clock: seconds that never go back.
    """

    def __init__(self, console: Console, pace: Pace | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._pace = pace or Pace(clock)
        self._begun_s = clock()
        self._total = self._done = self._cached = self._failed = 0
        self._busy_s = 0.0
        self._running: dict[str, tuple[Event, float]] = {}
        self._lock = threading.Lock()
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

    def note(self, event: Event) -> None:
        """Take one event."""
        if self._console.json:
            sys.stdout.write(json.dumps(event.to_json(), allow_nan=False) + "\n")
            sys.stdout.flush()
        with self._lock:
            self._count(event)
        # Not while the lock is held: who draws the table holds the screen and waits for the lock.
        if event.event == "task-finished" and self._live is None and not self._console.json:
            size, took_s = event.facts.get("bytes") or 0, float(event.facts.get("seconds") or 0.0)
            self._console.say(f"[{self._ended()}] {event.label}: {size / 1e6:.2f} MB, {shown_s(took_s)}")
        elif event.event == "task-failed" and not self._console.json:
            self._console.warn(_failure(event))

    def render(self) -> Group:
        """The table of what runs, and a line about the whole."""
        with self._lock:
            rows = [self._row(key, event) for key, (event, _) in self._running.items()]
            return Group(*running_table(rows), self._whole())

    def _row(self, key: str, event: Event) -> RunningRow:
        stage, fraction = self._pace.stage_of(key)
        shown = f"{stage} {fraction:.0%}" if fraction > 0 else stage
        attempt = int(event.facts.get("attempt", 1))
        return RunningRow(event.label, attempt, shown, self._pace.share(key), self._pace.left_s(key))

    def _whole(self) -> Table:
        line = Table.grid(padding=(0, 2))
        ended = self._done + self._cached + self._failed
        counts = f"{ended:,} of {self._total:,}"
        if self._cached:
            counts += f", {self._cached:,} unchanged"
        if self._failed:
            counts += f", [red]{self._failed:,} failed[/red]"
        bar = ProgressBar(max(self._total, 1), ended + self._under_way(), width=_BAR)
        elapsed_s = self._clock() - self._begun_s
        line.add_row("[bold]all tasks[/bold]", bar, counts, f"{shown_s(elapsed_s)} so far", f"{self._left()} left")
        return line

    def _under_way(self) -> float:
        """How many tasks' worth of what runs is done."""
        return sum(self._pace.share(key) or 0.0 for key in self._running)

    def _left(self) -> str:
        """By what tasks took so far, and by how many run at a time."""
        if not self._done or not self._running:
            return shown_s(None)
        remaining = self._total - self._done - self._cached - self._failed - self._under_way()
        return shown_s(max(0.0, remaining) * self._busy_s / self._done / len(self._running))

    def _count(self, event: Event) -> None:
        self._pace.note(event)
        if event.event == "plan":
            self._cached, self._failed = event.facts.get("cached", 0), event.facts.get("broken", 0)
            self._total = event.facts.get("tasks", 0) + self._cached + self._failed
        elif event.event == "task-started":
            self._running[event.key] = event, self._clock()
        elif event.event == "task-finished":
            begun = self._running.pop(event.key, None)
            self._done += 1
            self._busy_s += float(event.facts.get("seconds") or 0.0) if begun is None else self._clock() - begun[1]
        elif event.event == "task-failed":
            self._running.pop(event.key, None)
            self._failed += not event.facts.get("will_retry")

    def _ended(self) -> str:
        return f"{self._done + self._cached + self._failed}/{self._total}"


def _failure(event: Event) -> str:
    said = failure_of(event.facts, event.label)
    if event.facts.get("expected"):
        said += f"; expected {event.facts['expected']}"
    said = f"{said}. {event.facts.get('fix') or ''}".rstrip()
    return f"{event.label} failed: {said}" + (" It is tried again." if event.facts.get("will_retry") else "")


def running_table(rows: list[RunningRow]) -> Iterable[Table | Text]:
    """A table of tasks that run, and a line about those that have no room in it; nothing where none runs."""
    if not rows:
        return
    has_hosts = any(row.host for row in rows)
    shown = table("task", *(["host"] if has_hosts else []), "stage", "done", "", "left", numeric=("left",))
    for row in rows[:_ROWS]:
        again = f" (attempt {row.attempt})" if row.attempt > 1 else ""
        bar = ProgressBar(1.0, row.share or 0.0, width=_BAR)
        share = "–" if row.share is None else f"{row.share:.0%}"
        hosts = [row.host] if has_hosts else []
        shown.add_row(row.label + again, *hosts, row.stage, bar, share, shown_s(row.left_s))
    yield shown
    if len(rows) > _ROWS:
        yield Text(f"and {len(rows) - _ROWS} more", style="dim")


def shown_s(seconds: float | None) -> str:
    """A duration for people, such as ``8 s``, ``3 min`` or ``2 h 05``; a dash for one that is not known."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02}"
