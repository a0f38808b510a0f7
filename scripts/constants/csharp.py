"""C# 9 without any engine: static classes of namespace Ani3d."""

from __future__ import annotations

import json
from collections.abc import Iterator

from constants.specification import Constant, SectionKind, Specification

_INT_MAX = 2**31 - 1


def csharp(specification: Specification) -> str:
    """unity_client/Runtime/Core/Format/FormatConstants.cs."""
    lines = [
        "// The numbers and refusals of an .a3d package.",
        "// Generated from spec/format.toml and spec/refusals.toml by `make constants`; edit those.",
        "using System.Collections.Generic;",
        "",
        "namespace Ani3d",
        "{",
        "    /// <summary>The numbers of spec/format.toml.</summary>",
        "    public static class FormatConstants",
        "    {",
    ]
    for table, constants in specification.tables.items():
        lines += [f"        public static class {_pascal(table)}", "        {"]
        lines += [f"            {line}" for constant in constants for line in _constant(constant)]
        lines += ["        }", ""]
    lines += [f"        {line}" for line in _sections(specification)]
    lines += ["    }", "", *(f"    {line}" if line else line for line in _refusals(specification)), "}"]
    return "\n".join(lines) + "\n"


def _constant(constant: Constant) -> Iterator[str]:
    yield f"/// <summary>{_xml(constant.comment)}</summary>"
    value, name = constant.value, constant.pascal_name
    if isinstance(value, list):
        items = ", ".join(map(json.dumps, value))
        kind = "string" if isinstance(value[0], str) else "int"
        yield f"public static readonly IReadOnlyList<{kind}> {name} = new {kind}[] {{ {items} }};"
    else:
        yield f"public const {_type(value)} {name} = {value!r};"


def _type(value: float) -> str:
    if isinstance(value, float):
        return "double"
    return "int" if abs(value) <= _INT_MAX else "long"


def _sections(specification: Specification) -> Iterator[str]:
    yield "/// <summary>Names of sections; Splats is followed by a level's number.</summary>"
    yield "public static class Section"
    yield "{"
    for kind in specification.sections:
        name = kind.name.removesuffix("k")
        yield f'    public const string {_pascal(name)} = "{name}";'
    yield ""
    yield "    /// <summary>Those that a reader of this version knows, critical or not.</summary>"
    names = ", ".join(_pascal(kind.name.removesuffix("k")) for kind in specification.sections)
    yield f"    public static readonly IReadOnlyList<string> All = new[] {{ {names} }};"
    yield "}"
    yield ""
    yield '/// <summary>Kinds of sections; "splats.k" stands for splats.0, splats.1, …</summary>'
    yield "public static readonly IReadOnlyList<SectionKind> Sections = new[]"
    yield "{"
    yield from (f"    {_section_kind(kind)}," for kind in specification.sections)
    yield "};"


def _section_kind(kind: SectionKind) -> str:
    flags = ", ".join(str(flag).lower() for flag in (kind.with_residual, kind.critical))
    return f'new SectionKind("{kind.name}", SectionScope.{_pascal(kind.scope)}, {flags})'


def _refusals(specification: Specification) -> Iterator[str]:
    yield "/// <summary>Codes that a reader or client meets, and the family of each.</summary>"
    yield "public static class RefusalCodes"
    yield "{"
    for family in specification.families:
        for code in filter(family.for_clients.__contains__, family.codes):
            yield f"    /// <summary>{_xml(family.codes[code])}</summary>"
            yield f'    public const string {_pascal(code)} = "{code}";'
    yield ""
    yield "    /// <summary>Readers agree on the family where several rules are broken.</summary>"
    yield "    public static readonly IReadOnlyDictionary<string, string> FamilyOf = new Dictionary<string, string>"
    yield "    {"
    for family in specification.families:
        known = filter(family.for_clients.__contains__, family.codes)
        yield from (f'        {{ {_pascal(code)}, "{family.name}" }},' for code in known)
    yield "    };"
    yield "}"


def _pascal(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").replace(".", " ").split()
    return "".join(word[0].upper() + word[1:] for word in words)


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
