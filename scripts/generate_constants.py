"""Write what spec/format.toml and spec/refusals.toml say for every language (``make constants``)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from constants.cpp import cpp
from constants.csharp import csharp
from constants.hlsl import hlsl
from constants.javascript import javascript
from constants.pages import refusals_page, with_tables
from constants.python import python_format, python_refusals
from constants.specification import Specification, SpecificationError, read_specification
from constants.typescript import typescript

ROOT = Path(__file__).resolve().parent.parent
# Shaders and clients in C++ will get rooms of their own; until then HLSL and C++ lie together.
WRITERS: dict[str, Callable[[Specification], str]] = {
    "ani3d_runtime/spec/format.py": python_format,
    "ani3d_runtime/spec/refusals.py": python_refusals,
    "spec/readers/javascript/format.mjs": javascript,
    "unity_client/Runtime/Core/Format/FormatConstants.cs": csharp,
    "web_client/src/generated/format.ts": typescript,
    "spec/generated/ani3d_format.hpp": cpp,
    "spec/generated/ani3d_format.hlsl": hlsl,
    "docs/refusals.md": refusals_page,
}
# Pages that people write and the generator fills in.
PAGES = ("spec/SPEC-container.md", "spec/SPEC.md")


def generated_files(specification: Specification) -> dict[Path, str]:
    """The text of every file that the specification makes, or fills in."""
    pages = {ROOT / name: with_tables((ROOT / name).read_text(encoding="utf-8"), name, specification) for name in PAGES}
    return {ROOT / name: write(specification) for name, write in WRITERS.items()} | pages


def stale_files(files: dict[Path, str]) -> list[str]:
    """Names of files that are not there or hold something else."""
    return [
        path.relative_to(ROOT).as_posix()
        for path, text in files.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Generate or check; 1 where a committed file is stale, or the specification cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a committed file is stale")
    arguments = parser.parse_args()
    try:
        files = generated_files(read_specification(ROOT / "spec"))
    except SpecificationError as error:
        print(error, file=sys.stderr)
        return 1
    if not arguments.check:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    stale = stale_files(files)
    for name in stale:
        print(f"{name} is not what spec/*.toml says; run `make constants`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
