"""Generate ani3d_runtime/rpc/v1 from proto/ (``make proto``).

The generator is pinned and lives in its own virtual environment under build/: generated code refuses to run with a
protobuf or grpcio older than its generator. This one is as old as the oldest that pyproject.toml allows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = "grpcio-tools==1.75.0"


def generate(python: Path, out: Path) -> None:
    """Run protoc of the grpcio-tools that ``python`` has, writing the package tree below ``out``."""
    protos = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "proto").rglob("*.proto"))
    outputs = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
    subprocess.run([str(python), "-m", "grpc_tools.protoc", "-Iproto", *outputs, *protos], cwd=ROOT, check=True)


def pinned_python() -> Path:
    """The interpreter of the generator's environment, made on first use."""
    home = ROOT / "build" / GENERATOR.replace("==", "-")
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.exists():
        venv.create(home, with_pip=True)
        # This release of grpcio-tools imports pkg_resources.
        subprocess.run([str(python), "-m", "pip", "install", "-q", GENERATOR, "setuptools<81"], check=True)
    return python


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT, help="folder that holds ani3d_runtime/rpc/v1")
    arguments = parser.parse_args()
    generate(pinned_python(), arguments.out)
