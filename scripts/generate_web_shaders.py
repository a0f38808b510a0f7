"""Write the kernels of shaders/ for the web: GLSL ES 3.00 for WebGL2, WGSL for WebGPU (``make constants``).

WebGL2 has neither buffers nor kernels. There a buffer is a texture with rows of ``1 << WIDTH_BITS`` texels, and a
kernel is a fragment stage that writes one Gaussian a texel; the rest of the text is what shaders/ has.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from wgsl_text import shortened  # noqa: E402

from shaders.checks.compilers import Source, inlined, translated  # noqa: E402
from shaders.checks.spirv import read_module  # noqa: E402
from shaders.checks.toolchain import Toolchain, find_toolchain  # noqa: E402

SHADERS = ROOT / "shaders"
GENERATED = ROOT / "web_client" / "src" / "generated"
WIDTH_BITS = 11
# Of Debian 12, and what they say of themselves.
PROGRAMS = {"glslangValidator": ("--version", "12.0.0"), "spirv-cross": ("--revision", "Debian package")}
HEAD = "// Generated from shaders/ by scripts/generate_web_shaders.py: change it there.\n"

_BUFFER = re.compile(r"^(RW)?StructuredBuffer<(\w+)> (\w+);.*$", re.MULTILINE)
_KERNEL = re.compile(r"\[numthreads\([^)]*\)\]\s*void (\w+)\(uint3 thread : SV_DispatchThreadID\)")
_LINE = re.compile(r"^#line .*\n", re.MULTILINE)
_COMBINED = re.compile(r"SPIRV_Cross_Combined(\w+?)SPIRV_Cross_DummySampler")
_WGSL_BINDING = re.compile(r"@binding\((\d+)\) @group\(0\) var(?:<[^>]*>)? U?(\w+?)_0 :")


@dataclass(frozen=True)
class Interleaved:
    """A buffer of several rows a Gaussian, of which each is a texture of its own: WebGL2 writes one texel of each."""

    name: str
    index: str
    rows: int


POSED = Interleaved("_Posed", r"3 \* i", 3)
VIEWS = Interleaved("_Views", "at", 2)
WRITTEN_VIEWS = Interleaved("_Views", "slot", 2)

DEFORM_STAGE = """
struct Targets { uint4 a : SV_Target0; uint4 b : SV_Target1; uint4 c : SV_Target2; };
Targets Stage(float4 position : SV_Position)
{
    Targets targets;
    Deform(uint3(TEXEL(position), 0, 0));
    targets.a = written_Posed0;
    targets.b = written_Posed1;
    targets.c = written_Posed2;
    return targets;
}
"""
VIEW_STAGE = """
struct Targets { uint4 a : SV_Target0; uint4 b : SV_Target1; uint key : SV_Target2; };
Targets Stage(float4 position : SV_Position)
{
    Targets targets;
    written_Keys = UNSEEN;
    View(uint3(TEXEL(position), 0, 0));
    targets.a = written_Views0;
    targets.b = written_Views1;
    targets.key = written_Keys;
    return targets;
}
"""
VERTEX_STAGE = """
SplatCorner Stage(uint vertex : SV_VertexID) { return Corner(vertex, 0); }
"""
FRAGMENT_STAGE = """
float4 Stage(SplatCorner corner) : SV_Target { return Covered(corner.sigmas, corner.colour); }
"""
COMPOSITE_VERTEX = """
float4 Stage(uint vertex : SV_VertexID) : SV_Position
{
    return float4(vertex == 1 ? 3.0 : -1.0, vertex == 2 ? 3.0 : -1.0, 0.5, 1.0);
}
"""
COMPOSITE_FRAGMENT = """
float4 Stage(float4 position : SV_Position) : SV_Target { return Composited(_Colour.Load(int3(int2(position.xy), 0))); }
"""
_NUMBERED = re.compile(r"\b_S?[0-9]+\b", re.ASCII)
_LITERAL = re.compile(r"(?<![\w.])[0-9]+\.[0-9]+(?:e[+-]?[0-9]+)?", re.ASCII)
# Around marks that say the same without; "- -" does not.
_SPACES = re.compile(r" *([*/%=<>(){},;:?&|^\[\]]) *")
# Of each stage of WebGL2: file, pipeline stage, buffers of several textures, written ones, and what calls the kernel.
STAGES: dict[str, tuple[str, str, tuple[Interleaved, ...], str]] = {
    "deform": ("Deform.hlsl", "frag", (POSED,), DEFORM_STAGE),
    "view": ("View.hlsl", "frag", (POSED, WRITTEN_VIEWS), VIEW_STAGE),
    "drawVertex": ("Draw.hlsl", "vert", (VIEWS,), VERTEX_STAGE),
    "drawFragment": ("Draw.hlsl", "frag", (VIEWS,), FRAGMENT_STAGE),
    "wholeVertex": ("Composite.hlsl", "vert", (), COMPOSITE_VERTEX),
    "compositeFragment": ("Composite.hlsl", "frag", (), COMPOSITE_FRAGMENT),
}
KERNELS = {
    "detailCosines": Source("DetailCosines.hlsl", "DetailCosines"),
    "detailParents": Source("DetailParents.hlsl", "DetailParents"),
    "deform": Source("Deform.hlsl", "Deform"),
    "view": Source("View.hlsl", "View"),
    "sortCount": Source("Sort.hlsl", "SortCount"),
    "sortScan": Source("Sort.hlsl", "SortScan"),
    "sortScatter": Source("Sort.hlsl", "SortScatter"),
    "drawArguments": Source("DrawArguments.hlsl", "DrawArguments"),
    "drawVertex": Source("Draw.hlsl", "DrawVertex", "vertex"),
    "drawFragment": Source("Draw.hlsl", "DrawFragment", "fragment"),
    "compositeVertex": Source("Composite.hlsl", "CompositeVertex", "vertex"),
    "compositeFragment": Source("Composite.hlsl", "CompositeFragment", "fragment"),
}


def with_textures(text: str, several: tuple[Interleaved, ...], stage: str) -> str:
    """The text of a kernel whose buffers are textures, and whose entry is a stage."""
    text = _LINE.sub("", text)
    rows = {each.name: each for each in several}
    written: set[str] = set()
    read: dict[str, str] = {}

    def declare(match: re.Match[str]) -> str:
        name, kind = match[3], match[2]
        names = [f"{name}{k}" for k in range(rows[name].rows)] if name in rows else [name]
        if match[1]:
            written.add(name)
            return "\n".join(f"static {kind} written{each};" for each in names)
        read[name] = kind
        return "\n".join(f"Texture2D<{kind[:-1] if kind[-1].isdigit() else kind}4> {each};" for each in names)

    text = _BUFFER.sub(declare, text)
    for name, each in rows.items():
        pattern = re.compile(rf"{name}\[{each.index}(?: \+ (\d))?\]")
        if name in written:
            text = pattern.sub(lambda match, name=name: f"written{name}{match[1] or 0}", text)
        elif name in read:
            place = "i" if each.index != "at" else "at / 2"
            text = pattern.sub(
                lambda match, name=name, place=place: f"{name}{match[1] or 0}.Load(PLACE({place}))", text
            )
    for name in sorted(written - rows.keys()):
        text = re.sub(rf"{name}\[\w+\]", f"written{name}", text)
    for name, kind in read.items():
        if name not in rows:
            text = _indexed(text, name, ".x" if not kind[-1].isdigit() else "")
    text = _KERNEL.sub(r"void \1(uint3 thread)", text)
    width = 1 << WIDTH_BITS
    head = (
        f"#define ANI3D_OWN_STAGES\n#define PLACE(at) int3((at) & {width - 1}, (at) >> {WIDTH_BITS}, 0)\n"
        f"#define TEXEL(position) (uint(position.y) * {width} + uint(position.x))\n"
    )
    return head + text + stage


def _indexed(text: str, name: str, part: str) -> str:
    # Brackets may hold brackets.
    at = 0
    while (at := text.find(f"{name}[", at)) >= 0:
        if re.match(r"\w", text[at - 1]):
            at += 1
            continue
        begin = end = at + len(name) + 1
        depth = 1
        while depth:
            depth += {"[": 1, "]": -1}.get(text[end], 0)
            end += 1
        text = f"{text[:at]}{name}.Load(PLACE({text[begin : end - 1]})){part}{text[end:]}"
        at = begin
    return text


def glsl_of(name: str) -> str:
    """GLSL ES 3.00 of a stage of WebGL2, by glslang and SPIRV-Cross."""
    file, kind, several, stage = STAGES[name]
    text = with_textures(inlined(SHADERS / file), several, stage)
    with tempfile.TemporaryDirectory() as folder:
        source, module, out = (Path(folder) / each for each in ("stage.hlsl", "stage.spv", "stage.glsl"))
        source.write_text(text, encoding="utf-8")
        options = ["-D", "-V", "--auto-map-bindings", "--auto-map-locations", "-S", kind, "-e", "Stage"]
        _run(["glslangValidator", *options, "-o", str(module), str(source)])
        _run(["spirv-cross", "--version", "300", "--es", str(module), "--output", str(out)])
        made = _COMBINED.sub(r"\1", out.read_text(encoding="utf-8"))
        if kind == "vert":
            # WebGL2 joins what stages hand on by its name.
            made = made.replace("_entryPointOutput_", "corner_")
        checked = Path(folder) / f"checked.{kind}"
        checked.write_text(made, encoding="utf-8")
        _run(["glslangValidator", str(checked)])
        return _short(_tight(made))


def wgsl_of(source: Source, tools: Toolchain) -> tuple[str, dict[str, object]]:
    """WGSL of a kernel by slangc, and where it has its buffers and uniforms."""
    made = translated(source, tools)
    text = made["wgsl"].decode()
    module = read_module(made["spirv"])
    return shortened(_short(_tight(text))), {
        "entry": source.entry,
        "bindings": {name: int(place) for place, name in _WGSL_BINDING.findall(text)},
        "uniforms": dict(module.uniforms),
        "uniformBytes": module.uniform_bytes,
    }


def _tight(text: str) -> str:
    text = re.sub(r"^(#line|//).*\n", "", text, flags=re.MULTILINE)
    return "".join(f"{line.strip()}\n" for line in text.splitlines() if line.strip())


def _short(text: str) -> str:
    """The same program with fewer bytes, for pages that load it: numbered names count from 0, spaces go where nothing
    needs them, and literals have the nine digits that a float32 has."""
    names: dict[str, str] = {}
    head, line, body = text.partition("\n")  # the version needs a line of its own
    body = _NUMBERED.sub(lambda found: names.setdefault(found[0], f"_{len(names):x}"), body)
    body = _LITERAL.sub(lambda found: _nine_digits(found[0]), body)
    return head + line + _SPACES.sub(r"\1", body)


def _nine_digits(literal: str) -> str:
    short = np.format_float_positional(np.float32(literal), unique=True, trim="0")
    assert np.float32(short) == np.float32(literal)
    return min(short, np.format_float_scientific(np.float32(literal), unique=True, trim="0"), literal, key=len)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")


def _module(values: dict[str, str]) -> str:
    lines = [f"export const {name} = `\n{text}`;\n" for name, text in values.items()]
    return HEAD + "\n".join(lines)


def generated_files(tools: Toolchain) -> dict[Path, str]:
    """The text of every file."""
    made = {name: wgsl_of(source, tools) for name, source in KERNELS.items()}
    layouts = "".join(f"  {name}: {json.dumps(layout)},\n" for name, (_, layout) in made.items())
    return {
        GENERATED / "webgl2_stages.ts": f"{_module({name: glsl_of(name) for name in STAGES})}\n"
        f"/** Buffers are textures of so many texels a row. */\nexport const TEXELS_A_ROW = {1 << WIDTH_BITS};\n",
        GENERATED / "webgpu_kernels.ts": f"{_module({name: text for name, (text, _) in made.items()})}\n"
        f"export const LAYOUTS = {{\n{layouts}}} as const;\n",
    }


def main() -> int:
    """Write or check; 1 where a committed file is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a committed file is stale")
    check = parser.parse_args().check
    missing = _missing_program()
    tools = None if missing else find_toolchain()
    if tools is None or tools.slangc is None:
        why = missing if tools is None else tools.missing.get("slangc", "no slangc")
        print(f"shaders of the web client are not {'checked' if check else 'made'}: {why}", file=sys.stderr)
        return 0 if check else 1
    stale = [
        (path, text)
        for path, text in generated_files(tools).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if check:
            print(f"{path.relative_to(ROOT)} is stale; run `make constants`", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


def _missing_program() -> str:
    """Why GLSL cannot be made as it was: other versions write other text."""
    for name, (option, version) in PROGRAMS.items():
        if shutil.which(name) is None:
            return f"no {name}: apt-get install glslang-tools spirv-cross, on Debian 12"
        said = subprocess.run([name, option], capture_output=True, text=True, check=False)
        if version not in said.stdout + said.stderr:
            return f"{name} is not that of Debian 12, {version}"
    return ""


if __name__ == "__main__":
    raise SystemExit(main())
