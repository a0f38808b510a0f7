"""The client's assemblies: what they are compiled from and for."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain.dotnet import RUNTIME_CONFIG, DotNet, environment
from toolchain.downloads import ToolchainError
from toolchain.paths import ASSEMBLIES, CLIENT, ROOT, TOOLS

# Unity's compiler takes C# 9 in every version from 2021.2 on. CS1591: some generated classes have no comment.
OPTIONS = (
    "-nologo",
    "-nostdlib+",
    "-langversion:9",
    "-optimize+",
    "-deterministic+",
    "-warnaserror+",
    "-nowarn:1591,1701,1702",
)

# Sources of packages that the simulation knows; the others need a network or files of Unity's.
_SIMULATED_SOURCES = ("PackageSource", "BytesSource", "AssetSource", "AvatarAsset", "BackgroundWork")


@dataclass(frozen=True)
class Assembly:
    """One assembly.

    Attributes:
        name: of the file, without suffix.
        sources: folders of its C# files, with everything below.
        output: where it is written.
        references: assemblies that it refers to.
        is_program: whether it can be started.
        listed: C# files besides those of the folders.
        options: of the compiler, besides those of every assembly.
    """

    name: str
    sources: tuple[Path, ...]
    output: Path
    references: tuple[Path, ...]
    is_program: bool = False
    listed: tuple[Path, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return self.output / f"{self.name}.dll"

    @property
    def files(self) -> list[Path]:
        """Its C# files."""
        return sorted({*self.listed, *(path for folder in self.sources for path in folder.rglob("*.cs"))})

    def command(self) -> str:
        """The text of its response file."""
        kind = "exe" if self.is_program else "library"
        # Roslyn checks XML comments only where it writes them.
        lines = [
            *OPTIONS,
            *self.options,
            f"-target:{kind}",
            f'-out:"{self.path}"',
            f'-doc:"{self.path.with_suffix(".xml")}"',
        ]
        lines += [f'-r:"{path}"' for path in self.references] + [f'"{path}"' for path in self.files]
        return "\n".join(lines) + "\n"

    def state(self) -> str:
        """Changes where it has to be compiled again."""
        digest = hashlib.sha256(self.command().encode())
        for path in (*self.files, *(path for path in self.references if ASSEMBLIES in path.parents)):
            digest.update(path.read_bytes() if path.is_file() else b"")
        return digest.hexdigest()


def core(profile: str, references: Sequence[Path]) -> Assembly:
    """The reader, for one of the profiles ``net`` and ``unity``."""
    return Assembly("Ani3d.Core", (CLIENT / "Runtime" / "Core",), ASSEMBLIES / profile, tuple(references))


def tests(profile: str, references: Sequence[Path]) -> Assembly:
    """The NUnit tests of the reader, and a program that runs them."""
    sources = (CLIENT / "Tests" / "Core", TOOLS / "TestRunner")
    return Assembly("Ani3d.Core.Tests", sources, ASSEMBLIES / profile, tuple(references), is_program=True)


def simulation(profile: str, references: Sequence[Path]) -> Assembly:
    """Tests of the layer that draws avatars, on working stand-ins of the few types of Unity that it uses."""
    tests_of_it = (TOOLS / "Simulation" / "Tests", TOOLS / "TestRunner")
    shared = tuple(CLIENT / "Tests" / "Core" / f"{name}.cs" for name in ("Allocation", "Vectors"))
    return _simulated("Ani3d.Simulation", profile, references, tests_of_it, shared)


def trace(profile: str, references: Sequence[Path]) -> Assembly:
    """A program that writes down what that layer sends to the GPU."""
    return _simulated("Ani3d.Trace", profile, references, (TOOLS / "Simulation" / "Trace",), ())


def _simulated(
    name: str, profile: str, references: Sequence[Path], sources: tuple[Path, ...], listed: tuple[Path, ...]
) -> Assembly:
    layer = CLIENT / "Runtime" / "Unity"
    return Assembly(
        name,
        (
            TOOLS / "Simulation" / "Engine",
            layer / "Drawing",
            layer / "Avatars",
            layer / "Driving",
            layer / "Playables",
            layer / "Live",
            *sources,
        ),
        ASSEMBLIES / profile,
        tuple(references),
        is_program=True,
        listed=(layer / "UnitySpace.cs", *(layer / "Sources" / f"{each}.cs" for each in _SIMULATED_SOURCES), *listed),
        # Stand-ins have what is asked of them, and no more.
        options=("-nowarn:0649,0660,0661,0067,0618",),
    )


