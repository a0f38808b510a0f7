"""The built-in prior: windows, views, weights on disk, the network behind the interface, training that goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from ani3d_runtime.bake.prior.builtin import clips
from ani3d_runtime.bake.prior.builtin.batches import ClipSampler, mirrored, recoloured
from ani3d_runtime.bake.prior.builtin.checkpoint import read_weights, write_weights
from ani3d_runtime.bake.prior.builtin.family import WEIGHTS_NAME
from ani3d_runtime.bake.prior.builtin.looks import near_held_out, random_style
from ani3d_runtime.bake.prior.builtin.motions import random_motion
from ani3d_runtime.bake.prior.builtin.network import NetworkShape, RestoringNetwork, warped
from ani3d_runtime.bake.prior.builtin.restorer import BuiltinPrior
from ani3d_runtime.bake.prior.builtin.train import FitSettings, Training
from ani3d_runtime.bake.prior.builtin.view import WorkingView
from ani3d_runtime.bake.prior.builtin.windows import windows_of
from ani3d_runtime.bake.prior.prior import PriorOptions, RestoreRequest
from ani3d_runtime.bake.prior.registry import load_prior
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.errors import Ani3dError

SMALL = NetworkShape(widths=(32, 32, 32), depths=(1, 1, 1), heads=2)
QUICK = SamplingSettings(steps=2, strength=1.0, guidance_scale=1.0)


def ignore(fraction: float) -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with weights of a small network whose every layer does something."""
    torch.manual_seed(3)
    network = RestoringNetwork(SMALL)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.03)
    result = tmp_path_factory.mktemp("builtin")
    write_weights(result / WEIGHTS_NAME, network, {"step": "7"})
    return result


@pytest.fixture(scope="module")
def prior(folder: Path) -> BuiltinPrior:
    loaded = load_prior(folder)
    assert isinstance(loaded, BuiltinPrior)
    return loaded


