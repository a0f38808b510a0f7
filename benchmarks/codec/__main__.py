"""What our codec reaches, beside what it must and what other codecs do.

    python -m benchmarks.codec [--only CHAPTER ...] [--subjects NAME ...] [--codecs NAME ...] [--json] [--write-docs]

Chapters: peers (bytes, errors, PSNR and times of all codecs on the same sequences), built-in (the dancer that
``ani3d bake`` makes), entropy (each entropy codec's size and time), reading (time and memory of a reader),
progressive (what the first bytes show), live (light frames coded one by one). What must be reached comes last. Peers
come from PyPI (``pip install .[bake,bench]``); one that is not installed gets a row that says so.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shlex
import sys
from pathlib import Path

from rich.console import Console

from ani3d_runtime import __version__
from benchmarks.codec.benchmark import CHAPTERS, Benchmark
from benchmarks.codec.chapter import Chapter
from benchmarks.codec.document import write_document
from benchmarks.codec.measure import PICTURE_PX
from benchmarks.codec.subjects import SUBJECTS, USUAL
from benchmarks.playback import processor
from benchmarks.plots import require_plots

ROOT = Path(__file__).resolve().parents[2]
PEER_DISTRIBUTIONS = ("splats4d", "fourdgs", "gsply", "gaussforge", "zstandard")
PIPED_WIDTH = 200


def main() -> None:
    """Measure and print."""
    parser = _parser()
    options = parser.parse_args()
    if options.write_docs and (options.only or options.subjects or options.codecs):
        parser.error("--write-docs writes the whole page: leave out --only, --subjects and --codecs")
    if options.write_docs:
        require_plots(parser)
    notes = Console(stderr=True)
    subjects = [s for s in SUBJECTS if s.name in options.subjects] if options.subjects else USUAL
    chapters: list[Chapter] = []
    benchmark = Benchmark(options.frames, options.only or (), subjects, options.codecs or (), notes.print)
    for chapter in benchmark.chapters():
        chapters.append(chapter)
        for grid in () if options.json else chapter.grids:
            Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(grid.rich())
    machine = _machine()
    if options.json:
        found = {chapter.name: chapter.figures for chapter in chapters}
        print(json.dumps({"benchmark": "codec", "machine": machine, "chapters": found}))
    if options.write_docs:
        command = shlex.join(["python", "-m", "benchmarks.codec", *sys.argv[1:]])
        for path in write_document(ROOT, _as_read(chapters), machine, command, PICTURE_PX):
            notes.print(f"wrote {path.relative_to(ROOT)}")


def _as_read(chapters: list[Chapter]) -> list[Chapter]:
    """What must be reached first, then the comparison, then what is measured more quickly."""
    places = ("claims", "peers", "built-in", "live", "progressive", "entropy", "reading")
    return sorted(chapters, key=lambda chapter: places.index(chapter.name))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec", description="Our codec and its peers.")
    parser.add_argument("--only", nargs="+", metavar="CHAPTER", choices=CHAPTERS, help=f"some of {', '.join(CHAPTERS)}")
    names = [subject.name for subject in SUBJECTS]
    parser.add_argument("--subjects", nargs="+", metavar="NAME", choices=names, help=f"some of {', '.join(names)}")
    parser.add_argument("--codecs", nargs="+", metavar="NAME", help="codecs whose name contains one of these")
    parser.add_argument("--frames", type=int, default=300, help="frames of the dance, up to 300")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--write-docs", action="store_true", help="write docs/codec-benchmark.md and its pictures")
    return parser


def _machine() -> dict[str, object]:
    versions = {"ani3d": __version__}
    for name in PEER_DISTRIBUTIONS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {"CPU": processor(), "cores": os.cpu_count(), "Python": platform.python_version(), **versions}


if __name__ == "__main__":
    main()
