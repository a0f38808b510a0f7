"""What a reader costs: milliseconds to open, show, seek and play, and memory; measured by benchmarks/reader.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.codec.chapter import Chapter
from benchmarks.codec.grid import Grid, figure
from benchmarks.reader import Result, measure

RUNS = 20


@dataclass(frozen=True)
class Reading:
    """One package.

    Attributes:
        cost: see there.
        resident_bytes: what playing the clip adds to a process at its peak, the decoded avatar included.
    """

    cost: Result
    resident_bytes: int

    @property
    def resident_of_package(self) -> float:
        """``resident_bytes`` over the package."""
        return self.resident_bytes / (self.cost.package_kb * 1000)


def read_packages(packages: Mapping[str, Path], warm_up: Path) -> tuple[Reading, ...]:
    """Measure packages.

    Args:
        packages: by quality.
        warm_up: another package of the same kind, small.
    """
    return tuple(Reading(measure(quality, path, RUNS), _resident(path, warm_up)) for quality, path in packages.items())


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
    "Files are in the page cache. *Seek*: a frame of a group that was not read before, decoded and posed. *Reader*: "
    "what Python and numpy hold after the clip was played, without the decoded avatar. *Resident*: the peak that "
    "playing adds to a process, decoded avatar and posed Gaussians included."
)


def _resident(path: Path, warm_up: Path) -> int:
    command = [sys.executable, "-m", "benchmarks.codec.reader_memory", str(warm_up), str(path)]
    return int(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def _grid(title: str, readings: Sequence[Reading]) -> Grid:
    headings = ("package", "MB", "open ms", "first frame ms", "seek ms", "CPU", "play ms/frame", "CPU", "avatar MB",
                "reader MB", "of the package", "resident MB", "of the package")  # fmt: skip
    rows = tuple(
        (
            one.cost.quality,
            figure(one.cost.package_kb / 1e3),
            figure(one.cost.open_ms),
            figure(one.cost.first_frame_ms),
            figure(one.cost.seek_ms),
            figure(one.cost.seek_cpu_ms),
            figure(one.cost.play_ms),
            figure(one.cost.play_cpu_ms),
            figure(one.cost.avatar_mb),
            figure(one.cost.reader_mb),
            f"{one.cost.memory_of_package:.1f}×",
            figure(one.resident_bytes / 1e6),
            f"{one.resident_of_package:.1f}×",
        )
        for one in readings
    )
    return Grid(title, headings, rows)
