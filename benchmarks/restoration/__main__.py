"""How restoring does against known truth, and what sampling has to do with it.

    python -m benchmarks.restoration [--oracle] [--characters dancer "held-out 1001" …] [--only WORD …] [--json]
        [--write-docs]

Rows, characters and scores are those of docs/restoration-benchmark.md. ``--oracle`` puts an oracle that knows the true
video up to an error in place of the prior: docs/sampling-ablation.md. ``--prior`` takes a folder with weights.
Every result is kept in the cache folder ``restoration-benchmark``; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from rich.console import Console

from ani3d_runtime import __version__
from ani3d_runtime.bake.prior.prior import Prior
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.progress import silent
from ani3d_runtime.render.image import write_png
from benchmarks.playback import processor
from benchmarks.restoration.benchmark import Benchmark, Result, Scale
from benchmarks.restoration.document import IMAGES, ORACLE_PAGE, PRIOR_PAGE, results_grid, write_page
from benchmarks.restoration.oracle import RELEASED, Oracle
from benchmarks.restoration.rows import PROXY_GUESS, PROXY_PRIOR, SEEDS, SGSS, RowSpec, oracle_rows, prior_rows
from benchmarks.restoration.subject import subject_of
from benchmarks.restoration.verdict import Table, oracle_sentence, prior_sentence

ROOT = Path(__file__).resolve().parents[2]
PIPED_WIDTH = 220
CHARACTERS = ("dancer", "held-out 1001")
# Frames of the motion: a spin, where cloth leaves the rigid layer most, and what comes after.
START, FRAMES = 106, 40
_LEAD = (
    "What restoring brings on characters that the prior does not know. Every table ends with a sentence that is "
    "worked out from it."
)
_ORACLE_LEAD = (
    "Sampling judged without a prior's faults: an oracle knows the *true* video, soft and somewhat wrong, and gives "
    "the exact expectation of the clean video at every noise level. Rows differ in nothing but sampling."
)


def main() -> None:
    """Measure and print."""
    options = _parser().parse_args()
    # On a machine with other work torch's threads wait for each other longer than they compute.
    torch.set_num_threads(1)
    notes = Console(stderr=True)
    prior: Prior = Oracle() if options.oracle else load_prior(options.prior)
    rows = oracle_rows(RELEASED) if options.oracle else prior_rows(prior.description.default_sampling)
    rows = [row for row in rows if not options.only or any(word in row.name for word in options.only)]
    found: dict[str, list[Result]] = {}
    chapters = []
    for character in options.characters:
        subject = subject_of(character, options.motion, START, FRAMES, silent)
        benchmark = Benchmark(subject, prior, Scale(), notes.print)
        results = [benchmark.result(row, seed) for row in rows for seed in row.seeds[: options.seeds]]
        found[subject.name] = results
        table = Table(results)
        sentence = oracle_sentence(table) if options.oracle else prior_sentence(table)
        picture = _sheet(benchmark, rows, character) if options.write_docs and not options.oracle else None
        chapters.append((results_grid(subject.name, table, _note(benchmark)), sentence, picture))
    if options.json:
        told = {name: [asdict(result) for result in results] for name, results in found.items()}
        print(json.dumps({"benchmark": "restoration", "machine": _machine(), "subjects": told}))
    else:
        console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
        for grid, sentence, _ in chapters:
            console.print(grid.rich())
            console.print(sentence)
    if options.write_docs:
        page, title = (ORACLE_PAGE, "Sampling ablation") if options.oracle else (PRIOR_PAGE, "Restoration benchmark")
        command = shlex.join(["python", "-m", "benchmarks.restoration", *sys.argv[1:]])
        write_page(ROOT / page, title, _ORACLE_LEAD if options.oracle else _LEAD, chapters, _machine(), command)
        notes.print(f"wrote {page}")


def _sheet(benchmark: Benchmark, rows: list[RowSpec], character: str) -> Path:
    """Rigid layer, some rows, and the truth at held-out views, as a picture."""
    shown = [row for name in (PROXY_GUESS, SGSS, PROXY_PRIOR) for row in rows if row.name == name]
    layers = [benchmark.made(row, row.seeds[0])[0] for row in shown]
    path = IMAGES / f"restoration-{character.replace(' ', '-')}.png"
    write_png(ROOT / path, benchmark.views.sheet([None, *layers], 6))
    return path


def _note(benchmark: Benchmark) -> str:
    subject, scale = benchmark.subject, Scale()
    return (
        f"{subject.avatar.count:,} Gaussians, {subject.motion.frame_count} frames; {scale.views} views around, "
        f"{scale.fps:g} pictures a second of {scale.size_px} px; {scale.steps:,} fit steps; {scale.held_out} held-out "
        f"views of {scale.held_out_px} px."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restoration", description=__doc__)
    parser.add_argument("--prior", default="builtin", help="builtin, or a folder with weights")
    parser.add_argument("--oracle", action="store_true", help="an oracle in place of the prior")
    parser.add_argument("--characters", nargs="+", default=CHARACTERS, help="built-in ones, or 'held-out K'")
    parser.add_argument("--motion", default="dance", help="a built-in motion")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="rows whose name contains one of these")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="of rows in which chance has a part, 1 to 3")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--write-docs", action="store_true", help="write the page and its pictures")
    return parser


def _machine() -> dict[str, object]:
    return {"CPU": processor(), "cores": os.cpu_count(), "Python": platform.python_version(), "ani3d": __version__}


if __name__ == "__main__":
    main()
