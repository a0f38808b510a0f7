"""Live sessions of a package with a driver: cloth and hair move with poses that were never baked."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from ani3d_runtime.bake.driver_fit.fit import fit_driver
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.cli.app import run as command_line
from ani3d_runtime.client import Client, PublishOptions
from ani3d_runtime.codec.live.light_frames import LightSteps
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.driver import driver_of
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.rpc.frame_layout import FullFrame
from ani3d_runtime.rpc.methods import LIVE_SERVICE
from ani3d_runtime.server import AvatarServer, serving
from ani3d_runtime.server.live import frame as live_frame
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual

FRAMES = 24
STEPS = LightSteps()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("driven")
    avatar = synthetic_avatar(600, seed=3)
    walk = synthetic_motion(avatar.skeleton, FRAMES, seed=0, name="walk")
    write_package(
        folder / "ada.a3d",
        avatar,
        [ClipSource("walk", walk, synthetic_residual(avatar, FRAMES))],
        driver=fit_driver,
    )
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[AvatarServer]:
    with serving(folder) as running:
        yield running


@pytest.fixture
def client(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


@pytest.fixture
def package(folder: Path) -> Iterator[Package]:
    with Package.open(folder / "ada.a3d") as opened:
        yield opened


@pytest.fixture
def never_baked(package: Package) -> Motion:
    return synthetic_motion(package.skeleton, FRAMES, seed=9, name="turn")


def test_cloth_and_hair_move_as_the_driver_says(client: Client, package: Package, never_baked: Motion) -> None:
    """Light frames as floats and in whole steps, and full ones, against a player that has the same poses and times."""
    offline = LivePlayer(package, driver_of(package))
    ticket = client.live.create("ada")
    with (
        client.live.subscribe(ticket.session_id, credits=FRAMES) as floats,
        client.live.subscribe(ticket.session_id, credits=FRAMES, package=package) as steps,
        client.live.subscribe(ticket.session_id, "full", credits=FRAMES) as full,
        client.live.publish(ticket) as publisher,
    ):
        assert ticket.driven
        assert floats.header.driven
        assert client.live.list()[0].driven
        light_frames, coded_frames, full_frames = iter(floats), iter(steps), iter(full)
        moved_m = 0.0
        for root, rotations in zip(never_baked.root_translation_m, never_baked.joint_rotations_wxyz, strict=True):
            publisher.send(rotations, root)
            light, coded, posed = next(light_frames), next(coded_frames), next(full_frames)
            assert isinstance(light, Frame)
            assert isinstance(coded, Frame)
            assert isinstance(posed, FullFrame)
            expected = offline.step(Pose(root, rotations), light.time_s)
            np.testing.assert_allclose(light.node_displacements_m, expected.node_displacements_m, atol=1e-5)
            np.testing.assert_allclose(
                coded.node_displacements_m, expected.node_displacements_m, atol=STEPS.displacement_m / 2 + 1e-5
            )
            np.testing.assert_allclose(posed.means_m, offline.pose(expected).cloud.means_m, atol=1e-4)
            moved_m = max(moved_m, float(np.abs(light.node_displacements_m).max()))
    assert moved_m > 5 * STEPS.displacement_m
    client.live.end(ticket)


def test_a_session_may_play_the_rigid_layer_alone(client: Client, never_baked: Motion) -> None:
    ticket = client.live.create("ada", layer="rigid")
    with client.live.publish(ticket, options=PublishOptions(answers="light")) as publisher:
        assert not ticket.driven
        assert not publisher.header.driven
        frames = iter(publisher)
        for number in range(3):
            publisher.send(never_baked.joint_rotations_wxyz[number], never_baked.root_translation_m[number])
            frame = next(frames)
            assert isinstance(frame, Frame)
            assert not frame.node_displacements_m.any()
    client.live.end(ticket)


def test_an_avatar_without_legs_has_no_feet_to_lock(client: Client) -> None:
    ticket = client.live.create("ada")
    with pytest.raises(ServiceError) as raised:
        client.live.publish(ticket, options=PublishOptions(lock_feet=True))
    assert raised.value.code == "retarget-no-legs"
    client.live.end(ticket)


def test_what_takes_long_at_the_start_of_a_session_keeps_no_other_waiting(
    client: Client, package: Package, never_baked: Motion, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    prepare = live_frame.light_encoder

    def slowly(player: LivePlayer) -> object:
        assert may_go_on.wait(20)
        return prepare(player)

    monkeypatch.setattr(live_frame, "light_encoder", slowly)
    running, starting = client.live.create("ada"), client.live.create("ada")
    opened: list[object] = []

    def subscribe() -> None:
        with client.live.subscribe(starting.session_id, package=package) as stream:
            opened.append(stream)

    with client.live.publish(running, options=PublishOptions(answers="light")) as publisher:
        late = threading.Thread(target=subscribe)
        late.start()
        frames = iter(publisher)
        for number in range(FRAMES):
            publisher.send(never_baked.joint_rotations_wxyz[number], never_baked.root_translation_m[number])
            next(frames)
        assert not opened
        may_go_on.set()
        late.join(20)
    assert opened
    for ticket in (running, starting):
        client.live.end(ticket)


def test_watching_from_the_command_line(
    ani3d: Callable[..., Any],
    client: Client,
    server: AvatarServer,
    never_baked: Motion,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path))
    ticket = client.live.create("ada", "stage")
    is_over = threading.Event()

    def perform() -> None:
        with client.live.publish(ticket) as publisher:
            for number in itertools.cycle(range(FRAMES)):
                publisher.send(never_baked.joint_rotations_wxyz[number], never_baked.root_translation_m[number])
                if is_over.wait(1 / 60):
                    return

    performer = threading.Thread(target=perform)
    performer.start()
    try:
        outcome = ani3d("watch", server.address, "stage", "--frames", 20, "--picture", tmp_path / "now.png")
    finally:
        is_over.set()
        performer.join(20)
    assert outcome.code == 0, outcome.stderr
    report = outcome.json
    assert (report["session"], report["avatar"], report["frames"], report["source"]) == ("stage", "ada", 20, "live")
    assert report["driven"]
    assert report["frames_per_s"] > 0
    assert 0 < report["latency_ms_p50"] <= report["latency_ms_p99"] < 60_000
    assert (tmp_path / "now.png").read_bytes().startswith(b"\x89PNG")
    assert command_line(["--json", "watch", server.address]) == 0
    assert [session["session_id"] for session in json.loads(capsys.readouterr().out)["sessions"]] == ["stage"]
    assert command_line(["--json", "watch", server.address, "nobody"]) == 1
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "live-session-not-found"
    client.live.end(ticket)


def test_health_says_when_sessions_start_at_once(server: AvatarServer, tmp_path: Path) -> None:
    assert health_of(server.address) == health_pb2.HealthCheckResponse.SERVING
    assert server.warmed.is_set()
    with serving(tmp_path) as without_packages:
        assert health_of(without_packages.address) == health_pb2.HealthCheckResponse.SERVING


def health_of(address: str) -> int:
    """Of the service of live sessions, once it is decided."""
    with grpc.insecure_channel(address) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(service=LIVE_SERVICE), timeout=60
        )
        for answer in watch:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                watch.cancel()
                break
            assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
        return answer.status
