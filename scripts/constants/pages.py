"""Tables in the pages, between ``<!-- generated: WHAT -->`` and ``<!-- end -->``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from constants.specification import Constant, Family, SectionKind, Specification, SpecificationError

# What lies between holds no further marker: where one is gone, nothing but a table is ever replaced.
_GENERATED = re.compile(r"<!-- generated: ([a-z ]+) -->\n(?:(?!<!-- ).)*<!-- end -->", re.DOTALL)
_SCOPES = {"package": "package", "clip": "clip", "group": "group of frames"}
_CONTAINER_TABLES = ("container", "manifest", "skeleton", "package")
_CONTAINER_FAMILIES = ("foreign", "future", "container")
_CODEC_FAMILIES = ("section", "codec-missing", "light")


def with_tables(page: str, name: str, specification: Specification) -> str:
    """A page with its generated tables as the specification has them.

    Raises:
        SpecificationError: a table that the page names and nobody writes, or none at all.
    """
    tables = {
        "limits of the file": _limit_table(specification),
        "sections": _section_table(specification.sections),
        "refusals of the container": _refusal_table(_families(specification, _CONTAINER_FAMILIES)),
        "refusals of sections": _refusal_table(_families(specification, _CODEC_FAMILIES)),
    }

    def filled(match: re.Match[str]) -> str:
        if match[1] not in tables:
            raise SpecificationError(f"{name}: nobody writes a table {match[1]!r}; choose one of {', '.join(tables)}")
        return f"<!-- generated: {match[1]} -->\n{tables[match[1]]}\n<!-- end -->"

    result, count = _GENERATED.subn(filled, page)
    if not count or count != page.count("<!-- generated: ") or count != page.count("<!-- end -->"):
        raise SpecificationError(f"{name}: a marker <!-- generated: … --> or <!-- end --> is gone; put it back")
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


def _limit_table(specification: Specification) -> str:
    rows = (
        f"| `{table}` | `{constant.key}` | {_figure(constant.value)} | {_cell(constant.comment)} |"
        for table in _CONTAINER_TABLES
        for constant in specification.tables[table]
        if isinstance(constant.value, (int, float)) and _is_limit(constant)
    )
    return "\n".join(["| table | limit | | of what |", "|---|---|---|---|", *rows])


def _is_limit(constant: Constant) -> bool:
    is_bound = constant.key.startswith(("max_", "min_")) or constant.key.endswith("_tolerance")
    return is_bound or constant.table == "package"


def _figure(value: float) -> str:
    """A number as people read it: 1,000,000 and 0.00001."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:.9f}".rstrip("0")


def _section_table(kinds: Iterable[SectionKind]) -> str:
    rows = (
        f"| `{kind.name}` | {_SCOPES[kind.scope]} | {'critical' if kind.critical else 'ancillary'} "
        f"| {' or '.join(map(str, kind.layouts)) or '–'} | {_cell(kind.holds)} |"
        for kind in kinds
    )
    return "\n".join(["| section | once per | | layout | holds |", "|---|---|---|---|---|", *rows])


def _refusal_table(families: list[Family]) -> str:
    if len(families) == 1:
        return "\n".join(["| code | when |", "|---|---|", *_rows(families[0])])
    rows = (row for family in families for row in _rows(family, f" {family.name} |"))
    return "\n".join(["| code | family | when |", "|---|---|---|", *rows])


def _rows(family: Family, column: str = "") -> Iterator[str]:
    yield from (f"| `{code}` |{column} {_cell(means)} |" for code, means in family.codes.items())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
