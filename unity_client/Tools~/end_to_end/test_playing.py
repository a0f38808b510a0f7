"""Clips: the frames that Python's client gets, through seeks, loops and killed servers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frame_file import FrameReader
from program import Program
from served import Served

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.package.reader import Package

FPS = 30.0
NODES_FPS = 24.0


def close(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], within: float) -> bool:
    return found.shape == expected.shape and bool(np.abs(found - expected).max(initial=0.0) <= within)


@pytest.mark.parametrize("avatar", ["ada", "nodes"])
def test_light_frames_of_floats_are_those_of_pythons_client(
    client: Callable[..., Program], server: Served, tmp_path: Path, avatar: str
) -> None:
    clip = "stroll" if avatar == "ada" else "walk"
    client("play", server.address, avatar=avatar, clip=clip, out=tmp_path / "frames").end()
    found = FrameReader(tmp_path / "frames").light()
    with Client(server.address) as python:
        expected = list(python.frames(avatar, clip, PlayOptions(pacing="every-frame")))
    assert [frame.time_s for frame in found] == [frame.time_s for frame in expected]
    for mine, theirs in zip(found, expected, strict=True):
        for name in ("root_translation_m", "joint_rotations_wxyz", "node_displacements_m", "node_rotations_wxyz"):
            assert np.array_equal(mine.arrays[name], getattr(theirs, name)), name
        if theirs.detail is not None:
            assert np.array_equal(mine.arrays["indices"], theirs.detail.indices)
            assert np.array_equal(mine.arrays["position_m"], theirs.detail.dpos_m)
    assert avatar != "ada" or found[0].arrays["indices"].size


def test_light_frames_in_steps_are_those_of_pythons_client(
    client: Callable[..., Program], server: Served, catalogue: Path, tmp_path: Path
) -> None:
    held = catalogue / "nodes.a3d"
    run = client("play", server.address, avatar="nodes", clip="walk", out=tmp_path / "frames", steps=held)
    assert run.until("header ").endswith("True"), "frames come in steps"
    run.end()
    found = FrameReader(tmp_path / "frames").light()
    with Package.open(held) as package, Client(server.address) as python:
        options = PlayOptions(pacing="every-frame", with_detail=False, package=package)
        expected = list(python.frames("nodes", "walk", options))
    for mine, theirs in zip(found, expected, strict=True):
        for name in ("root_translation_m", "joint_rotations_wxyz", "node_displacements_m", "node_rotations_wxyz"):
            assert close(mine.arrays[name], getattr(theirs, name), 1e-6), name
    assert np.abs(found[-1].arrays["node_displacements_m"]).max() > 0


def test_full_frames_are_those_of_pythons_client(
    client: Callable[..., Program], server: Served, tmp_path: Path
) -> None:
    client("play", server.address, avatar="ada", clip="stroll", out=tmp_path / "frames", form="full", frames=5).end()
    found = FrameReader(tmp_path / "frames").full()
    with (
        Client(server.address) as python,
        python.play("ada", "stroll", PlayOptions(mode="full", pacing="every-frame")) as playback,
    ):
        for mine, theirs in zip(found, playback, strict=False):
            assert mine.time_s == theirs.time_s
            for name in ("means_m", "opacities", "colours"):
                assert np.array_equal(mine.arrays[name], getattr(theirs, name)), name
            assert close(mine.arrays["quats_wxyz"], theirs.quats_wxyz, 1e-7)
            assert close(mine.arrays["scales_m"], theirs.scales_m, 1e-9)
    assert len(found) == 5


def numbers(path: Path, fps: float = FPS) -> list[int]:
    times_s = np.array([frame.time_s for frame in FrameReader(path).light()])
    found = np.rint(times_s * fps).astype(int)
    assert np.allclose(found / fps, times_s)
    return list(found)


def test_seeks_and_loops_show_the_frames_that_they_ask_for(
    client: Callable[..., Program], server: Served, tmp_path: Path
) -> None:
    out = tmp_path / "frames"
    with Client(server.address) as python:
        fps = next(clip.fps for one in python.list_avatars() for clip in one.clips if clip.name == "stroll")
    client(
        *("play", server.address),
        avatar="ada",
        clip="stroll",
        out=out,
        frames=20,
        loop=1,
        credits=3,
        seeks=f"5:{30 / fps},10:{2 / fps}",
        begin=1 / fps,
        end=32 / fps,
    ).end()
    found = numbers(out, fps)
    assert found[:5] == [1, 2, 3, 4, 5]
    assert found[5:8] == [30, 31, 1], "it starts over behind the last frame of its range"
    assert found[10:] == list(range(2, 12))
    epochs = [frame.epoch for frame in FrameReader(out).light()]
    assert epochs == [0] * 5 + [1] * 5 + [2] * 10


def test_no_frame_is_repeated_or_skipped_when_the_server_is_killed(
    client: Callable[..., Program], server: Served, catalogue: Path, tmp_path: Path
) -> None:
    out = tmp_path / "frames"
    held = catalogue / "ada.a3d"
    run = client(
        *("play", server.address),
        avatar="ada",
        clip="stroll",
        out=out,
        steps=held,
        credits=3,
        wait_at=12,
    )
    run.until("waiting")
    server.restart()
    run.go_on()
    lines = run.end()
    indices = [int(line.split()[1]) for line in lines if line.startswith("frame ")]
    assert indices == list(range(40))
    assert "connection Reconnecting service-unreachable" in lines
    assert run.said("played ")[0].split()[5] == "1", "one reconnection"
