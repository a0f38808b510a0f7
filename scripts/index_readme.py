"""The README as a package index shows it: no link or picture that leads nowhere.

An index shows one page and no files beside it. Where pyproject.toml names the repository, links become absolute.
Where it does not, they become plain text, and pictures are left out.
"""

from __future__ import annotations

import re

# [text](target) or ![text](target), where the target is neither an address nor a place on the page itself.
_RELATIVE = re.compile(r"(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)\s]+)\)")


def absolute(text: str, repository: str | None) -> str:
    """Markdown without relative links: under ``repository``, such as https://host/owner/name, or as plain text."""

    def target(found: re.Match[str]) -> str:
        picture, label, path = found.groups()
        if repository is None:
            return "" if picture else label
        return f"{picture}[{label}]({repository}/{'raw' if picture else 'blob'}/main/{path})"

    return _RELATIVE.sub(target, text)
