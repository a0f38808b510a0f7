"""What browsers, and those who pretend to be some, do wrong: the gateway stays well, and logs say what was."""

from __future__ import annotations

import http.client
import json
import logging
import resource
import select
import socket as socket_module
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.sync.client import connect

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.gateway import connection, connection_limiter, gateway
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.server.trust.quotas import Quotas
from ani3d_runtime.server.trust.tls import TlsFiles
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package
from tests import waiting

pytestmark = pytest.mark.timeout(60)
PING = b"\x89\xfd" + bytes(4) + bytes(125)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", count=20_000)
    return folder


@pytest.fixture(scope="module")
def server(catalogue: Path) -> Iterator[AvatarServer]:
    with serving(catalogue, ServerOptions(port=0, gateway=GatewayOptions(port=0))) as running:
        yield running


@dataclass(frozen=True)
class Guarded:
    """A server that asks for tokens of its own, is slow to send packages, and writes down what was."""

    server: AvatarServer
    keys: TokenKeys
    audit: Path

    def token(self, subject: str, life_s: float) -> str:
        return self.keys.issue(subject, frozenset({Scope.READ}), life_s)

    def result_of(self, subject: str) -> Any:
        """What came of the only call of somebody."""
        ends: list[dict[str, Any]] = []

        def is_over() -> bool:
            lines = [json.loads(line) for line in self.audit.read_text().splitlines()]
            ends[:] = [line for line in lines if line["principal"] == subject and line["event"] == "end"]
            return bool(ends)

        waiting.until(is_over, limit_s=10.0)
        return ends[0]["result"]


