"""TypeScript: one module of the web client."""

from __future__ import annotations

import json

from constants.javascript import families, section_object
from constants.specification import Constant, Specification


def typescript(specification: Specification) -> str:
    """web_client/src/generated/format.ts."""
    lines = [
        "// The numbers and refusals of an .a3d package.",
        "// Generated from spec/format.toml and spec/refusals.toml by `make constants`; edit those.",
    ]
    for constants in specification.tables.values():
        lines += ["", *(line for constant in constants for line in _constant(constant))]
    lines += [
        "",
        "export interface SectionKind {",
        "  readonly name: string;",
        '  readonly scope: "package" | "clip" | "group";',
        "  readonly withResidual: boolean;",
        "  readonly critical: boolean;",
        "}",
        "",
        "export const SECTIONS: readonly SectionKind[] = [",
    ]
    lines += [*(f"  {section_object(kind)}," for kind in specification.sections), "];"]
    lines += ["", "/** The family of every code: readers agree on it where several rules are broken. */"]
    lines += ["export const FAMILY_OF: ReadonlyMap<string, string> = new Map(["]
    lines += families(specification)
    return "\n".join([*lines, "]);"]) + "\n"


def _constant(constant: Constant) -> tuple[str, str]:
    value = json.dumps(constant.value)
    if isinstance(constant.value, list):
        kind = "string" if isinstance(constant.value[0], str) else "number"
        return f"/** {constant.comment} */", f"export const {constant.constant_name}: readonly {kind}[] = {value};"
    return f"/** {constant.comment} */", f"export const {constant.constant_name} = {value};"
