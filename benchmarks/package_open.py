"""Milliseconds to open a package, and to have the avatar, one frame, and everything of it.

    python -m benchmarks.package_open [PACKAGE] [--json] [--runs 30]

Without a package a synthetic avatar of 50,000 Gaussians with 300 frames is written first. The file is in the page
cache.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ani3d_runtime.package.describe import describe_package
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual
from benchmarks.playback import processor

TARGET_MS = 50.0


@dataclass(frozen=True)
class Row:
    """One measurement."""

    what: str
    wall_ms: float
    target_ms: float | None


def timed(what: str, target_ms: float | None, runs: int, work: Callable[[], object]) -> Row:
    """Median wall time after one run that does not count."""
    wall = []
    for run in range(runs + 1):
        start = time.perf_counter()
        work()
        if run:
            wall.append((time.perf_counter() - start) * 1000)
    return Row(what, statistics.median(wall), target_ms)


def measure(path: Path, runs: int) -> list[Row]:
    """All rows."""

    def opened() -> None:
        Package.open(path).close()

    def described() -> None:
        with Package.open(path) as package:
            describe_package(package)

    def avatar(lod: int | None) -> None:
        with Package.open(path) as package:
            package.avatar(lod)

    def first_frame() -> None:
        with Package.open(path) as package:
            player = ClipPlayer(package, package.clip_names[0])
            player.pose(player.frame(0))

    few = max(3, runs // 6)
    return [
        timed("open", TARGET_MS, runs, opened),
        timed("open and describe (ani3d info)", None, runs, described),
        timed("open, avatar at the coarsest level", None, few, lambda: avatar(0)),
        timed("open, whole avatar", None, few, lambda: avatar(None)),
        timed("open, first posed frame", None, few, first_frame),
        timed("validate", None, 2, lambda: validate_package(path)),
    ]


def write_stand_in(path: Path) -> None:
    """50,000 Gaussians, 300 frames, 40 % of them moving."""
    avatar = synthetic_avatar(50_000, joint_count=24, sh_degree=0)
    motion, residual = synthetic_motion(avatar.skeleton, 300), synthetic_residual(avatar, 300)
    write_package(path, avatar, [ClipSource("walk", motion, residual)])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Milliseconds to open a package.")
    parser.add_argument("package", nargs="?", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=30, help="runs that the medians are over")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.package
        if path is None:
            path = Path(folder) / "benchmark.a3d"
            write_stand_in(path)
        rows = measure(path, arguments.runs)
        with Package.open(path) as package:
            about = {"file_mb": package.size_bytes / 1e6, "gaussians": package.manifest.gaussian_count}
    machine = {"cpu": processor(), "cores": os.cpu_count(), **about}
    if arguments.json:
        print(json.dumps({"benchmark": "package_open", "machine": machine, "rows": [asdict(row) for row in rows]}))
        return
    table = Table(
        title=f"A package of {about['gaussians']:,} Gaussians, {about['file_mb']:.1f} MB: "
        f"{machine['cpu']}, {machine['cores']} cores"
    )
    table.add_column("what")
    table.add_column("wall ms", justify="right")
    table.add_column("target ms", justify="right")
    for row in rows:
        table.add_row(row.what, f"{row.wall_ms:.2f}", "" if row.target_ms is None else f"{row.target_ms:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
