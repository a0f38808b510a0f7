"""How restoring does against known truth.

    python -m benchmarks.restoration [--prior builtin|truth|PATH] [--full] [--json] [--write-docs]

Quick by default (a third of the dance, a tenth of the fit's steps); ``--full`` is the draft's own effort on the whole
clip, with wider sweeps of λ and γ. ``--prior truth`` restores by rendering the truth, which shows what the fit alone
can reach; ``--blur-px`` and ``--noise`` spoil it, as a prior's errors would.
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

from rich.console import Console

from ani3d_runtime import __version__
from ani3d_runtime.bake.prior.prior import PriorDescription
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.restoration.reference import rendered_reference
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.progress import silent
from ani3d_runtime.render.image import write_png
from benchmarks.codec.grid import Grid
from benchmarks.playback import processor
from benchmarks.plots import require_plots
from benchmarks.restoration.benchmark import Benchmark, Result, Scale, scale_of
from benchmarks.restoration.document import SHEET, results_grid, scores_png, write_document
from benchmarks.restoration.restoring import VideoMaker, by_prior, by_truth
from benchmarks.restoration.rows import row_specs
from benchmarks.restoration.subject import Subject, subject_of

ROOT = Path(__file__).resolve().parents[2]
PIPED_WIDTH = 200
# Frames of the clip that the quick benchmark looks at: a spin, where cloth leaves the rigid layer most.
QUICK_START, QUICK_FRAMES = 90, 96


def main() -> None:
    """Measure and print."""
    parser = _parser()
    options = parser.parse_args()
    if options.write_docs:
        require_plots(parser)
    notes = Console(stderr=True)
    start, frames = (0, 1 << 30) if options.full else (QUICK_START, QUICK_FRAMES)
    subject = subject_of(options.character, options.motion, start, frames, silent)
    scale = scale_of(options.full, options.fit_steps)
    benchmark, results = _measured(options, subject, scale, notes)
    grid = _grid(options, subject, scale, benchmark, results)
    if options.json:
        rows = [asdict(result) for result in results]
        print(json.dumps({"benchmark": "restoration", "machine": _machine(), "prior": options.prior, "rows": rows}))
    else:
        Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(grid.rich())
    if options.write_docs:
        command = shlex.join(["python", "-m", "benchmarks.restoration", *sys.argv[1:]])
        written = write_document(ROOT, [grid], scores_png(results), _machine(), command)
        best = max(results[1:], key=lambda result: result.scores.psnr_db)
        sheet = benchmark.views.sheet([None, benchmark.layers[best.name, best.direction]], 8)
        write_png(ROOT / SHEET, sheet)
        for path in [*written, ROOT / SHEET]:
            notes.print(f"wrote {path.relative_to(ROOT)}")


def _measured(
    options: argparse.Namespace, subject: Subject, scale: Scale, notes: Console
) -> tuple[Benchmark, list[Result]]:
    if options.prior == "truth":
        description = _truth_description()
        restoring = by_truth(options.blur_px, options.noise)
    else:
        prior = load_prior(options.prior)
        description = prior.description
        restoring = by_prior(prior, rendered_reference(subject.avatar) if description.takes_reference else None)
    benchmark = Benchmark(subject, VideoMaker(subject, restoring), description, scale, notes.print)
    specs = row_specs(description.default_sampling, full=options.full, sampled=options.prior != "truth")
    chosen = [spec for spec in specs if not options.only or any(word in spec.name for word in options.only)]
    return benchmark, [benchmark.rigid(), *benchmark.results(chosen)]


def _grid(
    options: argparse.Namespace, subject: Subject, scale: Scale, benchmark: Benchmark, results: list[Result]
) -> Grid:
    spoilt = f", blurred {options.blur_px:g} px, noise {options.noise:g}" if options.prior == "truth" else ""
    note = (
        f"{subject.avatar.count:,} Gaussians, {subject.motion.frame_count} frames; {scale.views} views around, "
        f"{scale.fps:g} pictures a second; {scale.fit.step_count:,} fit steps; {scale.held_out} held-out views of "
        f"{scale.held_out_px} px. Coarse videos: {benchmark.coarse_db or 0:.2f} dB where they are wrong."
    )
    return results_grid(f"{subject.name}, prior {options.prior}{spoilt}", results, note)


def _truth_description() -> PriorDescription:
    return PriorDescription(
        name="truth",
        digest="",
        dtype="float32",
        frame_multiple=1,
        frame_remainder=0,
        size_multiple=1,
        native_frames=48,
        native_size_px=(128, 128),
        takes_control=False,
        takes_reference=False,
        takes_prompt=False,
        default_sampling=SamplingSettings(),
        memory_bytes=0,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.restoration", description=__doc__)
    parser.add_argument("--prior", default="builtin", help="builtin, a folder with weights, or truth")
    parser.add_argument("--character", default="dancer", help="a built-in character")
    parser.add_argument("--motion", default="dance", help="a built-in motion")
    parser.add_argument("--full", action="store_true", help="the whole clip, the draft's own effort, wider sweeps")
    parser.add_argument("--fit-steps", type=int, default=None, help="steps of every fit")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="rows whose name contains one of these")
    parser.add_argument("--blur-px", type=float, default=0.0, help="of the truth")
    parser.add_argument("--noise", type=float, default=0.0, help="standard deviation, of the truth")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--write-docs", action="store_true", help="write docs/restoration-benchmark.md and pictures")
    return parser


def _machine() -> dict[str, object]:
    return {"CPU": processor(), "cores": os.cpu_count(), "Python": platform.python_version(), "ani3d": __version__}


if __name__ == "__main__":
    main()
