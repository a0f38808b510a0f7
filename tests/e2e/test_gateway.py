"""The gateway over real sockets, by a WebSocket client and an HTTP client that know nothing of ani3d."""

from __future__ import annotations

import http.client
import json
import socket as socket_module
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.client.protocol.live_messages import subscribe_request
from ani3d_runtime.client.protocol.watching import Watch, credit, paused, seek
from ani3d_runtime.package.reader import Package
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.rpc.v1 import live_pb2, playback_pb2
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.gateway.packages import byte_range
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package

EVERY_FRAME = PlayOptions(pacing="every-frame", credits=8)
ALLOWED_ORIGIN = "https://viewer.example.org"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", count=2_000)
    return folder


@pytest.fixture(scope="module")
def server(catalogue: Path) -> Iterator[AvatarServer]:
    options = ServerOptions(
        port=0,
        write_timeout_s=1.0,
        heartbeat_timeout_s=120.0,
        gateway=GatewayOptions(port=0, origins=(ALLOWED_ORIGIN,)),
    )
    with serving(catalogue, options) as running:
        yield running


def token_of(server: AvatarServer) -> str:
    assert server.gateway is not None
    assert server.gateway.origin_policy.token is not None
    return server.gateway.origin_policy.token


def open_socket(
    server: AvatarServer, path: str = "play", token: str | None = None, **options: object
) -> ClientConnection:
    assert server.gateway is not None
    protocols = [Subprotocol("ani3d.v1"), Subprotocol(f"ani3d.token.{token_of(server) if token is None else token}")]
    address = f"ws://127.0.0.1:{server.gateway.port}/v1/{path}"
    return connect(address, subprotocols=protocols, compression=None, **options)  # type: ignore[arg-type]


def start(**options: object) -> playback_pb2.PlayRequest:
    return PlayOptions(**{"pacing": "every-frame", "credits": 8, **options}).start_request("ada", "walk")  # type: ignore[arg-type]


def refusal_of(socket: ClientConnection) -> str:
    """The code of the text message that ends a socket."""
    while True:
        message = socket.recv(timeout=20)
        if isinstance(message, str):
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=20)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4000
            return str(json.loads(message)["code"])


def test_a_clip_comes_as_over_grpc(server: AvatarServer) -> None:
    first = start()
    watch = Watch(first)
    frames = []
    with open_socket(server) as socket:
        assert socket.subprotocol == "ani3d.v1"
        socket.send(first.SerializeToString())
        while not watch.ended:
            message = socket.recv(timeout=20)
            assert isinstance(message, bytes)
            came = watch.take(playback_pb2.PlayResponse.FromString(message))
            frames += came
            if came:
                socket.send(credit(len(came)).SerializeToString())
    with Client(server.address) as client:
        expected = list(client.frames("ada", "walk", EVERY_FRAME))
    assert len(frames) == len(expected) == 40
    for ours, theirs in zip(frames, expected, strict=True):
        assert ours.time_s == theirs.time_s
        assert np.array_equal(ours.node_displacements_m, theirs.node_displacements_m)


def test_commands_are_taken(server: AvatarServer) -> None:
    with open_socket(server) as socket:
        socket.send(start(credits=1).SerializeToString())
        socket.send(paused(True).SerializeToString())
        socket.send(seek(0.5).SerializeToString())
        socket.send(credit(4).SerializeToString())
        while True:
            message = socket.recv(timeout=20)
            assert isinstance(message, bytes)
            response = playback_pb2.PlayResponse.FromString(message)
            if response.epoch == 1 and response.frames:
                assert response.frames[0].time_s == 0.5
                return


def test_a_live_session_is_seen(server: AvatarServer) -> None:
    with Client(server.address) as client, open_socket(server, "subscribe") as socket:
        ticket = client.live.create("ada")
        socket.send(subscribe_request(ticket.session_id, "light", 4, None).SerializeToString())
        message = socket.recv(timeout=20)
        assert isinstance(message, bytes)
        header = live_pb2.SubscribeResponse.FromString(message).header
        with client.live.publish(ticket, SourceSkeleton()) as publisher:
            rotations = np.zeros((len(header.joint_names), 4), dtype=np.float32)
            rotations[:, 0] = 1
            publisher.send(rotations, np.zeros(3, dtype=np.float32))
            while True:
                message = socket.recv(timeout=20)
                assert isinstance(message, bytes)
                response = live_pb2.SubscribeResponse.FromString(message)
                if response.frames:
                    break
        client.live.end(ticket)
        while not live_pb2.SubscribeResponse.FromString(message).HasField("ended"):
            message = socket.recv(timeout=20)
            assert isinstance(message, bytes)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=20)


def test_what_is_refused_over_grpc_is_refused_here(server: AvatarServer) -> None:
    with open_socket(server) as socket:
        socket.send(PlayOptions().start_request("nobody", "walk").SerializeToString())
        assert refusal_of(socket) == "avatar-not-found"
    with open_socket(server) as socket:
        socket.send(start().SerializeToString())
        socket.send(seek(1e9).SerializeToString())
        assert refusal_of(socket) == "play-bad-time"


@pytest.mark.parametrize("message", ["a text", b"\xff\xff\xff"])
def test_messages_that_are_none_end_the_socket_alone(server: AvatarServer, message: str | bytes) -> None:
    with open_socket(server) as bystander, open_socket(server) as socket:
        bystander.send(start(credits=1).SerializeToString())
        bystander.recv(timeout=20)
        socket.send(start(credits=1).SerializeToString())
        socket.send(message)
        assert refusal_of(socket) == "gateway-bad-message"
        bystander.send(credit(2).SerializeToString())
        assert bystander.recv(timeout=20)


