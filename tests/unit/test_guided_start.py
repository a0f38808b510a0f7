"""Where a prior's guesses lead: nodes go where the pixels say, and the fit takes it up from there."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.render import kept_share, render_coarse
from ani3d_runtime.bake.coarse.velocity import vector_map
from ani3d_runtime.bake.fit4d.fit import fit_residual
from ani3d_runtime.bake.fit4d.layer import layer_of
from ani3d_runtime.bake.fit4d.settings import FitSettings, FitStage
from ani3d_runtime.bake.fit4d.stage import FitNodes
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.prior.prior import RestoreRequest
from ani3d_runtime.bake.restoration.fitting import Fitter
from ani3d_runtime.bake.restoration.pipeline import RestorationPipeline
from ani3d_runtime.bake.restoration.plan import plan_restoration
from ani3d_runtime.bake.restoration.settings import RestoreSettings
from ani3d_runtime.bake.restoration.start import guided_start
from ani3d_runtime.bake.restoration.store import UnitStore
from ani3d_runtime.bake.restoration.video import RestoredVideo
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import TrajectoryPlan, diagonal_trajectories
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence
from tests.stand_in_prior import StandInPrior

FRAMES = 10


@pytest.fixture(scope="module")
def actor() -> tuple[Avatar, Motion, ResidualLayer]:
    avatar, layer = dancing_sequence(1500, FRAMES)
    return avatar, synthetic_motion(avatar.skeleton, FRAMES), layer


def test_true_displacements_lead_to_the_true_layer(actor: tuple[Avatar, Motion, ResidualLayer]) -> None:
    avatar, motion, truth = actor
    framing = Framing.around(avatar, motion, 64, 64)
    rigid, moved = MotionPoser(avatar, motion), MotionPoser(avatar, motion, truth)
    videos: list[RestoredVideo] = []
    for path in diagonal_trajectories(framing, motion.duration_s, TrajectoryPlan(6, 3)):
        maps: list[Float32Array] = []
        for camera, time_s in zip(path.cameras, path.times_s.tolist(), strict=True):
            posed = rigid.pose(time_s)
            maps.append(vector_map(posed, moved.pose(time_s).cloud.means_m - posed.cloud.means_m, camera))
        coarse = render_coarse(avatar, motion, path)
        videos.append(RestoredVideo(path, coarse, coarse.rgb, np.stack(maps)))
    settings = FitSettings(stages=(FitStage(120, 0, 1500),), node_count=96)
    freedom = 1 - kept_share(avatar.binding.parts)
    done: list[float] = []
    state = guided_start(avatar, motion, videos, settings, freedom, done.append)
    assert done == sorted(done)
    assert done[-1] == 1.0
    layer = layer_of(avatar, motion, FitNodes.of(avatar, motion, freedom, settings), state.knots)
    np.testing.assert_array_equal(layer.indices, truth.indices)
    before = np.sqrt(np.mean(np.square(truth.dpos_m)))
    after = np.sqrt(np.mean(np.square(layer.dpos_m - truth.dpos_m)))
    # Waves this short are at the limit of what six pictures of 64 pixels and 96 nodes can tell.
    assert after < 0.7 * before
    again = guided_start(avatar, motion, videos, settings, freedom, done.append)
    np.testing.assert_array_equal(state.knots, again.knots)


def test_a_fit_goes_on_with_the_nodes_that_the_start_has(actor: tuple[Avatar, Motion, ResidualLayer]) -> None:
    """Also where much of the avatar is almost fixed, as ``freedom_of`` has it: such Gaussians have no nodes."""
    avatar, motion, truth = actor
    framing = Framing.around(avatar, motion, 64, 64)
    free = 1 - kept_share(avatar.binding.parts)
    freedom = np.where(free > 0, free, 0.03).astype(np.float32)
    settings = FitSettings(stages=(FitStage(1, 0, 1500),), node_count=48)
    videos: list[RestoredVideo] = []
    for path in diagonal_trajectories(framing, motion.duration_s, TrajectoryPlan(6, 1)):
        coarse = render_coarse(avatar, motion, path)
        videos.append(RestoredVideo(path, coarse, coarse.rgb, np.full_like(coarse.rgb, 0.05)))
    state = guided_start(avatar, motion, videos, settings, freedom, lambda share: None)
    started = layer_of(avatar, motion, FitNodes.of(avatar, motion, freedom, settings), state.knots)
    seen = [FitVideo(video.trajectory, video.rgb, video.alpha(), video.coarse.preserve) for video in videos]
    fitted = fit_residual(avatar, motion, seen, settings, freedom=freedom, start=state).layer
    np.testing.assert_array_equal(fitted.indices, truth.indices)
    # One step takes a node some millimetres.
    assert np.abs(fitted.dpos_m - started.dpos_m).max() < 0.02
    assert np.abs(started.dpos_m).max() > 0.02


@dataclass(frozen=True)
class Said:
    """A guess."""

    displacement_m: Float32Array
    alpha: Float32Array


class RisingPrior(StandInPrior):
    """Leaves pictures as they are, and says that everything rises by 80 mm."""

    def guess(self, request: RestoreRequest) -> Said:
        alpha = (request.coarse.min(axis=3) < 0.99).astype(np.float32)
        return Said(alpha[..., None] * np.array([0, 0.08, 0], np.float32), alpha)


def test_the_pipeline_starts_the_fit_where_the_prior_guesses(
    actor: tuple[Avatar, Motion, ResidualLayer], tmp_path: Path
) -> None:
    avatar, motion, _ = actor

    @contextlib.contextmanager
    def watch(_stage: str) -> Generator[ProgressCallback, None, None]:
        yield lambda fraction: None

    layers: list[ResidualLayer] = []
    for name, prior in (("still", StandInPrior()), ("rising", RisingPrior())):
        store = UnitStore(tmp_path / name)
        plan = plan_restoration(avatar, motion, prior.description, RestoreSettings(views=2, fit_iterations=60), "draft")
        fitter = Fitter(avatar, motion, None, store, "cpu")
        pipeline = RestorationPipeline(avatar, motion, prior, plan, fitter, reference=None, store=store, watch=watch)
        layers.append(pipeline.run().layer)
    assert not (tmp_path / "still" / "start").exists()
    (start,) = (tmp_path / "rising" / "start").glob("*.npz")
    with np.load(start) as state:
        rises = state["state.knots"][..., 1]
    assert np.median(rises) == pytest.approx(0.08, abs=0.02)
    assert np.abs(layers[0].dpos_m - layers[1].dpos_m).max() > 0.01
