"""What the C# reader costs on a package: ``python unity_client/Tools~/bench.py [--mono] PACKAGE``."""

from __future__ import annotations

import argparse
import subprocess
import sys

from toolchain.assemblies import benchmark, compile_all, core
from toolchain.dotnet import find_dotnet
from toolchain.mono import find_mono


def main() -> int:
    """Compile what has changed, and run."""
    parser = argparse.ArgumentParser(description="What the C# reader costs on a package.")
    parser.add_argument("--mono", action="store_true", help="run on Mono, as compiled for Unity's profile")
    parser.add_argument("package")
    options = parser.parse_args()
    dotnet, mono = find_dotnet(), find_mono() if options.mono else None
    if isinstance(mono, str):
        print(f"no Mono: {mono}", file=sys.stderr)
        return 1
    profile, references = ("unity", mono.references) if mono else ("net", dotnet.references)
    reader = core(profile, references)
    program = benchmark(profile, [*references, reader.path])
    said = compile_all(dotnet, [reader, program])
    if said:
        print(said, file=sys.stderr)
        return 1
    if mono:
        command = [str(mono.host), str(program.path), options.package]
        return subprocess.run(command, check=False, env=mono.environment).returncode
    return dotnet.run(program.path, [options.package])


if __name__ == "__main__":
    sys.exit(main())
