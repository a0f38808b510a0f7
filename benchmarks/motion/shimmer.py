"""What lossy packages lose in time: errors of cloth and hair, and how they change from frame to frame.

    python -m benchmarks.motion.shimmer [--detail low] [--frames 90] [--json]

An error that stays from frame to frame is not seen; one that is another in every frame shimmers. For each quality:

- *error*: distance to the source, rms over the Gaussians that move by themselves and over all frames.
- *step*: how far the error moves from a frame to the next, rms. White noise has 1.41 times the error.
- *trembling*: second differences of positions, those of the source being 1. More is noise that was added.

The baseline is what a file for each frame does at the same error: positions rounded to a lattice.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.codec.encoder.bounds import PartBounds, Quality
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from benchmarks.codec.sequences import BenchmarkSequence, dancer
from benchmarks.rasteriser import processor

_QUALITIES: tuple[Quality, ...] = ("preview", "standard", "high", "archive")
_PARTS = {"cloth": Part.GARMENT, "hair": Part.HAIR}


@dataclass(frozen=True)
class Row:
    """One way of coding, and a part.

    Attributes:
        clip_kb: stored bytes of the clip a frame, or None for the baseline.
        error_mm, step_mm: rms, see the module.
        trembling: second differences of positions, the source's being 1.
    """

    setting: str
    part: str
    clip_kb: float | None
    error_mm: float
    step_mm: float
    trembling: float


def measured(sequence: BenchmarkSequence) -> list[Row]:
    """Rows of every quality, each with its baseline."""
    truth = np.stack([sequence.posed(index).means_m for index in range(sequence.frame_count)])
    swings = np.zeros(sequence.avatar.count, dtype=bool)
    swings[sequence.residual.indices] = True
    rows = []
    for quality in _QUALITIES:
        decoded, clip_kb = _coded(sequence, quality)
        for name, part in _PARTS.items():
            chosen = swings & (sequence.avatar.binding.parts == part)
            row = _row(quality, name, clip_kb, decoded[:, chosen], truth[:, chosen])
            rows.append(row)
            # Rounding to a lattice of pitch p errs by p / sqrt(12) along each of three axes.
            pitch_m = row.error_mm / 1000 * 2
            rounded = np.rint(truth[:, chosen] / pitch_m) * np.float32(pitch_m)
            rows.append(_row(f"rounded as {quality} errs", name, None, rounded, truth[:, chosen]))
    return rows


def _coded(sequence: BenchmarkSequence, quality: Quality) -> tuple[Float32Array, float]:
    clip = ClipSource("clip", sequence.motion, sequence.residual)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sequence.a3d"
        report = write_package(path, sequence.avatar, [clip], bounds=PartBounds.of_quality(quality))
        with Package.open(path) as package:
            player, order = ClipPlayer(package, "clip"), package.input_order
            posed = [player.pose(player.frame(index)).take(order).cloud.means_m for index in range(player.frame_count)]
    return np.stack(posed), report.clips[0].stored_bytes / sequence.frame_count / 1000


def _row(setting: str, part: str, clip_kb: float | None, found: Float32Array, truth: Float32Array) -> Row:
    error = found.astype(np.float64) - truth
    trembling = _rms(np.diff(found.astype(np.float64), 2, axis=0)) / _rms(np.diff(truth.astype(np.float64), 2, axis=0))
    return Row(setting, part, clip_kb, _rms(error) * 1000, _rms(np.diff(error, axis=0)) * 1000, trembling)


def _rms(vectors: Float64Array) -> float:
    return float(np.sqrt(np.square(vectors).sum(axis=-1).mean()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Errors of lossy packages from frame to frame.")
    parser.add_argument("--detail", default="low", help="of the built-in dancer")
    parser.add_argument("--frames", type=int, default=90, help="of the built-in dance")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    sequence = dancer(arguments.detail, arguments.frames)
    rows = measured(sequence)
    if arguments.json:
        print(json.dumps({"benchmark": "motion.shimmer", "rows": [asdict(row) for row in rows]}))
        return
    table = Table(
        title=f"{sequence.name}, {arguments.frames} frames; {processor()}, Python {platform.python_version()}"
    )
    for heading in ("setting", "part"):
        table.add_column(heading)
    for heading in ("clip KB/frame", "error mm", "step mm", "trembling"):
        table.add_column(heading, justify="right")
    for row in rows:
        size = "–" if row.clip_kb is None else f"{row.clip_kb:.2f}"
        table.add_row(row.setting, row.part, size, f"{row.error_mm:.2f}", f"{row.step_mm:.2f}", f"{row.trembling:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