@pytest.fixture(scope="module")
def guarded(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("trust")
    TokenKeys.write_new(folder / "keys")
    options = ServerOptions(
        port=0,
        token_keys=folder / "keys",
        audit_log=folder / "audit",
        quotas=Quotas(download_bytes_per_s=256 << 10),
        gateway=GatewayOptions(port=0),
    )
    with serving(catalogue, options) as running:
        yield Guarded(running, TokenKeys.read(folder / "keys"), folder / "audit")


def port_of(server: AvatarServer) -> int:
    assert server.gateway is not None
    return server.gateway.port


def token_of_run(server: AvatarServer) -> str:
    assert server.gateway is not None
    assert server.gateway.origin_policy.token is not None
    return server.gateway.origin_policy.token


def dial(server: AvatarServer, first: bytes = b"") -> socket_module.socket:
    client = socket_module.create_connection(("127.0.0.1", port_of(server)), timeout=10)
    client.sendall(first)
    return client


def head(path: str, *headers: bytes, host: bytes = b"127.0.0.1") -> bytes:
    return b"\r\n".join([f"GET {path} HTTP/1.1".encode(), b"Host: " + host, *headers, b"", b""])


def upgrade(path: str, *headers: bytes) -> bytes:
    return head(
        path,
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    )


def bearer(token: str) -> bytes:
    return f"Authorization: Bearer {token}".encode()


def answer_to(client: socket_module.socket) -> tuple[int, bytes]:
    response = http.client.HTTPResponse(client)
    response.begin()
    return response.status, response.read()


def reset(client: socket_module.socket) -> None:
    client.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def send_for(client: socket_module.socket, piece: bytes, pause_s: float, limit_s: float) -> None:
    """Send again and again, and read nothing."""
    began_s = time.monotonic()
    while time.monotonic() - began_s < limit_s:
        client.sendall(piece)
        time.sleep(pause_s)


def is_cut(client: socket_module.socket) -> bool:
    """Whether the server ends the connection, or has."""
    try:
        while client.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def test_a_token_without_the_protocol_is_refused_and_not_logged(
    server: AvatarServer, guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for asked, token in ((server, token_of_run(server)), (guarded.server, guarded.token("silent", 60.0))):
        with dial(asked, upgrade("/v1/play", f"Sec-WebSocket-Protocol: ani3d.token.{token}".encode())) as client:
            status, body = answer_to(client)
        assert status == 400
        assert json.loads(body)["error"]["code"] == "gateway-bad-protocol"
        assert token not in caplog.text


def test_a_socket_may_name_no_protocol(server: AvatarServer) -> None:
    headers = {"Authorization": f"Bearer {token_of_run(server)}"}
    with connect(f"ws://127.0.0.1:{port_of(server)}/v1/play", additional_headers=headers, compression=None) as socket:
        socket.send(PlayOptions().start_request("ada", "walk").SerializeToString())
        assert socket.recv(timeout=10)


@pytest.mark.parametrize("ending", [b"\x00", b"\x7f"])
def test_a_token_in_a_line_that_cannot_be_read_is_not_logged(
    server: AvatarServer, caplog: pytest.LogCaptureFixture, ending: bytes
) -> None:
    caplog.set_level(logging.WARNING)
    token = token_of_run(server)
    with dial(server, head("/v1/avatars", bearer(token) + ending)) as client:
        assert answer_to(client)[0] == 400
    assert token not in caplog.text
    assert not caplog.records


def test_half_a_request_does_not_keep_a_connection(server: AvatarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LET_IN_WITHIN_S", 0.3)
    refused = head("/v1/avatars")
    for sent in (b"", b"GET /v1/avatars HTTP/1.1\r\nHost: 127", refused, refused + b"GET /v1/av"):
        with dial(server, sent) as client:
            client.settimeout(3)
            assert is_cut(client)


@pytest.mark.parametrize(
    ("first", "piece", "pause_s"), [(b"GET /", b"a", 0.02), (b"", head("/v1/avatars") * 1000, 0.0)]
)
def test_who_sends_and_never_reads_is_cut_too(
    server: AvatarServer, monkeypatch: pytest.MonkeyPatch, first: bytes, piece: bytes, pause_s: float
) -> None:
    monkeypatch.setattr(connection, "LET_IN_WITHIN_S", 0.3)
    with dial(server, first) as client:
        client.settimeout(3)
        with pytest.raises(ConnectionError):
            send_for(client, piece, pause_s, limit_s=3.0)


def test_half_a_second_request_does_not_keep_a_connection(
    server: AvatarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_IDLE_S", 0.5)
    with dial(server, head("/v1/avatars", bearer(token_of_run(server)))) as client:
        assert answer_to(client)[0] == 200
        client.sendall(b"GET /v1/avatars HTTP/1.1\r\nHost: 127")
        client.settimeout(3)
        assert is_cut(client)


def test_who_is_let_in_stays(server: AvatarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LET_IN_WITHIN_S", 0.2)
    authorization = bearer(token_of_run(server))
    with (
        dial(server, upgrade("/v1/play", authorization)) as watching,
        dial(server, head("/v1/avatars", authorization)) as asking,
    ):
        assert watching.recv(1 << 10).startswith(b"HTTP/1.1 101")
        assert answer_to(asking)[0] == 200
        time.sleep(0.5)
        asking.sendall(head("/v1/avatars", authorization))
        assert answer_to(asking)[0] == 200
        watching.sendall(PING)
        assert watching.recv(1 << 10)[:1] == b"\x8a"


def certified(folder: Path) -> tuple[TlsFiles, ssl.SSLContext]:
    """A server's certificate, and a client that trusts it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return TlsFiles(folder / "server.pem", folder / "key.pem"), trusting


def test_half_a_handshake_does_not_keep_a_connection_either(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connection, "LET_IN_WITHIN_S", 0.3)
    monkeypatch.setattr(connection_limiter, "LET_IN_WITHIN_S", 0.3)
    tls, trusting = certified(tmp_path)
    options = ServerOptions(port=0, grace_s=0.1, tls=tls, gateway=GatewayOptions(port=0))
    caplog.set_level(logging.WARNING)
    with serving(catalogue, options) as encrypted:
        for sent in (b"", b"\x16\x03\x01\x02\x00"):
            with dial(encrypted, sent) as client:
                client.settimeout(3)
                assert is_cut(client)
        with trusting.wrap_socket(dial(encrypted), server_hostname="127.0.0.1") as client:
            client.sendall(b"GET /v1/avatars HTTP/1.1\r\nHost: 127")
            client.settimeout(3)
            assert is_cut(client)
        with trusting.wrap_socket(dial(encrypted), server_hostname="127.0.0.1") as client:
            client.sendall(head("/v1/avatars", bearer(token_of_run(encrypted))))
            assert answer_to(client)[0] == 200
    assert not caplog.records


def not_cut(clients: list[socket_module.socket]) -> list[socket_module.socket]:
    """Those to which nothing came, not even the end."""
    ended, _, _ = select.select(clients, [], [], 0)
    return [client for client in clients if client not in ended]


def test_more_connections_than_there_is_room_for_are_cut(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "most_connections", lambda max_sessions: 3)
    with serving(catalogue, ServerOptions(port=0, grace_s=0.1, gateway=GatewayOptions(port=0))) as running:
        held = [dial(running, b"GET /") for _ in range(20)]
        waiting.until(lambda: len(not_cut(held)) == 3, limit_s=5.0)
        with Client(running.address) as others:
            assert others.list_avatars()
        for client in held:
            client.close()

        def is_answered() -> bool:
            with dial(running, head("/v1/avatars")) as client:
                try:
                    return answer_to(client)[0] == 401
                except (ConnectionError, http.client.HTTPException):
                    return False

        waiting.until(is_answered, limit_s=5.0)


def test_connections_that_have_yet_to_be_encrypted_take_room_too(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "most_connections", lambda max_sessions: 3)
    tls, trusting = certified(tmp_path)
    options = ServerOptions(port=0, grace_s=0.1, tls=tls, gateway=GatewayOptions(port=0))
    with serving(catalogue, options) as encrypted:
        held = [dial(encrypted) for _ in range(20)]
        waiting.until(lambda: len(not_cut(held)) == 3, limit_s=5.0)
        not_cut(held)[0].close()

        def is_answered() -> bool:
            with suppress(OSError), trusting.wrap_socket(dial(encrypted), server_hostname="127.0.0.1") as client:
                client.sendall(head("/v1/avatars", bearer(token_of_run(encrypted))))
                return answer_to(client)[0] == 200
            return False

        waiting.until(is_answered, limit_s=5.0)
        for client in held:
            client.close()


def test_half_of_the_descriptors_are_left_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, most in ((256, 128), (1 << 20, 2048), (resource.RLIM_INFINITY, 2048)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert connection_limiter.most_connections(1024) == most


def test_a_download_ends_with_its_token(guarded: Guarded) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port_of(guarded.server), timeout=10)
    began_s = time.monotonic()
    client.request("GET", "/v1/packages/ada", headers={"Authorization": f"Bearer {guarded.token('guest', 1.0)}"})
    response = client.getresponse()
    assert response.status == 200
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    assert time.monotonic() - began_s < 2.5
    client.close()
    assert guarded.result_of("guest") == "token-expired"


def test_who_leaves_a_download_has_cancelled_it(guarded: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    client = dial(guarded.server, head("/v1/packages/ada", bearer(guarded.token("leaver", 60.0))))
    assert client.recv(1 << 10)
    reset(client)
    assert guarded.result_of("leaver") == "cancelled"
    assert not caplog.records


@pytest.mark.parametrize(
    "host", [b"[", b"[::1", b"]", "℀".encode(), b"\xff", b"a@127.0.0.1", b"127.0.0.1/", b"127.0.0.1:1:2", b"[::1]x"]
)
def test_a_host_that_is_none_is_refused(server: AvatarServer, caplog: pytest.LogCaptureFixture, host: bytes) -> None:
    with dial(server, head("/v1/avatars", bearer(token_of_run(server)), host=host)) as client:
        status, body = answer_to(client)
    assert status == 403
    assert json.loads(body)["error"]["code"] == "gateway-bad-host"
    assert not caplog.records


@pytest.mark.parametrize("host", [b"127.0.0.1:8480", b"LocalHost", b"[::1]", b"[::1]:80"])
def test_a_host_may_be_said_in_several_ways(server: AvatarServer, host: bytes) -> None:
    with dial(server, head("/v1/avatars", bearer(token_of_run(server)), host=host)) as client:
        assert answer_to(client)[0] == 200


def test_a_token_that_is_no_text_is_refused(server: AvatarServer, guarded: Guarded) -> None:
    for asked in (server, guarded.server):
        with dial(asked, head("/v1/avatars", b"Authorization: Bearer \xff\xfe")) as client:
            assert answer_to(client)[0] == 401


@pytest.mark.parametrize("has_asked", [False, True])
def test_who_floods_pings_and_resets_has_cancelled(
    guarded: Guarded, caplog: pytest.LogCaptureFixture, has_asked: bool
) -> None:
    caplog.set_level(logging.WARNING)
    subject = f"flooder-{has_asked}"
    client = dial(guarded.server, upgrade("/v1/play", bearer(guarded.token(subject, 60.0))))
    assert client.recv(1 << 10).startswith(b"HTTP/1.1 101")
    if has_asked:
        start = PlayOptions(credits=1).start_request("ada", "walk").SerializeToString()
        client.sendall(bytes([0x82, 0x80 | len(start)]) + bytes(4) + start)
        assert client.recv(1 << 10)
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        send_for(client, PING * 1000, 0.0, limit_s=5.0)
    reset(client)
    assert guarded.result_of(subject) == "cancelled"
    assert not caplog.records
