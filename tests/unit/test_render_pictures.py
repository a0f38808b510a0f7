"""Pictures and films: what is written is what was rendered, whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.errors import InputError, ResourceError, UsageError
from ani3d_runtime.render.image import (
    contact_sheet,
    over_studio,
    side_by_side,
    studio_background,
    to_srgb8,
    with_label,
    write_png,
)
from ani3d_runtime.render.video import write_video


def flat(value: float, height: int = 48, width: int = 64) -> np.ndarray:
    return np.full((height, width, 3), value, np.float32)


def mp4_frames(path: Path, width: int, height: int) -> np.ndarray:
    """[T, H, W, 3] uint8, decoded by ffmpeg."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(path),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def test_png_holds_the_picture(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).uniform(-0.2, 1.2, (20, 30, 3)).astype(np.float32)
    write_png(tmp_path / "x.png", picture)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "x.png")), to_srgb8(picture))
    assert to_srgb8(flat(0.5))[0, 0, 0] == 128
    assert (to_srgb8(np.float32([[[-1, 2, np.nan]]])) == [[[0, 255, 0]]]).all()
    assert [file.name for file in tmp_path.iterdir()] == ["x.png"]


def test_a_folder_that_is_not_there_is_a_coded_refusal(tmp_path: Path) -> None:
    for write in (lambda p: write_png(p.with_suffix(".png"), flat(0)), lambda p: write_video(p, [flat(0)], 10)):
        with pytest.raises(ResourceError) as caught:
            write(tmp_path / "missing" / "x.webp")
        assert caught.value.code == "output-unwritable"


def test_studio_fills_what_the_person_leaves_free() -> None:
    rgb, alpha = np.zeros((48, 64, 3), np.float32), np.zeros((48, 64), np.float32)
    rgb[10:20, 10:20], alpha[10:20, 10:20] = (1, 0, 0), 1
    picture = over_studio(rgb, alpha)
    np.testing.assert_array_equal(picture[15, 15], (1, 0, 0))
    np.testing.assert_array_equal(picture[40:], studio_background(64, 48)[40:])
    assert picture.dtype == np.float32
    assert studio_background(64, 48).min() > 0.5  # bright all over


def test_panels_stand_side_by_side_with_a_line_between() -> None:
    picture = side_by_side([flat(0.2, 200, 100), flat(0.7, 200, 101)], labels=["rigid", "residual"])
    assert picture.shape == (200, 201, 3)
    assert (picture[20, 40], picture[20, 160]) == (pytest.approx(0.2), pytest.approx(0.7))
    np.testing.assert_array_equal(picture[:, 99:101], 1)


def test_labels_are_drawn_low_at_the_left_and_never_over_small_pictures() -> None:
    picture = flat(0.5, 256, 256)
    labelled = with_label(picture, "residual")
    changed = np.argwhere((labelled != picture).any(axis=2))
    assert changed[:, 0].min() > 200
    assert changed[:, 1].max() < 128
    assert labelled.max() > 0.95  # white letters
    np.testing.assert_array_equal(with_label(flat(0.5, 8, 8), "residual"), flat(0.5, 8, 8))


