"""The generator of constants: it is deterministic, and notices when a committed file is not what spec/*.toml says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ani3d_runtime.spec import format as constants

ROOT = Path(__file__).resolve().parents[2]
GENERATED = (
    "ani3d_runtime/spec/format.py",
    "ani3d_runtime/spec/refusals.py",
    "spec/readers/javascript/format.mjs",
    "unity_client/Runtime/Core/Format/FormatConstants.cs",
    "web_client/src/generated/format.ts",
    "spec/generated/ani3d_format.hpp",
    "spec/generated/ani3d_format.hlsl",
    "docs/refusals.md",
)
CORE = "unity_client/Runtime/Core/Format"
PAGES = ("spec/SPEC.md", "spec/SPEC-container.md")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the generator reads and writes, to be broken."""
    for folder in (
        "scripts",
        "spec/generated",
        "spec/readers/javascript",
        "ani3d_runtime/spec",
        "web_client/src/generated",
        CORE,
    ):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("spec/format.toml", "spec/refusals.toml", "docs/refusals.md", *PAGES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def generate(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts/generate_constants.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_committed_files_are_what_the_specification_says(copy: Path) -> None:
    assert generate(copy, "--check").returncode == 0
    generate(copy)
    for name in (*GENERATED, *PAGES):
        assert (copy / name).read_bytes() == (ROOT / name).read_bytes()


@pytest.mark.parametrize("name", GENERATED)
def test_one_changed_byte_makes_a_file_stale(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    check = generate(copy, "--check")
    assert check.returncode == 1
    assert check.stderr == f"{name} is not what spec/*.toml says; run `make constants`\n"
    assert (copy / name).read_bytes() == content, "a check changes nothing"


@pytest.mark.parametrize("name", PAGES)
def test_a_changed_row_of_a_table_makes_a_page_stale_and_text_around_it_is_the_writers(copy: Path, name: str) -> None:
    change(copy / name, "## Refusals", "## What is refused")
    assert generate(copy, "--check").returncode == 0
    change(copy / name, "| `section-missing` |" if name == PAGES[0] else "| `package-length` |", "| `other` |")
    assert generate(copy, "--check").stderr.startswith(f"{name} is not what")
    generate(copy)
    assert "## What is refused" in (copy / name).read_text(encoding="utf-8")
    assert "`other`" not in (copy / name).read_text(encoding="utf-8")


def test_a_file_that_is_missing_is_stale(copy: Path) -> None:
    (copy / GENERATED[0]).unlink()
    assert generate(copy, "--check").stderr.startswith(GENERATED[0])


def test_a_changed_number_reaches_every_language(copy: Path) -> None:
    change(copy / "spec/format.toml", "max_nodes = 1024 ", "max_nodes = 999 ")
    stale = generate(copy, "--check").stderr
    changed = [
        name for name in GENERATED if name.startswith(("ani3d_runtime/spec/format", "spec/", "web_client/", CORE))
    ]
    assert [line.split()[0] for line in stale.splitlines()] == changed
    generate(copy)
    for name in changed:
        assert re.search(r"max_?nodes\b[^\n]* = 999", (copy / name).read_text(encoding="utf-8"), re.IGNORECASE)


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("format.toml", "max_shift = 24 ", "max_shift = 24\nmax = 1 ", "line"),
        ("format.toml", "max_shift = 24 ", "max_shift = = ", "format.toml is not TOML"),
        ("refusals.toml", "[section.codes]\n", '[section.codes]\npackage-future = "again"\n', "package-future"),
        (
            "refusals.toml",
            "[section.codes]\n",
            '[section.codes]\nsection-missing = "again"\n',
            "refusals.toml is not TOML",
        ),
        ("SPEC.md", "<!-- generated: sections -->", "<!-- generated: chapters -->", "spec/SPEC.md: nobody writes"),
        ("SPEC-container.md", "<!-- end -->", "", "spec/SPEC-container.md: a marker"),
    ],
    ids=["without a comment", "not TOML", "two families", "twice", "unknown table", "no marker"],
)
def test_what_cannot_be_generated_is_said(copy: Path, file: str, before: str, after: str, said: str) -> None:
    change(copy / "spec" / file, before, after)
    for options in ((), ("--check",)):
        outcome = generate(copy, *options)
        assert outcome.returncode == 1
        assert said in outcome.stderr
        assert "Traceback" not in outcome.stderr


def test_numbers_agree_with_one_another() -> None:
    assert len(constants.LIGHT_ZERO_SHARES) == len(constants.LIGHT_RATIOS) == constants.RANS_CONTEXTS
    assert len(constants.RANS_CONTEXT_THRESHOLDS) == constants.RANS_CONTEXTS - 1
    assert sorted(constants.RANS_CONTEXT_THRESHOLDS) == list(constants.RANS_CONTEXT_THRESHOLDS)
    assert 256 * constants.LIGHT_UNIFORM_FREQUENCY == 1 << constants.RANS_PROBABILITY_BITS


def test_the_c_header_compiles(tmp_path: Path) -> None:
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler")
    program = tmp_path / "uses.cpp"
    program.write_text(
        f'#include "{ROOT / "spec/generated/ani3d_format.hpp"}"\n'
        f"static_assert(ani3d::format::model::max_nodes == {constants.MODEL_MAX_NODES});\n"
        f"static_assert(ani3d::format::refusals.size() > 30);\n",
        encoding="utf-8",
    )
    subprocess.run([compiler, "-std=c++17", "-Wall", "-Werror", "-fsyntax-only", str(program)], check=True, timeout=60)
