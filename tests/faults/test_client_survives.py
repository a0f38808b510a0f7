"""A server that is killed and comes back, as programs that watch it see it: frames go on."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import AsyncClient, Client, PlayOptions
from ani3d_runtime.client.protocol.live_messages import PublishOptions
from ani3d_runtime.client.sources.feed import Feed, SourcePose
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.testing.packages import write_synthetic_package

FPS = 30.0
FRAME_COUNT = 90
EVERY_FRAME = PlayOptions(pacing="every-frame", credits=3)


class KillableServer:
    """``ani3d serve`` on one port, in one process after another."""

    def __init__(self, catalogue: Path) -> None:
        self._catalogue = catalogue
        self._port = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(self._catalogue)]
        self._process = subprocess.Popen(
            [*command, "--port", str(self._port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.address = json.loads(self._process.stdout.readline())["address"]
        self._port = int(self.address.rpartition(":")[2])

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def restart(self) -> None:
        self.kill()
        self.start()


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", frame_count=FRAME_COUNT, fps=FPS)
    return folder


@pytest.fixture(scope="module")
def running(catalogue: Path) -> Iterator[KillableServer]:
    server = KillableServer(catalogue)
    yield server
    server.kill()


def numbers(times_s: list[float]) -> list[int]:
    found = [round(time_s * FPS) for time_s in times_s]
    assert np.allclose(np.array(found) / FPS, times_s)
    return found


def test_no_frame_is_repeated_or_skipped_when_the_server_is_killed_twice(
    running: KillableServer, catalogue: Path
) -> None:
    seen: list[float] = []
    with Package.open(catalogue / "ada.a3d") as package, Client(running.address) as client:
        steps = PlayOptions(pacing="every-frame", credits=3, with_detail=False, package=package)
        with client.play("ada", "walk", steps) as playback:
            for frame in playback:
                seen.append(frame.time_s)
                if len(seen) in (20, 60):
                    running.restart()
            assert playback.watch.reconnect_count == 2
    assert numbers(seen) == list(range(FRAME_COUNT))


def test_frames_of_the_asyncio_face_go_on(running: KillableServer) -> None:
    async def watch() -> list[float]:
        seen: list[float] = []
        async with AsyncClient(running.address) as client:
            async for frame in client.frames("ada", "walk", EVERY_FRAME):
                seen.append(frame.time_s)
                if len(seen) == 30:
                    await asyncio.to_thread(running.restart)
        return seen

    assert numbers(asyncio.run(watch())) == list(range(FRAME_COUNT))


def test_a_playback_is_as_it_was_asked_to_be(running: KillableServer) -> None:
    """Looped, backwards, in a range and sought while there was no server."""
    with Client(running.address) as client, client.play("ada", "walk", EVERY_FRAME) as playback:
        frames = iter(playback)
        next(frames)
        playback.set_range(10 / FPS, 20 / FPS)
        playback.set_loop(True)
        playback.set_rate(-1.0)
        running.kill()
        playback.seek(12 / FPS)
        restarting = threading.Timer(0.5, running.start)
        restarting.start()
        seen = [next(frames).time_s for _ in range(15)]
        restarting.join()
    assert numbers(seen) == [12, 11, 10, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 19, 18]


def test_the_end_comes_although_the_server_died_after_the_last_frame(running: KillableServer) -> None:
    with Client(running.address) as client:
        seen: list[float] = []
        options = PlayOptions(pacing="every-frame", credits=1, start_time_s=85 / FPS)
        with client.play("ada", "walk", options) as playback:
            for frame in playback:
                seen.append(frame.time_s)
                if len(seen) == 5:
                    running.restart()
    assert numbers(seen) == [85, 86, 87, 88, 89]


def test_patience_ends(running: KillableServer) -> None:
    with Client(running.address, patience_s=0.8) as client, client.play("ada", "walk", EVERY_FRAME) as playback:
        frames = iter(playback)
        next(frames)
        running.kill()
        began_s = time.monotonic()
        with pytest.raises(ServiceError) as refusal:
            for _ in frames:
                pass
        running.start()
    assert refusal.value.code == "service-unreachable"
    assert time.monotonic() - began_s < 60.0


def test_another_package_is_not_taken_for_the_same(tmp_path: Path) -> None:
    write_synthetic_package(tmp_path / "ada.a3d", frame_count=FRAME_COUNT, fps=FPS)
    server = KillableServer(tmp_path)
    try:
        with Client(server.address) as client, client.play("ada", "walk", EVERY_FRAME) as playback:
            frames = iter(playback)
            next(frames)
            server.kill()
            write_synthetic_package(tmp_path / "ada.a3d", frame_count=FRAME_COUNT, fps=FPS, seed=5)
            server.start()
            with pytest.raises(ServiceError) as refusal:
                for _ in frames:
                    pass
            assert refusal.value.code == "service-digest-changed"
    finally:
        server.kill()


class Swaying:
    """A source of the avatar's own joints, until told to stop."""

    skeleton = SourceSkeleton()

    def __init__(self, joint_count: int) -> None:
        self._joint_count = joint_count
        self.stopped = False

    def poses(self) -> Iterator[SourcePose]:
        rotations = np.zeros((self._joint_count, 4), dtype=np.float32)
        rotations[:, 0] = 1
        while not self.stopped:
            time.sleep(0.02)
            now = time.monotonic()
            yield SourcePose(rotations, np.array([0, 0.1 * np.sin(now), 0], dtype=np.float32), now)


def test_a_live_session_goes_on_for_publisher_and_subscriber(running: KillableServer) -> None:
    with Client(running.address) as publishing, Client(running.address) as watching:
        with publishing.play("ada", "walk") as playback:
            source = Swaying(len(playback.header.joint_names))
        feed = Feed(
            publishing, publishing.live.create("ada", "stage"), "ada", source, PublishOptions(), lambda said: None
        )
        thread = threading.Thread(target=feed.run)
        thread.start()
        try:
            with watching.live.subscribe("stage") as watched:
                frames = iter(watched)
                assert next(frames).time_s >= 0
                running.restart()
                times_s = [next(frames).time_s for _ in range(10)]
                assert watched.watch.reconnect_count >= 1
                assert times_s == sorted(times_s)
        finally:
            source.stopped = True
            thread.join(20)
    assert feed.report.reconnects >= 1
