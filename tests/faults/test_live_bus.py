"""Live sessions of two servers that meet on a NATS server; either server, or the bus, is killed meanwhile."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import Client, LivePublisher, LiveSubscription, LiveTicket, PublishOptions
from ani3d_runtime.client.sources.feed import Feed, SourcePose
from ani3d_runtime.errors import Ani3dError, ServiceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.bus.local import LocalBus
from ani3d_runtime.server.live.relay.directory import SessionDirectory
from ani3d_runtime.server.live.session import LiveSession
from ani3d_runtime.server.options import MetricsOptions
from ani3d_runtime.testing.packages import write_body_package
from tests.waiting import until

STANDING = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (24, 1))
ANSWERED = PublishOptions(answers="light", credits=64)

pytestmark = pytest.mark.timeout(120)
needs_nats = pytest.mark.skipif(
    shutil.which("nats-server") is None, reason="no nats-server; on Debian: apt-get install nats-server"
)


class Nats:
    """A NATS server that can be killed and started again on its port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = ["nats-server", "-a", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._answers)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
            return probe.recv(4) == b"INFO"
        return False


class OtherMachine:
    """A server in a process of its own, which can be killed and started again on its port."""

    def __init__(self, catalogue: Path, bus: str) -> None:
        self._command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(catalogue), "--bus", bus]
        self._port = "0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [*self._command, "--port", self._port], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        self.address = json.loads(self._process.stdout.readline())["address"]
        self._port = self.address.rpartition(":")[2]

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_body_package(folder / "ada.a3d", frame_count=8)
    return folder


@pytest.fixture(scope="module")
def nats() -> Iterator[Nats]:
    running = Nats()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def there(catalogue: Path, nats: Nats) -> Iterator[OtherMachine]:
    machine = OtherMachine(catalogue, nats.url)
    yield machine
    machine.kill()


@pytest.fixture(scope="module")
def server(catalogue: Path, nats: Nats) -> Iterator[AvatarServer]:
    options = ServerOptions(port=0, grace_s=1.0, bus=nats.url, metrics=MetricsOptions(0))
    with serving(catalogue, options) as running:
        yield running


