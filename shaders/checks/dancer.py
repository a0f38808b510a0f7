"""The built-in dancer as a package, baked on first use."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from pathlib import Path

from scripts.downloads.programs import run_program
from shaders.checks.places import ROOT, TOOLS

FRAMES = 101
_KEPT_S = 86_400


def dancer_package() -> Path:
    """A package of 25,775 Gaussians and ``FRAMES`` frames of the dance, in the cache folder.

    It is baked anew where the code that bakes it is another.

    Raises:
        ToolchainError: it cannot be baked.
    """
    digest = hashlib.sha256()
    for path in sorted((ROOT / "ani3d_runtime").rglob("*.py")):
        digest.update(path.read_bytes())
    package = TOOLS / "packages" / f"dancer-{digest.hexdigest()[:16]}.a3d"
    if not package.is_file():
        package.parent.mkdir(parents=True, exist_ok=True)
        for old in package.parent.glob("dancer-*.a3d"):
            # Another checkout may be at work with its own.
            if time.time() - old.stat().st_mtime > _KEPT_S:
                old.unlink(missing_ok=True)
        partial = package.with_suffix(f".{os.getpid()}.a3d")
        options = ["--detail", "low", "--stop-frame", str(FRAMES), "--practice", "0", "--no-progress", "--quiet"]
        command = [sys.executable, "-m", "ani3d_runtime.cli", "bake", "dancer", "--motion", "dance", *options]
        run_program([*command, "-o", str(partial)], ROOT)
        partial.replace(package)
    return package
