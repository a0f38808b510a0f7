"""fit_residual: the residual layer that makes an avatar look like videos of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d.layer import layer_of
from ani3d_runtime.bake.fit4d.optimiser import KnotOptimiser
from ani3d_runtime.bake.fit4d.settings import FitSettings, FitStage
from ani3d_runtime.bake.fit4d.stage import FitNodes, StageView, single_threaded_torch
from ani3d_runtime.bake.fit4d.state import FitState
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.rasterise.rasteriser import Rasteriser, choose_rasteriser
from ani3d_runtime.bake.recipe_numbers import FIT
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import InputError
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.residual import ResidualLayer

_RECORD_EVERY = 100
_LAST_RATE = 0.05


@dataclass(frozen=True)
class FitResult:
    """What came of a fit.

    Attributes:
        layer: the residual at all frames of the motion.
        state: what a fit with more videos goes on from.
        node_count: control nodes in use.
        picture_count: pictures of all videos.
    """

    layer: ResidualLayer
    state: FitState
    node_count: int
    picture_count: int

    @property
    def losses(self) -> Float64Array:
        """[R, 3] steps done, picture loss and cloth loss, means over the steps since the last row."""
        return self.state.losses


def fit_residual(
    avatar: Avatar,
    motion: Motion,
    videos: Sequence[FitVideo],
    settings: FitSettings | None = None,
    *,
    rasteriser: Rasteriser | None = None,
    freedom: Float32Array | None = None,
    start: FitState | None = None,
    checkpoint: Path | None = None,
    progress: ProgressCallback | None = None,
) -> FitResult:
    """Fit the residual layer to videos.

    Args:
        avatar, motion: whose layer, and for which clip.
        videos: what the avatar should look like.
        settings: how; the draft by default.
        rasteriser: numba by default; the fit runs on its device.
        freedom: [N] how far each Gaussian may leave the rigid layer, 0..1, such as
            ``bake.simulate.foreign.freedom_of`` finds; garment and hair freely, the rest not at all, by default.
        start: the state of an earlier fit of the same avatar, motion and nodes, to go on from with more videos.
        checkpoint: where to keep the state, so that a process that dies can be repeated and goes on from there. The
            result is the same to the last bit. A file left by another fit is not used.
        progress: called with the fraction done.

    Raises:
        InputError: ``fit-no-videos``, ``fit-nothing-free``, ``fit-wrong-freedom``, ``fit-other-start``.
    """
    fit = _Fit(avatar, motion, videos, settings or FitSettings(), rasteriser or choose_rasteriser("numba"), freedom)
    return fit.run(start, checkpoint, progress)


class _Fit:
    def __init__(
        self,
        avatar: Avatar,
        motion: Motion,
        videos: Sequence[FitVideo],
        settings: FitSettings,
        rasteriser: Rasteriser,
        freedom: Float32Array | None,
    ) -> None:
        self.avatar, self.motion, self.videos = avatar, motion, videos
        self.settings, self.rasteriser = settings, rasteriser
        if not videos:
            raise _refusal("fit-no-videos", "videos", "none", "at least one video", "Restore a trajectory first.")
        self.nodes = FitNodes.of(avatar, motion, freedom, settings, rasteriser.device)

    def run(self, start: FitState | None, checkpoint: Path | None, progress: ProgressCallback | None) -> FitResult:
        shape = tuple(self.nodes.field.knots.shape)
        if start is not None and start.knots.shape != shape:
            raise _refusal(
                "fit-other-start",
                "start",
                f"knots of shape {start.knots.shape}",
                f"{shape}, as this avatar, motion and settings have",
                "Go on with the settings that the start was made with.",
            )
        first = FitState.fresh(shape) if start is None else start.as_start()
        home = None if start is None else start.knots
        key = self._key(first) if checkpoint is not None else ""
        state = (FitState.load(checkpoint, key) if checkpoint is not None else None) or first
        with single_threaded_torch():
            done = 0
            for stage in self.settings.stages:
                if state.steps < done + stage.steps:
                    state = self._stage(stage, done, state, home, key, checkpoint, progress)
                done += stage.steps
        layer = layer_of(self.avatar, self.motion, self.nodes, state.knots)
        pictures = sum(video.trajectory.frame_count for video in self.videos)
        return FitResult(layer, state, self.nodes.graph.count, pictures)

    def _stage(
        self,
        stage: FitStage,
        before: int,
        state: FitState,
        home: Float32Array | None,
        key: str,
        checkpoint: Path | None,
        progress: ProgressCallback | None,
    ) -> FitState:
        """All steps of a stage that are not done yet; ``before`` steps belong to earlier stages."""
        settings, total, end = self.settings, self.settings.step_count, before + stage.steps
        view = StageView(self.avatar, self.motion, self.videos, self.nodes, settings, stage, self.rasteriser)
        # Of a clip twice as long, a knot is seen in every other picture.
        optimiser = KnotOptimiser(self.nodes.field.knots, state, home, settings.start_hold / view.picture_count)
        earlier = state.total_steps - state.steps
        order = _Order(settings.seed, view.picture_count)
        recorded: list[tuple[float, float]] = []
        for step in range(state.steps, end):
            first = (earlier + step) * settings.batch
            recorded.append(view.backward([order.at(first + turn) for turn in range(settings.batch)]))
            rate = _rate((step + 1) / total)
            optimiser.step(settings.move_rate_m * rate, settings.turn_rate * rate)
            done = step + 1
            due = done % settings.checkpoint_every == 0 or done == end
            if done % _RECORD_EVERY == 0 or due:
                optimiser.record(recorded)
                recorded = []
                if progress is not None:
                    progress(done / total)
            if due:
                state = optimiser.state(done)
                if checkpoint is not None:
                    state.save(checkpoint, key)
        return state

    def _key(self, first: FitState) -> str:
        """What a checkpoint must have been made from to be used."""
        digest = hashlib.sha256(json.dumps([FIT, self.settings.to_json()], sort_keys=True).encode())
        splats, binding = self.avatar.splats, self.avatar.binding
        arrays = [splats.means_m, splats.quats_wxyz, splats.scales_m, splats.opacities, splats.sh]
        arrays += [binding.joints, binding.weights, binding.parts, self.nodes.graph.members, self.nodes.graph.shares]
        arrays += [self.motion.root_translation_m, self.motion.joint_rotations_wxyz, first.knots, first.momentum]
        for video in self.videos:
            arrays += [video.rgb, video.alpha, video.trajectory.times_s]
            arrays += [a for camera in video.trajectory.cameras for a in (camera.world_to_camera, camera.intrinsics_px)]
            arrays += [array for array in (video.preserve, video.depth_m) if array is not None]
        for array in arrays:
            digest.update(repr((array.shape, array.dtype.str)).encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


class _Order:
    """Which picture a step looks at: every picture once, in random order, then again in another."""

    def __init__(self, seed: int, count: int) -> None:
        self._seed, self._count, self._epoch = seed, count, -1
        self._permutation = np.zeros(0, dtype=np.int64)

    def at(self, turn: int) -> int:
        """The picture of a turn; the answer does not depend on those asked for before."""
        epoch, place = divmod(turn, self._count)
        if epoch != self._epoch:
            self._epoch = epoch
            self._permutation = np.random.default_rng((self._seed, epoch)).permutation(self._count)
        return int(self._permutation[place])


def _rate(fraction: float) -> float:
    """Full steps for half of the fit, then ever smaller ones."""
    return min(1.0, _LAST_RATE + (1 - _LAST_RATE) * 2 * (1 - fraction))


def _refusal(code: str, subject: str, found: str, expected: str, fix: str) -> InputError:
    return InputError(code, subject, found=found, expected=expected, fix=fix)
