"""Chapter: one question that the benchmark answers, as the terminal, scripts and the documentation take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.codec.grid import Grid


@dataclass(frozen=True)
class Chapter:
    """An answer.

    Attributes:
        name: as ``--only`` takes it.
        title: heading in the documentation.
        grids: the tables.
        figures: the same and more, for JSON.
        note: Markdown below the heading.
        pictures: PNG files by name, for docs/images; shown below the note.
    """

    name: str
    title: str
    grids: tuple[Grid, ...]
    figures: Any
    note: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
