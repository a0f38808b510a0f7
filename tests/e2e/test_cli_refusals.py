"""Bad input at the command line: a coded error, a non-zero exit, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

FRAMES = 6
# How the capture stands need not be found out first: that takes seconds.
AS_IT_STANDS = ("--fit", "none", "--rest-pose", "a")


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    path = tmp_path / "step.npz"
    np.savez(path, poses=np.zeros((FRAMES, 24, 3)), trans=np.zeros((FRAMES, 3)), fps=30)
    return path


def files_in(folder: Path) -> set[str]:
    return {str(entry.relative_to(folder)) for entry in folder.rglob("*")}


def broken_ply(folder: Path, source: bytes, kind: str) -> Path:
    path = folder / f"{kind}.ply"
    if kind == "no-opacity":
        source = source.replace(b"property float opacity", b"property float opocity")
    elif kind == "huge-count":
        source = source.replace(b"element vertex 2500", b"element vertex 4000000000")
    elif kind == "empty":
        source = source[: source.index(b"end_header\n") + 11].replace(b"element vertex 2500", b"element vertex 0")
    elif kind == "nan":
        start = source.index(b"end_header\n") + 11
        source = source[:start] + np.float32(np.nan).tobytes() + source[start + 4 :]
    elif kind == "cut-short":
        source = source[:-1000]
    elif kind == "not-ply":
        source = b"solid not a ply\n" * 50
    path.write_bytes(source)
    return path


@pytest.mark.parametrize("kind", ["no-opacity", "huge-count", "empty", "nan", "cut-short", "not-ply"])
def test_broken_ply(ani3d: Callable, foreign_capture, motion: Path, tmp_path: Path, kind: str) -> None:
    ply = broken_ply(tmp_path, foreign_capture.path.read_bytes(), kind)
    before = files_in(tmp_path)
    outcome = ani3d("bake", ply, "--motion", motion, "-o", tmp_path / "out.a3d")
    assert outcome.code == 1
    assert outcome.error_code.startswith(("ply-", "splats-"))
    assert files_in(tmp_path) == before


def test_missing_files(ani3d: Callable, foreign_capture, motion: Path, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    out = tmp_path / "out.a3d"
    assert ani3d("bake", tmp_path / "none.ply", "--motion", motion, "-o", out).code == 1
    bake = ("bake", foreign_capture.path, *AS_IT_STANDS)
    assert ani3d(*bake, "--motion", tmp_path / "none.npz", "-o", out).code == 1
    assert ani3d(*bake, "--motion", "no-such-motion", "-o", out).code == 1
    assert ani3d("bake", "no-such-character", "--motion", motion, "-o", out).code == 1
    assert ani3d("info", out).code == 1
    assert files_in(tmp_path) == before


def residual_arrays(kind: str) -> dict[str, np.ndarray]:
    arrays = {"dpos_m": np.zeros((FRAMES, 2500, 3), np.float32)}
    if kind == "other-n":
        return {"dpos_m": arrays["dpos_m"][:, :-1]}
    if kind == "other-t":
        return {"dpos_m": arrays["dpos_m"][:-1]}
    if kind == "nan":
        arrays["dpos_m"][3, 7, 1] = np.nan
    if kind == "no-position":
        return {"drot_rad": arrays["dpos_m"]}
    if kind == "pickle":
        return {"dpos_m": np.array([{"a": 1}], dtype=object)}
    return arrays


@pytest.mark.parametrize("kind", ["other-n", "other-t", "nan", "no-position", "pickle"])
def test_broken_residual(ani3d: Callable, foreign_capture, motion: Path, tmp_path: Path, kind: str) -> None:
    np.savez(tmp_path / "residual.npz", **residual_arrays(kind))
    before = files_in(tmp_path)
    outcome = ani3d(
        *("bake", foreign_capture.path, "--motion", motion, "--residual", tmp_path / "residual.npz"),
        *(*AS_IT_STANDS, "-o", tmp_path / "out.a3d"),
    )
    assert outcome.code == 1
    assert outcome.error_code.startswith("residual-")
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("kind", ["joints", "nan", "pickle", "no-poses"])
def test_broken_motion(ani3d: Callable, foreign_capture, tmp_path: Path, kind: str) -> None:
    poses = np.zeros((FRAMES, 19 if kind == "joints" else 24, 3))
    if kind == "nan":
        poses[2, 3] = np.nan
    arrays: dict[str, np.ndarray] = {"poses": poses, "trans": np.zeros((FRAMES, 3)), "fps": np.array(30)}
    if kind == "pickle":
        arrays["poses"] = np.array([{"a": 1}], dtype=object)
    if kind == "no-poses":
        del arrays["poses"]
    np.savez(tmp_path / "bad.npz", **arrays)
    before = files_in(tmp_path)
    bake = ("bake", foreign_capture.path, *AS_IT_STANDS)
    outcome = ani3d(*bake, "--motion", tmp_path / "bad.npz", "-o", tmp_path / "out.a3d")
    assert outcome.code == 1
    assert outcome.error_code.startswith("motion-")
    assert files_in(tmp_path) == before


def test_usage_errors_exit_with_two(ani3d: Callable, foreign_capture, motion: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.a3d"
    bake = ("bake", foreign_capture.path, "--motion", motion, *AS_IT_STANDS)
    assert ani3d(*bake).code == 2, "no output named"
    assert ani3d(*bake, "-o", out, "--axes", "sideways").code == 2
    assert ani3d(*bake, "-o", out, "--max-error-mm", "0").code == 2
    assert ani3d(*bake, "--motion", motion, "-o", out).code == 2, "two clips of one name"
    assert ani3d(*bake, "-o", tmp_path / "no" / "such" / "folder.a3d").code == 2
    assert ani3d("fly").code == 2
    assert not out.exists()
