# pyright: basic
"""The web client watches a real gateway: what it decodes is what the client in Python gets over gRPC."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.rpc.scope import Scope
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.server.trust.tokens import TokenKeys
from ani3d_runtime.testing.packages import write_synthetic_package
from tests.delaying_proxy import DelayingProxy

CLIENT = Path(__file__).parents[1]
LIMIT_S = 180.0
EVERY_FRAME = PlayOptions(pacing="every-frame", credits=8)


class Watcher:
    """``tests/live/watch.ts`` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def next(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next line that is wanted."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if wanted(said):
                return said
        raise AssertionError("it has ended")

    def frames(self, count: int) -> list[dict[str, Any]]:
        """The next frames."""
        return [self.next(lambda said: "frame" in said)["frame"] for _ in range(count)]

    def tell(self, **command: Any) -> None:
        """Send a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()


@contextmanager
def watching(server: AvatarServer, **options: Any) -> Iterator[Watcher]:
    assert server.gateway is not None
    known = {"address": f"127.0.0.1:{server.gateway.port}", "avatar": "ada", "clip": "walk", "credits": 8}
    given = {**known, "token": server.gateway.origin_policy.token, **options}
    command = [
        "node",
        "--experimental-websocket",
        "--no-warnings",
        str(CLIENT / "dist/live/watch.mjs"),
        json.dumps(given),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        # A watcher that says nothing any more fails a test; it does not stop the suite.
        alarm = threading.Timer(LIMIT_S, process.kill)
        alarm.start()
        try:
            yield Watcher(process)
        finally:
            alarm.cancel()
            process.kill()


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d", count=500)
    return folder


@pytest.fixture(scope="module")
def server(catalogue: Path) -> Iterator[AvatarServer]:
    with serving(catalogue, ServerOptions(port=0, gateway=GatewayOptions(port=0))) as running:
        yield running


@pytest.fixture(scope="module")
def slow_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AvatarServer, int]]:
    """A gateway, and the port of a way to it that carries 1.2 Mbit/s."""
    folder = tmp_path_factory.mktemp("slow")
    write_synthetic_package(folder / "ada.a3d", count=3000)
    with serving(folder, ServerOptions(port=0, gateway=GatewayOptions(port=0))) as running:
        assert running.gateway is not None
        with DelayingProxy(f"127.0.0.1:{running.gateway.port}", 0.01, bytes_per_s=150_000) as proxy:
            yield running, int(proxy.address.rpartition(":")[2])


@pytest.mark.parametrize("holds", [False, True], ids=["floats", "whole steps"])
def test_light_frames_are_those_of_grpc(server: AvatarServer, holds: bool) -> None:
    with Client(server.address) as client:
        expected = {frame.time_s: frame for frame in client.frames("ada", "walk", EVERY_FRAME)}
    with watching(server, everyFrame=True, holds=holds) as watcher:
        header = watcher.next(lambda said: "header" in said)["header"]
        assert header["isInSteps"] is holds
        for frame in watcher.frames(5):
            theirs = expected[frame["time_s"]]
            step = 1e-3 if holds else 1e-9
            np.testing.assert_allclose(frame["root"], theirs.root_translation_m, atol=step)
            np.testing.assert_allclose(frame["joints"], theirs.joint_rotations_wxyz.reshape(-1), atol=step)
            np.testing.assert_allclose(frame["nodes"], theirs.node_displacements_m.reshape(-1), atol=step)


def test_full_frames_and_detail(server: AvatarServer) -> None:
    with Client(server.address) as client:
        expected = next(iter(client.frames("ada", "walk", PlayOptions(pacing="every-frame", mode="full"))))
    with watching(server, everyFrame=True, full=True, startS=expected.time_s) as watcher:
        (frame,) = watcher.frames(1)
        assert frame["count"] == 500
        np.testing.assert_array_equal(np.float32(frame["means"]), expected.means_m.reshape(-1)[:300])
    with watching(server, everyFrame=True, withDetail=True) as watcher:
        assert watcher.frames(1)[0]["detail"]


def test_after_a_seek_come_frames_of_its_time(server: AvatarServer) -> None:
    with watching(server, everyFrame=True, credits=1) as watcher:
        watcher.frames(1)
        watcher.tell(seek=0.5)
        frame = watcher.next(lambda said: "frame" in said and said["frame"]["epoch"] == 1)["frame"]
        assert frame["time_s"] == pytest.approx(0.5)


def test_a_slow_link_gets_what_fits_and_says_so(slow_gateway: tuple[AvatarServer, int]) -> None:
    server, port = slow_gateway
    options = {"loop": True, "holds": True, "withDetail": True, "frameRateHz": 60, "credits": None}
    with watching(server, address=f"127.0.0.1:{port}", **options) as watcher:
        rendition = watcher.next(lambda said: said.get("rendition", {}).get("form") == "steps")["rendition"]
        assert not rendition["withDetail"]
        assert rendition["linkBytesPerS"] > 0
        (frame,) = watcher.frames(1)
        assert frame["detail"] is None


def test_a_clip_ends_and_goes_on_after_a_seek(server: AvatarServer) -> None:
    with watching(server, everyFrame=True) as watcher:
        watcher.next(lambda said: said.get("state") == "ended")
        watcher.tell(seek=0.25)
        assert watcher.next(lambda said: "frame" in said)["frame"]["time_s"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"token": "guessed"}, "token-invalid"),
        ({"clip": "wlak"}, "clip-not-found"),
        ({"avatar": "eve"}, "avatar-not-found"),
    ],
)
def test_what_cannot_be_had_has_a_code(server: AvatarServer, options: dict[str, str], code: str) -> None:
    with watching(server, **options) as watcher:
        assert watcher.next(lambda said: said.get("state") == "closed")["code"] == code


def test_a_server_that_comes_back_is_found_again(catalogue: Path, tmp_path: Path) -> None:
    TokenKeys.write_new(tmp_path / "keys")
    token = TokenKeys.read(tmp_path / "keys").issue("page", frozenset({Scope.READ}), 600.0)
    options = ServerOptions(port=0, grace_s=0.2, token_keys=tmp_path / "keys", gateway=GatewayOptions(port=0))
    with ExitStack() as first, ExitStack() as rest:
        running = first.enter_context(serving(catalogue, options))
        assert running.gateway is not None
        watcher = rest.enter_context(watching(running, token=token, loop=True))
        watcher.frames(2)
        first.close()
        watcher.next(lambda said: said.get("state") == "reconnecting")
        again = replace(options, gateway=GatewayOptions(port=running.gateway.port))
        rest.enter_context(serving(catalogue, again))
        watcher.next(lambda said: said.get("state") == "open")
        watcher.frames(2)


def test_a_live_session_is_watched_while_its_publisher_goes_and_comes_back(server: AvatarServer) -> None:
    with Client(server.address) as client:
        ticket = client.live.create("ada")
        joints = client.list_avatars()[0].joint_count
        with watching(server, session=ticket.session_id, holds=True) as watcher:
            watcher.next(lambda said: said.get("source") == "waiting")
            for place in (0.25, 0.5):
                with client.live.publish(ticket, SourceSkeleton()) as publisher:
                    rotations = np.zeros((joints, 4), np.float32)
                    rotations[:, 0] = 1
                    publisher.send(rotations, np.array([place, 0, 0], np.float32))
                    watcher.next(partial(is_at, place))
                watcher.next(lambda said: said.get("source") == "lost")
            client.live.end(ticket)
            watcher.next(lambda said: said.get("state") == "ended")


def is_at(place: float, said: dict[str, Any]) -> bool:
    return "frame" in said and abs(said["frame"]["root"][0] - place) < 1e-3


def test_a_session_that_is_not_there_yet_is_waited_for(server: AvatarServer) -> None:
    with watching(server, session="later") as watcher:
        watcher.next(lambda said: said.get("code") == "live-session-not-found")
        with Client(server.address) as client:
            ticket = client.live.create("ada", session_id="later")
            watcher.next(lambda said: "header" in said)
            client.live.end(ticket)