def test_a_message_that_is_too_long_ends_the_socket(server: AvatarServer) -> None:
    with open_socket(server) as socket:
        socket.send(bytes(300 << 10))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_who_does_not_read_is_cut_and_the_others_play_on(server: AvatarServer) -> None:
    with open_socket(server, max_queue=1, close_timeout=0.1) as frozen:
        frozen.socket.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 4096)
        frozen.send(start(mode="full", loop=True, credits=256).SerializeToString())
        began_s = time.monotonic()
        while server.playback.session_count == 0:
            time.sleep(0.01)
        with Client(server.address) as client:
            assert len(list(client.frames("ada", "walk", EVERY_FRAME))) == 40
        while server.playback.session_count:
            assert time.monotonic() - began_s < 60, "a socket that takes nothing is never let go"
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Origin": "https://evil.example.org"}, 403, "gateway-bad-origin"),
        ({"Origin": "null"}, 403, "gateway-bad-origin"),
        ({"Host": "evil.example.org"}, 403, "gateway-bad-host"),
        ({"Authorization": "Bearer wrong"}, 401, "token-invalid"),
        ({"Authorization": ""}, 401, "token-missing"),
    ],
)
def test_strangers_are_not_let_in(server: AvatarServer, headers: dict[str, str], status: int, code: str) -> None:
    for path in ("/v1/packages/ada", "/v1/avatars", "/v1/play"):
        answer = ask(server, path, headers)
        assert answer.status == status
        assert json.loads(answer.body)["error"]["code"] == code
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_socket_of_a_stranger_is_not_opened(server: AvatarServer) -> None:
    for options in ({"origin": "https://evil.example.org"}, {"token": "wrong"}, {"token": ""}):
        with pytest.raises(InvalidStatus) as refused:
            open_socket(server, **options)
        assert refused.value.response.status_code in (401, 403)
    with open_socket(server, origin=ALLOWED_ORIGIN) as socket:
        socket.send(start().SerializeToString())
        assert socket.recv(timeout=20)


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(server: AvatarServer, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
    assert server.gateway is not None
    connection = http.client.HTTPConnection("127.0.0.1", server.gateway.port, timeout=30)
    sent = {"Authorization": f"Bearer {token_of(server)}", **(headers or {})}
    try:
        connection.request(method, path, headers={key: value for key, value in sent.items() if value})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def test_a_package_comes_whole_and_in_parts(server: AvatarServer, catalogue: Path) -> None:
    whole = (catalogue / "ada.a3d").read_bytes()
    with Package.open(catalogue / "ada.a3d") as package:
        etag = f'"{package.digest}"'
    size = len(whole)

    answer = ask(server, "/v1/packages/ada")
    assert (answer.status, answer.body, answer.headers["ETag"]) == (200, whole, etag)
    head = ask(server, "/v1/packages/ada", method="HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(size))
    assert head.headers["Accept-Ranges"] == "bytes"

    for asked, begin, end in (
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=5-{10 * size}", 5, size),
    ):
        part = ask(server, "/v1/packages/ada", {"Range": asked, "If-Range": etag})
        assert (part.status, part.body) == (206, whole[begin:end])
        assert part.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{size}"
    beyond = ask(server, "/v1/packages/ada", {"Range": f"bytes={size}-"})
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    stale = ask(server, "/v1/packages/ada", {"Range": "bytes=0-99", "If-Range": '"another"'})
    assert (stale.status, stale.body) == (200, whole)
    assert ask(server, "/v1/packages/ada", {"If-None-Match": etag}).status == 304


def test_only_ids_of_the_catalogue_lead_to_packages(server: AvatarServer) -> None:
    for path in ("nobody", "..%2Fada", "%2e%2e", "ada.a3d", "ada%00", "%2Fetc%2Fpasswd"):
        assert ask(server, f"/v1/packages/{path}").status == 404


def test_pages_of_an_allowed_origin_may_read(server: AvatarServer) -> None:
    answer = ask(server, "/v1/avatars", {"Origin": ALLOWED_ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED_ORIGIN
    assert [avatar["avatarId"] for avatar in json.loads(answer.body)["avatars"]] == ["ada"]
    preflight = ask(server, "/v1/packages/ada", {"Origin": ALLOWED_ORIGIN, "Authorization": ""}, "OPTIONS")
    assert preflight.status == 204
    assert "Range" in preflight.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("header", ["", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,3-4", "lines=0-1", "bytes=x-"])
def test_ranges_that_are_not_understood_are_passed_over(header: str) -> None:
    assert byte_range(header, 10) == (0, 10)


def test_token_files_hold_here_too(catalogue: Path, tmp_path: Path) -> None:
    TokenKeys.write_new(tmp_path / "keys")
    keys = TokenKeys.read(tmp_path / "keys")
    options = ServerOptions(port=0, token_keys=tmp_path / "keys", gateway=GatewayOptions(port=0))
    with serving(catalogue, options) as guarded:
        assert guarded.gateway is not None
        assert guarded.gateway.origin_policy.token is None
        reading = keys.issue("page", frozenset({Scope.READ}), 60.0)
        publishing = keys.issue("studio", frozenset({Scope.PUBLISH}), 60.0)
        with open_socket(guarded, token=reading) as socket:
            socket.send(start().SerializeToString())
            assert socket.recv(timeout=20)
        with pytest.raises(InvalidStatus) as refused:
            open_socket(guarded, token=publishing)
        assert refused.value.response.status_code == 403
        short = keys.issue("guest", frozenset({Scope.READ}), 1.0)
        with open_socket(guarded, token=short) as socket:
            socket.send(start(credits=1).SerializeToString())
            assert refusal_of(socket) == "token-expired"
