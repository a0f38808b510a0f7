"""What publishers and subscribers of live sessions do wrong: the others go on, and are told what they must know."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

import grpc
import numpy as np
import psutil
import pytest

from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.readers import read_motion
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import Client, LivePublisher, LiveTicket, PublishOptions
from ani3d_runtime.client.sources.feed import Feed, SourcePose
from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.rpc.methods import RETARGET, SUBSCRIBE, Method
from ani3d_runtime.rpc.v1 import live_pb2
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.testing.packages import write_body_package
from tests.waiting import until

WRITE_TIMEOUT_S = 1.0
HEARTBEAT_TIMEOUT_S = 1.5
# 0.5 s is promised; the rest is for a machine with other things to do.
LOST_WITHIN_S = 0.8
WALK = read_motion("cmu_01_01", load_builtin_body().skeleton).slice(0, 60)

pytestmark = pytest.mark.timeout(60)

PUBLISH_FOREVER = """
import sys, time
import numpy as np
from ani3d_runtime.client import Client, LiveTicket
from ani3d_runtime.errors import Ani3dError
pose = np.zeros((24, 4), dtype=np.float32)
pose[:, 0] = 1
with Client(sys.argv[1]) as client:
    with client.live.publish(LiveTicket(sys.argv[2], sys.argv[3], 0)) as publisher:
        number = 0
        try:
            while True:
                publisher.send(pose, np.array([-float(number), 0, 0], dtype=np.float32))
                number += 1
                if number == 3:
                    print("publishing", flush=True)
                time.sleep(1 / 60)
        except Ani3dError as error:
            print(error.code, flush=True)
"""

SUBSCRIBE_FOREVER = """
import sys
from ani3d_runtime.client import Client
from ani3d_runtime.errors import Ani3dError
with Client(sys.argv[1], patience_s=0) as client:
    with client.live.subscribe(sys.argv[2], sys.argv[3], credits=int(sys.argv[4])) as watched:
        try:
            for number, frame in enumerate(watched):
                if number == 2:
                    print("watching", flush=True)
        except Ani3dError as error:
            print(error.code, flush=True)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AvatarServer]:
    folder = tmp_path_factory.mktemp("live")
    write_body_package(folder / "ada.a3d", count=4000, frame_count=8)
    options = ServerOptions(
        port=0, grace_s=1.0, write_timeout_s=WRITE_TIMEOUT_S, heartbeat_timeout_s=HEARTBEAT_TIMEOUT_S
    )
    with serving(folder, options) as running:
        yield running


