"""Restored videos for the benchmark: by a prior, by the truth, or by a truth that has been spoilt."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from scipy import ndimage

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.coarse import CoarseVideo, render_coarse
from ani3d_runtime.bake.coarse.render import WHITE
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.prior.prior import GuessingPrior, Prior, RestoreRequest
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.progress import silent
from ani3d_runtime.render.rasterise import render_cloud
from benchmarks.restoration.subject import Subject

# What restores: given a trajectory, its coarse video, the true one, how to sample, and whether to keep to the mask.
Restoring: TypeAlias = Callable[[Trajectory, CoarseVideo, Float32Array, SamplingSettings, bool], RestoredVideo]


@dataclass(frozen=True)
class RestoredSet:
    """Videos of all trajectories of a direction, and what they are worth.

    Attributes:
        videos: in order.
        seconds: that restoring took.
        psnr_db: of garment, hair and background pixels, against videos of the truth.
        coarse_db: the same of the videos that were given.
    """

    videos: list[RestoredVideo]
    seconds: float
    psnr_db: float
    coarse_db: float


class VideoMaker:
    """Coarse videos, true ones and restored ones of a subject; coarse and true ones are rendered once.

    Args:
        subject: of whom.
        restoring: what restores.
    """

    def __init__(self, subject: Subject, restoring: Restoring) -> None:
        self._subject, self._restoring = subject, restoring
        self._known: dict[str, tuple[CoarseVideo, Float32Array]] = {}

    def restored(self, trajectories: Sequence[Trajectory], sampling: SamplingSettings, masked: bool) -> RestoredSet:
        """All trajectories; ``masked`` is False where self-guidance is to hold on to every pixel."""
        videos: list[RestoredVideo] = []
        seconds, errors = 0.0, np.zeros((2, 2))
        for number, trajectory in enumerate(trajectories):
            coarse, truth = self._rendered(trajectory)
            started = time.perf_counter()
            seeded = replace(sampling, seed=sampling.seed + 1000 * number)
            videos.append(self._restoring(trajectory, coarse, truth, seeded, masked))
            seconds += time.perf_counter() - started
            free = coarse.preserve < 0.5
            changed = free & (np.abs(truth - coarse.rgb).max(axis=3) > 1e-3)
            for row, rgb in enumerate((videos[-1].rgb, coarse.rgb)):
                errors[row] += ((rgb - truth)[changed] ** 2).sum(), 3 * changed.sum()
        psnr, coarse_db = (-10 * np.log10(errors[:, 0] / np.maximum(errors[:, 1], 1) + 1e-10)).tolist()
        return RestoredSet(videos, seconds, psnr, coarse_db)

    def _rendered(self, trajectory: Trajectory) -> tuple[CoarseVideo, Float32Array]:
        if trajectory.name not in self._known:
            avatar, motion = self._subject.avatar, self._subject.motion
            true = true_pictures(MotionPoser(avatar, motion, self._subject.truth), trajectory)
            self._known[trajectory.name] = render_coarse(avatar, motion, trajectory), true
        return self._known[trajectory.name]


def true_pictures(truth: MotionPoser, trajectory: Trajectory) -> Float32Array:
    """[F, H, W, 3] what the cameras of a trajectory would have seen."""
    pictures: list[Float32Array] = []
    for camera, time_s in zip(trajectory.cameras, trajectory.times_s.tolist(), strict=True):
        posed = truth.pose(time_s)
        colours = posed.colours_seen_from(camera.position_m)
        pictures.append(render_cloud(posed.cloud, camera, colours=colours, background=WHITE).rgb.clip(0, 1))
    return np.stack(pictures)


def by_prior(prior: Prior, reference: Float32Array | None) -> Restoring:
    """A prior at work."""

    def restore(
        trajectory: Trajectory, coarse: CoarseVideo, truth: Float32Array, sampling: SamplingSettings, masked: bool
    ) -> RestoredVideo:
        preserve = coarse.preserve if masked else np.ones_like(coarse.preserve)
        request = RestoreRequest.checked(
            coarse.rgb, preserve, coarse.control, reference, coarse.fps, coarse.velocity_m_s
        )
        rgb = prior.restore(request, sampling, silent)
        guessed = prior.guess(request).displacement_m if isinstance(prior, GuessingPrior) else None
        return RestoredVideo(trajectory, coarse, rgb, guessed)

    return restore


def by_truth(blur_px: float, noise: float) -> Restoring:
    """The truth, blurred and with noise that hangs together over a few pixels and frames, as a prior's errors do."""

    def restore(
        trajectory: Trajectory, coarse: CoarseVideo, truth: Float32Array, sampling: SamplingSettings, masked: bool
    ) -> RestoredVideo:
        rgb = ndimage.gaussian_filter(truth, (0, blur_px, blur_px, 0)) if blur_px > 0 else truth
        if noise > 0:
            errors = np.random.default_rng(sampling.seed).normal(size=rgb.shape).astype(np.float32)
            errors = ndimage.gaussian_filter(errors, (1, 3, 3, 0))
            rgb = rgb + noise * errors / errors.std() * (truth.min(axis=3, keepdims=True) < 1)
        return RestoredVideo(trajectory, coarse, rgb.clip(0, 1).astype(np.float32))

    return restore
