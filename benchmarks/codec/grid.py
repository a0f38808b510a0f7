"""Grid: a table of figures, for the terminal and for the documentation."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

NONE = "–"


@dataclass(frozen=True)
class Grid:
    """A table as text.

    Attributes:
        title: what it is about.
        headings: one per column.
        rows: as many cells each.
        text_columns: how many columns, from the left, hold words; the others hold figures.
        bold: rows that matter most, by number.
        note: a sentence below the title.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1
    bold: frozenset[int] = frozenset()
    note: str = ""

    def rich(self) -> Table:
        """For the terminal."""
        table = Table(title=self.title, caption=self.note or None)
        for column, heading in enumerate(self.headings):
            table.add_column(heading, justify="left" if column < self.text_columns else "right")
        for number, row in enumerate(self.rows):
            table.add_row(*row, style="bold" if number in self.bold else None)
        return table

    def markdown(self) -> str:
        """For docs/, without the title."""
        lines = ["| " + " | ".join(self.headings) + " |"]
        lines.append("|" + "---|" * self.text_columns + "---:|" * (len(self.headings) - self.text_columns))
        for number, row in enumerate(self.rows):
            cells = [cell.replace("|", "\\|") for cell in row]
            if number in self.bold:
                cells[: self.text_columns] = [f"**{cell}**" for cell in cells[: self.text_columns]]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)


def figure(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return NONE
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
