"""What clients and networks do wrong: the server stays well, and keeps what it promises to the others."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import grpc
import psutil
import pytest

from ani3d_runtime.client import AsyncClient, Client, PlayOptions
from ani3d_runtime.client.protocol.watching import credit
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.rpc.methods import PLAY
from ani3d_runtime.rpc.v1.playback_pb2 import PlayRequest, PlayResponse
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.testing.packages import write_synthetic_package
from tests.waiting import until

WRITE_TIMEOUT_S = 1.0
HEARTBEAT_TIMEOUT_S = 1.5
MAX_SESSIONS = 40
LOOP = PlayOptions(loop=True)

WATCH_FOREVER = """
import sys
from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.errors import ServiceError
with Client(sys.argv[1], patience_s=0) as client:
    options = PlayOptions(mode=sys.argv[2], pacing="every-frame", loop=True, credits=int(sys.argv[3]))
    with client.play("ada", "walk", options) as playback:
        try:
            for number, frame in enumerate(playback):
                if number == 3:
                    print("watching", flush=True)
        except ServiceError as error:
            print(error.code, flush=True)
"""

DOWNLOAD_WITH_LIMIT = """
import resource, sys
from pathlib import Path
from ani3d_runtime.client import Client
from ani3d_runtime.errors import ResourceError
with Client(sys.argv[1], patience_s=0) as client:
    client.list_avatars()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    try:
        client.download("ada", Path(sys.argv[2]))
    except ResourceError as error:
        print(error.code)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AvatarServer]:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", count=2_000)
    options = ServerOptions(
        port=0,
        grace_s=1.0,
        write_timeout_s=WRITE_TIMEOUT_S,
        heartbeat_timeout_s=HEARTBEAT_TIMEOUT_S,
        max_sessions=MAX_SESSIONS,
    )
    with serving(folder, options) as running:
        yield running


