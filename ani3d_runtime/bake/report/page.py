"""One self-contained HTML page: pictures, drawings, tables, settings, and the command that makes it all again."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from PIL import Image

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.render.image import to_srgb8
from ani3d_runtime.replacing import replacing_path

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
p.lead { color: #888; margin-top: .2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .9rem .25rem 0; text-align: left; border-bottom: 1px solid var(--soft); }
td.number, th.number { text-align: right; }
figure { margin: 1rem 0; } figure img { max-width: 100%; border-radius: 8px; } figcaption { color: #888; }
.verdict { border-left: .5rem solid var(--mark); padding: .4rem 1rem; margin: 1rem 0; background: var(--soft); }
.verdict strong { font-size: 1.3rem; text-transform: capitalize; } .verdict ul { margin: .3rem 0; }
.verdict.good { --mark: #10b981; } .verdict.look-at-these { --mark: #f59e0b; } .verdict.do-not-ship { --mark: #ef4444; }
figure svg { max-width: 100%; height: auto; }
pre { background: var(--soft); border-radius: 4px; padding: .8rem; overflow-x: auto; }
"""


@dataclass(frozen=True)
class Picture:
    """An image and what it shows.

    Attributes:
        data: the bytes of the file.
        kind: its media type.
        caption: one sentence.
    """

    data: bytes
    kind: str
    caption: str

    @classmethod
    def from_file(cls, path: Path, caption: str) -> Picture:
        """A .png or .webp."""
        return cls(path.read_bytes(), {".png": "image/png", ".webp": "image/webp"}[path.suffix], caption)

    @classmethod
    def of(cls, picture: Float32Array, caption: str) -> Picture:
        """A picture [H, W, 3] in memory, without loss."""
        stream = io.BytesIO()
        Image.fromarray(to_srgb8(picture)).save(stream, format="PNG", optimize=True)
        return cls(stream.getvalue(), "image/png", caption)


@dataclass(frozen=True)
class Drawing:
    """An SVG element and what it shows."""

    svg: str
    caption: str


Figure: TypeAlias = Picture | Drawing


class ReasonLine(Protocol):
    """A sentence of a verdict."""

    @property
    def text(self) -> str: ...


class VerdictLine(Protocol):
    """A word, and what speaks for it."""

    @property
    def word(self) -> str: ...

    @property
    def reasons(self) -> Sequence[ReasonLine]: ...


@dataclass(frozen=True)
class ReportTable:
    """Rows under a heading; a cell that is a number is set to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | float]]


def write_report(
    path: Path,
    *,
    title: str,
    lead: str,
    pictures: Sequence[Figure],
    tables: Sequence[ReportTable],
    settings: Mapping[str, object],
    command: str,
    verdict: VerdictLine | None = None,
) -> None:
    """Write the page, whole or not at all. Pictures are embedded, so that the page can be mailed."""
    body = [
        f"<h1>{html.escape(title)}</h1><p class='lead'>{html.escape(lead)}</p>",
        "" if verdict is None else _verdict(verdict),
        *(_figure(picture) for picture in pictures),
        *(_table(table) for table in tables),
        _table(ReportTable("Settings", ("setting", "value"), [(key, str(value)) for key, value in settings.items()])),
        f"<h2>Make it again</h2><pre>{html.escape(command)}</pre>",
    ]
    page = (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{html.escape(title)}</title><style>{STYLE}</style><body>{''.join(body)}</body></html>"
    )
    with replacing_path(path) as partial:
        partial.write_text(page, encoding="utf-8")


def _verdict(verdict: VerdictLine) -> str:
    """The first thing that is read, above all pictures."""
    kind = verdict.word.replace(" ", "-")
    reasons = "".join(f"<li>{html.escape(reason.text)}</li>" for reason in verdict.reasons)
    told = f"<ul>{reasons}</ul>" if reasons else "<p>Nothing that is measured speaks against it.</p>"
    return f"<section class='verdict {kind}'><strong>{html.escape(verdict.word)}</strong>{told}</section>"


def _figure(figure: Figure) -> str:
    caption = html.escape(figure.caption)
    if isinstance(figure, Drawing):
        return f"<figure>{figure.svg}<figcaption>{caption}</figcaption></figure>"
    data = base64.b64encode(figure.data).decode("ascii")
    return (
        f"<figure><img alt='{caption}' src='data:{figure.kind};base64,{data}'>"
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _table(table: ReportTable) -> str:
    numeric = [not isinstance(value, str) for value in table.rows[0]] if table.rows else [False] * len(table.columns)
    head = "".join(
        f"<th class='number'>{html.escape(column)}</th>" if right else f"<th>{html.escape(column)}</th>"
        for column, right in zip(table.columns, numeric, strict=True)
    )
    rows = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in table.rows)
    return f"<h2>{html.escape(table.title)}</h2><table><tr>{head}</tr>{rows}</table>"


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f"<td>{html.escape(value)}</td>"
    return f"<td class='number'>{value:,.3f}</td>" if isinstance(value, float) else f"<td class='number'>{value:,}</td>"
