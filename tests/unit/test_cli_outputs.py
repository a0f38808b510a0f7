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
