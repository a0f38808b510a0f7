"""Compile the kernels and run them on a Vulkan device: ``make shaders``.

Compilers and Mesa's software device are downloaded where the system has none. Nothing needs a GPU, an engine or root.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from shaders.checks.toolchain import LAVAPIPE, find_toolchain  # noqa: E402


def main() -> int:
    """Run everything; 1 where something failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.add_argument(
        "-k", dest="chosen", default="", metavar="WORDS", help="only the tests that pytest chooses by -k"
    )
    parser.add_argument("--device", default=LAVAPIPE, metavar="NAME", help="a Vulkan device by a part of its name")
    parser.add_argument("--download", action="store_true", help="do not use what the system has")
    parser.add_argument(
        "--picture",
        nargs=2,
        metavar=("PACKAGE", "OUTPUT"),
        help="instead of tests, write frame 100 of a dance as rendered, as drawn, and their difference",
    )
    options = parser.parse_args()
    tools = find_toolchain(own=options.download)
    print(", ".join(tools.about), flush=True)
    for name, why in tools.missing.items():
        print(f"no {name}: {why}", flush=True)
    # Its environment leads the process to the Vulkan loader and its libraries; they are looked for as it starts.
    command = [sys.executable, "-m", "shaders.checks.session", options.chosen]
    if options.picture:
        command = [
            sys.executable,
            "-m",
            "shaders.checks.painting",
            *(str(Path(path).resolve()) for path in options.picture),
        ]
    return subprocess.run(command, cwd=ROOT, check=False, env=tools.environment(options.device)).returncode


if __name__ == "__main__":
    sys.exit(main())
