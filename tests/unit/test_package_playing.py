"""What a package says of how its clips are played: written, read, added to, listed and shown."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.cli.app import run
from ani3d_runtime.client.protocol.listing import ClipListing
from ani3d_runtime.geometry.travel import Travel
from ani3d_runtime.package.playing import Marker, Playing
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.assets.service import summary_of
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

WALKING = Playing(
    loops=True,
    travel=Travel((0.25, 0.0, 1.25), -0.5),
    in_place=True,
    markers=(Marker("left_foot_down", 0.1, "contact"), Marker("bell", 0.1, "given")),
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    avatar = synthetic_avatar(24)
    clips = [
        ClipSource("walk", synthetic_motion(avatar.skeleton, 12), playing=WALKING),
        ClipSource("stand", synthetic_motion(avatar.skeleton, 3)),
    ]
    write_package(tmp_path / "ada.a3d", avatar, clips)
    add_clips(tmp_path / "ada.a3d", avatar, [ClipSource("sit", synthetic_motion(avatar.skeleton, 3))])
    return tmp_path / "ada.a3d"


def test_a_package_tells_how_its_clips_are_played(package: Path) -> None:
    with Package.open(package) as opened:
        assert [opened.clip(name).playing for name in opened.clip_names] == [WALKING, Playing(), Playing()]


def test_a_client_is_told_how_clips_are_played(package: Path) -> None:
    entry = Catalogue(package.parent).find("ada")
    whole = [ClipListing.from_message(clip).playing for clip in summary_of(entry, markers=True).clips]
    assert whole == [WALKING, Playing(), Playing()]
    listed = ClipListing.from_message(summary_of(entry).clips[0]).playing
    assert listed == Playing(WALKING.loops, WALKING.travel, WALKING.in_place)


def test_info_shows_markers_and_loops(
    package: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(["info", str(package)]) == 0
    shown = capsys.readouterr().out
    assert "loops, 1.27 m -29°, in place" in shown
    walk, stand = (line.split() for line in shown.splitlines() if line.startswith(("walk  ", "stand  ")))
    assert (walk[3], stand[3]) == ("0.40", "0.07"), "a loop lasts until its first frame is shown again"
    assert "left_foot_down" in shown
    assert run(["--json", "info", str(package)]) == 0
    clip, stand, _ = json.loads(capsys.readouterr().out)["clips"]
    assert (clip["period_s"], clip["duration_s"]) == pytest.approx((12 / 30, 11 / 30))
    assert stand["period_s"] == stand["duration_s"] == pytest.approx(2 / 30)
    assert (clip["loops"], clip["in_place"], clip["markers"][1]["name"]) == (True, True, "bell")


def test_how_a_clip_plays_takes_two_lines_of_a_narrow_terminal(
    package: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["info", str(package)]) == 0
    lines = capsys.readouterr().out.splitlines()
    walk, stand = (next(row for row, line in enumerate(lines) if line.startswith(name)) for name in ("walk ", "stand "))
    assert stand - walk <= 2


@pytest.mark.parametrize("heading_rad", [0.0, 1e-12, 0.7, -3.1])
@pytest.mark.parametrize("turns", [-3, 0, 1, 4])
def test_periods_of_travel_follow_one_another(heading_rad: float, turns: int) -> None:
    travel = Travel((0.3, 0.1, 1.2), heading_rad)
    cosine, sine = math.cos(heading_rad), math.sin(heading_rad)
    once = np.array([[cosine, 0, sine, 0.3], [0, 1, 0, 0.1], [-sine, 0, cosine, 1.2], [0, 0, 0, 1]])
    expected = np.linalg.matrix_power(once, turns)
    moved, heading = travel.power(turns)
    np.testing.assert_allclose(moved, expected[:3, 3], atol=1e-9)
    np.testing.assert_allclose(
        [math.cos(heading), math.sin(heading)], [expected[0, 0], expected[0, 2]], rtol=0, atol=1e-9
    )
