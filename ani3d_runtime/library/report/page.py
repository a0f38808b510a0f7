"""The page: facts, pictures and changes in one HTML file, and the facts read back from an earlier one.

What comes from the library stands in JSON that the page's script shows as text. The page allows itself that script,
that style and pictures of its own (Content-Security-Policy), so that a name that is markup stays a name, and nothing
is fetched from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from ani3d_runtime.library.report.changes import Change
from ani3d_runtime.library.report.facts import LibraryFacts
from ani3d_runtime.library.report.preview import PREVIEW_FRAMES

_FACTS = re.compile(r'<script type="application/json" id="facts">(.*?)</script>', re.DOTALL)
_MARK = "ani3d-library-report"


def page_html(facts: LibraryFacts, pictures: Mapping[str, bytes], changes: Sequence[Change], since: str | None) -> str:
    """The whole page.

    Args:
        facts: of the library as it stands.
        pictures: turning previews of ``preview.turning_preview``, by the name of the character.
        changes: since the report before.
        since: when that was written; None where this is the first.
    """
    style, script = _asset("page.css"), _asset("page.js")
    policy = f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    encoded = {name: base64.b64encode(picture).decode("ascii") for name, picture in pictures.items()}
    title = html.escape(f"{facts.name}: character library")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="{_MARK}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{html.escape(facts.name)}</h1>
<p class="lead">Character library, as it stood at {html.escape(facts.written)}</p>
<dl class="figures" id="figures"></dl>
</header>
<main>
<noscript><p>This page needs JavaScript to show its tables. It fetches nothing.</p></noscript>
<div class="tools">
<input type="search" id="search" placeholder="name, tag, clip, warning" aria-label="search" autocomplete="off">
<div class="views" role="group" aria-label="what to show"></div>
<label>sort by <select id="order"></select></label>
<label><input type="checkbox" id="turn"> turn all</label>
</div>
<p class="count" id="count" role="status"></p>
<div id="place"></div>
</main>
<footer>Written by ani3d {html.escape(facts.ani3d)}. Errors are those of coding, measured on what was written.</footer>
{_held("facts", facts.to_json())}
{_held("changes", {"since": since, "changes": [asdict(change) for change in changes]})}
{_held("previews", {"frames": PREVIEW_FRAMES, "pictures": encoded})}
<script>{script}</script>
</body>
</html>
"""


def facts_of_page(text: str) -> Mapping[str, Any] | None:
    """The facts that a report holds, as JSON values; None where the text is no report.

    What they hold is as somebody wrote it: only the outermost mapping is sure.
    """
    found = _FACTS.search(text) if _MARK in text else None
    if found is None:
        return None
    try:
        facts = json.loads(found[1])
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None


def _held(name: str, values: object) -> str:
    """JSON within HTML: no ``<`` stands in it, so that nothing ends the element but its own end."""
    text = json.dumps(values, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="{name}">{text}</script>'


def _asset(name: str) -> str:
    return files("ani3d_runtime.library.report").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