def conformance(profile: str, references: Sequence[Path]) -> Assembly:
    """The runner of spec/vectors."""
    return Assembly("Conformance", (TOOLS / "Conformance",), ASSEMBLIES / profile, tuple(references), is_program=True)


def client_program(references: Sequence[Path]) -> Assembly:
    """The client as a program, for tests against a real server."""
    return Assembly("ClientProgram", (TOOLS / "ClientProgram",), ASSEMBLIES / "net", tuple(references), is_program=True)


def compile_all(dotnet: DotNet, assemblies: Sequence[Assembly]) -> str:
    """Compile what has changed, in order; what the compiler says, which is nothing where all is well.

    Raises:
        ToolchainError: the compiler cannot be started.
    """
    said = ""
    pending: list[Assembly] = []
    for assembly in assemblies:
        depends = any(reference == other.path for other in pending for reference in assembly.references)
        state = assembly.output / f"{assembly.name}.state"
        if depends or not assembly.path.is_file() or not state.is_file() or state.read_text() != assembly.state():
            pending.append(assembly)
    commands = [_response_file(assembly) for assembly in pending]
    batches = [commands] if dotnet.takes_many else [[command] for command in commands]
    for batch in filter(None, batches):
        compiler = [str(dotnet.host), str(dotnet.compiler), *(f"@{path}" for path in batch)]
        try:
            done = subprocess.run(compiler, capture_output=True, text=True, check=False, env=environment())
        except OSError as error:
            raise ToolchainError(f"{dotnet.host} cannot be started: {error}") from error
        said += done.stdout + done.stderr
        if done.returncode:
            return said or f"the compiler ends with code {done.returncode}"
    for assembly in pending:
        (assembly.output / f"{assembly.name}.runtimeconfig.json").write_text(RUNTIME_CONFIG, encoding="utf-8")
        (assembly.output / f"{assembly.name}.state").write_text(assembly.state(), encoding="utf-8")
    return said


def _response_file(assembly: Assembly) -> Path:
    assembly.output.mkdir(parents=True, exist_ok=True)
    path = assembly.output / f"{assembly.name}.rsp"
    path.write_text(assembly.command(), encoding="utf-8")
    (assembly.output / f"{assembly.name}.state").unlink(missing_ok=True)
    return path


def readme_example(profile: str, references: Sequence[Path]) -> Assembly:
    """The example of the page about C# without Unity: it compiles as it stands there."""
    return _example(CLIENT / "Documentation~" / "core.md", "Example", "void Main()", profile, references)


def client_example(profile: str, references: Sequence[Path]) -> Assembly:
    """The example of docs/client.md, with the handler that it leaves to the engine."""
    signature = "void Main()\n    {\n    }\n\n    private static async Task ShowAsync(HttpMessageHandler handler)"
    return _example(ROOT / "docs" / "client.md", "ClientExample", signature, profile, references)


def _example(page: Path, name: str, signature: str, profile: str, references: Sequence[Path]) -> Assembly:
    """The first example without Unity of a page, as a program: lines of `using` first, then the body of a method."""
    codes = (code.split("```", maxsplit=1)[0] for code in page.read_text(encoding="utf-8").split("```csharp\n")[1:])
    code = next(code for code in codes if "UnityEngine" not in code)
    lines = code.splitlines(keepends=True)
    begin = next(number for number, line in enumerate(lines) if not line.startswith("using ") or "(" in line)
    using, body = "".join(lines[:begin]), "".join(lines[begin:])
    folder = ASSEMBLIES / name
    folder.mkdir(parents=True, exist_ok=True)
    program = f"{using}\ninternal static class {name}\n{{\n    private static {signature}\n    {{\n{body}    }}\n}}\n"
    (folder / f"{name}.cs").write_text(program, encoding="utf-8")
    return Assembly(name, (folder,), ASSEMBLIES / profile, tuple(references), is_program=True)


def benchmark(profile: str, references: Sequence[Path]) -> Assembly:
    """What measures the reader."""
    return Assembly("Benchmark", (TOOLS / "Benchmark",), ASSEMBLIES / profile, tuple(references), is_program=True)


def dump(profile: str, references: Sequence[Path]) -> Assembly:
    """What writes the GPU's buffers to files."""
    return Assembly("Dump", (TOOLS / "Dump",), ASSEMBLIES / profile, tuple(references), is_program=True)
