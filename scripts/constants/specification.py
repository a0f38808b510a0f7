"""Specification: what spec/format.toml and spec/refusals.toml say."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TABLE = re.compile(r"\[([a-z_0-9]+)\]")
_COMMENTED = re.compile(r"([a-z_0-9]+) = .*# (.+)")


class SpecificationError(Exception):
    """A file that the generator cannot use; the message names the file and what to do."""


@dataclass(frozen=True)
class Constant:
    """One number, text or list of either.

    Attributes:
        table, key: where it stands in format.toml.
        value: int, float, or a list of ints or texts.
        comment: what it is.
    """

    table: str
    key: str
    value: int | float | list[int] | list[str]
    comment: str

    @property
    def constant_name(self) -> str:
        """As in POSE_MAX_STEPS."""
        return f"{self.table}_{self.key}".upper()

    @property
    def pascal_name(self) -> str:
        """As in MaxSteps, for languages where the table is a class or namespace."""
        return "".join(word.capitalize() for word in self.key.split("_"))


@dataclass(frozen=True)
class SectionKind:
    """One kind of section; what is not said here is said in format.toml.

    Attributes:
        layouts: version numbers that it may begin with, none where it is msgpack or a picture.
    """

    name: str
    scope: str
    with_residual: bool
    critical: bool
    place: int
    early_places: tuple[int, ...]
    holds: str
    layouts: tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """Refusals that two readers need not tell apart.

    Attributes:
        name: of the family.
        means: what they have in common.
        is_for_readers: whether readers and clients of every language know its codes.
        codes: what each code means.
        for_clients: those of the codes that clients of every language know, whatever the family.
    """

    name: str
    means: str
    is_for_readers: bool
    codes: dict[str, str]
    for_clients: frozenset[str]


@dataclass(frozen=True)
class Specification:
    """Everything that the generator writes."""

    tables: dict[str, tuple[Constant, ...]]
    sections: tuple[SectionKind, ...]
    families: tuple[Family, ...]

    @property
    def constants(self) -> Iterator[Constant]:
        """Of all tables."""
        for table in self.tables.values():
            yield from table

    @property
    def reader_families(self) -> tuple[Family, ...]:
        """Those that readers and clients of every language know."""
        return tuple(family for family in self.families if family.is_for_readers)

    @property
    def codes(self) -> dict[str, str]:
        """The family of every code, by name."""
        return {code: family.name for family in self.families for code in family.codes}


def read_specification(folder: Path) -> Specification:
    """The specification of a folder ``spec/``.

    Raises:
        SpecificationError: a number without a comment, a code that stands twice, TOML that cannot be read.
    """
    numbers, refusals = _read(folder / "format.toml"), _read(folder / "refusals.toml")
    comments = _comments(folder / "format.toml")
    rows = numbers.pop("sections")
    tables = {
        table: tuple(Constant(table, key, value, comments[table, key]) for key, value in values.items())
        for table, values in numbers.items()
    }
    specification = Specification(tables, tuple(_kind(row, numbers) for row in rows), tuple(_families(refusals)))
    _refuse_repeated_codes(specification.families)
    return specification


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SpecificationError(f"{path.name} is not TOML: {error}") from None


def _comments(path: Path) -> dict[tuple[str, str], str]:
    """What stands behind each number; TOML readers drop it."""
    comments: dict[tuple[str, str], str] = {}
    table = ""
    for line_number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("[["):
            break
        if header := _TABLE.match(line):
            table = header[1]
        elif line and not line.startswith("#"):
            match = _COMMENTED.fullmatch(line)
            if match is None:
                raise SpecificationError(f"{path.name}, line {line_number}: a number without a comment; say what it is")
            comments[table, match[1]] = match[2]
    return comments


def _kind(row: dict[str, Any], numbers: dict[str, dict[str, Any]]) -> SectionKind:
    numbers_of_kind = numbers.get(row["name"].partition(".")[0], {})
    layouts = tuple(value for key, value in numbers_of_kind.items() if key.endswith("layout"))
    return SectionKind(**{**row, "early_places": tuple(row["early_places"])}, layouts=layouts)


def _families(refusals: dict[str, Any]) -> Iterator[Family]:
    for name, family in refusals.items():
        codes = {code: entry if isinstance(entry, str) else entry["means"] for code, entry in family["codes"].items()}
        is_for_readers = family["for_readers"]
        chosen = (
            code
            for code, entry in family["codes"].items()
            if is_for_readers or (isinstance(entry, dict) and "for_clients" in entry)
        )
        yield Family(name, family["means"], is_for_readers, codes, frozenset(chosen))


def _refuse_repeated_codes(families: tuple[Family, ...]) -> None:
    known: dict[str, str] = {}
    for family in families:
        for code in family.codes:
            if code in known:
                raise SpecificationError(f"refusals.toml: {code} is of {known[code]} and of {family.name}; choose one")
            known[code] = family.name
