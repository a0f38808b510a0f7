"""A bake that is stopped or runs out of disk leaves nothing behind; a damaged package is refused by every command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

# So many frames of noise take seconds to code, and more room than the small disk has.
LONG, TOO_LARGE = 1200, 120


def noisy_bake(folder: Path, ply: Path, count: int, frames: int) -> list[str]:
    """A bake whose residual cannot be predicted: it has to be coded in full."""
    random = np.random.default_rng(0)
    np.savez(folder / "still.npz", poses=np.zeros((frames, 24, 3)), trans=np.zeros((frames, 3)), fps=30)
    np.savez(folder / "noise.npz", dpos_m=random.normal(0, 0.05, (frames, count, 3)).astype(np.float32))
    inputs = ["--motion", str(folder / "still.npz"), "--residual", str(folder / "noise.npz")]
    return ["bake", str(ply), *inputs, "--rest-pose", "a", "--fit", "none"]


def start(arguments: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ani3d_runtime.cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_stage(process: subprocess.Popen[str], stage: str) -> None:
    """Until the stage before ``stage`` has been reported as done."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(stage):
            return
    raise AssertionError(f"{stage} was never reached: exit code {process.wait()}")


def test_ctrl_c_in_the_middle_leaves_nothing(foreign_capture, tmp_path: Path) -> None:
    output = tmp_path / "output"
    output.mkdir()
    bake = noisy_bake(tmp_path, foreign_capture.path, len(foreign_capture.means), LONG)
    process = start([*bake, "-o", str(output / "out.a3d")])
    wait_for_stage(process, "residual")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert list(output.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_leaves_nothing(ani3d: Callable, foreign_capture, tmp_path: Path) -> None:
    bake = noisy_bake(tmp_path, foreign_capture.path, len(foreign_capture.means), TOO_LARGE)
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        outcome = ani3d(*bake, "-o", disk / "out.a3d")
        assert (outcome.code, outcome.error_code) == (1, "disk-full")
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.fixture(scope="module")
def package(foreign_capture, ani3d: Callable, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("damage") / "whole.a3d"
    arguments = ("--motion", "walk", "--stop-frame", "40", "--rest-pose", "a", "--fit", "none")
    outcome = ani3d("bake", foreign_capture.path, *arguments, "-o", path)
    assert outcome.code == 0, outcome.stderr
    assert ani3d("validate", path).json["ok"] is True
    return path.read_bytes()


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign"])
def test_damaged_packages_are_refused(ani3d: Callable, package: bytes, tmp_path: Path, damage: str) -> None:
    data = bytearray(package)
    if damage == "cut":
        data = data[: len(data) // 2]
    elif damage == "flipped":
        data[len(data) // 2] ^= 4
    else:
        data = bytearray(b"PK\x03\x04" * 400)
    path = tmp_path / "damaged.a3d"
    path.write_bytes(data)
    validated = ani3d("validate", path)
    assert validated.code == 1
    assert validated.json["ok"] is False
    assert validated.json["findings"][0]["fix"]
    picture = tmp_path / "frame.png"
    rendered = ani3d("render", path, "--frame", "30", "-o", picture)
    assert rendered.code == 1
    assert rendered.error_code
    assert not picture.exists()


def test_names_that_are_not_there(ani3d: Callable, package: bytes, tmp_path: Path) -> None:
    path = tmp_path / "whole.a3d"
    path.write_bytes(package)
    export = ("export", path, "--to", "ply-sequence", "-o", tmp_path / "frames")
    assert ani3d(*export, "--clip", "waltz").error_code == "clip-not-found"
    assert ani3d(*export, "--frames", "0,40").error_code == "frame-not-found"
    assert ani3d("export", path, "--to", "obj", "-o", tmp_path / "frames").error_code == "exporter-unknown"
    assert ani3d("render", path, "--frame", "40", "-o", tmp_path / "a.png").error_code == "frame-not-found"
    assert ani3d("render", path, "-o", tmp_path / "a.png").error_code == "frame-not-named"
    assert (
        ani3d("render", path, "--frame", "1", "--size", "big", "-o", tmp_path / "a.png").error_code == "size-unreadable"
    )
    assert ani3d("render", path, "--frame", "-1", "-o", tmp_path / "a.png").error_code == "frame-not-found"
    assert ani3d("render", path, "--frame", "3", "-o", tmp_path / "a.mp4").error_code == "frame-and-film"
    assert ani3d(*export, "--frames", "9-3").error_code == "frames-backwards"
    assert {entry.name for entry in tmp_path.iterdir()} == {"whole.a3d"}