@pytest.fixture
def client(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


@pytest.fixture(autouse=True)
def every_session_ends(server: AvatarServer) -> Iterator[None]:
    """No fault may leave a session behind."""
    yield
    until(lambda: server.playback.session_count == 0)


def watching_process(server: AvatarServer, *, mode: str = "light", credits: int = 4) -> subprocess.Popen[bytes]:
    """A client in its own process, in the middle of a clip when this returns."""
    command = [sys.executable, "-c", WATCH_FOREVER, server.address, mode, str(credits)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    assert process.stdout.readline() == b"watching\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


def play_raw(server: AvatarServer, requests: Iterator[bytes]) -> tuple[list[PlayResponse], grpc.RpcError | None]:
    """Whatever bytes a client may send, and what comes back."""
    responses: list[PlayResponse] = []
    with grpc.insecure_channel(server.address) as channel:
        call = channel.stream_stream(PLAY.path, request_serializer=None, response_deserializer=PlayResponse.FromString)
        try:
            responses.extend(call(requests, timeout=10))
        except grpc.RpcError as error:
            return responses, error
    return responses, None


def test_a_killed_client_is_cleaned_up_at_once(server: AvatarServer) -> None:
    process = watching_process(server)
    assert server.playback.session_count == 1
    kill(process)
    seconds = until(lambda: server.playback.session_count == 0)
    assert seconds < 0.5, "100 ms on a quiet machine"


@pytest.mark.parametrize(
    ("mode", "credits", "code"),
    [("light", 4, b"play-client-silent\n"), ("full", 256, b"service-client-stalled\n")],
)
def test_a_frozen_client_is_cut_off_and_told_when_it_wakes(
    server: AvatarServer, mode: str, credits: int, code: bytes
) -> None:
    """SIGSTOP: the connection looks alive to the kernel; heartbeats and stalled writes give it away."""
    process = watching_process(server, mode=mode, credits=credits)
    process.send_signal(signal.SIGSTOP)
    try:
        limit_s = max(WRITE_TIMEOUT_S, HEARTBEAT_TIMEOUT_S) + 2
        until(lambda: server.playback.session_count == 0, limit_s=limit_s)
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        assert process.stdout.readline() == code
    finally:
        kill(process)


def test_a_paused_client_is_not_cut_off(client: Client, server: AvatarServer) -> None:
    with client.play("ada", "walk", LOOP) as playback:
        frames = iter(playback)
        next(frames)
        playback.pause()
        time.sleep(HEARTBEAT_TIMEOUT_S + 1.0)
        assert server.playback.session_count == 1
        playback.resume()
        assert len(list(islice(frames, 5))) == 5


def test_clients_that_come_and_vanish_leak_nothing(server: AvatarServer) -> None:
    process = psutil.Process()

    def churn(times: int) -> None:
        for _ in range(times):
            with Client(server.address) as client:
                playbacks = [client.play("ada", "walk", LOOP) for _ in range(10)]
                for playback in playbacks:
                    next(iter(playback))
            # The channel is closed with ten streams open.
        until(lambda: server.playback.session_count == 0)

    churn(3)
    files, threads, memory = process.num_fds(), threading.active_count(), process.memory_info().rss
    churn(10)
    assert process.num_fds() <= files + 4
    # Each stream's sending thread sees the end with its next heartbeat.
    until(lambda: threading.active_count() <= threads + 2)
    assert process.memory_info().rss < memory + (24 << 20)


def test_one_stalled_client_does_not_disturb_another(server: AvatarServer, client: Client) -> None:
    process = watching_process(server, mode="full", credits=256)
    process.send_signal(signal.SIGSTOP)
    try:
        with client.play("ada", "walk", LOOP) as playback:
            frames = iter(playback)
            next(frames)
            started = time.monotonic()
            assert len(list(islice(frames, 30))) == 30
            assert time.monotonic() - started < 3.0
    finally:
        kill(process)


def test_too_many_sessions_are_refused_and_the_rest_goes_on(client: Client) -> None:
    playbacks = [client.play("ada", "walk", LOOP) for _ in range(MAX_SESSIONS)]
    try:
        with pytest.raises(ServiceError) as raised:
            client.play("ada", "walk", LOOP)
        assert raised.value.code == "service-too-many-sessions"
        for playback in playbacks:
            next(iter(playback))
    finally:
        for playback in playbacks:
            playback.close()


def test_garbage_is_refused_and_harmless(server: AvatarServer, client: Client) -> None:
    start = PlayOptions().start_request("ada", "walk").SerializeToString()
    silent = threading.Event()

    def then_silence(*messages: bytes) -> Iterator[bytes]:
        yield from messages
        silent.wait(6.0)

    for messages in ([b"\xff" * 100], [b""], [start, b"\xff" * 100], [start, start], [credit(1).SerializeToString()]):
        _, error = play_raw(server, then_silence(*messages))
        assert error is not None
    silent.set()
    assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada"]


def test_a_server_that_never_answers_is_given_up() -> None:
    async def play_async(address: str) -> None:
        async with AsyncClient(address, timeout_s=0.3) as client:
            await client.play("ada", "walk")

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        started = time.monotonic()
        with Client(address, timeout_s=0.3) as client:
            for ask in (client.list_avatars, lambda: client.play("ada", "walk")):
                with pytest.raises(ServiceError) as raised:
                    ask()
                assert raised.value.code == "service-timeout"
        with pytest.raises(ServiceError) as raised:
            asyncio.run(play_async(address))
        assert raised.value.code == "service-timeout"
        assert time.monotonic() - started < 5.0


def test_a_huge_request_is_refused(server: AvatarServer, client: Client) -> None:
    huge = PlayRequest()
    huge.start.avatar_id = "x" * (5 << 20)
    _, error = play_raw(server, iter([huge.SerializeToString()]))
    assert error is not None
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert client.list_avatars()


def test_a_client_that_says_nothing_is_cut_off(server: AvatarServer) -> None:
    started = time.monotonic()
    silent = threading.Event()

    def nothing() -> Iterator[bytes]:
        silent.wait(6.0)
        yield from ()

    _, error = play_raw(server, nothing())
    silent.set()
    assert error is not None
    assert dict(error.trailing_metadata())["ani3d-code"] == "play-client-silent"
    assert time.monotonic() - started < HEARTBEAT_TIMEOUT_S + 2


def test_a_flood_of_connections_that_say_nothing_disturbs_nobody(server: AvatarServer, client: Client) -> None:
    """Half of them not even HTTP/2, half of them greet and fall silent."""
    host, port = server.address.rsplit(":", 1)
    assert client.list_avatars()
    process = psutil.Process()
    files, memory = process.num_fds(), process.memory_info().rss
    flood: list[socket.socket] = []
    try:
        for number in range(300):
            flood.append(socket.create_connection((host, int(port)), timeout=5.0))
            if number % 2:
                flood[-1].sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))
        started = time.monotonic()
        with Client(server.address) as newcomer, newcomer.play("ada", "walk", LOOP) as playback:
            assert len(list(islice(playback, 10))) == 10
        assert time.monotonic() - started < 3.0
        assert process.memory_info().rss < memory + (48 << 20)
    finally:
        for connection in flood:
            connection.close()
    # Both ends were in this process.
    until(lambda: process.num_fds() <= files + 4)


def test_calls_that_never_say_what_they_want_give_way_to_others(server: AvatarServer, client: Client) -> None:
    silent = threading.Event()

    def nothing() -> Iterator[bytes]:
        silent.wait(20.0)
        yield from ()

    with grpc.insecure_channel(server.address) as channel:
        call = channel.stream_stream(PLAY.path, request_serializer=None, response_deserializer=None)
        started = time.monotonic()
        open_calls = [call(nothing()) for _ in range(100)]
        try:
            codes = {dict(each.trailing_metadata()).get("ani3d-code") for each in open_calls}
            assert time.monotonic() - started < HEARTBEAT_TIMEOUT_S + 3
            with client.play("ada", "walk", LOOP) as playback:
                assert len(list(islice(playback, 10))) == 10
        finally:
            silent.set()
    assert codes == {"play-client-silent", "service-too-many-sessions"}


def test_hanging_up_politely_ends_the_session_without_an_error(server: AvatarServer) -> None:
    responses, error = play_raw(server, iter([PlayOptions().start_request("ada", "walk").SerializeToString()]))
    assert error is None
    assert responses[0].HasField("header")


def test_a_full_disk_stops_a_download_without_a_half_written_file(server: AvatarServer, tmp_path: Path) -> None:
    """A limit on the length of files stands in for the disk; what came is kept, and a later run resumes it."""
    limit_bytes = 10_000
    target = tmp_path / "ada.a3d"
    command = [sys.executable, "-c", DOWNLOAD_WITH_LIMIT, server.address, str(target), str(limit_bytes)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.strip() == "download-not-written", done.stderr
    assert not target.exists()
    with Client(server.address) as client:
        report = client.download("ada", target)
    assert report.resumed_from_bytes == limit_bytes
    assert report.resumed_from_bytes + report.received_bytes == target.stat().st_size
