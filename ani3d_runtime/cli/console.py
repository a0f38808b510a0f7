"""Console: results to stdout, everything else to stderr."""

from __future__ import annotations

import json as json_module
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, TypeAlias

import rich.console
from cyclopts import Parameter
from rich.console import RenderableType
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.style import StyleType
from rich.table import Table
from rich.text import Text

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.progress import ProgressCallback


@dataclass
class Console:
    """The output of one command, for a person or a script.

    Attributes:
        json: results are one JSON object on stdout.
        quiet: nothing but results and errors.
        verbose: more than usual on stderr.
        show_progress: bars on work that takes longer than a moment.
        doubts: what was said to be likely wrong.
    """

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    show_progress: bool = True
    doubts: list[Ani3dError] = field(default_factory=list[Ani3dError])
    out: rich.console.Console = field(default_factory=partial(rich.console.Console, highlight=False, emoji=False))
    err: rich.console.Console = field(
        default_factory=partial(rich.console.Console, stderr=True, highlight=False, emoji=False)
    )

    def say(self, text: str) -> None:
        """One line for a person."""
        if not self.quiet:
            self.err.print(escape(text), soft_wrap=True)

    def detail(self, text: str) -> None:
        """One line for a person who asked for more."""
        if self.verbose and not self.quiet:
            self.err.print(f"[dim]{escape(text)}[/dim]", soft_wrap=True)

    def warn(self, text: str) -> None:
        """Something the user should know though the command goes on."""
        self.err.print(f"[yellow]warning:[/yellow] {escape(text)}", soft_wrap=True)

    def remark(self, remark: str | Ani3dError) -> None:
        """What a reader says: a note, or a doubt."""
        if isinstance(remark, str):
            self.say(f"note: {remark}")
        else:
            self.doubt(remark)

    def doubt(self, doubt: Ani3dError) -> None:
        """What is done and likely not what was meant: a warning, in the JSON too, after which the command exits 3."""
        self.doubts.append(doubt)
        self.warn(f"[{doubt.code}] {doubt}")

    def error(self, error: Ani3dError) -> None:
        """A refusal: what, why, and what to do next."""
        if self.json:
            sys.stderr.write(json_module.dumps({"error": error.to_json()}) + "\n")
            return
        self.err.print(
            f"[bold red]error[/bold red] [red]\\[{error.code}][/red] {escape(error.subject)}", soft_wrap=True
        )
        self.err.print(f"  found:    {escape(error.found)}", soft_wrap=True)
        self.err.print(f"  expected: {escape(error.expected)}", soft_wrap=True)
        self.err.print(f"  next:     {escape(error.fix)}", soft_wrap=True)

    def result(self, data: Mapping[str, Any], *human: object) -> None:
        """The outcome: ``data`` as JSON for scripts, ``human`` (text or rich tables) for people."""
        if self.json:
            if self.doubts:
                data = {**data, "warnings": [doubt.to_json() for doubt in self.doubts]}
            sys.stdout.write(json_module.dumps(data, indent=2, allow_nan=False) + "\n")
            sys.stdout.flush()
            return
        for item in human:
            self.out.print(escape(item) if isinstance(item, str) else item, soft_wrap=isinstance(item, str))

    @contextmanager
    def progress(self, label: str) -> Generator[ProgressCallback, None, None]:
        """A bar with time left while the block runs; the callback takes the fraction done, 0..1.

        Where stderr is not a terminal, one line with the seconds taken is written at the end instead.
        """
        started = time.monotonic()
        if self.quiet or not self.show_progress:
            yield _ignore
            return
        if not self.err.is_terminal:
            yield _ignore
            self.say(f"{label} … {time.monotonic() - started:.1f} s")
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.err) as bars:
            task = bars.add_task(escape(label), total=1.0)

            def advance(fraction: float) -> None:
                bars.update(task, completed=fraction)

            yield advance
            bars.update(task, completed=1.0)


ConsoleArgument: TypeAlias = Annotated[Console, Parameter(parse=False)]


class LiteralTable(Table):
    """A table that shows strings as they stand; a name such as ``ani3d-runtime[usd]`` is no markup."""

    def add_row(self, *cells: RenderableType | None, style: StyleType | None = None, end_section: bool = False) -> None:
        """Adds a row; what has a style is a ``rich.text.Text``."""
        literal = (Text(cell) if isinstance(cell, str) else cell for cell in cells)
        super().add_row(*literal, style=style, end_section=end_section)


def table(*columns: str, title: str | None = None, numeric: tuple[str, ...] = ()) -> LiteralTable:
    """An empty table in the style of all our tables; ``numeric`` columns align right."""
    result = LiteralTable(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        result.add_column(column, justify="right" if column in numeric else "left")
    return result


def _ignore(_fraction: float) -> None:
    """Progress that nobody watches."""
