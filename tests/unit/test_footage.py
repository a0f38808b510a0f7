"""A user's own video through a prior: frame count, size and rate stay, windows fade into each other, and what does not
fit together is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.bake.footage.footage import Footage, read_footage, refuse_unwritable, write_footage
from ani3d_runtime.bake.footage.restore import (
    FootageOptions,
    checked_mask,
    cross_faded,
    plan_footage,
    restore_footage,
)
from ani3d_runtime.bake.sampling.settings import SamplingSettings
from ani3d_runtime.errors import Ani3dError, InputError, UsageError
from tests.stand_in_prior import MORE_INK, StandInPrior, plug_in

RANDOM = np.random.default_rng(0)


def gradient(frames: int, height: int, width: int) -> np.ndarray:
    """[T, H, W, 3] smooth pictures, so that lossy films keep them."""
    t, y, x = np.meshgrid(np.arange(frames), np.arange(height), np.arange(width), indexing="ij")
    return np.stack([60 + 5 * t, 100 + y, 80 + x], axis=3).astype(np.uint8)


def darkened(frames: np.ndarray) -> np.ndarray:
    """What the stand-in makes of pictures that it may change."""
    return np.clip(255 - (255 - frames.astype(float)) * (1 + MORE_INK), 0, 255)


@pytest.mark.parametrize(("name", "tolerance"), [("film.mp4", 2.5), ("film.webp", 2.5), ("film.npz", 0), ("folder", 0)])
def test_what_is_written_is_read_back(tmp_path: Path, name: str, tolerance: float) -> None:
    frames = gradient(7, 34, 46)
    write_footage(tmp_path / name, frames, 25.0)
    back = read_footage(tmp_path / name)
    assert back.frames.shape == frames.shape
    assert np.abs(back.frames.astype(int) - frames).mean() <= tolerance
    assert back.fps == (None if name == "folder" else pytest.approx(25.0))


def test_broadcast_rates_are_fractions_again(tmp_path: Path) -> None:
    write_footage(tmp_path / "film.mp4", gradient(5, 32, 32), 30000 / 1001)
    assert read_footage(tmp_path / "film.mp4").fps == pytest.approx(30000 / 1001, abs=1e-9)


def test_pictures_of_a_folder_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 100):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"shot{number}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    assert read_footage(tmp_path).frames[:, 0, 0, 0].tolist() == [9, 10, 100]


def test_transparent_pictures_lie_over_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (read_footage(tmp_path / "clear.png").frames == 255).all()


@pytest.mark.parametrize("count", [1, 4, 5, 23])
def test_cross_fading_agrees_with_all_windows_at_once(count: int) -> None:
    plan = plan_footage(count, (32, 32), StandInPrior().description, FootageOptions(overlap=0.4))
    windows = RANDOM.random((len(plan.starts), plan.length, 2, 2, 3)).astype(np.float32)
    ramp = np.minimum(np.arange(plan.length) + 1, plan.length - np.arange(plan.length))[:, None, None, None]
    total, weights = np.zeros((count, 2, 2, 3)), np.zeros((count, 1, 1, 1))
    for start, window in zip(plan.starts, windows, strict=True):
        total[start : start + plan.length] += ramp * window
        weights[start : start + plan.length] += ramp
    faded = list(cross_faded(plan.starts, plan.length, lambda index: windows[index].copy()))
    np.testing.assert_allclose(np.stack(faded), total / weights, rtol=1e-5)


def restored(footage: Footage, mask: np.ndarray, **options: object) -> np.ndarray:
    chosen = FootageOptions(**options)  # type: ignore[arg-type]
    prior = StandInPrior()
    plan = plan_footage(len(footage.frames), footage.size_px, prior.description, chosen)
    done: list[float] = []
    result = restore_footage(
        footage,
        prior,
        SamplingSettings(seed=3),
        plan,
        mask=mask,
        control=None,
        reference=None,
        fps=30.0,
        paste=chosen.paste,
        keep=lambda request, sampling, make: make(),
        progress=done.append,
    )
    assert done[-1] == 1.0
    assert all(0 <= fraction <= 1 for fraction in done)
    return result


def test_what_may_change_is_restored_and_the_rest_is_left() -> None:
    footage = Footage(gradient(11, 32, 40), 30.0)
    mask = np.zeros((1, 32, 40), np.float32)
    mask[:, :, 20:] = 1
    result = restored(footage, mask)
    assert result.shape == footage.frames.shape
    np.testing.assert_array_equal(result[:, :, 20:], footage.frames[:, :, 20:])
    np.testing.assert_allclose(result[:, :, :20], darkened(footage.frames[:, :, :20]), atol=4)


def test_large_pictures_keep_their_size_and_detail_where_nothing_changes() -> None:
    footage = Footage(np.repeat(gradient(4, 96, 128), 1, axis=0), 30.0)
    footage.frames[:, ::2, ::2] ^= 16  # finer than the prior's own pixels
    result = restored(footage, np.ones((1, 96, 128), np.float32))
    assert result.shape == footage.frames.shape
    assert np.abs(result.astype(int) - footage.frames).mean() < 1.5
    pasted = restored(footage, np.ones((1, 96, 128), np.float32), paste=True)
    np.testing.assert_array_equal(pasted, footage.frames)
    assert plan_footage(4, (96, 128), StandInPrior().description, FootageOptions()).work_size_px == (28, 37)
    assert plan_footage(4, (96, 128), StandInPrior().description, FootageOptions(work_px=48)).work_size_px == (48, 64)


def test_masks_lie_on_the_video() -> None:
    footage = Footage(gradient(5, 16, 16), 30.0)
    assert checked_mask(None, footage, "mask").max() == 0
    assert checked_mask(Footage(np.full((1, 16, 16, 3), 255, np.uint8), None), footage, "mask").min() == 1
    for shape, code in (((1, 16, 18, 3), "mask-wrong-size"), ((4, 16, 16, 3), "mask-wrong-length")):
        with pytest.raises(InputError) as refused:
            checked_mask(Footage(np.zeros(shape, np.uint8), None), footage, "mask.png")
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("film.mp4", b"not a film", "footage-unreadable"),
        ("picture.png", b"not a picture", "footage-unreadable"),
        ("video.npz", b"not an archive", "footage-not-npz"),
        ("notes.txt", b"text", "footage-unknown-kind"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Ani3dError) as refused:
        read_footage(tmp_path / name)
    assert refused.value.code == code


def test_wrong_arrays_and_folders_are_refused(tmp_path: Path) -> None:
    def code_of(path: Path) -> str:
        with pytest.raises(Ani3dError) as refused:
            read_footage(path)
        return refused.value.code

    np.savez(tmp_path / "flat.npz", rgb=np.zeros((4, 4, 3), np.uint8))
    np.savez(tmp_path / "bright.npz", rgb=np.full((1, 4, 4, 3), 2.0))
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    for side in (8, 9):
        Image.new("RGB", (side, 8)).save(tmp_path / "mixed" / f"{side}.png")
    assert code_of(tmp_path / "flat.npz") == "footage-wrong-shape"
    assert code_of(tmp_path / "bright.npz") == "footage-range"
    assert code_of(tmp_path / "empty") == "footage-empty"
    assert code_of(tmp_path / "mixed") == "footage-frame-size"
    assert code_of(tmp_path / "nowhere.mp4") == "footage-not-found"
    with pytest.raises(UsageError, match="even sides"):
        refuse_unwritable(Path("out.mp4"), (15, 16))


def test_the_command(ani3d: Callable, ani3d_process: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", plug_in(tmp_path / "plugin"))
    monkeypatch.syspath_prepend(tmp_path / "plugin")
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "cache"))
    write_footage(tmp_path / "in.npz", gradient(9, 34, 40), 24.0)
    Image.new("L", (40, 34), 0).save(tmp_path / "mask.png")
    inputs = ("restore", tmp_path / "in.npz", "--prior", "stand-in", "--device", "cpu", "--mask", tmp_path / "mask.png")
    planned = ani3d(*inputs, "-o", tmp_path / "out.webp", "--dry-run")
    assert planned.code == 3, planned.stderr  # its backdrop is not white
    assert planned.json["windows"] == 3
    outcome = ani3d_process(*inputs, "-o", tmp_path / "out.npz", "--renoise", "sigma", "--seed", "5")
    assert outcome.code == 3, outcome.stderr
    assert outcome.json["sampling"]["renoise"] == "sigma"
    back = read_footage(tmp_path / "out.npz")
    assert (back.frames.shape, back.fps) == ((9, 34, 40, 3), 24.0)
    np.testing.assert_allclose(back.frames, darkened(gradient(9, 34, 40)), atol=4)
    assert ani3d(*inputs, "-o", tmp_path / "out.npz").error_code == "output-exists"
    assert ani3d(*inputs, "-o", tmp_path / "out.gif").error_code == "footage-output-kind"
    assert not (tmp_path / "out.webp").exists()
