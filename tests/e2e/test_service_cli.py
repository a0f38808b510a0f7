"""``ani3d serve`` and ``ani3d play`` as a user or a script runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from ani3d_runtime.cli.app import run as command_line
from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.errors import ServiceError
from ani3d_runtime.testing.packages import write_synthetic_package

GRACE_S = 1.0


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    write_synthetic_package(folder / "ada.a3d")
    return folder


class Served:
    """``ani3d serve`` as its own process."""

    def __init__(self, catalogue: Path) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(catalogue)),
                *("--port", "0", "--grace-s", str(GRACE_S)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())
        self.address = str(self.ready["address"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(GRACE_S + 5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where downloads go; empty."""
    monkeypatch.setenv("ANI3D_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def served(catalogue: Path) -> Iterator[Served]:
    running = Served(catalogue)
    yield running
    assert running.stop() == 0


def test_ready_line(served: Served) -> None:
    assert served.ready["ready"] is True
    assert served.ready["avatars"] == ["ada"]


def test_play_fetches_streams_and_counts(served: Served, ani3d_process: Callable, cache: Path) -> None:
    first = ani3d_process("play", served.address, "ada", "--clip", "walk", "--every-frame")
    assert first.code == 0, first.stderr
    report = first.json
    assert (report["frames"], report["dropped"]) == (40, 0)
    assert report["downloaded_bytes"] == Path(report["package"]).stat().st_size
    assert report["frames_per_s"] > 0
    assert Path(report["package"]).parent == cache / "packages"
    report = ani3d_process("play", served.address, "ada", "--clip", "walk", "--frames", 5).json
    assert report["frames"] == 5
    assert report["downloaded_bytes"] == 0, "the package was in the cache"


@pytest.mark.usefixtures("cache")
def test_play_films(served: Served, ani3d: Callable, tmp_path: Path) -> None:
    film = tmp_path / "film.webp"
    film.write_bytes(b"of yesterday")
    picture = ("--size", "64x64", "--render", film, "--force")
    done = ani3d("play", served.address, "ada", "--clip", "walk", "--frames", 3, *picture)
    assert done.code == 0, done.stderr
    assert film.read_bytes()[8:12] == b"WEBP"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(("rate", "frames"), [("2", 15), ("-0.5", 60)])
def test_play_counts_seconds_of_media_time(served: Served, ani3d: Callable, rate: str, frames: int) -> None:
    played = ("play", served.address, "ada", "--clip", "walk", "--loop", "--every-frame", "--rate", rate)
    done = ani3d(*played, "--seconds", 1)
    assert done.code == 0, done.stderr
    assert done.json["frames"] == frames


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("{address}", "nobody"), "avatar-not-found", 1),
        (("{address}", "ada", "--clip", "fly"), "clip-not-found", 1),
        (("{address}", "ada"), "clip-not-named", 2),
        (("127.0.0.1:1", "ada"), "service-unreachable", 1),
        (("127.0.0.1:99999", "ada"), "service-bad-address", 2),
        (("127.0.0.1:-1",), "service-bad-address", 2),
        (("{address}", "ada", "--clip", "walk", "--rate", "0"), "play-bad-rate", 2),
        (("{address}", "ada", "--clip", "walk", "--frames", "0"), "play-bad-length", 2),
        (("{address}", "ada", "--clip", "walk", "--seconds", "nan"), "play-bad-length", 2),
        (("{address}", "--clip", "walk"), "avatar-not-named", 2),
        (("{address}", "ada", "--clip", "walk", "--size", "huge"), "size-unreadable", 2),
    ],
)
def test_play_refusals(served: Served, ani3d: Callable, arguments: tuple[str, ...], code: str, exit_code: int) -> None:
    done = ani3d("play", *(argument.format(address=served.address) for argument in arguments))
    assert done.code == exit_code
    error = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    assert error["code"] == code
    assert error["fix"]
    assert done.stdout == ""


@pytest.mark.usefixtures("cache")
def test_play_backwards_shows_the_whole_clip(served: Served, ani3d: Callable) -> None:
    done = ani3d("play", served.address, "ada", "--clip", "walk", "--rate", "-1", "--every-frame")
    assert done.code == 0, done.stderr
    assert done.json["frames"] == 40


def test_play_without_an_avatar_lists_what_there_is(
    served: Served, ani3d: Callable, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = ani3d("play", served.address)
    assert listed.code == 0, listed.stderr
    offers = listed.json
    assert offers["server"] == served.address
    assert [avatar["avatar_id"] for avatar in offers["avatars"]] == ["ada"]
    assert [clip["name"] for clip in offers["avatars"][0]["clips"]] == ["walk", "stand"]
    assert command_line(["play", served.address]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("ada", "walk", "stand", "200"))


def test_an_unknown_avatar_is_answered_with_those_there_are(served: Served, ani3d: Callable) -> None:
    done = ani3d("play", served.address, "nobody")
    error = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    assert error["expected"] == "one of: ada"
    assert "ani3d play HOST:PORT" in error["fix"]


def test_a_taken_port_is_refused_in_our_words_alone(served: Served, ani3d_process: Callable, catalogue: Path) -> None:
    done = ani3d_process("serve", catalogue, "--port", served.address.rsplit(":", 1)[1])
    assert done.code == 1
    [line] = done.stderr.splitlines()
    assert json.loads(line)["error"]["code"] == "serve-address-in-use", "gRPC's own log does not stand beside it"


@pytest.mark.parametrize("port", ["99999", "-1", "65536"])
def test_serve_refuses_what_is_no_port(ani3d: Callable, catalogue: Path, port: str) -> None:
    done = ani3d("serve", catalogue, "--port", port)
    assert (done.code, done.error_code) == (2, "serve-bad-port")


def test_serve_refuses_the_public_without_being_asked_twice(ani3d: Callable, catalogue: Path) -> None:
    done = ani3d("serve", catalogue, "--host", "0.0.0.0")
    assert (done.code, done.error_code) == (2, "serve-public-insecure")


def test_serve_without_a_folder(ani3d: Callable, tmp_path: Path) -> None:
    done = ani3d("serve", tmp_path / "none")
    assert (done.code, done.error_code) == (1, "serve-no-directory")


def test_health_and_reflection(served: Served) -> None:
    with grpc.insecure_channel(served.address) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        listing = next(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request])))
        names = {service.name for service in listing.list_services_response.service}
        assert {"ani3d_runtime.rpc.v1.AssetService", "ani3d_runtime.rpc.v1.PlaybackService"} <= names


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_drain(catalogue: Path, number: int) -> None:
    """Health flips at once, a player is told, and the process ends with 0 within the grace."""
    served = Served(catalogue)
    with grpc.insecure_channel(served.address) as channel, Client(served.address, patience_s=0) as client:
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert next(health).status == health_pb2.HealthCheckResponse.SERVING
        with client.play("ada", "walk", PlayOptions(loop=True)) as playback:
            frames = iter(playback)
            next(frames)
            started = time.monotonic()
            served.process.send_signal(number)
            assert next(health).status == health_pb2.HealthCheckResponse.NOT_SERVING
            assert time.monotonic() - started < 0.5, "100 ms on a quiet machine"
            with pytest.raises(ServiceError) as raised:
                for _ in frames:
                    pass
            assert raised.value.code == "service-draining"
    assert served.stop(number) == 0
    assert time.monotonic() - started < GRACE_S + 0.5
