"""Tables of the command line show every word as it is written."""

from __future__ import annotations

import rich.console
from rich.text import Text

from ani3d_runtime.cli.console import table


def test_brackets_in_a_cell_are_no_markup():
    rows = table("what", "mark")
    rows.add_row("pip install ani3d-runtime[usd] [red]", Text("ok", style="green"))
    screen = rich.console.Console(width=100)
    with screen.capture() as captured:
        screen.print(rows)
    assert "pip install ani3d-runtime[usd] [red]" in captured.get()
