"""Which frames of which clips a command takes, and says that it took."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.package.playing import Playing
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion


@pytest.fixture
def two_clips(tmp_path: Path) -> Path:
    avatar = synthetic_avatar(24)
    clips = [
        ClipSource(name, synthetic_motion(avatar.skeleton, 6), playing=Playing(loops=True)) for name in ("walk", "run")
    ]
    write_package(tmp_path / "two.a3d", avatar, clips)
    return tmp_path / "two.a3d"


def test_a_film_of_two_clips_says_what_is_seen_of_each(two_clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fade = ["--clip", "walk", "--then", "run", "--fade-s", "0.1", "--size", "16x16", "--force"]
    line = ["render", str(two_clips), "-o", str(two_clips.with_suffix(".webp")), *fade]
    assert run(["--json", *line]) == 0
    written = json.loads(capsys.readouterr().out)
    assert written["frames"] == 9
    assert written["clips"] == [{"name": "walk", "frames": 6}, {"name": "run", "frames": 6}]
    assert run(line) == 0
    assert "9 frame(s): walk in 6, run in 6" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("frames", ["4-9", "0,6", "6-6"])
def test_frames_that_a_clip_has_not_are_named_by_their_option(
    two_clips: Path, capsys: pytest.CaptureFixture[str], frames: str
) -> None:
    for line in ("render -o film.webp", "export --to ply-sequence -o out"):
        command, *options = line.split()
        assert run(["--json", command, str(two_clips), *options, "--clip", "walk", "--frames", frames]) == 1
        error = json.loads(capsys.readouterr().err.strip().splitlines()[-1])["error"]
        assert (error["code"], error["subject"]) == ("frame-not-found", "--frames")
        assert error["expected"] == "frames 0 to 5 of the clip walk"
