"""Tables in the pages, between ``<!-- generated: WHAT -->`` and ``<!-- end -->``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from constants.specification import Family, SectionKind, Specification, SpecificationError

_SCOPES = {"package": "package", "clip": "clip", "group": "group of frames"}
_CONTAINER_FAMILIES = ("foreign", "future", "container")
_CODEC_FAMILIES = ("section", "codec-missing", "light")


def with_tables(page: str, name: str, specification: Specification) -> str:
    """A page with its generated tables as the specification has them.

    Raises:
        SpecificationError: a table that the page names and nobody writes, or none at all.
    """
    tables = {
        "sections": _section_table(specification.sections),
        "refusals of the container": _refusal_table(_families(specification, _CONTAINER_FAMILIES)),
        "refusals of sections": _refusal_table(_families(specification, _CODEC_FAMILIES)),
    }

    def filled(match: re.Match[str]) -> str:
        if match[1] not in tables:
            raise SpecificationError(f"{name}: nobody writes a table {match[1]!r}; choose one of {', '.join(tables)}")
        return f"<!-- generated: {match[1]} -->\n{tables[match[1]]}\n<!-- end -->"

    result, count = re.subn(r"<!-- generated: ([a-z ]+) -->\n.*?<!-- end -->", filled, page, flags=re.DOTALL)
    if not count:
        raise SpecificationError(f"{name}: the markers <!-- generated: … --> and <!-- end --> are gone; put them back")
    return result


def refusals_page(specification: Specification) -> str:
    """docs/refusals.md: every code of the product."""
    lines = [
        "<!-- Generated from spec/refusals.toml by `make constants`; edit that. -->",
        "",
        "# Refusals",
        "",
        "Every error carries a code. Codes are stable across releases and languages: scripts decide by them.",
        "A code belongs to a family that says who can mend it. Two readers that refuse a package agree on the family.",
    ]
    for family in specification.families:
        lines += ["", f"## {family.name}", "", f"{_sentence(family.means)}.", "", _refusal_table([family])]
    return "\n".join(lines) + "\n"


def _families(specification: Specification, names: Iterable[str]) -> list[Family]:
    return [family for family in specification.families if family.name in names]


def _section_table(kinds: Iterable[SectionKind]) -> str:
    rows = (
        f"| `{kind.name}` | {_SCOPES[kind.scope]} | {'critical' if kind.critical else 'ancillary'} "
        f"| {' or '.join(map(str, kind.layouts)) or '–'} | {kind.holds} |"
        for kind in kinds
    )
    return "\n".join(["| section | once per | | layout | holds |", "|---|---|---|---|---|", *rows])


def _refusal_table(families: list[Family]) -> str:
    if len(families) == 1:
        return "\n".join(["| code | when |", "|---|---|", *_rows(families[0])])
    rows = (row for family in families for row in _rows(family, f" {family.name} |"))
    return "\n".join(["| code | family | when |", "|---|---|---|", *rows])


def _rows(family: Family, column: str = "") -> Iterator[str]:
    yield from (f"| `{code}` |{column} {means} |" for code, means in family.codes.items())


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
