"""Every kernel in ``shaders/`` compiles three ways, is translated, and keeps the rules of the page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from shaders.checks.compilers import COMPILERS, SLANG, TRANSLATIONS, Source, compiled, dxil, translated
from shaders.checks.places import SHADERS
from shaders.checks.spirv import read_module
from shaders.checks.toolchain import Toolchain

MOST_BUFFERS, MOST_THREADS = 8, 256
_COMPUTE = re.compile(r"\[numthreads\([^)]*\)\]\s*void (\w+)\(")
_DRAWING = re.compile(r'\[shader\("(vertex|pixel)"\)\]\s*\w+ (\w+)\(')
_BUFFER = re.compile(r"^\w*(?:Buffer|Texture)\w*(?:<([^>]*)>)? (\w+)", re.MULTILINE)


def kernels() -> list[Source]:
    """All entry points."""
    found: list[Source] = []
    for path in sorted(SHADERS.glob("*.hlsl")):
        text = path.read_text(encoding="utf-8")
        found += [Source(path.name, entry) for entry in _COMPUTE.findall(text)]
        stages = {"vertex": "vertex", "pixel": "fragment"}
        found += [Source(path.name, entry, stages[stage]) for stage, entry in _DRAWING.findall(text)]
    return found


def test_the_kernels_of_the_page_are_there() -> None:
    page = (SHADERS / "README.md").read_text(encoding="utf-8")
    chain = page[page.index("## The chain") : page.index("## Buffers")]
    named = {name for row in chain.splitlines() if row.startswith("| ") for name in re.findall(r"`(\w+)`", row)}
    assert {source.entry for source in kernels()} <= named


@pytest.mark.parametrize("source", kernels(), ids=lambda source: source.entry)
def test_a_kernel_compiles_and_keeps_the_rules(tools: Toolchain, source: Source, tmp_path: Path) -> None:
    for compiler in COMPILERS:
        made = compiled(source, compiler, tools)
        module = read_module(made)
        # slangc turns halves into floats by types of 16 bits in SPIR-V alone; what it translates to has none.
        allowed = {"16-bit floats", "16-bit integers"} if compiler == SLANG else set[str]()
        assert not set(module.forbidden) - allowed, compiler
        assert len(module.named("storage")) <= MOST_BUFFERS, compiler
        x, y, z = module.group
        assert x * y * z <= MOST_THREADS, compiler
        # Debian's validator is older than slangc.
        if tools.spirv_val is not None and compiler != SLANG:
            (tmp_path / "module.spv").write_bytes(made)
            command = [str(tools.spirv_val), "--target-env", "vulkan1.1", str(tmp_path / "module.spv")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (compiler, done.stdout + done.stderr)
    languages = translated(source, tools)
    assert all(languages[target] for target in TRANSLATIONS)
    assert b"enable f16" not in languages["wgsl"]
    # WebGPU refuses a struct of stage inputs that is passed on to a function: marks without a place are left in it.
    assert not re.search(rb"^ *@interpolate\(flat\) +\w", languages["wgsl"], re.MULTILINE)
    assert dxil(source, tools)


@pytest.mark.parametrize("path", sorted(SHADERS.glob("*.hlsl")), ids=lambda path: path.stem)
def test_buffers_have_plain_elements(path: Path) -> None:
    for element, name in _BUFFER.findall(path.read_text(encoding="utf-8")):
        assert element in ("uint", "uint4", "float4"), f"{path.name}: {name} of {element or 'bytes'}"


@pytest.mark.parametrize("path", sorted(SHADERS.glob("*.hlsl")), ids=lambda path: path.stem)
def test_no_atomics_and_nothing_of_an_engine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "Interlocked" not in text
    assert set(re.findall(r'#include ["<]([^">]+)', text)) <= {each.name for each in SHADERS.glob("*.hlsl")}
