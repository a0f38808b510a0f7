"""``ani3d library status``: how far a library is, from any machine that reaches its store."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter
from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ani3d_runtime.cli import exit_codes
from ani3d_runtime.cli.console import Console, ConsoleArgument
from ani3d_runtime.cli.library import HERE, ManifestPath, opened
from ani3d_runtime.cli.library_table import RunningRow, running_table
from ani3d_runtime.library.record import failure_of
from ani3d_runtime.library.status import LibraryStatus, RunningTask, read_status
from ani3d_runtime.library.store import LibraryStore

_PERIOD_S = 2.0
_FAILURES = 10


def status(
    *,
    manifest: ManifestPath = HERE,
    watch: Annotated[bool, Parameter(negative="")] = False,
    failed: Annotated[bool, Parameter(negative="")] = False,
    console: ConsoleArgument,
) -> int:
    """Say how far a library is: what is done, what hosts are at, what failed and what to do about it.

    It reads the store alone, so that it works beside a bake, on another machine, and on a farm.

    Args:
        manifest: the library.toml, or its folder.
        watch: say it again every two seconds until all is done, or Ctrl-C; with --json as JSON lines.
        failed: list all failures, and not the first ten.
    """
    wanted, store = opened(manifest)
    most = None if failed else _FAILURES
    if watch:
        with contextlib.suppress(KeyboardInterrupt):  # how it is ended
            _watch(wanted.name, store, most, console)
        return exit_codes.OK
    found = read_status(store, most_failures=most)
    console.result({"library": wanted.name, **found.to_json()}, *_human(wanted.name, found))
    return exit_codes.OK


def _watch(name: str, store: LibraryStore, most: int | None, console: Console) -> None:
    if console.json or not console.out.is_terminal:
        for found in _until_done(store, most):
            if console.json:
                sys.stdout.write(json.dumps({"library": name, **found.to_json()}, allow_nan=False) + "\n")
                sys.stdout.flush()
            else:
                console.out.print(_counts(found), soft_wrap=True)
        return
    with Live(console=console.out, auto_refresh=False) as live:
        for found in _until_done(store, most):
            live.update(Group(*_human(name, found)), refresh=True)


def _until_done(store: LibraryStore, most: int | None) -> Iterator[LibraryStatus]:
    """How it is, whenever that is another than before, until nothing is left to do."""
    last = None
    while True:
        found = read_status(store, most_failures=most)
        if found != last:
            yield found
        last = found
        if found.planned is not None and found.done + found.failed >= found.tasks and not found.running:
            return
        time.sleep(_PERIOD_S)


def _human(name: str, found: LibraryStatus) -> Iterator[Table | Text]:
    line = Table.grid(padding=(0, 2))
    bar = ProgressBar(max(found.tasks, 1), found.done + found.failed, width=20)
    line.add_row(f"[bold]{escape(name)}[/bold]", bar, _counts(found))
    yield line
    yield from running_table([_row(task) for task in found.running])
    for host in found.silent_hosts:
        yield Text(f"{host} has said nothing for a while; what it did not finish, the next bake does", style="yellow")
    if found.failures:
        for failure in found.failures:
            told = failure_of(vars(failure), failure.label)
            yield Text.assemble(("failed ", "red"), f"{failure.label}: {told}")
            yield Text(f"  next: {failure.fix}")
        if found.failed > len(found.failures):
            yield Text(f"and {found.failed - len(found.failures)} more; --failed lists all")
    if found.planned is None:
        yield Text("no bake has begun; 'ani3d library plan' says what it would do")


def _counts(found: LibraryStatus) -> Text:
    counts = [f"{found.done:,} of {found.tasks:,} done"]
    counts += [f"{len(found.running):,} running"] if found.running else []
    counts += [f"{found.waiting:,} waiting"] if found.waiting else []
    counts += [f"{found.failed:,} failed"] if found.failed else []
    return Text(", ".join(counts))


def _row(task: RunningTask) -> RunningRow:
    stage = f"{task.stage} {task.fraction:.0%}" if task.fraction > 0 else task.stage
    return RunningRow(task.label, task.attempt, stage, task.share, task.left_s, task.host)
