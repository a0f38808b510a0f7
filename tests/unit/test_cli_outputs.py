"""What commands would write is looked at before anything is fetched: no server is needed to refuse it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ani3d_runtime.cli.app import run

NOBODY = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("name", "code"),
    [("none/film.mp4", "output-no-folder"), ("there.mp4", "output-exists"), ("film.avi", "video-suffix")],
)
def test_play_refuses_a_film(name: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "there.mp4").write_bytes(b"of yesterday")
    assert run(["--json", "play", NOBODY, "ada", "--render", str(tmp_path / name)]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == code
    assert (tmp_path / "there.mp4").read_bytes() == b"of yesterday"


@pytest.mark.parametrize(("name", "code"), [("none/now.png", "output-no-folder"), ("now.jpg", "picture-suffix")])
def test_watch_refuses_a_picture(name: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "watch", NOBODY, "stage", "--picture", str(tmp_path / name)]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == code


def test_a_refused_key_file_is_not_answered_with_an_option_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "token.keys"
    key.write_text("in use")
    assert run(["--json", "token", "--new-key", str(key)]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "output-exists"
    assert "--force" not in error["fix"]
    assert key.read_text() == "in use"


def test_names_are_printed_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Markup and emoji of the library that prints.
    assert run(["info", str(tmp_path / "take[final]:x:.bvh")]) == 1
    assert "take[final]:x:.bvh" in capsys.readouterr().err


def test_a_file_of_no_kind_is_answered_with_all_that_info_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = tmp_path / "names.txt"
    names.write_text('{"Hips": "pelvis"}')
    assert run(["--json", "info", str(names)]) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "package-wrong-magic"
    assert "motion" in error["expected"]
    assert "ani3d formats" in error["fix"]


def test_a_motion_in_the_place_of_an_avatar_is_told_where_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    motion = tmp_path / "walk.bvh"
    motion.write_text("HIERARCHY\n")
    assert run(["--json", "bake", str(motion), "--motion", "walk", "-o", str(tmp_path / "me.a3d")]) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert (error["code"], error["found"]) == ("bake-avatar-unknown", "a motion")
    assert "--motion" in error["fix"]
