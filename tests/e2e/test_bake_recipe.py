"""The recipe in a package: the same inputs are the same bytes wherever they lie, and a later bake needs no telling."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FRAMES = 6
OPTIONS = ("--rest-pose", "a", "--fit", "none", "--max-error-mm", "2")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nobody has baked yet."""
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def inputs(folder: Path, capture: Path, lift_m: float = 0.0) -> Path:
    """A folder with all that a bake reads."""
    folder.mkdir()
    shutil.copy(capture, folder / "visitor.ply")
    for name in ("sway", "shake"):
        trans = np.full((FRAMES, 3), lift_m)
        np.savez(folder / f"{name}.npz", poses=np.zeros((FRAMES, 24, 3)), trans=trans, fps=30)
    wave = 0.02 * np.sin(np.arange(FRAMES))[:, None, None] * np.ones((1, 2500, 3))
    np.savez(folder / "cloth.npz", dpos_m=wave.astype(np.float32))
    return folder


def bake(ani3d: Callable, folder: Path) -> Path:
    clip = ("--motion", folder / "sway.npz", "--residual", folder / "cloth.npz")
    outcome = ani3d("bake", folder / "visitor.ply", *clip, *OPTIONS, "-o", folder / "out.a3d")
    assert outcome.code == 0, outcome.stderr
    return folder / "out.a3d"


def recipe_of(ani3d: Callable, package: Path) -> dict[str, Any]:
    return ani3d("info", package).json["recipe"]


def test_the_same_inputs_in_other_folders_are_the_same_bytes(
    ani3d: Callable, foreign_capture: Any, tmp_path: Path
) -> None:
    one = bake(ani3d, inputs(tmp_path / "one", foreign_capture.path))
    other = bake(ani3d, inputs(tmp_path / "another one", foreign_capture.path))
    assert one.read_bytes() == other.read_bytes()
    assert str(tmp_path).encode() not in one.read_bytes()
    (step,) = recipe_of(ani3d, one)["steps"]
    assert step["clips"] == ["sway"]
    assert step["settings"]["max_error_m"] == 2e-3
    assert step["settings"]["residuals"] == ["cloth.npz"]
    files = {file["role"]: file for file in step["inputs"]}
    for role, name in (("avatar", "visitor.ply"), ("motion", "sway.npz"), ("residual", "cloth.npz")):
        data = (tmp_path / "one" / name).read_bytes()
        assert (files[role]["name"], files[role]["size_bytes"]) == (name, len(data))
        assert files[role]["sha256"] == hashlib.sha256(data).hexdigest()
    assert {"program", "codec", "binding", "driver", "motion", "contacts"} == set(step["made_with"])


def test_a_changed_input_changes_its_digest_and_no_other(ani3d: Callable, foreign_capture: Any, tmp_path: Path) -> None:
    one = recipe_of(ani3d, bake(ani3d, inputs(tmp_path / "one", foreign_capture.path)))["steps"][0]
    two = recipe_of(ani3d, bake(ani3d, inputs(tmp_path / "two", foreign_capture.path, lift_m=1e-3)))["steps"][0]
    changed = [a["role"] for a, b in zip(one["inputs"], two["inputs"], strict=True) if a != b]
    assert changed == ["motion"]
    assert one["settings"] == two["settings"]


def test_clips_are_added_after_the_capture_has_moved(
    ani3d: Callable, foreign_capture: Any, tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = inputs(tmp_path / "in", foreign_capture.path)
    package = bake(ani3d, folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    carried = Path(shutil.copy(package, elsewhere / "carried.a3d"))
    clip = ("--motion", folder / "shake.npz", "--into", carried)
    dry = (*clip, "--dry-run")
    assert ani3d("bake", *dry).code == 0, "it is still where it was"
    (folder / "visitor.ply").rename(elsewhere / "visitor.ply")
    assert ani3d("bake", *dry).code == 0, "it lies beside the package"
    (elsewhere / "visitor.ply").rename(tmp_path / "visitor.ply")
    missing = ani3d("bake", *dry)
    assert missing.error_code == "bake-input-missing"
    assert "AVATAR" in missing.stderr
    monkeypatch.chdir(tmp_path)
    assert ani3d("bake", *dry).code == 0, "it lies in the current folder"
    monkeypatch.chdir(folder)
    assert ani3d("bake", tmp_path / "visitor.ply", *clip).code == 0
    steps = recipe_of(ani3d, carried)["steps"]
    assert [step["clips"] for step in steps] == [["sway"], ["shake"]]
    # A file of that name and length with something else in it is not the capture.
    data = bytearray((tmp_path / "visitor.ply").read_bytes())
    data[-1] ^= 1
    (elsewhere / "visitor.ply").write_bytes(data)
    shutil.rmtree(own_cache)
    again = ("--motion", folder / "shake.npz", "--into", carried, "--force", "--dry-run")
    assert ani3d("bake", *again).error_code == "bake-input-missing"
    os.remove(elsewhere / "visitor.ply")


def test_each_clip_keeps_the_recipe_of_the_bake_that_wrote_it(
    ani3d: Callable, foreign_capture: Any, tmp_path: Path
) -> None:
    folder = inputs(tmp_path / "in", foreign_capture.path)
    package = bake(ani3d, folder)
    shake = ("--motion", folder / "shake.npz", "--into", package)
    assert ani3d("bake", *shake, "--start-frame", "1").code == 0
    assert ani3d("bake", "--motion", folder / "sway.npz", "--into", package, "--force").code == 0
    steps = recipe_of(ani3d, package)["steps"]
    assert [step["clips"] for step in steps] == [["sway"], ["shake"], ["sway"]]
    assert [step["settings"]["motion_options"]["start"] for step in steps] == [0, 1, 0]
    assert [step["settings"]["residuals"] for step in steps] == [["cloth.npz"], [], []]
    assert {step["settings"]["rest_pose"] for step in steps} == {"a"}
    assert ani3d("bake", *shake, "--force").code == 0
    steps = recipe_of(ani3d, package)["steps"]
    assert [step["settings"]["motion_options"]["start"] for step in steps] == [0, 0, 0]
    assert [step["clips"] for step in steps] == [["sway"], ["sway"], ["shake"]]