@pytest.fixture(scope="module")
def here(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as client:
        yield client


@pytest.fixture
def owner(there: OtherMachine) -> Iterator[Client]:
    with Client(there.address, patience_s=0) as client:
        yield client


@pytest.fixture
def ticket(owner: Client) -> Iterator[LiveTicket]:
    created = owner.live.create("ada", "stage.1")
    yield created
    with suppress(Ani3dError):
        owner.live.end(created)


def send(publisher: LivePublisher, place: float) -> None:
    publisher.send(STANDING, np.array([place, 0, 0], dtype=np.float32))


def next_place(frames: Iterator[object]) -> float:
    return float(next(frames).root_translation_m[0])  # type: ignore[attr-defined]


class Seen:
    """What a subscriber sees, and is told, in the order that it comes."""

    def __init__(self, client: Client, session_id: str) -> None:
        self.places: list[float] = []
        self.epochs: list[int] = []
        self.states: list[str] = []
        self.subscription: LiveSubscription = client.live.subscribe(
            session_id, credits=64, on_source=self.states.append
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def place(self) -> float:
        return self.places[-1] if self.places else float("nan")

    def close(self) -> None:
        self.subscription.close()
        self._thread.join(10)

    def _read(self) -> None:
        with suppress(Ani3dError):
            for frame in self.subscription:
                self.places.append(float(frame.root_translation_m[0]))  # type: ignore[union-attr]
                self.epochs.append(self.subscription.watch.epoch)


@needs_nats
def test_a_session_is_seen_through_another_server(
    owner: Client, here: Client, ticket: LiveTicket, catalogue: Path
) -> None:
    with Package.open(catalogue / "ada.a3d") as package, owner.live.publish(ticket, options=ANSWERED) as publisher:
        answers = iter(publisher)
        with (
            here.live.subscribe("stage.1", credits=64) as floats,
            here.live.subscribe("stage.1", credits=64, package=package) as steps,
            here.live.subscribe("stage.1", credits=1, package=package) as slow,
        ):
            watching = [iter(floats), iter(steps)]
            for number in range(1, 30):
                send(publisher, number)
                next(answers)
                assert [round(next_place(frames), 2) for frames in watching] == [number] * 2
            assert (floats.watch.source, floats.watch.epoch, floats.watch.dropped_count) == ("live", 1, 0)
            assert floats.header.joint_names == publisher.header.joint_names
            slow_frames = iter(slow)
            until(lambda: round(next_place(slow_frames), 2) == 29)
            assert slow.watch.dropped_count > 10
            with (
                here.live.subscribe("stage.1", package=package) as late,
                here.live.subscribe("stage.1", "full") as full,
            ):
                assert round(next_place(iter(late)), 2) == 29
                posed = next(iter(full))
                means_m = posed.means_m  # type: ignore[union-attr]
                assert abs(means_m[:, 0].mean() - 29) < 1
            until(lambda: [session.subscriber_count for session in owner.live.list()] == [3])
        until(lambda: [session.frame_count for session in here.live.list()] == [29])
        with pytest.raises(ServiceError) as raised:
            here.live.create("ada", "stage.1")
        assert raised.value.code == "live-session-exists"


@needs_nats
def test_a_session_is_found_elsewhere_as_soon_as_it_is_created(owner: Client, here: Client) -> None:
    for number in range(150):
        here.live.end(owner.live.create("ada", f"stage.{number}"))
    assert owner.live.list() == []


@needs_nats
def test_the_last_epoch_writes_wherever_its_publisher_is_connected(
    owner: Client, here: Client, ticket: LiveTicket
) -> None:
    seen = Seen(here, "stage.1")
    try:
        with owner.live.publish(ticket) as old, here.live.publish(ticket, options=ANSWERED) as new:
            assert (old.epoch, new.epoch) == (1, 2)

            def write_again() -> bool:
                try:
                    send(old, -1)
                except ServiceError as error:
                    return error.code == "live-fenced"
                return False

            until(write_again)
            send(new, 7)
            assert next_place(iter(new)) == 7
            with owner.live.publish(ticket) as newest:
                with pytest.raises(ServiceError) as raised:
                    here.live.publish(ticket, options=PublishOptions(resume_epoch=new.epoch))
                assert raised.value.code == "live-fenced"
                send(newest, 8)
                until(lambda: seen.place == 8)
        with here.live.publish(ticket, options=PublishOptions(resume_epoch=3)) as back:
            assert back.epoch == 4
            with pytest.raises(ServiceError) as raised:
                here.live.publish(LiveTicket("stage.1", "guess", 0, driven=False))
            assert raised.value.code == "live-wrong-key"
        until(lambda: seen.states[-1] == "lost")
        assert seen.epochs == sorted(seen.epochs)
        assert not {place for place, epoch in zip(seen.places, seen.epochs, strict=True) if epoch > 1 and place < 0}
        here.live.end(ticket)
        assert owner.live.list() == []
        until(lambda: seen.subscription.watch.ended)
    finally:
        seen.close()


@needs_nats
def test_the_bus_is_killed_and_comes_back(
    owner: Client, here: Client, ticket: LiveTicket, nats: Nats, server: AvatarServer
) -> None:
    assert sees_bus(server)
    far, near = Seen(here, "stage.1"), Seen(owner, "stage.1")
    try:
        with owner.live.publish(ticket) as publisher, here.live.publish(ticket) as forwarded:
            # The one that came last has the session: what it forwards ends with the bus.
            send(forwarded, 1)
            until(lambda: far.place == near.place == 1)
            nats.kill()
            until(lambda: far.states[-1] == "lost" and near.states[-1] == "lost")
            assert not sees_bus(server)
            with owner.live.publish(ticket) as local:
                send(local, 2)
                until(lambda: near.place == 2 and near.states[-1] in ("live", "idle"))
                assert far.place == 1
                with pytest.raises(ServiceError) as raised:
                    here.live.create("ada", "stage.2")
                assert raised.value.code == "service-unreachable"
                nats.start()
                until(lambda: far.place == 2 and far.states[-1] in ("live", "idle"))
                send(local, 3)
                until(lambda: far.place == near.place == 3)
            assert (far.subscription.watch.reconnect_count, near.subscription.watch.reconnect_count) == (0, 0)
            for outdated in (publisher, forwarded):
                until(lambda: _is_over(outdated))  # noqa: B023
    finally:
        far.close()
        near.close()


def sees_bus(server: AvatarServer) -> bool:
    assert server.metrics is not None
    with urllib.request.urlopen(f"http://127.0.0.1:{server.metrics.port}/metrics", timeout=10) as answer:
        return b"\nani3d_bus_connected 1.0\n" in answer.read()


def _is_over(publisher: LivePublisher) -> bool:
    try:
        send(publisher, -1)
    except ServiceError as error:
        return error.code in ("live-fenced", "service-unreachable")
    return False


class Standing:
    """A source that stands where it is told to, until it is over."""

    skeleton = SourceSkeleton()

    def __init__(self) -> None:
        self.place = 0.0
        self.is_over = False

    def poses(self) -> Iterator[SourcePose]:
        while not self.is_over:
            time.sleep(1 / 60)
            yield SourcePose(STANDING, np.array([self.place, 0, 0], dtype=np.float32), time.monotonic())


@needs_nats
def test_the_server_of_a_session_is_killed_and_comes_back(there: OtherMachine, here: Client) -> None:
    """The feed opens its session anew; who watches through another server goes on without a hand."""
    source = Standing()
    with Client(there.address) as client:
        ticket = client.live.create("ada", "stage.1")
        feed = Feed(client, ticket, "ada", source, PublishOptions(), lambda _: None)
        thread = threading.Thread(target=feed.run, daemon=True)
        thread.start()
        seen = Seen(here, "stage.1")
        try:
            source.place = 1.0
            until(lambda: seen.place == 1.0)
            there.kill()
            source.place = 2.0
            there.start()
            until(lambda: seen.place == 2.0, 60.0)
            assert seen.subscription.watch.reconnect_count >= 1
            assert feed.report.reconnects >= 1
        finally:
            source.is_over = True
            thread.join(20)
            seen.close()


class SlowBus(LocalBus):
    """Answers take their time, so that two may ask before either has done what it asks about."""

    async def ask(self, subject: str, body: bytes, timeout_s: float = 1.0) -> bytes:
        try:
            return await super().ask(subject, body, timeout_s)
        finally:
            await asyncio.sleep(0.01)


def test_two_sessions_of_one_name_do_not_stay(catalogue: Path) -> None:
    """Opened in the same moment by two processes; both learn of it, and agree on which one goes."""

    async def race() -> list[str]:
        bus = SlowBus()
        gone: list[str] = []
        with ThreadPoolExecutor(1) as pool:
            entry = Catalogue(catalogue).find("ada")
            sessions = [LiveSession("stage", entry, LivePlayer(entry.package), pool, 1.0) for _ in range(2)]
            directories = [
                SessionDirectory(bus, pool, None, lambda session: gone.append(names[id(session)]))  # type: ignore[arg-type]
                for _ in sessions
            ]
            names = {id(session): name for session, name in zip(sessions, ("first", "second"), strict=True)}
            for directory in directories:
                await directory.open()
            await asyncio.gather(
                *(directory.offer(session) for directory, session in zip(directories, sessions, strict=True))
            )
            await asyncio.sleep(0.01)
            for directory in directories:
                directory.close()
        return gone

    assert asyncio.run(race()) == ["second"]
