"""What a step of the fit costs, beside the rasteriser's own forward and backward pass over the same Gaussians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.bake.fit4d.optimiser import KnotOptimiser
from ani3d_runtime.bake.fit4d.settings import FitSettings, FitStage
from ani3d_runtime.bake.fit4d.stage import FitNodes, StageView, single_threaded_torch
from ani3d_runtime.bake.fit4d.state import FitState
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.rasterise.rasteriser import choose_rasteriser
from ani3d_runtime.render.rasterise import Rasterisation
from benchmarks.restoration.subject import Subject

_WARM_UP = 8


@dataclass(frozen=True)
class StepCost:
    """Milliseconds, medians.

    Attributes:
        gaussians, moving: in the scene. side_px: of the pictures before they are cut to what is seen.
        step_ms, raster_ms: wall. step_cpu_ms, raster_cpu_ms: of all cores together.
    """

    gaussians: int
    moving: int
    side_px: int
    step_ms: float
    raster_ms: float
    step_cpu_ms: float
    raster_cpu_ms: float

    @property
    def ratio(self) -> float:
        """Of a step to the rasteriser alone, wall time."""
        return self.step_ms / self.raster_ms


def step_cost(subject: Subject, videos: Sequence[FitVideo], gaussians: int, runs: int) -> StepCost:
    """Measure; steps and the rasteriser alone take turns, so that what else the machine does hits both."""
    settings = FitSettings(stages=(FitStage(1, 0, gaussians),))
    assert subject.freedom is not None
    freedom = np.where(subject.freedom < 0.05, 0, subject.freedom).astype(np.float32)
    nodes = FitNodes.of(subject.avatar, subject.motion, freedom, settings)
    view = StageView(
        subject.avatar, subject.motion, videos, nodes, settings, settings.stages[0], choose_rasteriser("numba")
    )
    optimiser = KnotOptimiser(nodes.field.knots, FitState.fresh(tuple(nodes.field.knots.shape)))

    def step(index: int) -> None:
        view.backward([index])
        optimiser.step(settings.move_rate_m, settings.turn_rate)

    def raster(index: int) -> Callable[[], object]:
        picture = view.picture(index)
        posed = view.posed(picture)
        means, quats, scales = (tensor.numpy() for tensor in (posed.means, posed.quats, posed.scales))
        opacities, colours = view.avatar.splats.opacities, picture.colours.numpy()

        def run() -> object:
            done = Rasterisation(means, quats, scales, opacities, picture.camera, colours=colours, background=(1, 1, 1))
            return done.backward(done.result.rgb)

        return run

    steps: list[tuple[float, float]] = []
    rasters: list[tuple[float, float]] = []
    with single_threaded_torch():
        for run in range(runs + _WARM_UP):
            index = run % view.picture_count
            steps.append(_timed(lambda index=index: step(index)))
            rasters.append(_timed(raster(index)))
    step_ms, step_cpu_ms = _medians(steps)
    raster_ms, raster_cpu_ms = _medians(rasters)
    camera = videos[0].trajectory.cameras[0]
    counts = view.avatar.count, len(view.graph.members), camera.height_px
    return StepCost(*counts, step_ms, raster_ms, step_cpu_ms, raster_cpu_ms)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)


def _medians(times: Sequence[tuple[float, float]]) -> tuple[float, float]:
    wall, cpu = zip(*times[_WARM_UP:], strict=True)
    return statistics.median(wall), statistics.median(cpu)
