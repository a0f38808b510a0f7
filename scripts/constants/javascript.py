"""JavaScript: one module beside the reader in spec/readers/javascript/."""

from __future__ import annotations

import json

from constants.specification import Constant, SectionKind, Specification


def javascript(specification: Specification) -> str:
    """spec/readers/javascript/format.mjs."""
    lines = [
        "// The numbers and refusals of an .a3d package.",
        "// Generated from spec/format.toml and spec/refusals.toml by `make constants`; edit those.",
    ]
    for constants in specification.tables.values():
        lines += ["", *(line for constant in constants for line in _constant(constant))]
    lines += ["", "export const SECTIONS = Object.freeze(["]
    lines += [*(f"  {section_object(kind, layouts=kind.layouts)}," for kind in specification.sections), "]);"]
    lines += ["", "// The family of every code: readers agree on it where several rules are broken."]
    lines += ["export const FAMILY_OF = new Map(["]
    lines += families(specification)
    return "\n".join([*lines, "]);"]) + "\n"


def _constant(constant: Constant) -> tuple[str, str]:
    literal = json.dumps(constant.value)
    value = f"Object.freeze({literal})" if isinstance(constant.value, list) else literal
    return f"// {constant.comment}", f"export const {constant.constant_name} = {value};"


def families(specification: Specification) -> list[str]:
    """A line for each code that readers know: it and its family."""
    return [f'  ["{code}", "{family.name}"],' for family in specification.reader_families for code in family.codes]


def section_object(kind: SectionKind, **more: object) -> str:
    """An object literal of a kind of section."""
    fields = {
        "name": kind.name,
        "scope": kind.scope,
        "withResidual": kind.with_residual,
        "critical": kind.critical,
        **more,
    }
    return "{ " + ", ".join(f"{key}: {json.dumps(value)}" for key, value in fields.items()) + " }"
