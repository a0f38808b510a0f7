"""Benchmark: the chapters of one run, in the order that simulates each performance once."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ani3d_runtime.codec.encoder.bounds import PartBounds, Quality
from ani3d_runtime.codec.encoder.levels.choice import even_levels
from ani3d_runtime.package.writer import ClipSource, write_package
from benchmarks.codec.chapter import Chapter
from benchmarks.codec.claims import Findings, claims_chapter
from benchmarks.codec.entropy_stages import entropy_chapter, measure_stages
from benchmarks.codec.grid import Grid
from benchmarks.codec.live import live_chapter, stream
from benchmarks.codec.plot import rate_distortion_png
from benchmarks.codec.progressive import progressive_chapter, watch_download
from benchmarks.codec.reading import read_packages, reading_chapter
from benchmarks.codec.run import WARM_UP_EVERY, WARM_UP_FRAMES, Say, compared, warm_up
from benchmarks.codec.sequences import BenchmarkSequence
from benchmarks.codec.subjects import BUILT_IN, HAIR, SKIRT, Subject
from benchmarks.codec.table import comparison_grid
from benchmarks.reader import CLIP

CHAPTERS = ("entropy", "progressive", "reading", "live", "peers", "built-in")


@dataclass
class Benchmark:
    """A run.

    Attributes:
        frames: of the dance.
        only: chapters; all where empty.
        subjects: of the comparison with other codecs.
        codecs: those whose name contains one of these; all where empty.
        say: called with what is being done.
    """

    frames: int
    only: Sequence[str]
    subjects: Sequence[Subject]
    codecs: Sequence[str]
    say: Say
    _findings: Findings = field(default_factory=Findings)

    def chapters(self) -> Iterator[Chapter]:
        """All that were asked for, and what they say about what must be reached."""
        self.say("warming up")
        warm_up(SKIRT.sequence(self.frames))
        steps = (self._entropy, self._progressive, self._reading, self._live, self._peers, self._built_in)
        for name, step in zip(CHAPTERS, steps, strict=True):
            if not self.only or name in self.only:
                self.say(name)
                yield step()
        yield claims_chapter(self._findings)

    def _entropy(self) -> Chapter:
        sequence = SKIRT.sequence(self.frames)
        return entropy_chapter(sequence, measure_stages(sequence))

    def _progressive(self) -> Chapter:
        sequence = SKIRT.sequence(self.frames)
        with tempfile.TemporaryDirectory() as folder:
            data = _written(sequence, Path(folder), "standard").read_bytes()
        self._findings.progress = watch_download(sequence, data, CLIP)
        return progressive_chapter(self._findings.progress)

    def _reading(self) -> Chapter:
        sequence = HAIR.sequence(self.frames)
        qualities: tuple[Quality, ...] = ("standard", "high")
        with tempfile.TemporaryDirectory() as folder:
            paths = {quality: _written(sequence, Path(folder), quality) for quality in qualities}
            excerpt = _written(sequence.excerpt(WARM_UP_FRAMES, WARM_UP_EVERY), Path(folder), "preview")
            self._findings.readings = read_packages(paths, excerpt)
        return reading_chapter(sequence.name, self._findings.readings)

    def _live(self) -> Chapter:
        with tempfile.TemporaryDirectory() as folder:
            for subject in (SKIRT, HAIR):
                sequence = subject.sequence(self.frames)
                path = _written(sequence, Path(folder), "standard")
                self._findings.streams.append(stream(sequence, path, CLIP))
        return live_chapter(self._findings.streams)

    def _peers(self) -> Chapter:
        for subject in self.subjects:
            self.say(f"{subject.name}: {self.frames} frames")
            chosen = [c for c in subject.contenders() if not self.codecs or any(n in c.family for n in self.codecs)]
            with warnings.catch_warnings():
                # Peers' deprecations are theirs.
                warnings.simplefilter("ignore")
                self._findings.reports[subject.name] = compared(subject.sequence(self.frames), chosen, self.say)
        reports = list(self._findings.reports.values())
        return Chapter(
            name="peers",
            title="Beside other codecs",
            grids=tuple(comparison_grid(report) for report in reports),
            figures=[report.to_json() for report in reports],
            pictures={"codec-rate-distortion.png": rate_distortion_png(reports)},
        )

    def _built_in(self) -> Chapter:
        sequence = BUILT_IN.sequence(self.frames)
        with tempfile.TemporaryDirectory() as folder:
            size = _written(sequence, Path(folder), "standard").stat().st_size
        self._findings.built_in_bytes = size
        row = (f"{sequence.avatar.count:,}", f"{self.frames}", f"{size / 1e6:.2f}", f"{size / 1e3 / self.frames:.2f}")
        grid = Grid("What ani3d bake makes by itself", ("Gaussians", "frames", "MB", "KB/frame"), (row,), 0)
        return Chapter("built-in", "The built-in dancer at standard", (grid,), {"bytes": size})


def _written(sequence: BenchmarkSequence, folder: Path, quality: Quality) -> Path:
    path = folder / f"{quality}.a3d"
    clip = ClipSource(CLIP, sequence.motion, sequence.residual)
    write_package(path, sequence.avatar, [clip], bounds=PartBounds.of_quality(quality), levels=even_levels)
    return path
