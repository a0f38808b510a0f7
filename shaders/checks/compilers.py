"""Three compilers of HLSL: glslang, DXC and slangc. What they made is kept while the text is the same."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import tempfile
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.downloads.programs import ToolchainError, run_program
from shaders.checks.places import COMPILED, SHADERS
from shaders.checks.toolchain import Toolchain

GLSLANG, DXC, SLANG = "glslang", "DXC", "slangc"
COMPILERS = (GLSLANG, DXC, SLANG)
# What slangc writes besides SPIR-V.
TRANSLATIONS = ("wgsl", "glsl", "metal")
_INCLUDE = re.compile(r'^[ \t]*#include "([^"]+)"[^\n]*$', re.MULTILINE)
_STAGES = {"compute": "comp", "vertex": "vert", "fragment": "frag"}
# slangc tells targets by their endings too, and refuses what it does not know.
_ENDINGS = {"spirv": "spv"}
_PROFILES = {"compute": "cs_6_0", "vertex": "vs_6_0", "fragment": "ps_6_0"}


@dataclass(frozen=True)
class Source:
    """One entry point of the kernels.

    Attributes:
        file: the name of its file, in ``shaders/``.
        entry: the function.
        stage: ``compute``, ``vertex`` or ``fragment``.
        text: of the file with all that it includes; None reads it.
    """

    file: str
    entry: str
    stage: str = "compute"
    text: str | None = None

    def whole_text(self) -> str:
        """The text that compilers get, with includes put in."""
        return inlined(SHADERS / self.file) if self.text is None else self.text


class CompileError(Exception):
    """What a compiler says against a kernel."""


def inlined(path: Path, seen: set[Path] | None = None) -> str:
    """The text of a file, with each file that it includes put in once; ``#line`` lets messages name the right one."""
    known = set[Path]() if seen is None else seen
    known.add(path)
    return inlined_text(path.read_text(encoding="utf-8"), path, known)


def inlined_text(text: str, path: Path, known: set[Path]) -> str:
    """As :func:`inlined`, of a text that lies at a path, or would."""

    def put_in(match: re.Match[str]) -> str:
        included = path.parent / match[1]
        line = text.count("\n", 0, match.start()) + 2
        body = "" if included in known else inlined(included, known)
        return f'{body}#line {line} "{path.name}"'

    return f'#line 1 "{path.name}"\n{_INCLUDE.sub(put_in, text)}\n'


def compiled(source: Source, compiler: str, tools: Toolchain) -> bytes:
    """SPIR-V of one entry point.

    Raises:
        CompileError: it does not compile.
        ToolchainError: there is no such compiler here.
    """
    if compiler == SLANG:
        return translated(source, tools)["spirv"]
    compile_with = {GLSLANG: _glslang, DXC: _dxc_spirv}[compiler]
    return _kept(source, compiler, ("spirv",), lambda text: {"spirv": compile_with(text, source, tools)})["spirv"]


def translated(source: Source, tools: Toolchain) -> Mapping[str, bytes]:
    """What slangc makes of one entry point: ``spirv``, and each of ``TRANSLATIONS``."""
    targets = ("spirv", *TRANSLATIONS)
    return _kept(source, SLANG, targets, lambda text: _slang(text, source, targets, tools))


def dxil(source: Source, tools: Toolchain) -> bytes:
    """DXIL of one entry point by DXC, unsigned: the form that Direct3D 12 takes."""
    return _kept(source, DXC, ("dxil",), lambda text: {"dxil": _dxc(text, source, (), tools)})["dxil"]


def _kept(
    source: Source, compiler: str, targets: Iterable[str], make: Callable[[str], Mapping[str, bytes]]
) -> Mapping[str, bytes]:
    text = source.whole_text()
    this = Path(__file__).read_bytes()
    key = hashlib.sha256(this + f"{compiler}\n{source.entry}\n{source.stage}\n{text}".encode()).hexdigest()[:32]
    places = {target: COMPILED / f"{key}.{target}" for target in targets}
    if not all(place.is_file() for place in places.values()):
        made = make(text)
        COMPILED.mkdir(parents=True, exist_ok=True)
        for target, place in places.items():
            partial = place.with_suffix(f".{os.getpid()}")
            partial.write_bytes(made[target])
            partial.replace(place)
    return {target: place.read_bytes() for target, place in places.items()}