def test_contact_sheet_holds_every_picture() -> None:
    sheet = contact_sheet([flat(index / 10) for index in range(5)], columns=3)
    assert sheet.shape == (48 * 2 + 2, 64 * 3 + 4, 3)
    for index in range(5):
        assert sheet[index // 3 * 50 + 5, index % 3 * 66 + 5, 0] == pytest.approx(index / 10)
    assert sheet[60, 150, 0] == 1


def test_pictures_that_do_not_fit_are_refused() -> None:
    for call, code in (
        (lambda: side_by_side([flat(0), flat(0, 20)], labels=["a", "b"]), "image-panels"),
        (lambda: side_by_side([flat(0)], labels=[]), "image-panels"),
        (lambda: contact_sheet([], columns=2), "image-sheet"),
        (lambda: contact_sheet([flat(0), flat(0, 20)], columns=2), "image-sheet"),
        (lambda: to_srgb8(np.zeros((4, 4), np.float32)), "image-wrong-shape"),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.code == code


def test_mp4_holds_the_frames_even_of_odd_size(tmp_path: Path) -> None:
    levels = [0.1, 0.5, 0.9]
    red_half = flat(0.5, 33, 47)
    red_half[:, :20] = (0.9, 0.1, 0.1)
    write_video(tmp_path / "x.mp4", iter([*(flat(level, 33, 47) for level in levels), red_half]), 12.5)
    frames = mp4_frames(tmp_path / "x.mp4", 48, 34)
    assert len(frames) == 4
    for frame, level in zip(frames, levels, strict=False):
        assert abs(frame.mean() / 255 - level) < 0.02
    np.testing.assert_allclose(frames[3, 16, 8] / 255, (0.9, 0.1, 0.1), atol=0.05)
    assert [file.name for file in tmp_path.iterdir()] == ["x.mp4"]


def test_webp_holds_the_frames_and_their_pace(tmp_path: Path) -> None:
    write_video(tmp_path / "x.webp", (flat(level) for level in (0.1, 0.5, 0.9)), 30)
    with Image.open(tmp_path / "x.webp") as film:
        assert film.n_frames == 3
        for index, level in enumerate((0.1, 0.5, 0.9)):
            film.seek(index)
            film.load()
            assert film.info["duration"] == (33, 34, 33)[index]
            assert abs(np.asarray(film.convert("RGB")).mean() / 255 - level) < 0.02


@pytest.mark.parametrize("suffix", [".mp4", ".webp"])
def test_a_film_that_breaks_off_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    old = tmp_path / f"x{suffix}"
    old.write_bytes(b"old")

    def frames():  # type: ignore[no-untyped-def]
        yield flat(0.1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(old, frames(), 10)
    assert [file.name for file in tmp_path.iterdir()] == [old.name]
    assert old.read_bytes() == b"old"


def test_films_that_cannot_be_are_refused(tmp_path: Path) -> None:
    cases = [
        ("x.gif", [flat(0)], 10, UsageError, "video-suffix"),
        ("x.webp", [], 10, InputError, "video-empty"),
        ("x.webp", [flat(0)], 0, InputError, "video-frame-rate"),
        ("x.webp", [flat(0), flat(0, 20)], 10, InputError, "video-frame-size"),
        ("x.mp4", [flat(0), flat(0, 20)], 10, InputError, "video-frame-size"),
    ]
    for name, frames, fps, kind, code in cases:
        with pytest.raises(kind) as caught:
            write_video(tmp_path / name, frames, fps)
        assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_without_the_encoder_the_refusal_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)

    def never():  # type: ignore[no-untyped-def]
        raise AssertionError("a frame was rendered before the encoder was known to be missing")
        yield

    with pytest.raises(ResourceError, match=r"ani3d-runtime\[video\]") as caught:
        write_video(tmp_path / "x.mp4", never(), 10)
    assert caught.value.code == "video-encoder-missing"


def test_an_encoder_that_fails_is_reported_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho no room on this disk >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(broken))
    with pytest.raises(ResourceError, match="no room on this disk") as caught:
        write_video(tmp_path / "x.mp4", [flat(0.5, 512, 512)] * 3, 10)
    assert caught.value.code == "video-encoder-failed"
    assert not (tmp_path / "x.mp4").exists()


def test_an_encoder_that_is_just_starting_does_not_outlive_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, films, pause_s = tmp_path / "ffmpeg", tmp_path / "films", 0.2
    late.write_text(f'#!/bin/sh\nsleep {pause_s}\nfor film; do :; done\necho frames > "$film"\n')
    late.chmod(0o755)
    films.mkdir()
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(late))
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = start(*arguments, **options)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        return process

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_video(films / "x.mp4", [flat(0.5)] * 3, 10)
    time.sleep(2 * pause_s)
    assert list(films.iterdir()) == []
