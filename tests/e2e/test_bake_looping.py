"""``ani3d bake`` with ``--loop``, ``--markers`` and ``--in-place``: what the package says, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.bake.markers import read_markers
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.errors import InputError
from ani3d_runtime.package.reader import Package

OPTIONS = ("--rest-pose", "a", "--fit", "none", "--max-error-mm", "2")
FRAMES = 50
PERIOD = 20


@pytest.fixture(scope="module")
def stride(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Knees and arms that swing every 20 frames, going ahead by 5 cm a frame."""
    t = np.arange(FRAMES)
    poses = np.zeros((FRAMES, 24, 3))
    for joint, phase in ((1, 0), (2, np.pi), (4, 1), (5, 1 + np.pi), (16, 2), (17, 2)):
        poses[:, joint, 0] = 0.4 * np.sin(2 * np.pi * t / PERIOD + phase)
    path = tmp_path_factory.mktemp("stride") / "stride.npz"
    np.savez(path, poses=poses, trans=np.stack([0 * t, 0 * t + 1.01, 0.05 * t], axis=1), fps=30)
    return path


def write_markers(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_looping_clip_with_a_residual_from_a_file(
    ani3d: Callable, foreign_capture: Any, stride: Path, tmp_path: Path
) -> None:
    """The file is of the whole motion; the clip is one period, and its recipe bakes the same bytes again."""
    count = len(foreign_capture.means)
    drift = np.linspace(0, 0.05, FRAMES)[:, None, None] * (np.arange(count) % 3 == 0)[None, :, None]
    np.savez(tmp_path / "cloth.npz", dpos_m=np.repeat(drift, 3, axis=2).astype(np.float32))
    bells = [{"name": "bell", "frame": 19}, {"name": "bell", "time_s": 0.25}]
    markers = write_markers(tmp_path / "markers.json", {"stride": bells})
    package = tmp_path / "visitor.a3d"
    command = ("bake", foreign_capture.path, "--motion", stride, "--residual", tmp_path / "cloth.npz", *OPTIONS)
    looping = ("--loop", "stride=10-30", "--markers", markers, "--in-place")
    outcome = ani3d(*command, *looping, "-o", package)
    assert outcome.code == 0, outcome.stderr
    assert outcome.json["loops"]["stride"]["travel_m"][2] == pytest.approx(1.0, abs=1e-3)
    with Package.open(package) as opened:
        clip = opened.clip("stride")
        assert (clip.frame_count, clip.playing.loops, clip.playing.in_place) == (PERIOD, True, True)
        given = [(marker.name, marker.time_s) for marker in clip.playing.markers if marker.kind == "given"]
        assert given == [("bell", 0.25), ("bell", pytest.approx(19 / 30))]
        feet = {marker.name for marker in clip.playing.markers if marker.kind == "contact"}
        assert feet <= {f"{side}_foot_{what}" for side in ("left", "right") for what in ("down", "up")}
        root = clip.motion().root_translation_m[:, 2]
        np.testing.assert_allclose(np.diff(root), 0.05, atol=2e-3)
    recipe = ani3d("info", package).json["recipe"]["steps"][0]
    assert recipe["settings"]["loops"] == ["stride=10-30"]
    assert "markers" in {file["role"] for file in recipe["inputs"]}


def test_a_range_that_is_far_from_alike_is_baked_with_a_warning(
    ani3d: Callable, foreign_capture: Any, stride: Path, tmp_path: Path
) -> None:
    command = ("bake", foreign_capture.path, "--motion", stride, "--residual", "none", *OPTIONS, "--dry-run")
    outcome = ani3d(*command, "--loop", "5-15", "-o", tmp_path / "far.a3d")
    assert outcome.code == 3
    assert [warning["code"] for warning in outcome.json["warnings"]] == ["bake-loop-far"]
    outcome = ani3d(*command, "--loop", "auto", "-o", tmp_path / "auto.a3d")
    assert outcome.code == 0, outcome.stderr
    assert outcome.json["loops"]["stride"]["end_frame"] - outcome.json["loops"]["stride"]["start_frame"] == PERIOD


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--loop", "10-51"), "bake-loop-range"),
        (("--loop", "run=auto"), "bake-loop-motion"),
        (("--loop", "auto", "--stop-frame", "15"), "bake-no-period"),
    ],
)
def test_loops_that_cannot_be(
    ani3d: Callable, foreign_capture: Any, stride: Path, tmp_path: Path, options: tuple[str, ...], code: str
) -> None:
    command = ("bake", foreign_capture.path, "--motion", stride, "--residual", "none", *OPTIONS, "--dry-run")
    outcome = ani3d(*command, *options, "-o", tmp_path / "none.a3d")
    assert outcome.code != 0
    assert outcome.error_code == code


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"stride": [{"name": "bell", "frame": 50}]}, "markers-beyond-end"),
        ({"stride": [{"name": "bell", "time_s": 1.64}]}, "markers-beyond-end"),
        ({"dance": []}, "markers-clip-unknown"),
        (["bell"], "markers-invalid"),
        ({"stride": {"name": "bell"}}, "markers-invalid"),
        ({"stride": ["bell"]}, "markers-invalid"),
        ({"stride": [{"name": "bell"}]}, "markers-invalid"),
        ({"stride": [{"name": "bell", "time_s": 0.1, "frame": 3}]}, "markers-invalid"),
        ({"stride": [{"name": "bell", "frame": 3.0}]}, "markers-invalid"),
        ({"stride": [{"name": "bell", "time_s": True}]}, "markers-invalid"),
        ({"stride": [{"name": "bell", "time_s": -0.1}]}, "markers-invalid"),
        ({"stride": [{"name": "bell", "time_s": float("nan")}]}, "markers-invalid"),
        ({"stride": [{"name": 7, "time_s": 0.1}]}, "markers-invalid"),
        ({"stride": [{"name": "a\u202eb", "time_s": 0.1}]}, "markers-invalid"),
        ({"stride": [{"name": "bell", "time_s": 0.1, "colour": "red"}]}, "markers-invalid"),
    ],
)
def test_markers_that_cannot_be(stride: Path, tmp_path: Path, document: Any, code: str) -> None:
    motion = read_motion(stride, load_builtin_body().skeleton)
    with pytest.raises(InputError) as caught:
        read_markers(write_markers(tmp_path / "markers.json", document), [motion], [None])
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"stride": [{"name": "bell", "frame": 3}], "stride": []}', "'stride' twice"),
        ('{"stride": [{"name": "bell", "frame": 3, "frame": 4}]}', "'frame' twice"),
        ('{"stride": [{"name": "", "frame": 3}]}', "1 to 200 characters"),
    ],
)
def test_markers_that_would_be_lost(stride: Path, tmp_path: Path, text: str, said: str) -> None:
    """Of two lists of one clip JSON keeps the last, and a marker without a name cannot be found."""
    motion = read_motion(stride, load_builtin_body().skeleton)
    path = tmp_path / "markers.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_markers(path, [motion], [None])
    assert caught.value.code == "markers-invalid"
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["{", "\udcff", "[" * 100_000])
def test_a_file_that_is_no_json(stride: Path, tmp_path: Path, text: str) -> None:
    motion = read_motion(stride, load_builtin_body().skeleton)
    path = tmp_path / "markers.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        read_markers(path, [motion], [None])
    assert caught.value.code == "markers-invalid"
    with pytest.raises(InputError) as caught:
        read_markers(tmp_path / "nowhere.json", [motion], [None])
    assert caught.value.code == "markers-unreadable"
