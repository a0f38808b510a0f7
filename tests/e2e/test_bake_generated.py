"""``ani3d bake`` with plugins that make the avatar of a picture, or the residual layer of a motion."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from tests.stand_in_generators import LOG, PERSON, plug_in

FRAMES = 6


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign_capture: Any) -> Path:
    """A machine with the stand-ins, a photo and a motion."""
    monkeypatch.syspath_prepend(plug_in(tmp_path / "plugins"))
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "cache"))
    person = tmp_path / "person.ply"
    shutil.copy(foreign_capture.path, person)
    pose = np.zeros((24, 3))
    pose[16, 2], pose[17, 2] = -np.deg2rad(52), np.deg2rad(52)
    np.savez(f"{person}.pose.npz", poses=pose, trans=np.zeros(3))
    monkeypatch.setenv(PERSON, str(person))
    monkeypatch.setenv(LOG, str(tmp_path / "log"))
    Image.new("RGB", (8, 12), "teal").save(tmp_path / "anna.png")
    np.savez(tmp_path / "sway.npz", poses=np.zeros((FRAMES, 24, 3)), trans=np.zeros((FRAMES, 3)), fps=30)
    return tmp_path


def bake(ani3d: Callable, desk: Path, *options: object, picture: str = "anna.png") -> Any:
    command = ("bake", desk / picture, "--avatar-from", "stand-in", "--motion", desk / "sway.npz", "--fit", "none")
    return ani3d(*command, "-o", desk / "anna.a3d", "--force", *options)


def log(desk: Path) -> list[str]:
    return (desk / "log").read_text().splitlines()


def test_a_picture_becomes_a_package_that_says_what_made_it(ani3d: Callable, desk: Path) -> None:
    outcome = bake(ani3d, desk, "--residual", "sway")
    assert outcome.code == 0, outcome.stderr
    assert log(desk) == ["avatar anna.png", f"residual {FRAMES} 2500 24"]
    (step,) = ani3d("info", desk / "anna.a3d").json["recipe"]["steps"]
    assert step["made_with"]["avatar_from"] == "stand-in 1"
    assert step["made_with"]["residual_sway"] == "7"
    assert {file["role"]: file["name"] for file in step["inputs"]} == {
        "avatar": "anna.ply",
        "rest_pose": "pose.npz",
        "motion": "sway.npz",
        "picture": "anna.png",
    }
    with Package.open(desk / "anna.a3d") as package:
        player = ClipPlayer(package, "sway")
        rest = player.pose(player.frame(0)).cloud.means_m.copy()
        moved = player.pose(player.frame(1)).cloud.means_m - rest
    # Arms hang in rest pose, so what moves them is turned with them.
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 0.02 * np.sin(1) * np.sqrt(3), atol=4e-3)


def test_what_was_made_is_kept_until_the_model_or_the_picture_changes(
    ani3d: Callable, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert bake(ani3d, desk, "--residual", "sway").code == 0
    assert len(log(desk)) == 2
    (desk / "twin").mkdir()
    shutil.copy(desk / "anna.png", desk / "twin" / "anna.png")
    assert bake(ani3d, desk, "--dry-run", picture="twin/anna.png").code == 0
    assert len(log(desk)) == 2
    monkeypatch.setenv("STAND_IN_VERSION", "2")
    assert bake(ani3d, desk, "--dry-run").code == 0
    Image.new("RGB", (8, 12), "navy").save(desk / "anna.png")
    assert bake(ani3d, desk, "--dry-run").code == 0
    assert len(log(desk)) == 4


def test_clips_are_added_without_the_plugin(ani3d: Callable, desk: Path) -> None:
    assert bake(ani3d, desk).code == 0
    shutil.copy(desk / "sway.npz", desk / "again.npz")
    outcome = ani3d("bake", "--into", desk / "anna.a3d", "--motion", desk / "again.npz")
    assert outcome.code == 0, outcome.stderr
    assert log(desk) == ["avatar anna.png"]


def test_a_folder_is_all_its_pictures_in_order(ani3d: Callable, desk: Path) -> None:
    (desk / "anna").mkdir()
    for name in ("2.png", "1.png"):
        Image.new("RGB", (8, 12)).save(desk / "anna" / name)
    (desk / "anna" / "notes.txt").touch()
    assert bake(ani3d, desk, "--dry-run", picture="anna").code == 0
    assert log(desk) == ["avatar 1.png 2.png"]


@pytest.mark.parametrize(
    ("options", "code", "exit_code"),
    [
        (("--avatar-from", "stand-inn"), "generator-unknown", 1),
        (("--avatar-from", "broken"), "plugin-broken", 1),
        (("--avatar-from", "liar"), "generator-result", 1),
        (("--avatar-from", "stand-in", "--rest-pose", "a"), "bake-avatar-from", 2),
        (("--avatar-from", "stand-in", "--detail", "low"), "bake-avatar-from", 2),
        (("--residual", "swai"), "bake-residual-unknown", 2),
    ],
)
def test_what_cannot_be_made_is_refused(
    ani3d: Callable, desk: Path, options: tuple[str, ...], code: str, exit_code: int
) -> None:
    outcome = ani3d("bake", desk / "anna.png", "--motion", desk / "sway.npz", *options, "-o", desk / "anna.a3d")
    if "--avatar-from" not in options:
        outcome = bake(ani3d, desk, *options)
    assert (outcome.error_code, outcome.code) == (code, exit_code)
    assert not (desk / "anna.a3d").exists()


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_is_no_picture_is_refused(ani3d: Callable, desk: Path, content: bytes) -> None:
    (desk / "anna.png").write_bytes(content)
    assert bake(ani3d, desk).error_code == "generator-picture"
    (desk / "empty").mkdir()
    assert bake(ani3d, desk, picture="empty").error_code == "generator-picture"


def test_a_model_that_fails_is_quoted_and_leaves_nothing(
    ani3d: Callable, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PERSON, str(desk / "nobody.ply"))
    outcome = bake(ani3d, desk)
    assert outcome.error_code == "tool-failed"
    assert "nobody.ply" in outcome.stderr
    assert list((desk / "cache" / "generated").iterdir()) == []


def test_installed_plugins_are_listed(ani3d: Callable, desk: Path) -> None:
    (desk / "plugins" / "ani3d_stand_ins-1.0.dist-info" / "entry_points.txt").write_text(
        "[ani3d.avatars]\nstand-in = tests.stand_in_generators:StandInReconstruction\n"
        "[ani3d.residuals]\nsway = tests.stand_in_generators:StandInDynamics\n"
    )
    reads = ani3d("formats").json["reads"]
    assert {"kind": "pictures", "what": "stand-in: a stand-in for tests (bake --avatar-from stand-in)"} in reads
    assert {"kind": "residual", "what": "sway: a stand-in for tests (bake --residual sway)"} in reads
