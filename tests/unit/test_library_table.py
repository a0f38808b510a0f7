"""The live table of a bake: what runs, how far it is, how long it takes, and what failed."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import rich.console

from ani3d_runtime.cli.console import Console
from ani3d_runtime.cli.library_table import BakeTable, shown_s


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def console(*, json_lines: bool = False, quiet: bool = False) -> Console:
    """One that keeps what is written for people."""
    kept = rich.console.Console(file=io.StringIO(), width=200, highlight=False)
    return Console(json=json_lines, quiet=quiet, err=kept)


def said(to: Console) -> str:
    assert isinstance(to.err.file, io.StringIO)
    return to.err.file.getvalue()


def event(name: str, key: str = "", **fields: Any) -> dict[str, Any]:
    return {"event": name, "key": key, "kind": "clip", "character": "anna", "motion": key or None, **fields}


def drawn(table: BakeTable) -> list[str]:
    """The lines of the table as it stands."""
    screen = rich.console.Console(file=io.StringIO(), width=120, highlight=False)
    screen.print(table.render())
    assert isinstance(screen.file, io.StringIO)
    return [" ".join(line.replace("━", " ").split()) for line in screen.file.getvalue().splitlines() if line.strip()]


def test_each_task_has_its_stage_its_share_and_its_time_left() -> None:
    clock = Clock()
    table = BakeTable(console(), clock)
    table.show(event("plan", tasks=4))
    table.show(event("task-started", "walk", attempt=1))
    table.show(event("task-started", "run", attempt=2))
    clock.now_s += 30
    table.show(event("task-progress", "walk", stage="simulate", fraction=0.25))
    _, walk, run, whole = drawn(table)
    assert walk.startswith("anna/walk simulate")
    assert walk.endswith("25% 2 min")  # a quarter took 30 s
    assert run.startswith("anna/run (attempt 2)")
    assert run.endswith("0% –")
    assert "0 of 4" in whole
    assert "30 s so far" in whole


def test_the_whole_counts_what_ended_and_says_what_is_left() -> None:
    clock = Clock()
    table = BakeTable(console(), clock)
    table.show(event("plan", tasks=10))
    table.show(event("task-finished", "old", cached=True))
    for key in ("a", "b"):
        table.show(event("task-started", key))
    clock.now_s += 20
    table.show(event("task-finished", "a", seconds=20.0, bytes=1_500_000))
    table.show(event("task-failed", "c", code="x", found="y", expected="z", fix="Do.", will_retry=False))
    *_, whole = drawn(table)
    assert "3 of 10, 1 unchanged, 1 failed" in whole
    assert whole.endswith("20 s so far 2 min left")  # seven tasks, 20 s each, one at a time


def test_where_no_terminal_is_a_line_for_each_task() -> None:
    out = console()
    with BakeTable(out, Clock()) as table:
        table.show(event("plan", tasks=2))
        table.show(event("task-started", "walk"))
        table.show(event("task-progress", "walk", stage="pack", fraction=0.5))
        table.show(event("task-finished", "walk", seconds=12.4, bytes=1_500_000))
        table.show(event("task-failed", "r[x]", code="ply-cut", found="a", expected="b", fix="Mend.", will_retry=True))
    assert said(out).splitlines() == [
        "done    anna/walk  12 s  1.50 MB",
        "warning: anna/r[x]: [ply-cut] found a; expected b. Mend. It is tried again.",
    ]


def test_quiet_says_failures_alone() -> None:
    out = console(quiet=True)
    with BakeTable(out, Clock()) as table:
        table.show(event("task-finished", "walk", seconds=12.4))
        table.show(event("task-failed", "run", code="ply-cut", found="a", expected="b", fix="Mend."))
    assert said(out) == "warning: anna/run: [ply-cut] found a; expected b. Mend.\n"


def test_scripts_get_every_event_as_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    events = [event("plan", tasks=1), event("task-started", "walk\n", attempt=1), event("made-up-later", "walk", new=1)]
    with BakeTable(console(json_lines=True), Clock()) as table:
        for each in events:
            table.show(each)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == events


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (0.4, "0 s"), (89, "89 s"), (150, "2 min"), (5340, "89 min"), (7500, "2 h 05")]
)
def test_durations_are_for_people(seconds: float | None, text: str) -> None:
    assert shown_s(seconds) == text
