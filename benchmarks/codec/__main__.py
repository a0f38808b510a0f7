"""Bytes per frame, errors and times of our codec and of its peers.

    python -m benchmarks.codec [--large] [--frames 300] [--detail 20000] [--only NAME ...] [--json] [--write-docs]

Peers come from PyPI (``pip install .[bake,bench]``); one that is not installed gets a row that says so.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shlex
import sys
import warnings
from pathlib import Path

from rich.console import Console

from ani3d_runtime import __version__
from benchmarks.codec.document import write_document
from benchmarks.codec.measure import PICTURE_PX
from benchmarks.codec.peers.roster import contenders
from benchmarks.codec.run import compared, warm_up
from benchmarks.codec.sequences import dancer
from benchmarks.codec.table import rich_table
from benchmarks.playback import processor

ROOT = Path(__file__).resolve().parents[2]
LARGE_COUNT = 200_000
PEER_DISTRIBUTIONS = ("splats4d", "fourdgs", "gsply", "gaussforge", "zstandard")


def main() -> None:
    """Measure and print."""
    arguments = _parser().parse_args()
    notes = Console(stderr=True)
    families = [c for c in contenders() if not arguments.only or any(name in c.family for name in arguments.only)]
    details = [arguments.detail, *([LARGE_COUNT] if arguments.large else [])]
    reports = []
    for detail in details:
        notes.print(f"simulating {arguments.frames} frames at detail {detail}")
        whole = dancer(detail, arguments.frames)
        for sequence in (whole, whole.without_free_hair()):
            if not reports:
                notes.print("warming up")
                warm_up(sequence)
            with warnings.catch_warnings():
                # Peers' deprecations are theirs.
                warnings.simplefilter("ignore")
                reports.append(compared(sequence, families, notes.print))
            if not arguments.json:
                Console(width=None if sys.stdout.isatty() else 200).print(rich_table(reports[-1]))
    machine = _machine()
    if arguments.json:
        found = {"benchmark": "codec", "machine": machine, "sequences": [report.to_json() for report in reports]}
        print(json.dumps(found))
    if arguments.write_docs:
        command = shlex.join(["python", "-m", "benchmarks.codec", *sys.argv[1:]])
        for path in write_document(ROOT, reports, machine, command, PICTURE_PX):
            notes.print(f"wrote {path.relative_to(ROOT)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codec", description="Our codec and its peers.")
    parser.add_argument("--frames", type=int, default=300, help="frames of the dance, up to 300")
    parser.add_argument("--detail", default="medium", type=_detail, help="low, medium, high or a number of Gaussians")
    parser.add_argument("--large", action="store_true", help=f"also at {LARGE_COUNT:,} Gaussians")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="codecs whose name contains one of these")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--write-docs", action="store_true", help="write docs/codec-benchmark.md and its plot")
    return parser


def _detail(text: str) -> str | int:
    return int(text) if text.isdigit() else text


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
