"""Bake the package of the samples again: run it in an environment that has ani3d.

The built-in dancer at detail low: one dance and a walk that loops. No file of anybody is needed.
"""

from __future__ import annotations

import subprocess
import sys

from toolchain.paths import CLIENT

PATH = CLIENT / "Samples~" / "Dancer" / "dancer.a3d"
_OPTIONS = (
    *("--motion", "dance", "--motion", "walk", "--loop", "walk=auto", "--in-place", "--fps", "30"),
    *("--detail", "low", "--quality", "standard", "--practice", "0"),
)


def main() -> int:
    """Bake; the exit code is that of ``ani3d bake``."""
    command = ["ani3d", "bake", "dancer", *_OPTIONS, "-o", str(PATH), "--force", *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
