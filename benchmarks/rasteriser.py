"""Milliseconds per picture of the CPU rasteriser, forward and backward, and its start-up.

    python -m benchmarks.rasteriser [--json] [--runs 15]

The scene is a standing person of ellipsoids covered with Gaussians of degree 3, sized to overlap as a capture's do and
filling the picture's height. Wall time is the median over the runs; CPU time is of the whole process and shows what was
used where the machine is not quiet. Targets are for two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.parallel import thread_count
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import Rasterisation, render_cloud
from ani3d_runtime.splats import SplatCloud

# Gaussians, side of the picture in pixels, with backward pass, target in ms.
CASES = (
    (50_000, 512, False, None),
    (200_000, 512, False, 30.0),
    (20_000, 256, True, 9.0),
    (5_000, 128, True, None),
)
# Centre and half axes in metres, and share of the Gaussians.
BODY = (
    ((0.0, 0.95, 0.0), (0.17, 0.35, 0.11), 0.4),
    ((0.0, 1.58, 0.0), (0.1, 0.14, 0.12), 0.15),
    ((0.12, 0.42, 0.0), (0.08, 0.45, 0.08), 0.15),
    ((-0.12, 0.42, 0.0), (0.08, 0.45, 0.08), 0.15),
    ((0.35, 1.15, 0.0), (0.06, 0.33, 0.06), 0.075),
    ((-0.35, 1.15, 0.0), (0.06, 0.33, 0.06), 0.075),
)


@dataclass(frozen=True)
class Row:
    """One measurement."""

    what: str
    wall_ms: float
    cpu_ms: float
    target_ms: float | None


def person(count: int) -> SplatCloud:
    """A standing person of about ``count`` Gaussians."""
    rng = np.random.default_rng(0)
    surfaces = []
    for centre, half_axes, share in BODY:
        directions = rng.normal(size=(round(count * share), 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        surfaces.append(directions * half_axes + centre)
    means = np.concatenate(surfaces)
    sh = rng.normal(0, 0.05, (len(means), 16, 3))
    sh[:, 0] = rng.normal(size=(len(means), 3))
    scales = np.exp(rng.normal(np.log(1.1 / np.sqrt(len(means))), 0.4, (len(means), 3)))
    return SplatCloud.checked(means, rng.normal(size=(len(means), 4)), scales, rng.beta(4, 1.5, len(means)), sh)


def timed(what: str, target_ms: float | None, runs: int, work: Callable[[], object]) -> Row:
    """Median wall and CPU time of ``work`` after two runs that do not count."""
    wall, cpu = [], []
    for run in range(runs + 2):
        cpu_start, start = time.process_time(), time.perf_counter()
        work()
        if run >= 2:
            wall.append((time.perf_counter() - start) * 1000)
            cpu.append((time.process_time() - cpu_start) * 1000)
    return Row(what, statistics.median(wall), statistics.median(cpu), target_ms)


def measure(runs: int) -> list[Row]:
    """All rows but the start-up."""
    rows = []
    for count, side, backward, target_ms in CASES:
        cloud = person(count)
        camera = Camera.look_at((0, 0.95, 3.2), (0, 0.9, 0), (0, 1, 0), 0.62, side, side)
        gradient = np.random.default_rng(1).normal(size=(side, side, 3)).astype(np.float32)
        name = f"{count // 1000}k Gaussians, {side}x{side}"

        def forward(cloud: SplatCloud = cloud, camera: Camera = camera) -> None:
            render_cloud(cloud, camera)

        def both(cloud: SplatCloud = cloud, camera: Camera = camera, gradient: np.ndarray = gradient) -> None:
            g = cloud
            Rasterisation(g.means_m, g.quats_wxyz, g.scales_m, g.opacities, camera, sh=g.sh).backward(gradient)

        rows.append(timed(f"{name}, forward", None if backward else target_ms, runs, forward))
        if backward:
            rows.append(timed(f"{name}, forward + backward", target_ms, runs, both))
    return rows


def measure_start() -> list[Row]:
    """A process that renders and differentiates once: with an empty compilation cache, and with a filled one."""
    rows = []
    source = "from benchmarks.rasteriser import start_once; start_once()"
    with tempfile.TemporaryDirectory() as cache:
        for what in ("first start, kernels compiled", "later starts, kernels from the cache"):
            start = time.perf_counter()
            before = os.times()
            subprocess.run([sys.executable, "-c", source], check=True, env={**os.environ, "NUMBA_CACHE_DIR": cache})
            after = os.times()
            cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
            rows.append(Row(what, (time.perf_counter() - start) * 1000, cpu_s * 1000, None))
    return rows


def start_once() -> None:
    """Render and differentiate one small picture."""
    g = person(1000)
    camera = Camera.look_at((0, 0.95, 3.2), (0, 0.9, 0), (0, 1, 0), 0.62, 64, 64)
    pass_ = Rasterisation(g.means_m, g.quats_wxyz, g.scales_m, g.opacities, camera, sh=g.sh)
    pass_.backward(pass_.result.rgb)


def processor() -> str:
    """Name of the CPU."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Milliseconds per picture of the CPU rasteriser.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=15, help="runs that the medians are over")
    arguments = parser.parse_args()
    rows = [*measure(arguments.runs), *measure_start()]
    machine = {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "threads": thread_count(),
        "python": platform.python_version(),
    }
    if arguments.json:
        print(json.dumps({"benchmark": "rasteriser", "machine": machine, "rows": [asdict(row) for row in rows]}))
        return
    table = Table(title=f"CPU rasteriser: {machine['cpu']}, {machine['cores']} cores, {machine['threads']} threads")
    table.add_column("what")
    for heading in ("wall ms", "CPU ms", "target ms"):
        table.add_column(heading, justify="right")
    for row in rows:
        target = "" if row.target_ms is None else f"{row.target_ms:.0f}"
        table.add_row(row.what, f"{row.wall_ms:.1f}", f"{row.cpu_ms:.1f}", target)
    Console().print(table)


if __name__ == "__main__":
    main()
