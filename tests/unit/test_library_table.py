"""The live table of a bake: what runs, how far it is, how long it takes, and what failed."""

from __future__ import annotations

import io
import json
import time
from typing import Any

import pytest
import rich.console

from ani3d_runtime.cli.console import Console
from ani3d_runtime.cli.library_table import BakeTable, shown_s
from ani3d_runtime.library.event import Event, EventName


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


def event(name: EventName, key: str = "", **facts: Any) -> Event:
    return Event(
        name, key, "package" if key else "", key, f"{key}.a3d" if key else "", key, facts, "2026-12-01T12:00:00Z"
    )


def drawn(table: BakeTable) -> list[str]:
    """The lines of the table as it stands."""
    screen = rich.console.Console(file=io.StringIO(), width=120, highlight=False)
    screen.print(table.render())
    assert isinstance(screen.file, io.StringIO)
    return [" ".join(line.replace("━", " ").split()) for line in screen.file.getvalue().splitlines() if line.strip()]


def baked(table: BakeTable, clock: Clock, key: str, stages: dict[str, float]) -> None:
    """A task from beginning to end, with the seconds of its stages."""
    table.note(event("task-started", key, attempt=1))
    for stage, seconds in stages.items():
        table.note(event("task-progress", key, stage=stage, fraction=0.0))
        clock.now_s += seconds
    table.note(event("task-finished", key, seconds=sum(stages.values()), bytes=1_500_000))


def test_the_first_tasks_show_their_stage_and_promise_nothing() -> None:
    clock = Clock()
    table = BakeTable(console(), clock=clock)
    table.note(event("plan", tasks=4, cached=0, broken=0))
    table.note(event("task-started", "anna", attempt=1))
    table.note(event("task-started", "bo", attempt=2))
    clock.now_s += 30
    table.note(event("task-progress", "anna", stage="simulate", fraction=0.25))
    _, anna, bo, whole = drawn(table)
    assert anna == "anna simulate 25% – –"
    assert bo == "bo (attempt 2) – –"
    assert "0 of 4" in whole
    assert whole.endswith("30 s so far – left")


def test_later_tasks_have_a_share_and_a_time_left_by_what_stages_took_before() -> None:
    clock = Clock()
    table = BakeTable(console(), clock=clock)
    table.note(event("plan", tasks=3, cached=0, broken=0))
    baked(table, clock, "anna", {"read": 10, "simulate": 60, "pack": 30})
    table.note(event("task-started", "bo", attempt=1))
    table.note(event("task-progress", "bo", stage="read", fraction=0.0))
    clock.now_s += 10
    table.note(event("task-progress", "bo", stage="simulate", fraction=0.0))
    clock.now_s += 15
    table.note(event("task-progress", "bo", stage="simulate", fraction=0.5))
    _, bo, whole = drawn(table)
    # Simulating takes another 15 s at this pace, and packing 30 s: of 70 s, 25 s are over.
    assert bo == "bo simulate 50% 36% 45 s"
    assert "1 of 3" in whole
    assert whole.endswith("2 min so far 3 min left")  # 1.64 tasks at 100 s, one at a time


def test_a_stage_that_says_nothing_is_left_the_time_that_it_took_before() -> None:
    clock = Clock()
    table = BakeTable(console(), clock=clock)
    baked(table, clock, "anna", {"read": 10, "pack": 30})
    table.note(event("task-started", "bo", attempt=1))
    assert drawn(table)[1].endswith("0% 40 s")
    table.note(event("task-progress", "bo", stage="read", fraction=0.0))
    clock.now_s += 4
    assert drawn(table)[1] == "bo read 10% 36 s"
    clock.now_s += 16  # longer than before: it is over any moment
    assert drawn(table)[1].endswith("30 s")


def test_the_whole_counts_what_ended() -> None:
    clock = Clock()
    table = BakeTable(console(), clock=clock)
    table.note(event("plan", tasks=6, cached=3, broken=1))
    table.note(event("task-started", "a"))
    table.note(event("task-finished", "a", seconds=20.0, bytes=1_500_000))
    table.note(event("task-failed", "c", code="x", found="y", expected="z", fix="Do.", will_retry=False))
    table.note(event("task-failed", "d", code="x", found="y", expected="z", fix="Do.", will_retry=True))
    assert "6 of 10, 3 unchanged, 2 failed" in drawn(table)[-1]


def test_many_tasks_at_once_do_not_fill_the_screen() -> None:
    table = BakeTable(console(), clock=Clock())
    for number in range(100):
        table.note(event("task-started", f"p{number}"))
    lines = drawn(table)
    assert len(lines) < 30
    assert lines[-2] == "and 76 more"


def test_where_no_terminal_is_a_line_for_each_task() -> None:
    out = console()
    with BakeTable(out, clock=Clock()) as table:
        table.note(event("plan", tasks=2, cached=0, broken=0))
        table.note(event("task-started", "anna"))
        table.note(event("task-progress", "anna", stage="pack", fraction=0.5))
        table.note(event("task-finished", "anna", seconds=12.4, bytes=1_500_000))
        table.note(event("task-failed", "r[x]", code="ply-cut", found="a", expected="b", fix="Mend.", will_retry=True))
    assert said(out).splitlines() == [
        "[1/2] anna: 1.50 MB, 12 s",
        "warning: r[x] failed: [ply-cut] found a; expected b. Mend. It is tried again.",
    ]


def test_quiet_says_failures_alone() -> None:
    out = console(quiet=True)
    with BakeTable(out, clock=Clock()) as table:
        table.note(event("task-finished", "anna", seconds=12.4, bytes=1))
        table.note(event("task-failed", "bo", code="library-need-failed", found="anna failed", will_retry=False))
    assert said(out) == "warning: bo failed: [library-need-failed] found anna failed.\n"


def test_scripts_get_every_event_as_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    out = console(json_lines=True)
    with BakeTable(out, clock=Clock()) as table:
        table.note(event("plan", tasks=1, cached=0, broken=0))
        table.note(event("task-started", "anna\n", attempt=1))
        table.note(event("task-failed", "anna\n", code="ply-cut", found="a", expected="b", fix="Mend."))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["plan", "task-started", "task-failed"]
    assert (lines[1]["key"], lines[1]["attempt"], lines[2]["code"]) == ("anna\n", 1, "ply-cut")
    assert said(out) == ""


def test_the_table_is_drawn_while_events_come() -> None:
    """Drawn by a thread of its own, and failures written above it, with no lock that both wait for."""
    out = console()
    out.err = rich.console.Console(file=io.StringIO(), width=120, force_terminal=True, highlight=False)
    with BakeTable(out) as table:
        for number in range(200):
            table.note(event("task-started", f"p{number}"))
            table.note(event("task-failed", f"p{number}", code="x", found="y", will_retry=False))
            if number % 50 == 0:
                time.sleep(0.3)  # a few drawings
    assert said(out).count("failed: [x] found y.") == 200


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (0.4, "0 s"), (89, "89 s"), (150, "2 min"), (5340, "89 min"), (7500, "2 h 05")]
)
def test_durations_are_for_people(seconds: float | None, text: str) -> None:
    assert shown_s(seconds) == text
