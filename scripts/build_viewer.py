"""Builds the viewer's page with Node.js and puts it into the Python package: python scripts/build_viewer.py.

Wheels carry the page, so that only who builds from a checkout needs Node.js. Where it is missing this says so, and ends
well: everything else works without the page. --need fails then.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "web_client"
TARGET = ROOT / "ani3d_runtime/viewer/built"
OLDEST_NODE = 20


def main(arguments: list[str]) -> int:
    """Build; the exit code."""
    problem = build()
    if problem is None:
        return 0
    print(f"the viewer's page was not built: {problem}; all but 'ani3d view' works without it", file=sys.stderr)
    return 1 if "--need" in arguments else 0


def build() -> str | None:
    """Build the page; why it could not be, or None."""
    if not CLIENT.is_dir():
        return "no web_client here"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return f"no Node.js (node {OLDEST_NODE} or later, with npm)"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if int(version.lstrip("v").partition(".")[0] or 0) < OLDEST_NODE:
        return f"Node.js {version}, older than {OLDEST_NODE}"
    if not (CLIENT / "node_modules/esbuild").is_dir():
        fetched = _run([npm, "ci", "--no-audit", "--no-fund"])
        if fetched is not None:
            return fetched
    failed = _run([node, "build.mjs"])
    if failed is None:
        shutil.rmtree(TARGET, ignore_errors=True)  # parts of the script have other names in every build
        TARGET.mkdir()
        for file in sorted((CLIENT / "dist/viewer").iterdir()):
            shutil.copyfile(file, TARGET / file.name)
    return failed


def _run(command: list[str]) -> str | None:
    done = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return f"{Path(command[0]).name} {command[1]}: {lines[-1] if lines else f'exit code {done.returncode}'}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
