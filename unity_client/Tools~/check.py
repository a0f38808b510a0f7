"""Compile and test the client for Unity without Unity: ``make unity``.

The reader is compiled for .NET 8 and against Mono's 4.5 assemblies, which is Unity's profile, as C# 9. NUnit tests run
on both; the vectors of spec/ run on .NET. What knows Unity is compiled against stubs, for several versions of Unity.
Every file of the package has its .meta.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from toolchain import asmdefs, layer, metas
from toolchain.build import built, net_assemblies, simulation_assembly, unity_assemblies
from toolchain.dotnet import DotNet, environment, find_dotnet
from toolchain.downloads import ToolchainError
from toolchain.mono import Mono, find_mono
from toolchain.paths import CLIENT, ROOT, TOOLS

# Where the tests find the vectors: they lie outside of the package.
VECTORS = {
    "ANI3D_VECTORS": str(ROOT / "spec" / "vectors"),
    "ANI3D_MESSAGES": str(TOOLS / "messages.txt"),
    "ANI3D_CREDIT_WINDOWS": str(ROOT / "spec" / "credit_windows.txt"),
}
# Of pytest: "25 passed in 60.1s", "1 failed, 24 passed, 2 skipped in …".
_PYTEST = re.compile(r"(\d+) (passed|failed|skipped|errors?)")
# What the simulated engine reads to know what kernels declare.
SHADERS = {
    "ANI3D_SHADERS": str(CLIENT / "Runtime" / "Shaders"),
    "ANI3D_SAMPLE": str(CLIENT / "Samples~" / "Dancer" / "dancer.a3d"),
}
_COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)


class Tally:
    """What passed, failed and was skipped."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def check(self, what: str, holds: bool, about: str = "") -> None:
        """Count one check, and say so where it fails."""
        self.passed += holds
        self.failed += not holds
        if not holds:
            print(f"FAILED {what}\n{about}", flush=True)

    def skip(self, what: str, why: str) -> None:
        """Count one thing that was not tried."""
        self.skipped += 1
        print(f"skipped {what}: {why}", flush=True)

    def run(self, what: str, command: list[str], variables: dict[str, str]) -> None:
        """Run a program that ends with a line of counts, and add them.

        Args:
            what: the name under which it is told.
            command: program and arguments.
            variables: its environment.
        """
        begin = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=variables)
        counts = _COUNTS.findall(done.stdout)
        lines = done.stdout.strip().splitlines()
        print("\n".join(lines[:-1] if counts else lines), end="\n" if len(lines) > 1 else "")
        if not counts:
            self.check(what, False, done.stderr[-4000:])
            return
        passed, failed, skipped = map(int, counts[-1])
        self.passed, self.failed, self.skipped = self.passed + passed, self.failed + failed, self.skipped + skipped
        if done.returncode and not failed:
            self.check(what, False, done.stderr[-4000:])
        print(f"{what}: {lines[-1]} ({time.monotonic() - begin:.1f} s)", flush=True)

    def run_pytest(self, what: str, folder: Path) -> None:
        """Run the tests of a folder, and add what they came to."""
        begin = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
        paths = os.pathsep.join(map(str, [ROOT, TOOLS, folder]))
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths}
        )
        last = (done.stdout.strip().splitlines() or [""])[-1]
        counts = {word.rstrip("s"): int(number) for number, word in _PYTEST.findall(last)}
        failed = counts.get("failed", 0) + counts.get("error", 0)
        self.passed += counts.get("passed", 0)
        self.failed += failed
        self.skipped += counts.get("skipped", 0)
        if failed or done.returncode:
            print(f"{done.stdout[-8000:]}{done.stderr[-2000:]}", flush=True)
        if done.returncode and not failed:
            self.check(what, False, f"pytest ends with code {done.returncode}")
        print(f"{what}: {last.strip('= ')} ({time.monotonic() - begin:.1f} s)", flush=True)


def main() -> int:
    """Run everything; 1 where something failed, or there is no .NET."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.add_argument("--mutations", type=int, metavar="N", help="damaged messages and frames of each kind")
    parser.add_argument("--no-server", action="store_true", help="leave out the tests against a real server")
    parser.add_argument("--no-mono", action="store_true", help="compile and test for .NET alone")
    options = parser.parse_args()
    if options.mutations:
        VECTORS["ANI3D_MUTATIONS"] = str(options.mutations)
    tally, begin = Tally(), time.monotonic()
    faults = metas.faults()
    tally.check(".meta files", not faults, "\n".join([*faults, "mend with: python unity_client/Tools~/write_metas.py"]))
    faults = asmdefs.faults(layer.stub_names())
    tally.check(".asmdef files", not faults, "\n".join(faults))
    version = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))["version"]
    stated = f'AssemblyVersion("{version}")' in (CLIENT / "Runtime" / "Core" / "AssemblyInfo.cs").read_text(
        encoding="utf-8"
    )
    tally.check("AssemblyInfo.cs", stated, f"it has another version than package.json, {version}")
    try:
        dotnet = find_dotnet()
    except ToolchainError as error:
        print(error, file=sys.stderr)
        return 1
    print(f".NET: {dotnet.about}", flush=True)
    _on_dotnet(tally, dotnet)
    mono = "--no-mono" if options.no_mono else find_mono()
    if isinstance(mono, Mono):
        _on_mono(tally, dotnet, mono)
        _layer(tally, dotnet, [*mono.references, *mono.facades], "unity")
    else:
        tally.skip("Unity's profile", mono)
        _layer(tally, dotnet, dotnet.references, "net")
    if options.no_server:
        tally.skip("the client against a real server", "--no-server")
    else:
        tally.run_pytest("client against a real server", TOOLS / "end_to_end")
    print(f"{time.monotonic() - begin:.0f} s")
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed else 0


def _on_dotnet(tally: Tally, dotnet: DotNet) -> None:
    assemblies = net_assemblies(dotnet)
    simulated = simulation_assembly(dotnet)
    said = built(dotnet, [*assemblies, simulated])
    tally.check("compilation for .NET 8", not said, said)
    if said:
        return
    tally.run("NUnit on .NET", [str(dotnet.host), str(assemblies[1].path)], environment() | VECTORS)
    tally.run(
        "GaussianAvatar in a simulated engine",
        [str(dotnet.host), str(simulated.path)],
        environment() | VECTORS | SHADERS,
    )
    runner = f"{sys.executable} {TOOLS / 'conformance'}"
    tally.run(
        "vectors on .NET",
        [sys.executable, str(ROOT / "spec" / "vectors" / "run.py"), "--runner", runner],
        environment(),
    )


def _on_mono(tally: Tally, dotnet: DotNet, mono: Mono) -> None:
    print(f"Mono: {mono.version} of Debian", flush=True)
    assemblies = unity_assemblies(dotnet, mono)
    said = built(dotnet, assemblies)
    tally.check("compilation for Unity's profile", not said, said)
    if not said:
        tally.run("NUnit on Mono", [str(mono.host), str(assemblies[1].path)], mono.environment | VECTORS)


def _layer(tally: Tally, dotnet: DotNet, framework: list[Path], profile: str) -> None:
    begin = time.monotonic()
    for name, said in layer.compiled(dotnet, framework, profile):
        tally.check(f"compilation against stubs of Unity {name}", not said, said)
    print(f"Unity layer against stubs: {len(layer.EDITORS)} Unitys ({time.monotonic() - begin:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
