"""``ani3d bake --into``: a clip for a package that is there, and nothing lost where it does not come to that."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

FRAMES = 24


def write_motion(path: Path, frames: int = FRAMES) -> Path:
    np.savez(path, poses=np.zeros((frames, 24, 3)), trans=np.zeros((frames, 3)), fps=30)
    return path


def write_residual(path: Path, count: int, seed: int, frames: int = FRAMES) -> Path:
    """A wave over some of the Gaussians, others for another seed."""
    generator = np.random.default_rng(seed)
    members = generator.uniform(0, 1, count) < 0.4
    phases = generator.uniform(0, 6, (1, count, 3))
    wave = 0.02 * np.sin(np.arange(frames)[:, None, None] / 6 + phases) * members[None, :, None]
    np.savez(path, dpos_m=wave.astype(np.float32))
    return path


@pytest.fixture(scope="module")
def folder(foreign_capture, ani3d: Callable, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with one clip from a file, baked with options of its own, and a second motion and residual."""
    folder = tmp_path_factory.mktemp("into")
    count = len(foreign_capture.means)
    for seed, name in enumerate(("sway", "shake")):
        write_motion(folder / f"{name}.npz")
        write_residual(folder / f"{name}_residual.npz", count, seed)
    options = ("--rest-pose", "a", "--fit", "none", "--max-error-mm", "2")
    inputs = ("--motion", folder / "sway.npz", "--residual", folder / "sway_residual.npz")
    outcome = ani3d("bake", foreign_capture.path, *inputs, *options, "-o", folder / "visitor.a3d")
    assert outcome.code == 0, outcome.stderr
    return folder


@pytest.fixture
def package(folder: Path, tmp_path: Path) -> Path:
    path = tmp_path / "visitor.a3d"
    path.write_bytes((folder / "visitor.a3d").read_bytes())
    return path


def test_a_clip_from_a_file_is_added_in_the_users_order(ani3d: Callable, folder: Path, package: Path) -> None:
    """Without a word about body, axes, fit, rest pose or bound: the package knows."""
    inputs = ("--motion", folder / "shake.npz", "--residual", folder / "shake_residual.npz", "--into", package)
    before = package.read_bytes()
    dry = ani3d("bake", *inputs, "--dry-run")
    assert dry.code == 0, dry.stderr
    assert package.read_bytes() == before
    outcome = ani3d("bake", *inputs)
    assert outcome.code == 0, outcome.stderr
    assert [clip["name"] for clip in outcome.json["package"]["clips"]] == ["sway", "shake"]
    sources = [folder / f"{name}_residual.npz" for name in ("sway", "shake")]
    checked = ani3d("validate", package, "--against", sources[0], "--against", sources[1])
    assert checked.code == 0, checked.stdout
    provenance = ani3d("info", package).json["provenance"]
    assert provenance["rest_pose"] == "a"
    assert "residuals shake_residual.npz" in provenance["added shake"]
    again = ani3d("bake", *inputs)
    assert again.error_code == "clip-name-taken"
    assert ani3d("bake", *inputs, "--force").code == 0


def test_what_cannot_be_added_is_refused(ani3d: Callable, foreign_capture, folder: Path, package: Path) -> None:
    before = package.read_bytes()
    motion = ("--motion", folder / "shake.npz")
    moved = package.parent / "moved.ply"
    data = bytearray(foreign_capture.path.read_bytes())
    start = data.index(b"end_header\n") + 11
    data[start : start + 4] = np.float32(0.7).tobytes()
    moved.write_bytes(data)
    refusals = {
        "bake-into-other-avatar": ("bake", moved, *motion, "--into", package),
        "bake-into-contradiction": ("bake", *motion, "--into", package, "--axes", "yup"),
        "bake-output-or-into": ("bake", foreign_capture.path, *motion, "--into", package, "-o", package),
        "bake-no-avatar": ("bake", *motion, "-o", package),
        "clip-name-taken": ("bake", "--motion", folder / "sway.npz", "--into", package),
        "file-not-found": ("bake", *motion, "--into", package.parent / "none.a3d"),
        "package-wrong-magic": ("bake", *motion, "--into", moved),
    }
    for code, arguments in refusals.items():
        outcome = ani3d(*arguments)
        assert outcome.code != 0
        assert outcome.error_code == code
    assert package.read_bytes() == before


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_bake_into_that_is_stopped_leaves_the_package_as_it_was(
    foreign_capture, package: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    frames = 1200
    write_motion(tmp_path / "long.npz", frames)
    generator = np.random.default_rng(3)
    noise = generator.normal(0, 0.05, (frames, len(foreign_capture.means), 3)).astype(np.float32)
    np.savez(tmp_path / "noise.npz", dpos_m=noise)
    before = package.read_bytes()
    inputs = ["--motion", str(tmp_path / "long.npz"), "--residual", str(tmp_path / "noise.npz")]
    command = [sys.executable, "-m", "ani3d_runtime.cli", "bake", *inputs, "--into", str(package)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any(line.startswith("residual") for line in process.stderr), "the package stage was never reached"
    process.send_signal(stop)
    process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGKILL)
    assert package.read_bytes() == before
