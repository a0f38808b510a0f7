"""The fit as a whole: a skirt whose motion is known, refusals, checkpoints, and going on with more videos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.coarse import render_coarse
from ani3d_runtime.bake.fit4d.fit import fit_residual
from ani3d_runtime.bake.fit4d.settings import FitSettings, FitStage
from ani3d_runtime.bake.fit4d.stage import FitNodes, StageView
from ani3d_runtime.bake.fit4d.thinning import thinned
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.rasterise.rasteriser import choose_rasteriser
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud
from ani3d_runtime.testing.avatars import synthetic_skeleton

FRAMES, SIZE = 9, 48
SETTINGS = FitSettings(stages=(FitStage(60, 1, 5000), FitStage(140, 0, 5000)), node_count=24, checkpoint_every=40)


def make_dancer() -> tuple[Avatar, Motion]:
    """A tube of checked cloth around a solid post."""
    random = np.random.default_rng(0)
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, 36, endpoint=False), np.linspace(0, 0.4, 16))
    cloth = np.stack([0.16 * np.cos(angle), height, 0.16 * np.sin(angle)], -1).reshape(-1, 3)
    post = np.stack([0.05 * random.normal(size=200), random.uniform(-0.1, 0.6, 200), 0.05 * random.normal(size=200)], 1)
    means = np.concatenate([post, cloth])
    count = len(means)
    checks = (np.floor(angle / 0.7) + np.floor(height / 0.1)).reshape(-1) % 2
    colours = np.concatenate([np.full((200, 3), -0.5), np.stack([checks, 0.2 * checks, 1 - checks], 1) - 0.3])
    splats = SplatCloud.checked(
        means, np.tile([1.0, 0, 0, 0], (count, 1)), np.full((count, 3), 0.014), np.full(count, 0.9), colours[:, None]
    )
    skeleton = synthetic_skeleton(2, seed=0, rest_bend_rad=0.0)
    parts = np.concatenate([np.full(200, Part.SKIN), np.full(len(cloth), Part.GARMENT)])
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 1
    binding = Binding.checked(np.zeros((count, 4), np.uint8), weights, parts.astype(np.uint8), joint_count=2)
    still = np.tile(np.float32([1, 0, 0, 0]), (FRAMES, 2, 1))
    motion = Motion("still", 10.0, skeleton.joint_names, np.zeros((FRAMES, 3), np.float32), still)
    return Avatar("post", splats, skeleton, binding), motion


def swing(avatar: Avatar) -> ResidualLayer:
    """The cloth sways sideways, more the lower it hangs."""
    indices = np.flatnonzero(avatar.binding.parts == Part.GARMENT).astype(np.int32)
    low = (0.4 - avatar.splats.means_m[indices, 1]) / 0.4
    dpos = np.zeros((FRAMES, len(indices), 3), np.float32)
    dpos[..., 0] = 0.12 * np.sin(np.arange(FRAMES) / 2)[:, None] * low**1.5
    return ResidualLayer(avatar.count, indices, dpos)


def make_videos(avatar: Avatar, motion: Motion, truth: ResidualLayer, count: int = 2) -> list[FitVideo]:
    centre = MotionPoser(avatar, motion).pose(0).cloud.means_m.mean(axis=0)
    videos = []
    for number in range(count):
        turn = 0.4 + 2.1 * number
        eye = centre + 1.5 * np.array([np.sin(turn), 0.15, np.cos(turn)])
        camera = Camera.look_at(eye, centre, (0, 1, 0), 0.6, SIZE, SIZE)
        path = Trajectory(f"row-{number}", (camera,) * FRAMES, np.arange(FRAMES) / motion.fps, motion.fps)
        shown = render_coarse(avatar, motion, path, layer=truth)
        videos.append(FitVideo(path, shown.rgb, shown.alpha, depth_m=shown.depth_m))
    return videos


@pytest.fixture(scope="module")
def scene() -> tuple[Avatar, Motion, ResidualLayer, list[FitVideo]]:
    avatar, motion = make_dancer()
    truth = swing(avatar)
    return avatar, motion, truth, make_videos(avatar, motion, truth)


def test_a_swinging_skirt_is_found_and_what_must_stay_stays(scene) -> None:
    avatar, motion, truth, videos = scene
    result = fit_residual(avatar, motion, videos, replace(SETTINGS, stages=(FitStage(300, 0, 5000),)))
    assert result.picture_count == 2 * FRAMES
    assert result.losses[-1, 1] < 0.6 * result.losses[0, 1]
    assert set(result.layer.indices) == set(truth.indices)
    error = np.linalg.norm(result.layer.dpos_m - truth.dpos_m, axis=2).mean()
    assert error < 0.5 * np.linalg.norm(truth.dpos_m, axis=2).mean()


@pytest.mark.parametrize("halvings", [0, 1])
def test_a_step_on_arrays_is_the_step_that_torch_takes(scene, halvings: int) -> None:
    avatar, motion, _, videos = scene
    settings = replace(SETTINGS, loss=replace(SETTINGS.loss, depth=0.3))
    nodes = FitNodes.of(avatar, motion, None, settings)
    view = StageView(avatar, motion, videos, nodes, settings, FitStage(1, halvings, 5000), choose_rasteriser("numba"))
    knots = nodes.field.knots
    with torch.no_grad():
        knots.normal_(0, 0.02, generator=torch.Generator().manual_seed(3))
    found = view.backward([4, 11])
    gradient, knots.grad = knots.grad, None
    by_torch = [view.losses(index) for index in (4, 11)]
    sum(0.5 * (picture + cloth) for picture, cloth in by_torch).backward()
    np.testing.assert_allclose(found, 0.5 * np.sum([[p.item(), c.item()] for p, c in by_torch], axis=0), rtol=1e-5)
    assert gradient is not None
    assert knots.grad is not None
    assert (gradient - knots.grad).norm() < 1e-4 * knots.grad.norm()


def test_gaussians_without_freedom_are_left_alone(scene) -> None:
    avatar, motion, truth, videos = scene
    freedom = np.zeros(avatar.count, np.float32)
    lower = truth.indices[avatar.splats.means_m[truth.indices, 1] < 0.2]
    freedom[lower] = 1
    result = fit_residual(avatar, motion, videos, SETTINGS.continued(5), freedom=freedom)
    np.testing.assert_array_equal(result.layer.indices, lower)


class Killed(BaseException):
    """The process ends."""


def test_a_fit_that_was_stopped_goes_on_to_the_same_bytes(scene, tmp_path: Path) -> None:
    avatar, motion, _, videos = scene
    whole = fit_residual(avatar, motion, videos, SETTINGS)
    checkpoint = tmp_path / "fit.npz"
    seen: list[float] = []

    def stop_at(fraction: float) -> None:
        seen.append(fraction)
        if fraction > 0.75:
            raise Killed

    with pytest.raises(Killed):
        fit_residual(avatar, motion, videos, SETTINGS, checkpoint=checkpoint, progress=stop_at)
    assert min(seen) < 0.5
    seen.clear()
    resumed = fit_residual(avatar, motion, videos, SETTINGS, checkpoint=checkpoint, progress=seen.append)
    assert min(seen) > 0.7
    np.testing.assert_array_equal(resumed.layer.dpos_m, whole.layer.dpos_m)
    np.testing.assert_array_equal(resumed.layer.drot_rad, whole.layer.drot_rad)
    np.testing.assert_array_equal(resumed.losses, whole.losses)
    # Finished: nothing is left to do.
    seen.clear()
    fit_residual(avatar, motion, videos, SETTINGS, checkpoint=checkpoint, progress=seen.append)
    assert not seen


@pytest.mark.parametrize("spoil", ["other-settings", "cut", "noise"])
def test_a_checkpoint_of_another_fit_or_a_damaged_one_is_not_used(scene, tmp_path: Path, spoil: str) -> None:
    avatar, motion, _, videos = scene
    settings = SETTINGS.continued(20)
    checkpoint = tmp_path / "fit.npz"
    used = replace(settings, seed=1) if spoil == "other-settings" else settings
    fit_residual(avatar, motion, videos, used, checkpoint=checkpoint)
    data = checkpoint.read_bytes()
    if spoil == "cut":
        checkpoint.write_bytes(data[: len(data) // 2])
    if spoil == "noise":
        checkpoint.write_bytes(data[:2000] + bytes(64) + data[2064:])
    expected = fit_residual(avatar, motion, videos, settings)
    found = fit_residual(avatar, motion, videos, settings, checkpoint=checkpoint)
    np.testing.assert_array_equal(found.layer.dpos_m, expected.layer.dpos_m)


def test_a_fit_goes_on_with_more_videos(scene) -> None:
    avatar, motion, truth, videos = scene
    first = fit_residual(avatar, motion, videos[:1], SETTINGS)
    second = fit_residual(avatar, motion, videos, SETTINGS.continued(150), start=first.state)
    assert second.losses[-1, 0] == first.losses[-1, 0] + 150
    np.testing.assert_array_equal(second.losses[: len(first.losses)], first.losses)
    errors = [np.linalg.norm(r.layer.dpos_m - truth.dpos_m, axis=2).mean() for r in (first, second)]
    assert errors[1] < errors[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"videos": []}, "fit-no-videos"),
        ({"freedom": np.zeros(3, np.float32)}, "fit-wrong-freedom"),
        ({"freedom": "none free"}, "fit-nothing-free"),
        ({"start": "other"}, "fit-other-start"),
    ],
)
def test_what_cannot_be_fitted_is_refused(scene, change: dict, code: str) -> None:
    avatar, motion, _, videos = scene
    arguments = {"videos": videos, "settings": SETTINGS.continued(1), **change}
    if change.get("freedom") is not None and isinstance(change["freedom"], str):
        arguments["freedom"] = np.zeros(avatar.count, np.float32)
    if "start" in change:
        other = replace(SETTINGS.continued(1), knot_stride=5)
        arguments["start"] = fit_residual(avatar, motion, videos, other).state
    with pytest.raises(Ani3dError) as caught:
        fit_residual(avatar, motion, **arguments)
    assert caught.value.code == code


def test_settings_that_cannot_work_are_refused() -> None:
    with pytest.raises(Ani3dError) as caught:
        FitSettings(stages=())
    assert caught.value.code == "fit-settings"


def test_pictures_of_another_size_are_refused(scene) -> None:
    _, _, _, videos = scene
    with pytest.raises(Ani3dError) as caught:
        replace(videos[0], rgb=videos[0].rgb[:, :-1])
    assert caught.value.code == "fit-video-shape"


def test_a_thinned_avatar_looks_the_same_from_afar(scene) -> None:
    avatar, motion, _, videos = scene
    small = thinned(avatar, 300)
    assert small.count < 340
    assert thinned(avatar, avatar.count) is avatar
    camera = videos[0].trajectory.cameras[0]
    pictures = []
    for who in (avatar, small):
        posed = MotionPoser(who, motion).pose(0.3)
        pictures.append(render_cloud(posed.cloud, camera, background=(1, 1, 1)))
    assert np.abs(pictures[0].alpha - pictures[1].alpha).mean() < 0.03
    assert ((pictures[0].rgb - pictures[1].rgb) ** 2).mean() < 10**-2.2
