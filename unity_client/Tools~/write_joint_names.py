"""Write the tables of joint names for C#, from those of ani3d_runtime: run it in an environment that has ani3d.

They lie in the package because a player recognises a skeleton by itself.
"""

from __future__ import annotations

import textwrap

from toolchain.paths import CLIENT

from ani3d_runtime.body.joint_names import REQUIRED, STYLES

PATH = CLIENT / "Runtime" / "Core" / "Retarget" / "JointNameTables.cs"
_WIDTH = 100


def text() -> str:
    """The file."""
    styles = ", ".join(f'"{style}"' for style in STYLES)
    lines = [
        "// Generated from ani3d_runtime/body/joint_names.py by unity_client/Tools~/write_joint_names.py.",
        "namespace Ani3d",
        "{",
        "    /// <summary>What other tools call joints: their name, =, ours.</summary>",
        "    internal static class JointNameTables",
        "    {",
        "        /// <summary>Without these a body cannot be placed or walk.</summary>",
        *_constant("Required", " ".join(REQUIRED)),
        "",
        "        /// <summary>Names of the namings; of two that explain as many joints, the first is meant.</summary>",
        f"        public static readonly string[] Styles = {{ {styles} }};",
        "",
        "        /// <summary>A table for each naming.</summary>",
        "        public static readonly string[] Tables =",
        "        {",
    ]
    for table in STYLES.values():
        lines += [*_text(" ".join(f"{theirs}={ours}" for theirs, ours in table.items()), "            "), ""]
        lines[-2] += ","
        lines.pop()
    lines += ["        };", "    }", "}"]
    return "\n".join(lines) + "\n"


def _constant(name: str, value: str) -> list[str]:
    rows = _text(value, "            ")
    return [f"        public const string {name} =", *rows[:-1], rows[-1] + ";"]


def _text(value: str, indent: str) -> list[str]:
    """C# text over several lines."""
    rows = textwrap.wrap(value, _WIDTH, break_long_words=False)
    return [f'{indent}"{row}{"" if last else " "}"{"" if last else " +"}' for row, last in _with_last(rows)]


def _with_last(rows: list[str]) -> list[tuple[str, bool]]:
    return [(row, number == len(rows) - 1) for number, row in enumerate(rows)]


if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(text(), encoding="utf-8")
