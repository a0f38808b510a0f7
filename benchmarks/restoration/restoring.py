"""Videos for the benchmark: coarse and true ones, and what stands between them: a prior, an oracle, or a blur."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.coarse import render_coarse
from ani3d_runtime.bake.coarse.piercing import Coverings
from ani3d_runtime.bake.coarse.render import WHITE
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.prior.prior import GuessingPrior, Prior, RestoreRequest
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.progress import silent
from ani3d_runtime.render.rasterise import render_cloud
from benchmarks.restoration.heldout import psnr_of, ssim_map, steepness
from benchmarks.restoration.oracle import Oracle
from benchmarks.restoration.rows import RowSpec
from benchmarks.restoration.subject import Subject

# Of each video, every so many pictures are scored.
_SCORED_EVERY = 3
# A pixel counts where some channel of the coarse picture is this far from the true one.
_CHANGED = 0.04
_COVERED = 0.5


@dataclass(frozen=True)
class VideoScores:
    """What videos are worth before any fit, where the prior is free and the coarse video is wrong.

    Attributes:
        psnr_db, ssim: against the truth.
        edge: steepness over the truth's.
    """

    psnr_db: float
    ssim: float
    edge: float


@dataclass(frozen=True)
class RestoredSet:
    """Videos of all trajectories, and what they are worth.

    Attributes:
        videos: in order.
        seconds: that restoring took.
        scores: of the videos.
    """

    videos: list[RestoredVideo]
    seconds: float
    scores: VideoScores


class VideoMaker:
    """Coarse, true and restored videos of a subject; coarse and true ones are rendered once, guesses made once.

    Args:
        subject: of whom.
        trajectories: from where, and when.
        prior: what restores.
        reference: [h, w, 3] picture that it follows, or None.
    """

    def __init__(
        self, subject: Subject, trajectories: Sequence[Trajectory], prior: Prior, reference: Float32Array | None
    ) -> None:
        self._prior, self._reference = prior, reference
        avatar, motion = subject.avatar, subject.motion
        coverings = Coverings.of(avatar)
        self._coarse = [render_coarse(avatar, motion, path, coverings=coverings) for path in trajectories]
        truth = MotionPoser(avatar, motion, subject.truth)
        self._true = [true_pictures(truth, path) for path in trajectories]
        self._paths = trajectories
        self._guesses: dict[int, Float32Array] = {}

    def restored(self, row: RowSpec, seed: int) -> RestoredSet:
        """All trajectories as a row has them."""
        started = time.perf_counter()
        videos = [self._video(index, row, seed) for index in range(len(self._paths))]
        return RestoredSet(videos, time.perf_counter() - started, self.scores([video.rgb for video in videos]))

    def coarse_scores(self) -> VideoScores:
        """What the coarse videos themselves are worth."""
        return self.scores([coarse.rgb for coarse in self._coarse])

    def scores(self, videos: Sequence[Float32Array]) -> VideoScores:
        """What videos are worth."""
        rows: list[list[float]] = []
        for rgb, coarse, truth in zip(videos, self._coarse, self._true, strict=True):
            for index in range(0, len(truth), _SCORED_EVERY):
                changed = np.abs(truth[index] - coarse.rgb[index]).max(axis=2) > _CHANGED
                where = (coarse.preserve[index] < _COVERED) & changed
                if not where.any():
                    continue
                found, wanted = rgb[index], truth[index]
                rows.append(
                    [
                        psnr_of((found - wanted)[where] ** 2),
                        float(ssim_map(found, wanted)[where].mean()),
                        steepness(found, where) / steepness(wanted, where),
                    ]
                )
        return VideoScores(*np.mean(rows, axis=0).tolist())

    def _video(self, index: int, row: RowSpec, seed: int) -> RestoredVideo:
        path, coarse = self._paths[index], self._coarse[index]
        if row.kind == "blur":
            soft = ndimage.gaussian_filter(coarse.rgb, (0, row.blur_px, row.blur_px, 0))
            return RestoredVideo(path, coarse, soft)
        assert row.sampling is not None
        preserve = coarse.preserve if row.mask == "skin" else coarse.alpha.clip(0, 1)
        request = RestoreRequest.checked(
            coarse.rgb, preserve, coarse.control, self._reference, coarse.fps, coarse.velocity_m_s
        )
        if isinstance(self._prior, Oracle):
            self._prior.tell(self._true[index])
        sampling = replace(row.sampling, seed=1000 * (index + 1) + seed)
        rgb = self._prior.restore(request, sampling, silent)
        return RestoredVideo(path, coarse, rgb, self._guess(index))

    def guessed(self) -> list[RestoredVideo]:
        """The coarse videos, and where the prior thinks that they have to go."""
        pairs = zip(self._paths, self._coarse, strict=True)
        return [RestoredVideo(path, each, each.rgb, self._guess(index)) for index, (path, each) in enumerate(pairs)]

    def _guess(self, index: int) -> Float32Array | None:
        if not isinstance(self._prior, GuessingPrior):
            return None
        if index not in self._guesses:
            coarse = self._coarse[index]
            request = RestoreRequest.checked(
                coarse.rgb, coarse.preserve, coarse.control, self._reference, coarse.fps, coarse.velocity_m_s
            )
            self._guesses[index] = self._prior.guess(request).displacement_m
        return self._guesses[index]


def true_pictures(truth: MotionPoser, trajectory: Trajectory) -> Float32Array:
    """[F, H, W, 3] what the cameras of a trajectory would have seen."""
    pictures: list[Float32Array] = []
    for camera, time_s in zip(trajectory.cameras, trajectory.times_s.tolist(), strict=True):
        posed = truth.pose(time_s)
        colours = posed.colours_seen_from(camera.position_m)
        pictures.append(render_cloud(posed.cloud, camera, colours=colours, background=WHITE).rgb.clip(0, 1))
    return np.stack(pictures)