def _glslang(text: str, source: Source, tools: Toolchain) -> bytes:
    program = _there(tools.glslang, GLSLANG, tools)
    options = ["-D", "-V", "--target-env", "vulkan1.1", "-S", _STAGES[source.stage], "-e", source.entry]
    options += ["--auto-map-bindings", "--auto-map-locations"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / source.file).write_text(text, encoding="utf-8")
        _run([str(program), *options, "-o", str(folder / "out.spv"), str(folder / source.file)])
        return (folder / "out.spv").read_bytes()


def _slang(text: str, source: Source, targets: Iterable[str], tools: Toolchain) -> Mapping[str, bytes]:
    program = _there(tools.slangc, SLANG, tools)
    # Its wheel has no spirv-opt, which other levels of optimisation call.
    options = ["-lang", "hlsl", "-entry", source.entry, "-stage", source.stage, "-O0", "-fvk-use-entrypoint-name"]
    options += ["-fvk-use-dx-layout", "-matrix-layout-column-major"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / source.file).write_text(text, encoding="utf-8")
        outputs = {target: folder / f"out.{_ENDINGS.get(target, target)}" for target in targets}
        for target, output in outputs.items():
            options += ["-target", target, "-o", str(output)]
        _run([str(program), str(folder / source.file), *options])
        return {target: output.read_bytes() for target, output in outputs.items()}


def _dxc_spirv(text: str, source: Source, tools: Toolchain) -> bytes:
    return _dxc(text, source, ("-spirv", "-fspv-target-env=vulkan1.1"), tools)


class _Text(ctypes.Structure):
    """DXC's DxcBuffer."""

    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t), ("encoding", ctypes.c_uint))


_UTF8 = 65001
_CLASS = "73e22d93-e6ce-47f3-b5bf-f0664f39c1b0"
_COMPILER = "228b4687-5a6a-4730-900c-9702b2203f54"
_RESULT = "58346cda-dde7-4497-9461-6f87af5e0659"


def _dxc(text: str, source: Source, options: Iterable[str], tools: Toolchain) -> bytes:
    """DXC by its library's COM interface: PyPI has no program of it."""
    library = ctypes.CDLL(str(_there(tools.dxc, DXC, tools)))
    compiler, result, status, blob = (ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_int(), ctypes.c_void_p())
    if library.DxcCreateInstance(_guid(_CLASS), _guid(_COMPILER), ctypes.byref(compiler)):
        raise ToolchainError(f"{tools.dxc} makes no compiler.")
    encoded = text.encode()
    buffer = _Text(ctypes.cast(ctypes.c_char_p(encoded), ctypes.c_void_p), len(encoded), _UTF8)
    listed = [source.file, "-E", source.entry, "-T", _PROFILES[source.stage], "-HV", "2018", *options]
    arguments = (ctypes.c_wchar_p * len(listed))(*listed)
    failed = _call(compiler, 3, buffer, arguments, len(listed), None, _guid(_RESULT), result)
    if failed:
        raise CompileError(f"DXC ends with {failed:#x}")
    _call(result, 3, status)
    _call(result, 4 if status.value == 0 else 5, blob)
    start = _call(blob, 3, answer=ctypes.c_void_p)
    made = ctypes.string_at(start, _call(blob, 4, answer=ctypes.c_size_t))
    for each in (blob, result, compiler):
        _call(each, 2)
    if status.value:
        raise CompileError(made.decode(errors="replace"))
    return made


def _guid(text: str) -> Any:
    return (ctypes.c_ubyte * 16).from_buffer_copy(uuid.UUID(text).bytes_le)


def _call(thing: ctypes.c_void_p, number: int, *arguments: Any, answer: Any = ctypes.c_int) -> Any:
    """Method ``number`` of a COM object; objects among the arguments go by their address."""
    table = ctypes.cast(ctypes.cast(thing, ctypes.POINTER(ctypes.c_void_p))[0], ctypes.POINTER(ctypes.c_void_p))
    passed = [
        ctypes.cast(ctypes.byref(each), ctypes.c_void_p)
        if isinstance(each, (ctypes.Structure, ctypes.c_void_p, ctypes.c_int))
        else ctypes.cast(each, ctypes.c_void_p)
        if isinstance(each, ctypes.Array)
        else each
        for each in arguments
    ]
    types = [ctypes.c_uint if isinstance(each, int) else ctypes.c_void_p for each in passed]
    method = ctypes.CFUNCTYPE(answer, ctypes.c_void_p, *types)(table[number])
    return method(thing, *passed)


def _there(path: Path | None, name: str, tools: Toolchain) -> Path:
    if path is None:
        raise ToolchainError(tools.missing.get(name, f"there is no {name}"))
    return path


def _run(command: list[str]) -> None:
    try:
        run_program(command)
    except ToolchainError as error:
        raise CompileError(str(error)) from error