def figure(frames: int, height: int = 40, width: int = 40, fps: float = 15.0, *, moving: bool = True) -> RestoreRequest:
    """A dark block that moves over white."""
    random = np.random.default_rng(5)
    coarse = np.ones((frames, height, width, 3))
    for frame in range(frames):
        left = width // 4 + frame % 5
        coarse[frame, height // 4 : -height // 4, left : left + width // 3] = random.random(3) * 0.8
    shape = (frames, height, width)
    velocity = random.normal(size=(*shape, 3)) if moving else None
    return RestoreRequest.checked(
        coarse, random.random(shape), random.random((*shape, 3)), random.random((9, 7, 3)), fps, velocity
    )


@given(st.integers(1, 90), st.integers(1, 20))
def test_windows_cover_every_frame(frame_count: int, length: int) -> None:
    total = np.zeros(frame_count)
    for window, weights in windows_of(frame_count, length):
        assert len(weights) == min(frame_count, length)
        total[window] += weights
    assert (total > 0).all()


def test_long_videos_are_seen_through_overlapping_windows() -> None:
    starts = [window.start for window, _ in windows_of(40, 16)]
    assert starts == [0, 8, 16, 24]


@given(st.integers(22, 60), st.integers(22, 60), st.integers(1, 12), st.integers(1, 12))
def test_a_view_finds_the_actor_and_its_way_back(height: int, width: int, top: int, left: int) -> None:
    coarse = np.ones((2, height, width, 3), dtype=np.float32)
    coarse[1, top : top + 8, left : left + 5] = 0.2
    view = WorkingView.around_actor(coarse, 10)
    assert view.side == 10
    pictures = torch.from_numpy(coarse).permute(0, 3, 1, 2)
    reduced = view.reduced(pictures)
    assert (reduced < 0.5).sum() == 3 * 8 * 5
    assert torch.equal(view.enlarged(reduced, 1.0), pictures)


def test_a_view_of_nothing_is_the_whole_picture() -> None:
    view = WorkingView.around_actor(np.ones((1, 30, 20, 3), dtype=np.float32), 16)
    assert (view.top, view.left, view.side) == (0, 0, 30)


def test_warping_takes_each_pixel_from_where_the_flow_points() -> None:
    picture = torch.rand(1, 3, 12, 14)
    flow = torch.zeros(1, 2, 12, 14)
    flow[:, 0], flow[:, 1] = 2.0, -1.0
    assert torch.allclose(warped(picture, flow)[:, :, 1:, :-2], picture[:, :, :-1, 2:], atol=1e-5)


@pytest.mark.parametrize(("frames", "height", "width", "fps"), [(1, 40, 40, 15), (5, 33, 57, 15), (21, 20, 24, 30)])
def test_any_size_length_and_rate_comes_back_as_it_went(
    prior: BuiltinPrior, frames: int, height: int, width: int, fps: float
) -> None:
    request = figure(frames, height, width, fps)
    shares: list[float] = []
    restored = prior.restore(request, QUICK, shares.append)
    assert restored.shape == request.coarse.shape
    assert restored.dtype == np.float32
    assert restored.min() >= 0
    assert restored.max() <= 1
    assert shares == sorted(shares)
    assert shares[-1] == 1
    guess = prior.guess(request)
    assert guess.displacement_m.shape == request.coarse.shape
    assert guess.alpha.shape == request.preserve.shape


def test_a_video_of_twice_the_rate_is_restored_as_two(prior: BuiltinPrior) -> None:
    request = figure(12, fps=30.0)
    halves = [
        RestoreRequest.checked(
            request.coarse[k::2], request.preserve[k::2], request.control[k::2], request.reference, 15.0,
            None if request.velocity is None else request.velocity[k::2],
        )
        for k in range(2)
    ]  # fmt: skip
    whole = prior.restore(request, QUICK, ignore)
    for k in range(2):
        np.testing.assert_array_equal(whole[k::2], prior.restore(halves[k], QUICK, ignore))


def test_the_same_seed_gives_the_same_video_and_another_does_not(prior: BuiltinPrior) -> None:
    request = figure(6)
    first = prior.restore(request, QUICK, ignore)
    np.testing.assert_array_equal(first, prior.restore(request, QUICK, ignore))
    assert not np.array_equal(first, prior.restore(request, replace(QUICK, seed=1), ignore))


def test_what_it_is_told_about_motion_and_person_matters(prior: BuiltinPrior) -> None:
    request = figure(6)
    told = prior.restore(request, QUICK, ignore)
    for change in ({"velocity": None}, {"reference": None}, {"control": request.control[::-1].copy()}):
        assert not np.array_equal(told, prior.restore(replace(request, **change), QUICK, ignore))  # pyright: ignore


def test_guidance_is_away_from_a_body_that_does_not_move(prior: BuiltinPrior) -> None:
    guided = replace(QUICK, guidance_scale=3.0)
    moving, still = figure(6), figure(6, moving=False)
    assert not np.array_equal(prior.restore(moving, QUICK, ignore), prior.restore(moving, guided, ignore))
    np.testing.assert_allclose(prior.restore(still, QUICK, ignore), prior.restore(still, guided, ignore), atol=1e-5)


def test_full_self_guidance_keeps_what_is_to_be_preserved(prior: BuiltinPrior) -> None:
    request = figure(4, 50, 44)
    kept = replace(request, preserve=(request.preserve > 0.5).astype(np.float32))
    restored = prior.restore(kept, replace(QUICK, self_guidance=1.0, anneal=False), ignore)
    mask = kept.preserve == 1
    np.testing.assert_allclose(restored[mask], request.coarse[mask], atol=1e-6)
    assert np.abs(restored[~mask] - request.coarse[~mask]).max() > 0.01


def test_cancelling_is_passed_on(prior: BuiltinPrior) -> None:
    def cancel(fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prior.restore(figure(3), QUICK, cancel)


def test_weights_come_back_from_disk_in_half_precision(folder: Path) -> None:
    network, card, digest = read_weights(folder / WEIGHTS_NAME)
    assert network.shape == SMALL
    assert card == {"step": "7"}
    assert len(digest) == 16
    for name, value in load_file(folder / WEIGHTS_NAME).items():
        assert value.dtype == torch.float16
        assert torch.equal(network.state_dict()[name], value.float())


@pytest.mark.parametrize("damage", ["cut", "other", "shape", "missing"])
def test_weights_that_are_not_ours_are_refused(folder: Path, tmp_path: Path, damage: str) -> None:
    path = tmp_path / WEIGHTS_NAME
    tensors = load_file(folder / WEIGHTS_NAME)
    if damage == "cut":
        path.write_bytes((folder / WEIGHTS_NAME).read_bytes()[:-100])
    elif damage == "other":
        save_file(tensors, path)
    elif damage == "shape":
        write_weights(path, RestoringNetwork(replace(SMALL, heads=4)), {})
        header = {"format": "ani3d-builtin-prior-1", "shape": '{"widths": [64, 32, 32], "depths": [1, 1, 1]}'}
        save_file(tensors, path, header)
    with pytest.raises(Ani3dError) as caught:
        BuiltinPrior.load(path, "cpu", PriorOptions())
    assert caught.value.code == "prior-weights-invalid"


def test_looks_are_varied_repeatable_and_never_the_held_out_one() -> None:
    styles = [random_style("x", np.random.default_rng(seed)) for seed in range(60)]
    assert not any(near_held_out(style) for style in styles)
    assert len({style.bottom for style in styles}) == 60
    assert styles[7] == random_style("x", np.random.default_rng(7))
    assert 0.6 < np.mean([style.has_skirt for style in styles]) < 0.9


@pytest.mark.parametrize("seed", range(8))
def test_motions_are_whole_and_repeatable(seed: int) -> None:
    skeleton = load_builtin_body().skeleton
    motion = random_motion("m", skeleton, 60, np.random.default_rng(seed))
    again = random_motion("m", skeleton, 60, np.random.default_rng(seed))
    np.testing.assert_array_equal(motion.joint_rotations_wxyz, again.joint_rotations_wxyz)
    assert motion.frame_count == 60
    np.testing.assert_allclose(np.linalg.norm(motion.joint_rotations_wxyz, axis=2), 1, atol=1e-5)
    # Cloth that is torn about says nothing about cloth.
    assert np.abs(np.diff(motion.root_translation_m, axis=0)).max() * motion.fps < 8


def random_clip(seed: int, frames: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, frames, 48, 48, clips.CHANNELS), dtype=np.uint8)


def test_a_mirrored_window_mirrors_back_and_turns_what_points_sideways() -> None:
    window = np.maximum(random_clip(0)[0], 1)
    turned = mirrored(window)
    np.testing.assert_array_equal(mirrored(turned), window)
    right = clips.VELOCITY.start
    np.testing.assert_array_equal(turned[:, :, ::-1, right], 255 - window[..., right])
    np.testing.assert_array_equal(turned[:, :, ::-1, right + 1], window[..., right + 1])


def test_new_colours_leave_white_white_and_pair_coarse_with_truth() -> None:
    window = random_clip(1)[0]
    window[..., clips.TRUTH] = window[..., clips.COARSE]
    window[0, 0, 0, clips.COARSE] = 255
    changed, _ = recoloured(window.copy(), window[0, ..., :3].copy(), np.random.default_rng(0))
    assert (changed[0, 0, 0, clips.COARSE] == 255).all()
    np.testing.assert_array_equal(changed[1:, ..., clips.TRUTH], changed[1:, ..., clips.COARSE])
    assert not np.array_equal(changed[..., clips.COARSE], window[..., clips.COARSE])


def test_training_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    for name in ("through", "stopped"):
        (tmp_path / name / "train").mkdir(parents=True)
        np.save(tmp_path / name / "train" / "clip-0.npy", random_clip(2))
    settings = FitSettings(steps=4, batch=1, frames=4, network=SMALL, bfloat16=False, checkpoint_s=0.0)

    def train(name: str, steps: int) -> None:
        training = Training(settings, tmp_path / name, tmp_path / name / WEIGHTS_NAME)
        training.run(until=steps)

    train("through", 4)
    train("stopped", 2)
    train("stopped", 4)
    through, stopped = (load_file(tmp_path / name / WEIGHTS_NAME) for name in ("through", "stopped"))
    fresh = RestoringNetwork(SMALL).state_dict()
    for name, value in through.items():
        assert torch.equal(value, stopped[name])
        assert value.shape == fresh[name].shape


def test_training_can_begin_with_weights_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    np.save(tmp_path / "train" / "clip-0.npy", random_clip(2))
    torch.manual_seed(7)
    known = RestoringNetwork(SMALL)
    write_weights(tmp_path / "given.safetensors", known, {})
    settings = FitSettings(steps=1, batch=1, frames=4, rate=1e-9, bfloat16=False, checkpoint_s=0.0)
    Training(settings, tmp_path, tmp_path / WEIGHTS_NAME, start=tmp_path / "given.safetensors").run()
    for name, value in load_file(tmp_path / WEIGHTS_NAME).items():
        assert torch.allclose(value.float(), known.state_dict()[name], atol=2e-3), name


def test_training_on_longer_windows_tells_more_frames_apart(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    np.save(tmp_path / "train" / "clip-0.npy", random_clip(2, frames=12))
    known = RestoringNetwork(replace(SMALL, reach=3))
    with torch.no_grad():
        for name, parameter in known.named_parameters():
            parameter.add_(torch.randn_like(parameter) * (3 if name.endswith("lag") else 0.03))
    write_weights(tmp_path / "given.safetensors", known, {})
    settings = FitSettings(steps=1, batch=1, frames=10, rate=1e-9, bfloat16=False, checkpoint_s=0.0)
    Training(settings, tmp_path, tmp_path / WEIGHTS_NAME, start=tmp_path / "given.safetensors").run()
    assert read_weights(tmp_path / WEIGHTS_NAME)[0].shape.reach == 9
    # What was further apart than three frames was taken for three apart, and still is before it learns otherwise.
    batch = ClipSampler(tmp_path / "train", 12, varied=False).draw(1, np.random.default_rng(0))
    noisy, level = torch.randn(batch.truth.shape), torch.tensor([0.5])
    with torch.no_grad():
        before, after = (each(noisy, level, batch.conditions) for each in (known, known.reaching(9)))
    torch.testing.assert_close(after.displacement_m, before.displacement_m, atol=1e-6, rtol=1e-4)


def test_training_without_clips_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(Ani3dError) as caught:
        ClipSampler(tmp_path, 4, varied=False)
    assert caught.value.code == "training-no-clips"