@pytest.fixture
def client(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


@pytest.fixture
def ticket(client: Client, server: AvatarServer) -> Iterator[LiveTicket]:
    created = client.live.create("ada")
    yield created
    with suppress(Ani3dError):
        client.live.end(created)
    until(lambda: server.live.registry.count == 0)
    assert server.live.session_count == 0, "no fault may leave a session behind"


class Witness:
    """A subscriber that writes down what it sees, and when."""

    def __init__(self, client: Client, session_id: str) -> None:
        self.frames: list[tuple[float, int, float]] = []
        self.states: list[tuple[float, str]] = []
        self._watched = client.live.subscribe(session_id, credits=16, on_source=self._on_source)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def state(self) -> str:
        return self.states[-1][1] if self.states else ""

    def close(self) -> None:
        self._watched.close()
        self._thread.join(5)

    def _on_source(self, state: str) -> None:
        self.states.append((time.monotonic(), state))

    def _watch(self) -> None:
        with suppress(Ani3dError):
            for frame in self._watched:
                place = float(frame.root_translation_m[0])  # type: ignore[union-attr]
                self.frames.append((time.monotonic(), self._watched.watch.epoch, place))


@contextmanager
def witness(client: Client, session_id: str) -> Iterator[Witness]:
    seen = Witness(client, session_id)
    try:
        yield seen
    finally:
        seen.close()


@contextmanager
def child(program: str, first_line: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A program of its own, in the middle of its work."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{first_line}\n"
            yield process
        finally:
            process.kill()


def publishing(server: AvatarServer, ticket: LiveTicket) -> AbstractContextManager[subprocess.Popen[str]]:
    return child(PUBLISH_FOREVER, "publishing", server.address, ticket.session_id, ticket.publish_key)


def send(publisher: LivePublisher, x_m: float = 0.0) -> None:
    publisher.send(WALK.joint_rotations_wxyz[0], np.array([x_m, 0, 0], dtype=np.float32))


def test_a_killed_publisher_is_lost_within_half_a_second(
    server: AvatarServer, client: Client, ticket: LiveTicket
) -> None:
    with witness(client, ticket.session_id) as seen, publishing(server, ticket) as process:
        until(lambda: seen.state == "live" and len(seen.frames) > 3)
        process.send_signal(signal.SIGKILL)
        assert until(lambda: seen.state == "lost") < LOST_WITHIN_S
        with client.live.publish(ticket) as next_one:
            send(next_one, 7.0)
            until(lambda: bool(seen.frames) and seen.frames[-1][2] == 7.0)
            assert seen.state == "live"
            assert seen.frames[-1][1] == 2


def test_a_frozen_publisher_that_wakes_cannot_write_into_the_new_epoch(
    server: AvatarServer, client: Client, ticket: LiveTicket
) -> None:
    with witness(client, ticket.session_id) as seen, publishing(server, ticket) as old:
        until(lambda: len(seen.frames) > 3)
        old.send_signal(signal.SIGSTOP)
        assert until(lambda: seen.state == "lost") < LOST_WITHIN_S
        with client.live.publish(ticket) as new:
            send(new, 7.0)
            until(lambda: seen.frames[-1][1] == 2)
            old.send_signal(signal.SIGCONT)
            for _ in range(40):
                send(new, 7.0)
                time.sleep(0.01)
            assert old.stdout.readline() == "live-fenced\n"
        places = [place for _, epoch, place in seen.frames if epoch == 2]
        assert set(places) == {7.0}, "the old one writes places at or below zero"
        epochs = [epoch for _, epoch, _ in seen.frames]
        assert epochs == sorted(epochs)


def test_a_frozen_publisher_that_wakes_unreplaced_goes_on(
    server: AvatarServer, client: Client, ticket: LiveTicket
) -> None:
    with witness(client, ticket.session_id) as seen, publishing(server, ticket) as process:
        until(lambda: seen.state == "live")
        process.send_signal(signal.SIGSTOP)
        until(lambda: seen.state == "lost")
        count = len(seen.frames)
        process.send_signal(signal.SIGCONT)
        until(lambda: seen.state == "live" and len(seen.frames) > count + 5)
        assert {epoch for _, epoch, _ in seen.frames} == {1}


@pytest.mark.parametrize(("mode", "credits"), [("light", 4), ("full", 256)])
def test_a_frozen_subscriber_is_cut_off_and_disturbs_nobody(
    server: AvatarServer, client: Client, ticket: LiveTicket, mode: str, credits: int
) -> None:
    with client.live.publish(ticket) as publisher, witness(client, ticket.session_id) as seen:
        over = threading.Event()

        def perform() -> None:
            while not over.wait(1 / 60):
                send(publisher)

        performer = threading.Thread(target=perform)
        performer.start()
        try:
            with child(SUBSCRIBE_FOREVER, "watching", server.address, ticket.session_id, mode, credits) as frozen:
                before = server.live.registry.count
                frozen.send_signal(signal.SIGSTOP)
                started = time.monotonic()
                limit_s = max(WRITE_TIMEOUT_S, HEARTBEAT_TIMEOUT_S) + 2
                until(lambda: server.live.registry.count == before - 1, limit_s=limit_s)
                waited_s = time.monotonic() - started
                shown = [at for at, _, _ in seen.frames if at > started]
                assert len(shown) > 0.6 * 60 * waited_s, "the others see every frame meanwhile"
                frozen.send_signal(signal.SIGCONT)
                assert frozen.stdout is not None
                assert frozen.stdout.readline().strip() in ("play-client-silent", "service-client-stalled")
        finally:
            over.set()
            performer.join()


def test_a_flood_of_bad_poses_leaves_other_sessions_alone(
    server: AvatarServer, client: Client, ticket: LiveTicket
) -> None:
    """Raw bytes, as a hostile publisher sends them."""
    bad = [
        live_pb2.Pose(capture_time_s=1.0, payload=b""),
        live_pb2.Pose(capture_time_s=1.0, payload=b"\xff" * 396),
        live_pb2.Pose(capture_time_s=1.0, payload=bytes(396)),
        live_pb2.Pose(capture_time_s=1.0, payload=bytes(100_000)),
        live_pb2.Pose(capture_time_s=float("inf"), payload=bytes(396)),
    ]
    other = client.live.create("ada")
    with witness(client, other.session_id) as seen, client.live.publish(other) as good:

        def requests() -> Iterator[live_pb2.RetargetRequest]:
            publish = live_pb2.PublishCommand(session_id=ticket.session_id, publish_key=ticket.publish_key)
            yield live_pb2.RetargetRequest(publish=publish)
            for number in range(2000):
                yield live_pb2.RetargetRequest(pose=bad[number % len(bad)])
                if number % 20 == 0:
                    send(good, float(number))

        with grpc.insecure_channel(server.address) as channel:
            call = channel.stream_stream(
                RETARGET.path,
                request_serializer=live_pb2.RetargetRequest.SerializeToString,
                response_deserializer=live_pb2.RetargetResponse.FromString,
            )
            responses = list(call(requests(), timeout=30))
        codes = {response.refused.code for response in responses if response.HasField("refused")}
        assert codes == {"pose-wrong-length", "pose-not-finite", "pose-not-unit", "pose-time-not-finite"}
        assert not any(response.frames for response in responses)
        until(lambda: bool(seen.frames) and seen.frames[-1][2] == 1980.0)
        assert seen.state in ("live", "idle")  # its last pose may be a while ago
    client.live.end(other)


@pytest.mark.parametrize(
    "garbage", [b"\xff" * 100, b"", live_pb2.RetargetRequest(pose=live_pb2.Pose()).SerializeToString()]
)
@pytest.mark.parametrize("method", [RETARGET, SUBSCRIBE], ids=lambda method: method.name)
def test_garbage_is_refused_and_harmless(server: AvatarServer, client: Client, method: Method, garbage: bytes) -> None:
    with grpc.insecure_channel(server.address) as channel:
        call = channel.stream_stream(method.path)
        with pytest.raises(grpc.RpcError):
            list(call(iter([garbage]), timeout=10))
    assert client.live.list() == []


def test_publishers_and_subscribers_that_vanish_leak_nothing(
    server: AvatarServer, client: Client, ticket: LiveTicket
) -> None:
    process = psutil.Process()

    def churn(times: int) -> None:
        for _ in range(times):
            with Client(server.address) as passing:
                publisher = passing.live.publish(ticket)
                watched = [passing.live.subscribe(ticket.session_id) for _ in range(5)]
                send(publisher)
                for one in watched:
                    next(iter(one))
            # The channel is closed with six streams open.
        until(lambda: server.live.registry.count == 0)

    churn(3)
    files, memory = process.num_fds(), process.memory_info().rss
    churn(15)
    assert process.num_fds() <= files + 4
    assert process.memory_info().rss < memory + (16 << 20)
    assert client.live.list()[0].epoch == 18


class Standing:
    """A source that stands still, for so many poses."""

    skeleton = SourceSkeleton()

    def __init__(self, count: int) -> None:
        self.count = count
        self.sent = 0

    def poses(self) -> Iterator[SourcePose]:
        while self.sent < self.count:
            self.sent += 1
            time.sleep(1 / 60)
            yield SourcePose(WALK.joint_rotations_wxyz[0], np.zeros(3, dtype=np.float32), time.monotonic())


def test_a_feed_outlives_its_server(tmp_path: Path) -> None:
    """The server goes, another comes on the same port: the feed opens its session again and publishes on."""
    write_body_package(tmp_path / "ada.a3d", frame_count=8)
    said: list[str] = []
    with ExitStack() as stack:
        with serving(tmp_path) as first:
            port = first.port
            client = stack.enter_context(Client(first.address))
            ticket = client.live.create("ada", "stage")
            source = Standing(600)
            feed = Feed(client, ticket, "ada", source, PublishOptions(), said.append)
            runner = threading.Thread(target=feed.run)
            runner.start()
            until(lambda: feed.report.sent > 5)
        stack.enter_context(serving(tmp_path, ServerOptions(port=port, grace_s=0.5)))
        watcher = stack.enter_context(Client(f"127.0.0.1:{port}"))
        try:
            until(lambda: any(s.source == "live" for s in watcher.live.list()))
            until(lambda: watcher.live.list()[0].frame_count > 5)
        finally:
            source.count = 0
            runner.join(5)
        assert [session.session_id for session in watcher.live.list()] == ["stage"]
        assert feed.report.lost > 0
        assert feed.report.reconnects == 1
        assert any("trying again" in sentence for sentence in said)
