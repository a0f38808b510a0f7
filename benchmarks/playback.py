"""Milliseconds per frame of playback: decode, interpolate and pose 100,000 Gaussians.

    python -m benchmarks.playback [--json] [--count 100000] [--runs 40]

The avatar covers the built-in body and dances; a quarter of it, a wrap around the hips and legs, carries a residual
layer. Wall time is the median over the runs; CPU time is of the whole process and shows what was used where the machine
is not quiet. Targets are for two cores.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.body.model import ShapedBody, load_builtin_body
from ani3d_runtime.body.readers.motion_file import read_motion
from ani3d_runtime.geometry.quaternion import normalised
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.parallel import thread_count
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.splats import SplatCloud
from ani3d_runtime.testing.avatars import synthetic_residual

FRAMES = 90
TARGET_MS = 10.0
RIGID_TARGET_MS = 4.0


@dataclass(frozen=True)
class Row:
    """One measurement."""

    what: str
    wall_ms: float
    cpu_ms: float
    target_ms: float | None


def dressed_body(body: ShapedBody, count: int) -> Avatar:
    """``count`` Gaussians on the body, skinned as the triangles they lie on; the hips and legs are a garment."""
    rng = np.random.default_rng(0)
    corners = body.vertices_m[body.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen = rng.choice(len(areas), count, p=areas / areas.sum())
    shares = rng.dirichlet((1, 1, 1), count)
    means = np.einsum("nc,nca->na", shares, corners[chosen])
    weights = np.einsum("nc,ncj->nj", shares, body.skin_weights[body.faces[chosen]])
    joints = np.argsort(-weights, axis=1)[:, :4]
    kept = np.take_along_axis(weights, joints, axis=1)
    kept = np.where(kept < 0.01, 0, kept)
    splats = SplatCloud(
        means.astype(np.float32),
        normalised(rng.normal(size=(count, 4))).astype(np.float32),
        np.exp(rng.normal(np.log(1.2 / np.sqrt(count)), 0.4, (count, 3))).astype(np.float32),
        rng.uniform(0.5, 1, count).astype(np.float32),
        rng.normal(0, 0.3, (count, 1, 3)).astype(np.float32),
    )
    garment = (means[:, 1] > np.quantile(means[:, 1], 0.3)) & (means[:, 1] < np.quantile(means[:, 1], 0.55))
    parts = np.where(garment, Part.GARMENT, Part.SKIN).astype(np.uint8)
    binding = Binding(joints.astype(np.uint8), (kept / kept.sum(axis=1, keepdims=True)).astype(np.float32), parts)
    return Avatar("benchmark", splats, body.skeleton, binding)


def timed(what: str, target_ms: float | None, runs: int, work: Callable[[int], object]) -> Row:
    """Median wall and CPU time of ``work(run)`` after two runs that do not count."""
    wall, cpu = [], []
    for run in range(-2, runs):
        cpu_start, start = time.process_time(), time.perf_counter()
        work(run % runs)
        if run >= 0:
            wall.append((time.perf_counter() - start) * 1000)
            cpu.append((time.process_time() - cpu_start) * 1000)
    return Row(what, statistics.median(wall), statistics.median(cpu), target_ms)


def measure(path: Path, runs: int) -> list[Row]:
    """All rows."""
    rows = []
    with Package.open(path) as package:
        full, rigid = ClipPlayer(package, "dance"), ClipPlayer(package, "dance", layer="rigid")
        frames = [full.frame(run % FRAMES) for run in range(runs)]
        rows.append(timed("pose, rigid layer", RIGID_TARGET_MS, runs, lambda run: rigid.pose(frames[run])))
        rows.append(timed("pose, residual layer", None, runs, lambda run: full.pose(frames[run])))
        fps = full.clip.fps
        rows.append(
            timed("interpolate and pose", None, runs, lambda run: full.pose(full.frame_at((run % 28 + 0.5) / fps)))
        )
        rows.append(timed("light frame", None, runs, lambda run: full.light_frame_at((run % 28 + 0.5) / fps)))
        rows.append(_played(package, fps))
        seeks = max(3, runs // 5)
        rows.append(timed("seek: decode a group, pose one frame", None, seeks, _seeker(package, 0.0)))
        rows.append(
            timed("the same between the last frame of a group and the next", None, seeks, _seeker(package, 0.5))
        )
    return rows


def _played(package: Package, fps: float) -> Row:
    """The whole clip at twice its rate, decoding included: what a 60 Hz screen needs per picture."""
    wall, cpu, slowest = [], [], []
    steps = 2 * FRAMES - 1
    for _ in range(3):
        player = ClipPlayer(package, "dance")
        player.frame(0)
        cpu_start, stamps = time.process_time(), [time.perf_counter()]
        for step in range(steps):
            player.pose(player.frame_at(step / 2 / fps))
            stamps.append(time.perf_counter())
        wall.append((stamps[-1] - stamps[0]) * 1000 / steps)
        cpu.append((time.process_time() - cpu_start) * 1000 / steps)
        slowest.append(float(np.diff(stamps).max() * 1000))
    what = f"play at 60 Hz as fast as possible, decoding included (slowest frame {statistics.median(slowest):.0f} ms)"
    return Row(what, statistics.median(wall), statistics.median(cpu), TARGET_MS)


def _seeker(package: Package, fraction: float) -> Callable[[int], object]:
    """A seek to the last frame of a group, or so much of a frame behind it."""
    clip = package.clip("dance")

    def seek(run: int) -> None:
        player = ClipPlayer(package, "dance")
        last = clip.frames_per_group * (1 + run % (clip.group_count - 1)) - 1
        player.pose(player.frame_at((last + fraction) / clip.fps))

    return seek


def processor() -> str:
    """Name of the CPU."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Milliseconds per frame of playback.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--count", type=int, default=100_000, help="Gaussians")
    parser.add_argument("--runs", type=int, default=40, help="runs that the medians are over")
    arguments = parser.parse_args()
    avatar = dressed_body(load_builtin_body().shaped(), arguments.count)
    motion = read_motion("dance", avatar.skeleton).slice(0, FRAMES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.a3d"
        residual = synthetic_residual(avatar, FRAMES, fps=motion.fps)
        write_package(path, avatar, [ClipSource("dance", motion, residual)])
        rows = measure(path, arguments.runs)
    machine = {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "threads": thread_count(),
        "python": platform.python_version(),
        "gaussians": avatar.count,
        "moving": len(residual.indices),
        "joints_per_gaussian": round(float((avatar.binding.weights > 0).sum(axis=1).mean()), 2),
    }
    if arguments.json:
        print(json.dumps({"benchmark": "playback", "machine": machine, "rows": [asdict(row) for row in rows]}))
        return
    table = Table(
        title=f"Playback of {machine['gaussians']:,} Gaussians, {machine['moving']:,} with a residual, "
        f"{machine['joints_per_gaussian']} joints each: {machine['cpu']}, {machine['cores']} cores"
    )
    table.add_column("what")
    for heading in ("wall ms", "CPU ms", "target ms"):
        table.add_column(heading, justify="right")
    for row in rows:
        target = "" if row.target_ms is None else f"{row.target_ms:.0f}"
        table.add_row(row.what, f"{row.wall_ms:.1f}", f"{row.cpu_ms:.1f}", target)
    Console().print(table)


if __name__ == "__main__":
    main()
