"""Several worker processes on one port: one is killed under load, their supervisor is killed, they cannot start."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from ani3d_runtime.client import Client, LiveSubscription, PlayOptions, PublishOptions
from ani3d_runtime.errors import Ani3dError, ResourceError, ServiceError
from ani3d_runtime.server.workers.ports import reserve
from ani3d_runtime.testing.packages import write_body_package
from tests.waiting import until

FRAME_COUNT = 60
STANDING = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (24, 1))

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="processes cannot share a port here"),
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_body_package(folder / "ada.a3d", frame_count=FRAME_COUNT)
    return folder


class Service:
    """``ani3d serve --workers 2``."""

    def __init__(self, catalogue: Path, *arguments: object) -> None:
        self.metrics_ports = two_free_ports()
        command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(catalogue), "--port", "0"]
        command += ["--workers", "2", "--metrics-port", str(self.metrics_ports[0]), *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())
        self.address: str = self.ready["address"]

    def workers(self) -> dict[int, psutil.Process]:
        """By number: who listens where a worker's metrics are found."""
        found: dict[int, psutil.Process] = {}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                listening = {each.laddr.port for each in child.net_connections("tcp") if each.status == "LISTEN"}
                found |= {number: child for number, port in enumerate(self.metrics_ports, 1) if port in listening}
        return found

    def streams(self, number: int, kind: str) -> int:
        """What a worker counts."""
        url = f"http://127.0.0.1:{self.metrics_ports[number - 1]}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        assert f'worker="{number}"' in text
        counted = re.search(rf'^ani3d_streams{{kind="{kind}"}} (\d+)', text, re.MULTILINE)
        assert counted is not None
        return int(counted[1])

    def close(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)


@contextmanager
def serving_with_workers(catalogue: Path, *arguments: object) -> Iterator[Service]:
    service = Service(catalogue, *arguments)
    try:
        yield service
    finally:
        service.close()


def two_free_ports() -> tuple[int, int]:
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port, port + 1


class Watcher:
    """Reads every frame of a clip, over and over, on a thread of its own."""

    def __init__(self, client: Client) -> None:
        self.numbers: list[int] = []
        self.error: Ani3dError | None = None
        self._is_over = False
        self._playback = client.play("ada", "stroll", PlayOptions(pacing="every-frame", loop=True, credits=4))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def reconnect_count(self) -> int:
        return self._playback.watch.reconnect_count

    def close(self) -> None:
        self._is_over = True
        self._thread.join(10)
        self._playback.close()

    def _read(self) -> None:
        fps = self._playback.header.fps
        try:
            for frame in self._playback:
                self.numbers.append(round(frame.time_s * fps))
                if self._is_over:
                    return
                time.sleep(0.004)
        except Ani3dError as error:
            self.error = error


def test_a_worker_killed_under_load_takes_no_frame_with_it(catalogue: Path, tmp_path: Path) -> None:
    audit = tmp_path / "audit.jsonl"
    with serving_with_workers(catalogue, "--audit-log", audit) as service, ExitStack() as stack:
        watchers: list[Watcher] = []

        def shares() -> list[int]:
            return [service.streams(number, "play") for number in (1, 2)]

        while len(watchers) < 6 or not all(shares()):
            assert len(watchers) < 40, "the system shares connections out"
            watcher = Watcher(stack.enter_context(Client(service.address)))
            stack.callback(watcher.close)
            watchers.append(watcher)
        until(lambda: all(len(watcher.numbers) > 20 for watcher in watchers))
        of_the_dead, of_the_other = shares()
        assert of_the_dead + of_the_other == len(watchers)

        before = service.workers()
        before[1].send_signal(signal.SIGKILL)
        until(lambda: sum(watcher.reconnect_count for watcher in watchers) == of_the_dead)
        until(lambda: set(service.workers()) == {1, 2})
        after = service.workers()
        assert after[2].pid == before[2].pid
        assert after[1].pid != before[1].pid
        counts = [len(watcher.numbers) for watcher in watchers]
        until(lambda: all(len(watcher.numbers) > count + 20 for watcher, count in zip(watchers, counts, strict=True)))

        for watcher in watchers:
            watcher.close()
            assert watcher.error is None
            # In a loop the last frame is the first again.
            assert set(np.diff(watcher.numbers) % (FRAME_COUNT - 1)) == {1}
        assert sum(watcher.reconnect_count == 0 for watcher in watchers) == of_the_other

        service.process.terminate()
        _, log = service.process.communicate(timeout=30)
        assert service.process.returncode == 0
        assert "[serve-worker-died] worker 1 was ended by SIGKILL" in log
    called = {json.loads(line)["worker"] for line in audit.read_text().splitlines()}
    assert called == {1, 2}


def test_a_live_session_is_the_same_through_every_worker(catalogue: Path) -> None:
    """Without a bus of the machine's: what the workers say goes through their supervisor, until that is killed."""
    with serving_with_workers(catalogue) as service, ExitStack() as stack:

        def client() -> Client:
            return stack.enter_context(Client(service.address, patience_s=0))

        ticket = client().live.create("ada", "stage.1")
        subscribed: list[LiveSubscription] = []
        while len(subscribed) < 4 or not all(service.streams(number, "live") for number in (1, 2)):
            assert len(subscribed) < 40, "the system shares connections out"
            subscribed.append(stack.enter_context(client().live.subscribe("stage.1", credits=64)))
        watching = [iter(subscription) for subscription in subscribed]
        for epoch in range(1, 6):  # some of these publishers come through the other worker
            with client().live.publish(ticket, options=PublishOptions(answers="light", credits=64)) as publisher:
                assert publisher.epoch == epoch
                answers = iter(publisher)
                for number in range(5):
                    root = np.array([100 * epoch + number, 0, 0], dtype=np.float32)
                    publisher.send(STANDING, root)
                    for frames in (answers, *watching):
                        np.testing.assert_allclose(next(frames).root_translation_m, root)  # type: ignore[union-attr]
        assert {subscription.watch.dropped_count for subscription in subscribed} == {0}
        assert {subscription.watch.epoch for subscription in subscribed} == {5}
        until(lambda: {client().live.list()[0].subscriber_count for _ in range(4)} == {len(subscribed)})
        for _ in range(3):
            with pytest.raises(ServiceError) as raised:
                client().live.create("ada", "stage.1")
            assert raised.value.code == "live-session-exists"
        client().live.end(ticket)
        for frames, subscription in zip(watching, subscribed, strict=True):
            assert list(frames) == []
            assert subscription.watch.ended

        workers = list(service.workers().values())
        service.process.kill()
        _, alive = psutil.wait_procs(workers, timeout=20)
        assert not alive, "workers do not outlive their supervisor"


def test_what_no_worker_can_start_with_ends_the_service(catalogue: Path) -> None:
    command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(catalogue), "--workers", "2"]
    command += ["--port", "0", "--bus", "nats://127.0.0.1:1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert json.loads(done.stderr.strip().splitlines()[-1])["error"]["code"] == "bus-unreachable"


def test_a_port_that_another_service_shares_is_not_joined() -> None:
    """Each would get half of the calls."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ResourceError) as raised:
            reserve("127.0.0.1", taken.getsockname()[1], "--port")
    assert raised.value.code == "serve-address-in-use"
