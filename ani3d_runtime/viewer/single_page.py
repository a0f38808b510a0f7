"""A page of one file, with a package in it: opens without a server, and asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re

from ani3d_runtime.viewer.built_page import PAGE, SCRIPT, STYLE, WHOLE_SCRIPT, WORKER, BuiltPage

# Ends an element of script, whatever its type.
_END = re.compile(r"</(?=script)|<(?=!--)", re.IGNORECASE)
_SCRIPT_TAG = f'<script type="module" src="{SCRIPT}"></script>'
_STYLE_TAG = f'<link rel="stylesheet" href="{STYLE}">'
_TITLE = "<title>ani3d</title>"


def single_page(page: BuiltPage, package: bytes, name: str, clip: str | None = None) -> str:
    """The viewer with a package, as HTML.

    Args:
        page: the viewer.
        package: an .a3d file.
        name: of the avatar.
        clip: to begin with; the first one where left out.
    """
    style, script = page.text(STYLE), _in_script(page.text(WHOLE_SCRIPT))
    start = {"name": name, "clip": clip}
    policy = (
        f"default-src 'none'; script-src {_digest(script)} blob:; worker-src blob:; style-src {_digest(style)}; "
        "img-src blob: data:; media-src blob:; base-uri 'none'; form-action 'none'"
    )
    data = "".join(
        (
            _block("ani3d-start", "application/json", json.dumps(start).replace("<", "\\u003c")),
            _block("ani3d-worker", "text/plain", base64.b64encode(page.text(WORKER).encode()).decode()),
            _block("ani3d-package", "text/plain", base64.b64encode(package).decode()),
        )
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">'
    text = page.text(PAGE)
    text = text.replace(_TITLE, f"{meta}\n<title>{html.escape(name)}, ani3d</title>", 1)
    text = text.replace(_STYLE_TAG, f"<style>{style}</style>", 1)
    # The data comes before the script that reads it; a module would wait for it anyway.
    text = text.replace(_SCRIPT_TAG, "", 1)
    return text.replace("</body>", f'{data}<script type="module">{script}</script>\n</body>', 1)


def _block(identifier: str, kind: str, text: str) -> str:
    """Data that no browser runs."""
    return f'<script id="{identifier}" type="{kind}">{text}</script>\n'


def _in_script(text: str) -> str:
    """A script that does not end before its end: what would do so stands in strings and patterns alone."""
    return _END.sub(lambda found: "<\\/" if found[0] == "</" else "<\\", text)


def _digest(text: str) -> str:
    """How a policy names an inline element."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
