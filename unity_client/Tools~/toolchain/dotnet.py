""".NET: the SDK that is installed, or the pinned runtime with a compiler of our own."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain.downloads import ToolchainError, install_hosting, roslyn_archive, runtime_wheel
from toolchain.paths import BUILD, TOOLS

MAJOR = 8
RUNTIME_CONFIG = json.dumps(
    {
        "runtimeOptions": {
            "tfm": f"net{MAJOR}.0",
            "framework": {"name": "Microsoft.NETCore.App", "version": f"{MAJOR}.0.0"},
        }
    }
)
_ROSLYN = ("Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp")
_NOT_MANAGED = ("Microsoft.DiaSym", "clr", "mscordac", "mscordbi")


@dataclass(frozen=True)
class DotNet:
    """One .NET to compile with and to run on.

    Attributes:
        host: the executable ``dotnet``.
        framework: folder of the assemblies that programs refer to.
        compiler: ``csc.dll``.
        takes_many: whether the compiler takes several response files, one for each assembly.
        nunit: ``nunit.framework.dll``.
        about: which it is, for people.
    """

    host: Path
    framework: Path
    compiler: Path
    takes_many: bool
    nunit: Path
    about: str

    @property
    def references(self) -> list[Path]:
        """The framework's managed assemblies."""
        return [path for path in sorted(self.framework.glob("*.dll")) if not path.name.startswith(_NOT_MANAGED)]

    def run(self, assembly: Path, arguments: Sequence[str]) -> int:
        """The exit code of an assembly that is run to its end."""
        return subprocess.run([str(self.host), str(assembly), *arguments], check=False, env=environment()).returncode


def environment() -> dict[str, str]:
    """The environment of .NET processes: no ICU is needed, and nothing is reported to anybody."""
    return {
        **os.environ,
        "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
        "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
        "DOTNET_NOLOGO": "1",
    }


def find_dotnet() -> DotNet:
    """The SDK where there is one, else the pinned runtime; what is missing is downloaded.

    Raises:
        ToolchainError: it cannot be had.
    """
    return _installed() or _pinned()


def _installed() -> DotNet | None:
    host = shutil.which("dotnet")
    if host is None:
        return None
    # NAME [FOLDER], a line each
    listed = {
        what: re.findall(
            r"^(?:Microsoft\.NETCore\.App )?(\d+)\.(\S+) \[(.*)\]$", _output([host, f"--list-{what}"]), re.MULTILINE
        )
        for what in ("sdks", "runtimes")
    }
    sdks = [(int(major), minor, folder) for major, minor, folder in listed["sdks"] if int(major) >= MAJOR]
    runtimes = [
        (minor, folder)
        for major, minor, folder in listed["runtimes"]
        if int(major) == MAJOR and folder.endswith("NETCore.App")
    ]
    if not sdks or not runtimes:
        return None
    major, minor, folder = sdks[-1]
    compiler = Path(folder) / f"{major}.{minor}" / "Roslyn" / "bincore" / "csc.dll"
    version, framework = f"{MAJOR}.{runtimes[-1][0]}", Path(runtimes[-1][1]) / f"{MAJOR}.{runtimes[-1][0]}"
    return DotNet(
        Path(host),
        framework,
        compiler,
        False,
        _roslyn() / "nunit.framework.dll",
        f"SDK {major}.{minor}, runtime {version}",
    )


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment()).stdout


def _pinned() -> DotNet:
    root = BUILD / "dotnet"
    host = root / "dnv" / "net" / "runtime" / ".net" / "dotnet"
    if not host.is_file():
        if sys.platform != "linux":
            raise ToolchainError("there is no .NET SDK, and the pinned runtime is for Linux. Install the .NET 8 SDK.")
        with zipfile.ZipFile(runtime_wheel()) as wheel:
            wheel.extractall(root)
        host.chmod(host.stat().st_mode | stat.S_IXUSR)
    framework = next((host.parent / "shared" / "Microsoft.NETCore.App").iterdir())
    about = f"runtime {framework.name} of PyPI, Roslyn 4.1 of npm"
    pinned = DotNet(host, framework, BUILD / "compiler" / "csc.dll", True, _roslyn() / "nunit.framework.dll", about)
    source = TOOLS / "Compiler" / "Csc.cs"
    if not pinned.compiler.is_file() or pinned.compiler.stat().st_mtime < source.stat().st_mtime:
        _build_compiler(pinned, source)
    return pinned


def _roslyn() -> Path:
    folder = BUILD / "roslyn"
    wanted = [f"{name}.dll" for name in _ROSLYN] + ["nunit.framework.dll"]
    if not all((folder / name).is_file() for name in wanted):
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(roslyn_archive()) as archive:
            for name in wanted:
                member = archive.extractfile(f"package/{name}")
                assert member is not None
                (folder / name).write_bytes(member.read())
    return folder


def _build_compiler(dotnet: DotNet, source: Path) -> None:
    """Compile our small csc with Roslyn in a Python process."""
    folder, roslyn, hosting = dotnet.compiler.parent, _roslyn(), BUILD / "hosting"
    folder.mkdir(parents=True, exist_ok=True)
    if not (hosting / "pythonnet").is_dir():
        install_hosting(hosting)
    config = folder / "csc.runtimeconfig.json"
    config.write_text(RUNTIME_CONFIG, encoding="utf-8")
    for name in _ROSLYN:
        shutil.copy(roslyn / f"{name}.dll", folder)
    references = [str(path) for path in dotnet.references] + [str(folder / f"{name}.dll") for name in _ROSLYN]
    job = {"root": str(dotnet.host.parent), "config": str(config), "roslyn": str(folder), "references": references}
    job |= {"source": str(source), "output": str(dotnet.compiler)}
    script = TOOLS / "toolchain" / "bootstrap.py"
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(job)],
        capture_output=True,
        text=True,
        check=False,
        env={**environment(), "PYTHONPATH": str(hosting)},
    )
    if done.returncode:
        dotnet.compiler.unlink(missing_ok=True)
        raise ToolchainError(f"the compiler cannot be built:\n{done.stdout}{done.stderr}")
