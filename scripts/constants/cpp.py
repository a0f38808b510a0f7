"""C++17: one header of constants."""

from __future__ import annotations

import json
from collections.abc import Iterator

from constants.specification import Constant, Specification

_INT_MAX = 2**31 - 1


def cpp(specification: Specification) -> str:
    """spec/generated/ani3d_format.hpp."""
    lines = [
        "// The numbers and refusals of an .a3d package.",
        "// Generated from spec/format.toml and spec/refusals.toml by `make constants`; edit those.",
        "#pragma once",
        "",
        "#include <array>",
        "#include <cstdint>",
        "#include <string_view>",
        "",
        "namespace ani3d::format {",
    ]
    for table, constants in specification.tables.items():
        lines += ["", f"namespace {table} {{"]
        lines += [line for constant in constants for line in _constant(constant)]
        lines += [f"}}  // namespace {table}"]
    lines += ["", *_sections(specification), "", *_refusals(specification)]
    return "\n".join([*lines, "", "}  // namespace ani3d::format"]) + "\n"


def _constant(constant: Constant) -> Iterator[str]:
    yield f"// {constant.comment}"
    value = constant.value
    if isinstance(value, list):
        kind = "std::string_view" if isinstance(value[0], str) else "int"
        items = ", ".join(map(json.dumps, value))
        yield f"inline constexpr std::array<{kind}, {len(value)}> {constant.key}{{{items}}};"
    else:
        yield f"inline constexpr {_type(value)} {constant.key} = {value!r};"


def _type(value: float) -> str:
    if isinstance(value, float):
        return "double"
    return "int" if abs(value) <= _INT_MAX else "std::int64_t"


def _sections(specification: Specification) -> Iterator[str]:
    yield '// "splats.k" stands for splats.0, splats.1, …'
    yield "struct Section {\n  std::string_view name;\n  bool critical;\n};"
    yield f"inline constexpr std::array<Section, {len(specification.sections)}> sections{{{{"
    yield from (f'    {{"{kind.name}", {str(kind.critical).lower()}}},' for kind in specification.sections)
    yield "}};"


def _refusals(specification: Specification) -> Iterator[str]:
    codes = [(code, family.name) for family in specification.reader_families for code in family.codes]
    yield "struct Refusal {\n  std::string_view code;\n  std::string_view family;  // readers agree on it\n};"
    yield f"inline constexpr std::array<Refusal, {len(codes)}> refusals{{{{"
    yield from (f'    {{"{code}", "{family}"}},' for code, family in codes)
    yield "}};"
