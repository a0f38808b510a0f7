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

FRAMES = 1200


@pytest.fixture(scope="module")
def noisy(foreign_capture, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A bake of several seconds even with warm kernels: noise has to be coded in full."""
    folder = tmp_path_factory.mktemp("noisy")
    random = np.random.default_rng(0)
    np.savez(folder / "long.npz", poses=np.zeros((FRAMES, 24, 3)), trans=np.zeros((FRAMES, 3)), fps=30)
    noise = random.normal(0, 0.05, (FRAMES, len(foreign_capture.means), 3)).astype(np.float32)
    np.savez(folder / "noise.npz", dpos_m=noise)
    inputs = ["--motion", str(folder / "long.npz"), "--residual", str(folder / "noise.npz")]
    return ["bake", str(foreign_capture.path), *inputs, "--rest-pose", "a", "--fit", "none"]


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


def test_ctrl_c_in_the_middle_leaves_nothing(noisy: list[str], tmp_path: Path) -> None:
    process = start([*noisy, "-o", str(tmp_path / "out.a3d")])
    wait_for_stage(process, "residual")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_leaves_nothing(noisy: list[str], tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        process = start([*noisy, "-o", str(disk / "out.a3d"), "--json"])
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 1, errors
        assert '"disk-full"' in errors
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
