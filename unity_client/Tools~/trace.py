"""Write down what avatars of a package send to the GPU: ``python trace.py PACKAGE OUTPUT …``.

Simulation/Trace/Program.cs says what else it takes.
"""

from __future__ import annotations

import subprocess
import sys

from toolchain.build import trace_program
from toolchain.dotnet import environment
from toolchain.paths import CLIENT


def main() -> int:
    """Run the program; its exit code."""
    dotnet, program = trace_program()
    package, output, *rest = sys.argv[1:]
    command = [str(dotnet.host), str(program.path), package, output, str(CLIENT / "Runtime" / "Shaders"), *rest]
    return subprocess.run(command, check=False, env=environment()).returncode


if __name__ == "__main__":
    sys.exit(main())
