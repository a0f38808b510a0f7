"""How the cost of a package grows with Gaussians and with frames.

    python -m benchmarks.scaling [--only gaussians frames] [--runs 3] [--json] [--write-docs]

A skirt and hair (ani3d_runtime/testing/sequences.py) of 50, 200 and 800 thousand Gaussians over 60 frames, and of 20
thousand over 300 to 3,000 frames, are written as packages, verification included, and played. Each point is a process
of its own, so that its memory is its own. *Of linear* compares the cost per Gaussian and frame with that of the
sweep's first point: 1 is linear, less is better.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console

from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence
from benchmarks.codec.grid import Grid, figure
from benchmarks.codec.stopwatch import Stopwatch
from benchmarks.playback import processor
from benchmarks.plots import require_plots
from benchmarks.resident import forget_peak, resident_bytes
from benchmarks.scaling_plot import growth_png

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT, PLOT = Path("docs/codec-scaling.md"), Path("docs/images/codec-scaling.png")
SWEEPS = {
    "gaussians": ((50_000, 60), (200_000, 60), (800_000, 60)),
    "frames": ((20_000, 300), (20_000, 1000), (20_000, 3000)),
}
WARM_UP = (3_000, 31)
TIMED = ("encode_s", "encode_cpu_s", "play_s", "play_cpu_s")


@dataclass(frozen=True)
class Point:
    """One package.

    Attributes:
        moving: Gaussians with a residual.
        input_bytes: of the residual layer in memory.
        encode_s, encode_cpu_s: from arrays to the verified file.
        encode_peak_bytes: memory on top of what was there before, the input.
        play_s, play_cpu_s: the whole clip decoded and posed.
        play_peak_bytes: memory on top of what was there before.
    """

    gaussians: int
    frames: int
    moving: int
    input_bytes: int
    file_bytes: int
    encode_s: float
    encode_cpu_s: float
    encode_peak_bytes: int
    play_s: float
    play_cpu_s: float
    play_peak_bytes: int

    @property
    def size(self) -> int:
        """Gaussians times frames."""
        return self.gaussians * self.frames


def measured(gaussians: int, frames: int, folder: Path) -> Point:
    """Write and play one package in this process."""
    avatar, residual = dancing_sequence(gaussians, frames)
    clip = ClipSource("dance", synthetic_motion(avatar.skeleton, frames), residual)
    path = folder / f"{gaussians}-{frames}.a3d"
    forget_peak()
    before = resident_bytes()
    with Stopwatch() as encode:
        report = write_package(path, avatar, [clip])
    encode_peak = resident_bytes("VmHWM") - before
    channels = (residual.dpos_m, residual.drot_rad)
    input_bytes, moving = sum(channel.nbytes for channel in channels if channel is not None), len(residual.indices)
    del avatar, residual, clip, channels
    forget_peak()
    before = resident_bytes()
    with Package.open(path) as package, Stopwatch() as play:
        player = ClipPlayer(package, "dance")
        for index in range(frames):
            player.pose(player.frame(index))
    return Point(
        gaussians,
        frames,
        moving,
        input_bytes,
        report.file_bytes,
        encode.wall_s,
        encode.cpu_s,
        encode_peak,
        play.wall_s,
        play.cpu_s,
        resident_bytes("VmHWM") - before,
    )


def measured_apart(gaussians: int, frames: int, runs: int) -> Point:
    """The same in a process of its own for each run, which compiles everything on a small sequence first; medians."""
    command = [sys.executable, "-m", "benchmarks.scaling", "--point", str(gaussians), str(frames)]
    points: list[Point] = []
    for _ in range(runs):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        points.append(Point(**json.loads(done.stdout)))
    return replace(points[0], **{name: statistics.median(getattr(p, name) for p in points) for name in TIMED})


def print_point(gaussians: int, frames: int) -> None:
    """What :func:`measured_apart` reads."""
    with tempfile.TemporaryDirectory() as folder:
        measured(*WARM_UP, Path(folder))
        print(json.dumps(asdict(measured(gaussians, frames, Path(folder)))))


def grid_of(name: str, points: Sequence[Point]) -> Grid:
    """A sweep as a table."""

    def of_linear(point: Point, cost: str) -> str:
        first = points[0]
        return f"{getattr(point, cost) / point.size / (getattr(first, cost) / first.size):.2f}"

    headings = ("Gaussians", "frames", "encode s", "CPU s", "ns per Gaussian, frame", "of linear", "memory MB",
                "input MB", "play ms/frame", "of linear", "memory MB", "KB/frame", "of linear")  # fmt: skip
    rows = tuple(
        (
            f"{p.gaussians:,}",
            f"{p.frames:,}",
            figure(p.encode_s),
            figure(p.encode_cpu_s),
            figure(p.encode_cpu_s / p.size * 1e9),
            of_linear(p, "encode_cpu_s"),
            figure(p.encode_peak_bytes / 1e6),
            figure(p.input_bytes / 1e6),
            figure(p.play_s / p.frames * 1e3),
            of_linear(p, "play_cpu_s"),
            figure(p.play_peak_bytes / 1e6),
            figure(p.file_bytes / p.frames / 1e3),
            of_linear(p, "file_bytes"),
        )
        for p in points
    )
    return Grid(f"More {name}", headings, rows, text_columns=0)


def write_document(sweeps: dict[str, list[Point]], machine: dict[str, object], runs: int) -> None:
    """docs/codec-scaling.md and its plot."""
    state = ", ".join(f"{key} {value}" for key, value in machine.items())
    lines = [
        "# Growth of cost",
        "",
        "Written by `python -m benchmarks.scaling --write-docs`.",
        "",
        f"Machine: {state}; median of {runs}.",
        "",
        f"![Growth]({PLOT.relative_to(DOCUMENT.parent).as_posix()})",
        "",
    ]
    for name, points in sweeps.items():
        grid = grid_of(name, points)
        lines += [f"## {grid.title}", "", grid.markdown(), ""]
    lines += [
        "Times of encoding include verification of what was written; memory is what comes on top of the input, which",
        "is in memory as float32. *Of linear* is CPU time or bytes per Gaussian and frame, over that of the first row:",
        "1 is linear, less is better. Playing decodes and poses every frame in order.",
        "",
    ]
    for path, data in ((DOCUMENT, "\n".join(lines).encode("utf-8")), (PLOT, growth_png(sweeps))):
        with replacing_file(ROOT / path) as stream:
            stream.write(data)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scaling", description="How the cost of a package grows."
    )
    parser.add_argument("--only", nargs="+", choices=tuple(SWEEPS), help="some of the sweeps")
    parser.add_argument("--runs", type=int, default=1, help="runs that times are the median of")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCUMENT} and its plot")
    parser.add_argument("--point", nargs=2, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print_point(*options.point)
        return
    if options.write_docs:
        require_plots(parser)
    notes = Console(stderr=True)
    sweeps: dict[str, list[Point]] = {}
    for name in options.only or SWEEPS:
        sweeps[name] = []
        for gaussians, frames in SWEEPS[name]:
            started = time.perf_counter()
            sweeps[name].append(measured_apart(gaussians, frames, options.runs))
            notes.print(f"{gaussians:,} Gaussians, {frames:,} frames: {time.perf_counter() - started:.0f} s")
    machine: dict[str, object] = {"CPU": processor(), "cores": os.cpu_count()}
    if options.json:
        found = {name: [asdict(point) for point in points] for name, points in sweeps.items()}
        print(json.dumps({"benchmark": "scaling", "machine": machine, "runs": options.runs, "sweeps": found}))
    else:
        for name, points in sweeps.items():
            Console(width=None if sys.stdout.isatty() else 200).print(grid_of(name, points).rich())
    if options.write_docs:
        write_document(sweeps, machine, options.runs)


if __name__ == "__main__":
    main()
