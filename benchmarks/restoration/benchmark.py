"""Benchmark: every row restored, fitted and scored."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ani3d_runtime.bake.fit4d.settings import FitSettings
from ani3d_runtime.bake.prior.prior import PriorDescription
from ani3d_runtime.bake.restoration.cost import StageCost
from ani3d_runtime.bake.restoration.fitting import Fitter
from ani3d_runtime.bake.restoration.plan import EFFORTS
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import Direction, Trajectory, TrajectoryPlan, trajectories
from ani3d_runtime.progress import silent
from ani3d_runtime.residual import ResidualLayer
from benchmarks.restoration.heldout import HeldOutViews, Scores
from benchmarks.restoration.restoring import RestoredSet, VideoMaker
from benchmarks.restoration.rows import RowSpec
from benchmarks.restoration.subject import Subject


@dataclass(frozen=True)
class Result:
    """What became of a row.

    Attributes:
        name, direction: of the row; the rigid layer has no direction.
        scores: at held-out views.
        video_db: PSNR of restored pictures where the coarse ones are wrong; None where there are none.
        restore_s, fit_s: wall seconds. peak_bytes: memory, most that was held.
    """

    name: str
    direction: str
    scores: Scores
    video_db: float | None = None
    restore_s: float = 0.0
    fit_s: float = 0.0
    peak_bytes: int = 0


@dataclass(frozen=True)
class Scale:
    """How much work a benchmark is.

    Attributes:
        views: trajectories around the actor per window of time. fps: pictures per second.
        fit: settings of every fit.
        held_out: views that are scored. held_out_px: their size.
    """

    views: int
    fps: float
    fit: FitSettings
    held_out: int = 16
    held_out_px: int = 192


def scale_of(full: bool, fit_steps: int | None) -> Scale:
    """The draft's own effort, or a tenth of its steps."""
    draft = EFFORTS["draft"]
    steps = fit_steps or (draft.fit.step_count if full else 1500)
    return Scale(draft.views, draft.fps, draft.fit.continued(steps))


class Benchmark:
    """All rows for one subject and one prior.

    Args:
        subject: whose truth.
        makers: videos of it.
        description: of the prior; its native size and length are used.
        scale: how much work.
        say: told what is being done.
    """

    def __init__(
        self,
        subject: Subject,
        makers: VideoMaker,
        description: PriorDescription,
        scale: Scale,
        say: Callable[[str], None],
    ) -> None:
        self.subject, self._maker, self._scale, self._say = subject, makers, scale, say
        self.views = HeldOutViews(subject, scale.held_out, scale.held_out_px)
        height, width = description.native_size_px
        self._framing = Framing.around(subject.avatar, subject.motion, width, height)
        self._frames = description.native_frames
        self.layers: dict[tuple[str, str], ResidualLayer] = {}
        self.coarse_db: float | None = None

    def rigid(self) -> Result:
        """The rigid layer alone."""
        return Result("rigid only", "–", self.views.scores(None))

    def results(self, rows: list[RowSpec]) -> Iterator[Result]:
        """Restore, fit and score, row by row."""
        for number, row in enumerate(rows):
            self._say(f"{number + 1}/{len(rows)} {row.name}, {row.direction}")
            restored = self._maker.restored(self._trajectories(row.direction), row.sampling, row.masked)
            self.coarse_db = restored.coarse_db
            started = time.perf_counter()
            cost = StageCost("fit")
            with cost.measured():
                layer = self._fitted(row, restored)
            fit_s = time.perf_counter() - started
            self.layers[row.name, row.direction] = layer
            scores = self.views.scores(layer)
            self._say(
                f"    {scores.psnr_db:.2f} dB, {scores.error_mm:.1f} mm, videos {restored.psnr_db:.2f} dB, "
                f"restored in {restored.seconds:.0f} s, fitted in {fit_s:.0f} s"
            )
            yield Result(row.name, row.direction, scores, restored.psnr_db, restored.seconds, fit_s, cost.peak_bytes)

    def _trajectories(self, direction: Direction) -> list[Trajectory]:
        plan = TrajectoryPlan(self._frames, self._scale.views, fps=self._scale.fps)
        return trajectories(direction, self._framing, self.subject.motion.duration_s, plan)

    def _fitted(self, row: RowSpec, restored: RestoredSet) -> ResidualLayer:
        subject = self.subject
        fit = replace(self._scale.fit, seed=row.sampling.seed)
        with tempfile.TemporaryDirectory() as folder:
            fitter = Fitter(subject.avatar, subject.motion, subject.freedom, UnitStore(Path(folder)), "cpu")
            return fitter.fit("row", fit, lambda: restored.videos, None, silent).layer


def best(results: list[Result]) -> dict[str, int]:
    """Which row is best in each score, for a table."""
    chosen: dict[str, int] = {}
    for name in ("psnr_db", "ssim", "identity_db"):
        chosen[name] = int(np.argmax([getattr(result.scores, name) for result in results]))
    for name in ("perceptual", "error_mm", "garment_mm", "flicker"):
        chosen[name] = int(np.argmin([getattr(result.scores, name) for result in results]))
    return chosen
