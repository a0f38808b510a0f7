"""Live sessions by a page's means alone: HTTP and WebSockets, without gRPC."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.rpc.v1 import frames_pb2, live_pb2
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package

PAGE = "https://viewer.example.org"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TokenKeys]:
    path = tmp_path_factory.mktemp("trust") / "keys"
    TokenKeys.write_new(path)
    return path, TokenKeys.read(path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, keys: tuple[Path, TokenKeys]) -> Iterator[AvatarServer]:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", count=500)
    gateway = GatewayOptions(port=0, origins=(PAGE,))
    with serving(folder, ServerOptions(port=0, token_keys=keys[0], gateway=gateway)) as running:
        yield running


@pytest.fixture(scope="module")
def publishing(keys: tuple[Path, TokenKeys]) -> str:
    return keys[1].issue("studio", frozenset({Scope.PUBLISH}), 600.0)


@pytest.fixture(scope="module")
def reading(keys: tuple[Path, TokenKeys]) -> str:
    return keys[1].issue("page", frozenset({Scope.READ}), 600.0)


def port_of(server: AvatarServer) -> int:
    assert server.gateway is not None
    return server.gateway.port


def ask(
    server: AvatarServer,
    token: str,
    method: str = "GET",
    path: str = "",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[int, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=30)) as connection:
        sent = {"Authorization": f"Bearer {token}", "Origin": PAGE, **(headers or {})}
        connection.request(method, f"/v1/sessions{path}", body, sent)
        response = connection.getresponse()
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        return response.status, json.loads(response.read())


def created(server: AvatarServer, token: str, session_id: str) -> str:
    """The publish key of a new session."""
    asked = json.dumps({"avatarId": "ada", "sessionId": session_id}).encode()
    status, answer = ask(server, token, "POST", body=asked)
    assert (status, answer["sessionId"]) == (200, session_id)
    return str(answer["publishKey"])


def opened(server: AvatarServer, path: str, token: str) -> ClientConnection:
    protocols = [Subprotocol("ani3d.v1"), Subprotocol(f"ani3d.token.{token}")]
    return connect(f"ws://127.0.0.1:{port_of(server)}/v1/{path}", subprotocols=protocols, origin=PAGE)  # type: ignore[arg-type]


def binary(socket: ClientConnection) -> bytes:
    message = socket.recv(timeout=30)
    assert isinstance(message, bytes), message
    return message


def test_a_page_creates_publishes_lists_and_ends_a_session(server: AvatarServer, publishing: str, reading: str) -> None:
    key = created(server, publishing, "stage")
    with opened(server, "subscribe", reading) as seen, opened(server, "publish", publishing) as socket:
        subscribe = live_pb2.SubscribeCommand(session_id="stage", mode=frames_pb2.FRAME_MODE_LIGHT, credits=4)
        seen.send(live_pb2.SubscribeRequest(subscribe=subscribe).SerializeToString())
        joints = len(live_pb2.SubscribeResponse.FromString(binary(seen)).header.joint_names)
        publish = live_pb2.PublishCommand(
            session_id="stage", publish_key=key, answer_mode=frames_pb2.FRAME_MODE_LIGHT, credits=4
        )
        socket.send(live_pb2.RetargetRequest(publish=publish).SerializeToString())
        assert live_pb2.RetargetResponse.FromString(binary(socket)).header.session_id == "stage"
        assert live_pb2.RetargetResponse.FromString(binary(socket)).HasField("mapping")
        stands = np.zeros(3 + 4 * joints, dtype="<f4")
        stands[3::4] = 1
        pose = live_pb2.Pose(capture_time_s=1.0, payload=stands.tobytes())
        socket.send(live_pb2.RetargetRequest(pose=pose).SerializeToString())
        while not (answer := live_pb2.RetargetResponse.FromString(binary(socket))).frames:
            pass
        while not (watched := live_pb2.SubscribeResponse.FromString(binary(seen))).frames:
            pass
        assert watched.frames[0].payload == answer.frames[0].payload
        (listed,) = ask(server, reading)[1]["sessions"]
        assert (listed["sessionId"], listed["avatarId"], listed["subscriberCount"]) == ("stage", "ada", 1)
        assert int(listed["frameCount"]) == 1
        assert ask(server, publishing, "DELETE", "/stage", headers={"Ani3d-Publish-Key": key}) == (200, {})
        while not live_pb2.SubscribeResponse.FromString(binary(seen)).HasField("ended"):
            pass
    assert ask(server, reading)[1]["sessions"] == []


def test_who_may_watch_may_not_publish(server: AvatarServer, publishing: str, reading: str) -> None:
    assert ask(server, reading, "POST", body=b'{"avatarId": "ada"}')[1]["error"]["code"] == "scope-missing"
    assert ask(server, publishing)[1]["error"]["code"] == "scope-missing"
    with pytest.raises(InvalidStatus) as refused:
        opened(server, "publish", reading)
    assert refused.value.response.status_code == 403
    key = created(server, publishing, "mine")
    for wrong, status in (({}, 503), ({"Ani3d-Publish-Key": "no"}, 503)):
        found = ask(server, publishing, "DELETE", "/mine", headers=wrong)
        assert (found[0], found[1]["error"]["code"]) == (status, "live-wrong-key")
    with opened(server, "publish", publishing) as socket:
        publish = live_pb2.PublishCommand(session_id="mine", publish_key="no")
        socket.send(live_pb2.RetargetRequest(publish=publish).SerializeToString())
        assert json.loads(socket.recv(timeout=30))["code"] == "live-wrong-key"
    ask(server, publishing, "DELETE", "/mine", headers={"Ani3d-Publish-Key": key})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "gateway-bad-body"),
        (b"[1]", "gateway-bad-body"),
        (b"\xff\xfe", "gateway-bad-body"),
        (b'{"avatarId": 3}', "gateway-bad-body"),
        (b'{"avatar": "ada"}', "gateway-bad-body"),
        (b'{"avatarId": "\\ud800"}', "gateway-bad-body"),
        (b"[" * 200_000, "gateway-bad-body"),
        (b'{"avatarId": "' + b"a" * 300_000 + b'"}', "gateway-bad-body"),
        (b'{"avatarId": "nobody"}', "avatar-not-found"),
        (b'{"avatarId": "ada", "sessionId": "a b"}', "live-bad-session-id"),
    ],
)
def test_bodies_that_are_none_are_refused(server: AvatarServer, publishing: str, body: bytes, code: str) -> None:
    status, answer = ask(server, publishing, "POST", body=body)
    assert 400 <= status < 500
    assert answer["error"]["code"] == code


def test_browsers_are_told_what_they_may_send(server: AvatarServer) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port_of(server), timeout=30)) as connection:
        connection.request("OPTIONS", "/v1/sessions/stage", headers={"Origin": PAGE})
        response = connection.getresponse()
    assert response.status == 204
    assert {"POST", "DELETE"} <= set(response.headers["Access-Control-Allow-Methods"].split(", "))
    allowed = set(response.headers["Access-Control-Allow-Headers"].split(", "))
    assert {"Authorization", "Content-Type", "Ani3d-Publish-Key"} <= allowed
