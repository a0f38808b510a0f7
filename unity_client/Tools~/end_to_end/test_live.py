"""Live sessions: what the C# client publishes, and what it sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frame_file import FrameReader, WrittenFrame
from program import Program
from served import Served

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.client import Client

SKELETON = load_builtin_body().skeleton
WALK = read_motion("cmu_01_01", SKELETON).slice(0, 40)
NAMES = ("root_translation_m", "joint_rotations_wxyz")

pytestmark = pytest.mark.timeout(120)  # the first to publish waits for kernels to be compiled


@pytest.fixture
def poses(tmp_path: Path) -> Path:
    """The walk as the client's program reads it."""
    rows = [
        np.concatenate([root, rotations.ravel()])
        for root, rotations in zip(WALK.root_translation_m, WALK.joint_rotations_wxyz, strict=True)
    ]
    path = tmp_path / "poses"
    np.array(rows, dtype="<f4").tofile(path)
    return path


def publishing(client: Callable[..., Program], server: Served, poses: Path, session: str, **options: object) -> Program:
    joints = SKELETON.joint_count
    run = client(
        *("publish", server.address), avatar="ada", session=session, poses=poses, joints=joints, hz=60, **options
    )
    run.until("publishing ")
    return run


def seen_by_all(times_s: Iterable[float], *watchers: Program) -> set[float]:
    """Those times of frames that all watchers have told so far, too."""
    times = set(times_s)
    for watcher in watchers:
        watcher.so_far()
        times &= {float(frame.split()[1]) for frame in watcher.said("frame ")}
    return times


def nearest_pose(frame: WrittenFrame) -> int:
    """The number of the pose of the walk that a frame shows, once it is certain that it shows one."""
    error = np.abs(WALK.joint_rotations_wxyz - frame.arrays["joint_rotations_wxyz"][None]).max(axis=(1, 2))
    assert error.min() < 2e-3
    return int(error.argmin())


def test_a_session_that_csharp_publishes_is_seen_alike_by_all(
    client: Callable[..., Program], server: Served, catalogue: Path, poses: Path, tmp_path: Path
) -> None:
    publisher = publishing(client, server, poses, "stage", repeat=60, wait=1, until=1, end=1)
    options = {"session": "stage", "credits": 200}
    floats = client("watch", server.address, out=tmp_path / "floats", **options)
    steps = client("watch", server.address, out=tmp_path / "steps", steps=catalogue / "ada.a3d", **options)
    assert floats.until("watching ").split()[0] == "False"
    assert steps.until("watching ").split()[0] == "True"
    with Client(server.address) as python, python.live.subscribe("stage", credits=200) as subscription:
        publisher.go_on()
        seen = {}
        stopped = False
        for frame in subscription:
            seen[frame.time_s] = frame
            # On a busy machine each misses some of the frames: until all have seen enough of the same ones.
            if not stopped and len(seen) % 20 == 0 and len(seen_by_all(seen, floats, steps)) > 100:
                publisher.go_on()
                stopped = True
    publisher.end()
    floats.end()
    steps.end()
    assert "Live" in floats.said("source ")
    written = FrameReader(tmp_path / "floats").light()
    shared = [frame for frame in written if frame.time_s in seen]
    assert len(shared) > 60
    for frame in shared:
        for name in NAMES:
            assert np.array_equal(frame.arrays[name], getattr(seen[frame.time_s], name))
    by_time = {frame.time_s: frame for frame in written}
    in_steps = [frame for frame in FrameReader(tmp_path / "steps").light() if frame.time_s in by_time]
    assert len(in_steps) > 60
    for frame in in_steps:
        for name in NAMES:
            assert np.abs(frame.arrays[name] - by_time[frame.time_s].arrays[name]).max() < 2e-3
    shown = [nearest_pose(frame) for frame in written]
    assert len(set(shown)) > 20, "the avatar walks"


def test_publisher_and_watcher_survive_a_restart_of_the_server(
    client: Callable[..., Program], server: Served, poses: Path, tmp_path: Path
) -> None:
    publisher = publishing(client, server, poses, "again", repeat=1000)
    watcher = client("watch", server.address, session="again", frames=100000, out=tmp_path / "frames")
    watcher.until("frame ")
    server.kill()
    watcher.until("connection Reconnecting")
    publisher.until("connection Reconnecting")
    server.start()
    publisher.until("connection Open")
    watcher.until("connection Open")
    for _ in range(5):
        watcher.until("frame ")
    watcher.kill()
    frames = FrameReader(tmp_path / "frames").light()
    assert all(nearest_pose(frame) >= 0 for frame in frames[-5:])


def test_another_publisher_fences_the_first(
    client: Callable[..., Program], server: Served, poses: Path, tmp_path: Path
) -> None:
    with Client(server.address) as python:
        ticket = python.live.create("ada", "fenced")
        first = client(
            *("publish", server.address),
            avatar="ada",
            session="fenced",
            key=ticket.publish_key,
            poses=poses,
            joints=SKELETON.joint_count,
            hz=60,
            repeat=1000,
        )
        first.until("publishing ")
        with python.live.publish(ticket) as second:
            assert second.epoch == 2
            assert first.refused() == "live-fenced"
        python.live.end(ticket)


def test_poses_that_are_not_finite_are_refused_one_by_one(
    client: Callable[..., Program], server: Served, tmp_path: Path
) -> None:
    row: np.ndarray[Any, Any] = np.zeros((1, 3 + 4 * SKELETON.joint_count), dtype="<f4")
    row[:, 3::4] = np.nan
    row.tofile(tmp_path / "poses")
    publisher = publishing(client, server, tmp_path / "poses", "bad", repeat=30, end=1)
    words = publisher.until("published ").split()
    assert int(words[words.index("refused") + 1]) > 0
    assert "pose-not-finite" in words
    publisher.end()


def test_a_session_that_ends_ends_its_watchers(
    client: Callable[..., Program], server: Served, poses: Path, tmp_path: Path
) -> None:
    publisher = publishing(client, server, poses, "short", repeat=2, end=1)
    watcher = client("watch", server.address, session="short", out=tmp_path / "frames")
    begun = time.monotonic()
    publisher.end()
    assert watcher.until("watched ").split()[1] == "Ended"
    assert time.monotonic() - begun < 30
