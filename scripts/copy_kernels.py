"""Copy the kernels of shaders/ into the client for Unity: Unity sees nothing outside of a package's folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KERNELS = ROOT / "shaders"
COPIES = ROOT / "unity_client" / "Runtime" / "Shaders" / "Kernels"


def copies() -> dict[Path, str]:
    """The text of every copy."""
    return {
        COPIES / path.name: f"// Generated from shaders/{path.name} by scripts/copy_kernels.py: change it there.\n"
        + path.read_text(encoding="utf-8")
        for path in sorted(KERNELS.glob("*.hlsl"))
    }


def stale_copies(wanted: dict[Path, str]) -> list[Path]:
    """Copies that are not there, hold something else, or are of a kernel that is gone."""
    there = set(COPIES.glob("*.hlsl"))
    return sorted(
        path
        for path in there | wanted.keys()
        if path not in there or path.read_text(encoding="utf-8") != wanted.get(path)
    )


def main() -> int:
    """Copy or check; 1 where a committed copy is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a committed copy is stale")
    wanted = copies()
    stale = stale_copies(wanted)
    if parser.parse_args().check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale; run `make constants`", file=sys.stderr)
        return 1 if stale else 0
    COPIES.mkdir(parents=True, exist_ok=True)
    for path in stale:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
