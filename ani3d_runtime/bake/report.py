"""Report: one self-contained HTML page about a bake, with its pictures."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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
pre { background: var(--soft); border-radius: 4px; padding: .8rem; overflow-x: auto; }
"""


@dataclass(frozen=True)
class Picture:
    """An image file and what it shows."""

    path: Path
    caption: str


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
    pictures: Sequence[Picture],
    tables: Sequence[ReportTable],
    settings: Mapping[str, object],
    command: str,
) -> None:
    """Write the page, whole or not at all. Pictures are embedded, so that the page can be mailed."""
    body = [
        f"<h1>{html.escape(title)}</h1><p class='lead'>{html.escape(lead)}</p>",
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


def _figure(picture: Picture) -> str:
    kind = {".png": "image/png", ".webp": "image/webp"}[picture.path.suffix]
    data = base64.b64encode(picture.path.read_bytes()).decode("ascii")
    caption = html.escape(picture.caption)
    return f"<figure><img alt='{caption}' src='data:{kind};base64,{data}'><figcaption>{caption}</figcaption></figure>"


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
