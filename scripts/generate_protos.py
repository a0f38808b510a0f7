"""Generate ani3d_runtime/rpc/v1 from proto/ (``make proto``).

The generator is pinned and lives in its own virtual environment under build/: generated code refuses to run with a
protobuf or grpcio older than its generator. This one is as old as the oldest that pyproject.toml allows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
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


def stale_files() -> list[str]:
    """Committed files that differ from what proto/ gives now."""
    with tempfile.TemporaryDirectory() as folder:
        generate(pinned_python(), Path(folder))
        fresh = [path for path in Path(folder).rglob("*") if path.is_file()]
        names = sorted(str(path.relative_to(folder)) for path in fresh)
        return [
            name
            for name in names
            if not (ROOT / name).is_file() or (ROOT / name).read_bytes() != (Path(folder) / name).read_bytes()
        ]


def main() -> int:
    """Generate or check; 1 where the committed code is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where the committed code is stale")
    if not parser.parse_args().check:
        generate(pinned_python(), ROOT)
        return 0
    stale = stale_files()
    for name in stale:
        print(f"{name} is not what proto/ says; run `make proto`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
