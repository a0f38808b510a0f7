"""The fit of the residual layer to true videos.

    python -m benchmarks.fit [--json] [--runs 60] [--cpu-s 60]

Two tables: what a step costs beside the rasteriser's own forward and backward pass (20,000 Gaussians, 256×256; at most
1.5 times as much), and what control nodes and a HexPlane reach in the same processor time on the same videos.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict

from rich.console import Console

from ani3d_runtime.bake.coarse import render_coarse
from ani3d_runtime.bake.fit4d.stage import single_threaded_torch
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import TrajectoryPlan, diagonal_trajectories
from ani3d_runtime.parallel import thread_count
from ani3d_runtime.progress import silent
from benchmarks.codec.grid import Grid
from benchmarks.fit.fields import FieldRace, FieldScore
from benchmarks.fit.step import StepCost, step_cost
from benchmarks.playback import processor
from benchmarks.restoration.heldout import HeldOutViews, Scores
from benchmarks.restoration.subject import Subject, subject_of

GAUSSIANS, STEP_PX = 20_000, 256
START, FRAMES, RACE_PX = 106, 24, 128
TARGET = 1.5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit", description="Cost and merit of the residual fit.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=60, help="steps that the medians are over")
    parser.add_argument("--cpu-s", type=float, default=60.0, help="processor seconds for each field; 0 leaves them out")
    options = parser.parse_args()
    subject = subject_of("dancer", "dance", START, FRAMES, silent)
    cost = step_cost(subject, true_videos(subject, STEP_PX, views=1, frames=8), GAUSSIANS, options.runs)
    fields: list[FieldScore] = []
    views = HeldOutViews(subject, 8, 192) if options.cpu_s > 0 else None
    if views is not None:
        race = FieldRace(subject, true_videos(subject, RACE_PX, views=4, frames=24), views, GAUSSIANS, options.cpu_s)
        with single_threaded_torch():
            fields = [race.nodes(), race.hexplane()]
    machine = {"cpu": processor(), "cores": os.cpu_count(), "threads": thread_count()}
    machine["python"] = platform.python_version()
    if options.json:
        found = {"step": {**asdict(cost), "ratio": cost.ratio}, "fields": [asdict(field) for field in fields]}
        print(json.dumps({"benchmark": "fit", "machine": machine, **found}))
        return
    console = Console()
    console.print(_step_grid(cost, f"{machine['cpu']}, {machine['cores']} cores").rich())
    if views is not None:
        console.print(_field_grid(fields, views.scores(None)).rich())


def true_videos(subject: Subject, side_px: int, views: int, frames: int) -> list[FitVideo]:
    """Diagonal trajectories over the whole clip, of the truth."""
    framing = Framing.around(subject.avatar, subject.motion, side_px, side_px)
    plan = TrajectoryPlan(frames, views)
    videos: list[FitVideo] = []
    for path in diagonal_trajectories(framing, subject.motion.duration_s, plan):
        shown = render_coarse(subject.avatar, subject.motion, path, layer=subject.truth)
        videos.append(FitVideo(path, shown.rgb, shown.alpha))
    return videos


def _step_grid(cost: StepCost, machine: str) -> Grid:
    rows = (
        ("rasteriser, forward + backward", f"{cost.raster_ms:.1f}", f"{cost.raster_cpu_ms:.1f}", "1.00"),
        ("step of the fit", f"{cost.step_ms:.1f}", f"{cost.step_cpu_ms:.1f}", f"{cost.ratio:.2f}"),
    )
    title = f"{cost.gaussians:,} Gaussians, {cost.moving:,} may move, {cost.side_px}×{cost.side_px}: {machine}"
    return Grid(title, ("what", "wall ms", "CPU ms", "times"), rows, note=f"Target: {TARGET} times at most.")


def _field_grid(fields: list[FieldScore], rigid: Scores) -> Grid:
    rows = [("rigid layer", "–", "–", "–", *_cells(rigid))]
    for field in fields:
        cells = (field.name, f"{field.steps:,}", f"{field.cpu_s:.0f}", f"{field.numbers:,}")
        rows.append((*cells, *_cells(field.scores)))
    headings = ("field", "steps", "CPU s", "numbers", "PSNR dB", "perceptual", "error mm", "flicker")
    return Grid("Fields on true videos, held-out views", headings, tuple(rows))


def _cells(scores: Scores) -> tuple[str, str, str, str]:
    return f"{scores.psnr_db:.2f}", f"{scores.perceptual:.3f}", f"{scores.error_mm:.1f}", f"{scores.flicker:.2f}"


if __name__ == "__main__":
    main()
