"""What a reader costs: milliseconds to open, show and seek, and memory."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from benchmarks.codec.chapter import Chapter
from benchmarks.codec.grid import Grid, figure

OPENINGS, LOADS, SEEKS = 20, 5, 30
# A seek works out its group on another thread too; the next one does not wait for it, but is not measured with it.
_SETTLING_S = 0.12


@dataclass(frozen=True)
class Reading:
    """One package.

    Attributes:
        package_bytes: length of the file.
        open_ms, avatar_ms, first_frame_ms: medians until it is open, its avatar decoded, a frame posed.
        seek_ms, slowest_seek_ms: from a time anywhere to its posed Gaussians, the package open.
        play_ms: per frame of the clip, decoded and posed in order.
        opened_bytes, loaded_bytes, playing_bytes: memory added by opening, by decoding avatar and model, by playing.
    """

    quality: str
    package_bytes: int
    open_ms: float
    avatar_ms: float
    first_frame_ms: float
    seek_ms: float
    slowest_seek_ms: float
    play_ms: float
    opened_bytes: int
    loaded_bytes: int
    playing_bytes: int


def read_packages(packages: Mapping[str, Path], warm_up: Path) -> tuple[Reading, ...]:
    """Measure packages, each with a clip called ``clip``.

    Args:
        packages: by quality.
        warm_up: another package of the same kind, small.
    """
    return tuple(_measured(quality, path, warm_up) for quality, path in packages.items())


def reading_chapter(title: str, readings: Sequence[Reading]) -> Chapter:
    """As a table.

    Args:
        title: of the sequence.
    """
    return Chapter(
        name="reading",
        title="Reading: time and memory",
        grids=(_grid(title, readings),),
        figures=[asdict(reading) for reading in readings],
        note=_NOTE,
    )


_NOTE = (
    "Files are in the page cache. *Seek*: a random frame of another group, decoded and posed. *Memory*: resident, "
    "without the interpreter and compiled code; *playing* is the peak while the whole clip is decoded and posed, "
    "a few decoded groups and the posed Gaussians included."
)


def _measured(quality: str, path: Path, warm_up: Path) -> Reading:
    def first_frame() -> None:
        with Package.open(path) as package:
            player = ClipPlayer(package, "clip")
            player.pose(player.frame(0))

    def avatar() -> None:
        with Package.open(path) as package:
            package.avatar()

    seeks = _seeks(path)
    memory = _memory(path, warm_up)
    return Reading(
        quality=quality,
        package_bytes=path.stat().st_size,
        open_ms=_median_ms(lambda: Package.open(path).close(), OPENINGS),
        avatar_ms=_median_ms(avatar, LOADS),
        first_frame_ms=_median_ms(first_frame, LOADS),
        seek_ms=statistics.median(seeks),
        slowest_seek_ms=max(seeks),
        play_ms=_play_ms(path),
        opened_bytes=memory["opened"],
        loaded_bytes=memory["loaded"],
        playing_bytes=memory["playing"],
    )


def _median_ms(work: Callable[[], object], runs: int) -> float:
    """Of ``runs`` after one that does not count."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[1:])


def _seeks(path: Path) -> list[float]:
    generator = np.random.default_rng(0)
    times: list[float] = []
    with Package.open(path) as package:
        player = ClipPlayer(package, "clip")
        groups = generator.permutation(np.arange(SEEKS) % player.clip.group_count)
        player.pose(player.frame(0))
        for group in groups:
            first, frames = player.clip.group_frames(int(group))
            index = first + int(generator.integers(frames))
            # A player that has shown nothing yet has nothing at hand.
            player = ClipPlayer(package, "clip")
            start = time.perf_counter()
            player.pose(player.frame(index))
            times.append((time.perf_counter() - start) * 1e3)
            time.sleep(_SETTLING_S)
    return times


def _play_ms(path: Path) -> float:
    with Package.open(path) as package:
        player = ClipPlayer(package, "clip")
        start = time.perf_counter()
        for index in range(player.frame_count):
            player.pose(player.frame(index))
        return (time.perf_counter() - start) * 1e3 / player.frame_count


def _memory(path: Path, warm_up: Path) -> dict[str, int]:
    command = [sys.executable, "-m", "benchmarks.codec.reader_memory", str(warm_up), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _grid(title: str, readings: Sequence[Reading]) -> Grid:
    def memory(added: int, package: int) -> str:
        return f"{added / 1e6:.1f} ({added / package:.1f}×)"

    return Grid(
        title=title,
        headings=("package", "MB", "open ms", "avatar ms", "first frame ms", "seek ms", "slowest seek", "play ms/frame",
                  "memory open MB", "avatar and model", "playing"),
        rows=tuple(
            (
                one.quality,
                figure(one.package_bytes / 1e6),
                figure(one.open_ms),
                figure(one.avatar_ms),
                figure(one.first_frame_ms),
                figure(one.seek_ms),
                figure(one.slowest_seek_ms),
                figure(one.play_ms),
                memory(one.opened_bytes, one.package_bytes),
                memory(one.loaded_bytes, one.package_bytes),
                memory(one.playing_bytes, one.package_bytes),
            )
            for one in readings
        ),
    )  # fmt: skip
