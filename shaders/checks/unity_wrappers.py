"""Unity's wrappers of the kernels, as sources for compilers: the .compute and .shader files of the package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shaders.checks.compilers import Source, inlined_text
from shaders.checks.places import ROOT

PACKAGE = ROOT / "unity_client"
WRAPPERS = PACKAGE / "Runtime" / "Shaders"
SPLATS = WRAPPERS / "Splats.shader"
_KERNEL = re.compile(r"^#pragma kernel (\w+)\s*$", re.MULTILINE)
_STAGE = re.compile(r"^\s*#pragma (vertex|fragment) (\w+)\s*$", re.MULTILINE)
_PRAGMA = re.compile(r"^\s*#pragma .*$", re.MULTILINE)
_PASS = re.compile(r'Pass\s*\{\s*Name "(\w+)"(.*?)HLSLPROGRAM(.*?)ENDHLSL', re.DOTALL)
_SHARED = re.compile(r"HLSLINCLUDE(.*?)ENDHLSL", re.DOTALL)
# What Unity puts before a variant of a shader.
_VARIANTS = {"flat": "", "array": "#define ANI3D_ARRAY 1\n"}


@dataclass(frozen=True)
class ShaderPass:
    """One pass of Splats.shader.

    Attributes:
        name: of the pass.
        state: its render state, as it is written.
        code: HLSL with what all passes share, includes and pragmas left in.
    """

    name: str
    state: str
    code: str


def passes() -> list[ShaderPass]:
    """The passes of Splats.shader, in their order."""
    text = SPLATS.read_text(encoding="utf-8")
    shared = _SHARED.findall(text)[0]
    return [ShaderPass(name, state, shared + code) for name, state, code in _PASS.findall(text)]


def sources() -> Iterator[tuple[str, Source]]:
    """Every entry point that Unity compiles, with a name for people."""
    for path in sorted(WRAPPERS.glob("*.compute")):
        text = path.read_text(encoding="utf-8")
        for kernel in _KERNEL.findall(text):
            yield f"{path.name} {kernel}", Source(f"{path.stem}.hlsl", kernel, text=_plain(text))
    for each in passes():
        for variant, define in _VARIANTS.items():
            for stage, entry in _STAGE.findall(each.code):
                name = f"Splats.shader {each.name} {variant} {stage}"
                yield name, Source(f"{each.name}.hlsl", entry, stage, _plain(define + each.code))


def texts() -> str:
    """All HLSL that Unity compiles, one after the other."""
    computes = (_plain(path.read_text(encoding="utf-8")) for path in sorted(WRAPPERS.glob("*.compute")))
    return "\n".join([*computes, *(_plain(each.code) for each in passes())])


def _plain(text: str) -> str:
    # Compilers get includes put in, and what only Unity reads left out.
    return inlined_text(_PRAGMA.sub("", text), WRAPPERS / "wrapper.hlsl", set())
