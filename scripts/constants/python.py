"""Python: two modules of ani3d_runtime/spec/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from constants.specification import Constant, SectionKind, Specification

_LINE_LENGTH = 120


def python_format(specification: Specification) -> str:
    """ani3d_runtime/spec/format.py."""
    lines = [
        '"""The numbers of an .a3d package. Generated from spec/format.toml by `make constants`; edit that."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Final, Literal",
        "",
        'Scope = Literal["package", "clip", "group"]',
    ]
    for table, constants in specification.tables.items():
        lines += ["", f"# [{table}]", *(line for constant in constants for line in _constant(constant))]
    lines += ["", "# name, scope, with residual, critical, place, early places"]
    lines += ["SECTIONS: Final[tuple[tuple[str, Scope, bool, bool, int, tuple[int, ...]], ...]] = ("]
    lines += [*(f"    {_section(kind)}," for kind in specification.sections), ")"]
    return "\n".join(lines) + "\n"


def python_refusals(specification: Specification) -> str:
    """ani3d_runtime/spec/refusals.py."""
    lines = [
        '"""The family of every refusal code. Generated from spec/refusals.toml by `make constants`; edit that."""',
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping",
        "from typing import Final, Literal, TypeAlias",
        "",
        "Family: TypeAlias = Literal[",
        *(f'    "{family.name}",' for family in specification.families),
        "]",
        "",
        "FAMILY_OF: Final[Mapping[str, Family]] = {",
        *(f'    "{code}": "{family}",' for code, family in specification.codes.items()),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _constant(constant: Constant) -> Iterator[str]:
    yield f"# {constant.comment}"
    value = constant.value
    line = f"{constant.constant_name}: Final = {_literal(value)}"
    if isinstance(value, list) and len(line) > _LINE_LENGTH:
        yield f"{constant.constant_name}: Final = ("
        yield from (f"    {_literal(item)}," for item in value)
        yield ")"
    else:
        yield line


def _section(kind: SectionKind) -> str:
    fields = (kind.name, kind.scope, kind.with_residual, kind.critical, kind.place, kind.early_places)
    return f"({', '.join(map(_literal, fields))})"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (list, tuple)):
        return _tuple(_literal(item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int):
        return repr(value)
    return f"{value:_}" if abs(value) >= 10_000 else str(value)


def _tuple(items: Iterable[str]) -> str:
    listed = list(items)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"
