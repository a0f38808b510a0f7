"""What a client pays for a package: opening, seeking, playing on, memory and the live stream, at three qualities.

    python -m benchmarks.reader [--json] [--count 50000] [--frames 300] [--runs 30]

The built-in dancer, thinned to ``--count`` Gaussians, is packed at a uniform bound of 1 mm and at the presets
``standard`` and ``high``. A seek opens a group that was not read before and poses one frame; its first picture has
the nodes' motion and no detail yet. Playing on decodes, works out and poses every frame of the clip in turn. Wall time
is the median over the runs; CPU time is of the whole process and shows what was used where the machine is not quiet.
Memory is what Python and numpy hold; the decoded avatar (Gaussians, what they hang on) is told apart from what the
reader keeps besides. The live stream has a key frame every two seconds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.codec.live.light_frames import LightFrameEncoder
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import DEFAULT_MAX_ERROR_M, ClipSource, write_package
from ani3d_runtime.parallel import thread_count
from ani3d_runtime.playback.player import ClipPlayer
from benchmarks.codec.sequences import BenchmarkSequence, dancer
from benchmarks.playback import processor, timed

CLIP = "dance"
KEY_FRAME_EVERY_S = 2.0
TARGETS = {"open_ms": 30.0, "seek_ms": 10.0, "play_ms": 4.0, "memory_of_package": 3.0, "live_kbit_s": 350.0}
HIGH_PLAY_TARGET_MS = 8.0
BOUNDS: dict[str, Callable[[], PartBounds]] = {
    "1 mm": lambda: PartBounds.uniform(DEFAULT_MAX_ERROR_M),
    "standard": lambda: PartBounds.of_quality("standard"),
    "high": lambda: PartBounds.of_quality("high"),
}


@dataclass(frozen=True)
class Result:
    """One quality.

    Attributes:
        open_ms: the package, its table and its manifest.
        first_frame_ms: open it, decode avatar and model, and pose the first frame.
        first_picture_ms, seek_ms: a frame of a group not read before, posed: without detail, and whole.
        play_ms: decode and pose a frame when playing on.
        avatar_mb: the decoded avatar and its node bindings.
        reader_mb: what opening and playing hold besides.
        memory_of_package: ``reader_mb`` over the package.
        live_kbit_s: light frames at the clip's rate.
    """

    quality: str
    package_kb: float
    open_ms: float
    first_frame_ms: float
    first_picture_ms: float
    first_picture_cpu_ms: float
    seek_ms: float
    seek_cpu_ms: float
    play_ms: float
    play_cpu_ms: float
    avatar_mb: float
    reader_mb: float
    memory_of_package: float
    live_kbit_s: float


def measure(quality: str, path: Path, runs: int) -> Result:
    """All figures of one package."""
    with Package.open(path) as package:
        size = package.size_bytes
        player = ClipPlayer(package, CLIP)
        seek = timed("seek", None, runs, _seeker(package, player, light=False))
        picture = timed("first picture", None, runs, _seeker(package, player, light=True))
        play_ms, play_cpu_ms = _played(package)
        live_kbit_s = _live_kbit_s(package, player)
    avatar_bytes, reader_bytes = _memory(path)
    return Result(
        quality=quality,
        package_kb=size / 1000,
        open_ms=timed("open", None, runs, lambda _: Package.open(path).close()).wall_ms,
        first_frame_ms=timed("first frame", None, max(3, runs // 5), lambda _: _first_frame(path)).wall_ms,
        first_picture_ms=picture.wall_ms,
        first_picture_cpu_ms=picture.cpu_ms,
        seek_ms=seek.wall_ms,
        seek_cpu_ms=seek.cpu_ms,
        play_ms=play_ms,
        play_cpu_ms=play_cpu_ms,
        avatar_mb=avatar_bytes / 1e6,
        reader_mb=reader_bytes / 1e6,
        memory_of_package=reader_bytes / size,
        live_kbit_s=live_kbit_s,
    )


def _first_frame(path: Path) -> None:
    with Package.open(path) as package:
        player = ClipPlayer(package, CLIP)
        player.pose(player.frame(0))


def _seeker(package: Package, player: ClipPlayer, *, light: bool) -> Callable[[int], object]:
    """Poses a frame somewhere in the clip, its group read anew; the avatar is decoded already."""
    frames = package.clip(CLIP).frame_count

    def seek(run: int) -> None:
        fresh = ClipPlayer(package, CLIP)
        index = run * 37 % frames
        player.pose(fresh.light_frame(index) if light else fresh.frame(index))

    return seek


def _played(package: Package) -> tuple[float, float]:
    """(wall, CPU) milliseconds a frame, median of three times through the clip."""
    wall, cpu = [], []
    for _ in range(3):
        player = ClipPlayer(package, CLIP)
        cpu_start, start = time.process_time(), time.perf_counter()
        for index in range(player.frame_count):
            player.pose(player.frame(index))
        wall.append((time.perf_counter() - start) * 1000 / player.frame_count)
        cpu.append((time.process_time() - cpu_start) * 1000 / player.frame_count)
    return statistics.median(wall), statistics.median(cpu)


def _live_kbit_s(package: Package, player: ClipPlayer) -> float:
    encoder = LightFrameEncoder(package.residual_model.node_parents, package.manifest.joint_count)
    fps = player.clip.fps
    every = round(KEY_FRAME_EVERY_S * fps)
    frames = [player.light_frame(index) for index in range(player.frame_count)]
    payloads = [
        encoder.key(frame) if index % every == 0 else encoder.change(frame) for index, frame in enumerate(frames)
    ]
    return sum(map(len, payloads)) * 8 / 1000 * fps / len(payloads)


def _memory(path: Path) -> tuple[int, int]:
    """Bytes held by (the decoded avatar, what a reader has besides) after playing the clip once."""
    gc.collect()
    tracemalloc.start()
    with Package.open(path) as package:
        player = ClipPlayer(package, CLIP)
        avatar = package.avatar()
        model = package.deformation
        owned = (*vars(avatar.splats).values(), *vars(avatar.binding).values(), *vars(model).values())
        avatar_bytes = sum(array.nbytes for array in owned if isinstance(array, np.ndarray))
        for index in range(player.frame_count):
            player.frame(index)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return avatar_bytes, held - avatar_bytes


def _thinned(sequence: BenchmarkSequence, count: int) -> BenchmarkSequence:
    """Evenly to ``count`` Gaussians, or as it is where it has fewer."""
    total = sequence.avatar.count
    if count >= total:
        return sequence
    kept = np.linspace(0, total - 1, count).round().astype(np.int32)
    return sequence.only(kept, sequence.name)


def main() -> None:
    """Pack, measure and print."""
    parser = argparse.ArgumentParser(description="What a client pays for a package.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--count", type=int, default=50_000, help="Gaussians, at most the dancer's")
    parser.add_argument("--frames", type=int, default=300, help="frames of the clip")
    parser.add_argument("--runs", type=int, default=30, help="runs that the medians are over")
    arguments = parser.parse_args()
    sequence = _thinned(dancer("medium", arguments.frames), arguments.count)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for quality, bounds in BOUNDS.items():
            path = Path(folder) / "dancer.a3d"
            clip = ClipSource(CLIP, sequence.motion, sequence.residual)
            write_package(path, sequence.avatar, [clip], bounds=bounds())
            results.append(measure(quality, path, arguments.runs))
    machine = {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "threads": thread_count(),
        "python": platform.python_version(),
        "gaussians": sequence.avatar.count,
        "moving": len(sequence.residual.indices),
        "frames": sequence.frame_count,
    }
    if arguments.json:
        rows = [asdict(result) for result in results]
        print(json.dumps({"benchmark": "reader", "machine": machine, "targets": TARGETS, "rows": rows}))
        return
    Console().print(_table(machine, results))


def _table(machine: Mapping[str, object], results: list[Result]) -> Table:
    table = Table(
        title=f"Reading the dancer: {machine['gaussians']:,} Gaussians, {machine['moving']:,} moving, "
        f"{machine['frames']} frames; {machine['cpu']}, {machine['cores']} cores"
    )
    table.add_column("what")
    for result in results:
        table.add_column(result.quality, justify="right")
    table.add_column("target", justify="right")
    lines: list[tuple[str, Callable[[Result], str], str]] = [
        ("package, KB", lambda r: f"{r.package_kb:,.0f}", ""),
        ("open, ms", lambda r: f"{r.open_ms:.1f}", f"{TARGETS['open_ms']:.0f}"),
        ("open and show the first frame, ms", lambda r: f"{r.first_frame_ms:.0f}", ""),
        ("seek: first picture, ms (CPU)", lambda r: f"{r.first_picture_ms:.1f} ({r.first_picture_cpu_ms:.1f})", ""),
        ("seek, ms (CPU)", lambda r: f"{r.seek_ms:.1f} ({r.seek_cpu_ms:.1f})", f"{TARGETS['seek_ms']:.0f}"),
        (
            "decode and pose a frame, ms (CPU)",
            lambda r: f"{r.play_ms:.1f} ({r.play_cpu_ms:.1f})",
            f"{TARGETS['play_ms']:.0f}, high {HIGH_PLAY_TARGET_MS:.0f}",
        ),
        ("decoded avatar, MB", lambda r: f"{r.avatar_mb:.1f}", ""),
        ("reader besides, MB", lambda r: f"{r.reader_mb:.1f}", ""),
        ("reader besides / package", lambda r: f"{r.memory_of_package:.1f}", f"{TARGETS['memory_of_package']:.0f}"),
        ("light frames live, kbit/s", lambda r: f"{r.live_kbit_s:.0f}", f"{TARGETS['live_kbit_s']:.0f}"),
    ]
    for what, shown, target in lines:
        table.add_row(what, *(shown(result) for result in results), target)
    return table


if __name__ == "__main__":
    main()
