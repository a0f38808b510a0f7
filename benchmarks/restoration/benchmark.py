"""Benchmark: every row of one subject and one prior, made, scored, and kept so that a run that was stopped goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from ani3d_runtime.bake.fit4d.fit import fit_residual
from ani3d_runtime.bake.fit4d.layer import layer_of
from ani3d_runtime.bake.fit4d.settings import FitSettings
from ani3d_runtime.bake.fit4d.stage import FitNodes
from ani3d_runtime.bake.fit4d.state import FitState
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.prior.prior import Prior
from ani3d_runtime.bake.recipe_numbers import CHARACTER, COARSE, FIT, RESTORATION, SIMULATION
from ani3d_runtime.bake.restoration.digest import content_key
from ani3d_runtime.bake.restoration.plan import EFFORTS
from ani3d_runtime.bake.restoration.reference import rendered_reference
from ani3d_runtime.bake.restoration.start import guided_start
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import TrajectoryPlan, diagonal_trajectories
from ani3d_runtime.cache import cache_folder
from ani3d_runtime.progress import silent
from ani3d_runtime.residual import ResidualLayer
from benchmarks.restoration.heldout import HeldOutViews, Scores
from benchmarks.restoration.parents import driver_layer, proxy_layer
from benchmarks.restoration.restoring import VideoMaker, VideoScores
from benchmarks.restoration.rows import PhysicsKind, RowSpec
from benchmarks.restoration.subject import Subject


@dataclass(frozen=True)
class Result:
    """What became of a row with one seed.

    Attributes:
        name, seed: of the row.
        scores: at held-out views.
        videos: what its videos were worth; None where there are none.
        seconds: wall time.
    """

    name: str
    seed: int
    scores: Scores
    videos: VideoScores | None
    seconds: float

    @classmethod
    def of_json(cls, text: str) -> Result:
        """What :meth:`to_json` wrote."""
        read = json.loads(text)
        videos = read["videos"] and VideoScores(**read["videos"])
        return cls(read["name"], read["seed"], Scores(**read["scores"]), videos, read["seconds"])

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Scale:
    """How much work a benchmark is.

    Attributes:
        views: trajectories around the actor. fps: pictures per second. size_px: of the pictures.
        steps: of every fit.
        held_out: views that are scored. held_out_px: their size.
    """

    views: int = 3
    fps: float = 15.0
    size_px: int = 128
    steps: int = 200
    held_out: int = 8
    held_out_px: int = 160

    @property
    def fit(self) -> FitSettings:
        """Of every row; the draft's own in all but their number of steps."""
        return EFFORTS["draft"].fit.continued(self.steps)


class Benchmark:
    """All rows for one subject and one prior.

    Args:
        subject: whose truth.
        prior: what restores.
        scale: how much work.
        say: told what is being done.
    """

    def __init__(self, subject: Subject, prior: Prior, scale: Scale, say: Callable[[str], None]) -> None:
        self.subject, self._prior, self._scale, self._say = subject, prior, scale, say
        described = prior.description
        numbers = (CHARACTER, COARSE, FIT, RESTORATION, SIMULATION)
        self._key = content_key(subject.avatar, subject.motion, described.name, described.digest, scale, numbers)
        self._starts: dict[tuple[bool, PhysicsKind], FitState | None] = {}
        self._folder = cache_folder("restoration-benchmark")

    @cached_property
    def views(self) -> HeldOutViews:
        """Where layers are scored."""
        return HeldOutViews(self.subject, self._scale.held_out, self._scale.held_out_px)

    @cached_property
    def videos(self) -> VideoMaker:
        """Coarse, true and restored videos."""
        scale, subject = self._scale, self.subject
        framing = Framing.around(subject.avatar, subject.motion, scale.size_px, scale.size_px)
        frames = max(2, round(subject.motion.duration_s * scale.fps) + 1)
        plan = TrajectoryPlan(frames, scale.views, fps=scale.fps)
        paths = diagonal_trajectories(framing, subject.motion.duration_s, plan)
        reference = rendered_reference(subject.avatar) if self._prior.description.takes_reference else None
        return VideoMaker(subject, paths, self._prior, reference)

    @cached_property
    def proxy(self) -> ResidualLayer:
        """What physics of a proxy makes of the motion."""
        return proxy_layer(self.subject)

    @cached_property
    def driver(self) -> ResidualLayer:
        """What the live driver makes of it."""
        return driver_layer(self.subject)

    def result(self, row: RowSpec, seed: int) -> Result:
        """The row's scores, made unless an earlier run has."""
        path = self._folder / f"{content_key(self._key, row, seed)}.json"
        if path.is_file():
            return Result.of_json(path.read_text())
        started = time.perf_counter()
        layer, videos = self.made(row, seed)
        found = Result(row.name, seed, self.views.scores(layer), videos, time.perf_counter() - started)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found.to_json())
        s = found.scores
        self._say(f"{self.subject.name}, {row.name}, seed {seed}: {s.error_mm:.1f} mm, SSIM {s.ssim:.3f}, "
                  f"{s.psnr_db:.2f} dB, {found.seconds:.0f} s")  # fmt: skip
        return found

    def made(self, row: RowSpec, seed: int) -> tuple[ResidualLayer | None, VideoScores | None]:
        """The row's layer, and what its videos were worth."""
        if row.kind == "rigid":
            return None, self.videos.coarse_scores()
        if row.kind in ("proxy", "driver"):
            return getattr(self, row.kind), None
        if row.kind == "guess":
            return self._guess_alone(row.physics), None
        restored = self.videos.restored(row, seed)
        subject, fit = self.subject, replace(self._scale.fit, seed=seed)
        videos = [FitVideo(v.trajectory, v.rgb, v.alpha(), v.coarse.preserve) for v in restored.videos]
        start = self._start(row.kind == "restored", row.physics)
        result = fit_residual(subject.avatar, subject.motion, videos, fit, freedom=subject.freedom, start=start)
        return result.layer, restored.scores

    def _start(self, guesses: bool, physics: PhysicsKind) -> FitState | None:
        """Where a fit starts, worked out once for all rows that start there."""
        if (guesses, physics) not in self._starts:
            guessed = [video for video in self.videos.guessed() if video.displacement_m is not None] if guesses else []
            layer = getattr(self, physics) if physics else None
            self._starts[guesses, physics] = self._guided(guessed, layer) if guessed or layer is not None else None
        return self._starts[guesses, physics]

    def _guided(self, guessed: Sequence[RestoredVideo], physics: ResidualLayer | None) -> FitState:
        subject, fit = self.subject, self._scale.fit
        return guided_start(subject.avatar, subject.motion, guessed, fit, subject.freedom, silent, physics=physics)

    def _guess_alone(self, physics: PhysicsKind) -> ResidualLayer:
        """Where a fit starts, and no step of it."""
        subject, fit = self.subject, self._scale.fit
        state = self._start(True, physics)
        assert state is not None
        nodes = FitNodes.of(subject.avatar, subject.motion, subject.freedom, fit)
        return layer_of(subject.avatar, subject.motion, nodes, state.knots)
