"""``ani3d serve`` and ``ani3d play`` as a user or a script runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

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
            [*ani3d("--json", "serve", str(catalogue), "--port", "0", "--grace-s", str(GRACE_S))],
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


def ani3d(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "ani3d_runtime.cli", *arguments]


def run(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ANI3D_CACHE_DIR": str(cache), "COLUMNS": "200"}
    return subprocess.run(ani3d(*arguments), capture_output=True, text=True, timeout=120, env=environment, check=False)


@pytest.fixture(scope="module")
def served(catalogue: Path) -> Iterator[Served]:
    running = Served(catalogue)
    yield running
    assert running.stop() == 0


def test_ready_line(served: Served) -> None:
    assert served.ready["ready"] is True
    assert served.ready["avatars"] == ["ada"]


def test_play_fetches_streams_and_counts(served: Served, tmp_path: Path) -> None:
    first = run("--json", "play", served.address, "ada", "--clip", "walk", "--every-frame", cache=tmp_path)
    assert first.returncode == 0, first.stderr
    report = json.loads(first.stdout)
    assert (report["frames"], report["dropped"]) == (40, 0)
    assert report["downloaded_bytes"] == Path(report["package"]).stat().st_size
    assert report["frames_per_s"] > 0
    assert Path(report["package"]).parent == tmp_path / "packages"
    second = run("--json", "play", served.address, "ada", "--clip", "walk", "--frames", "5", cache=tmp_path)
    report = json.loads(second.stdout)
    assert report["frames"] == 5
    assert report["downloaded_bytes"] == 0, "the package was in the cache"


def test_play_films(served: Served, tmp_path: Path) -> None:
    film = tmp_path / "film.webp"
    film.write_bytes(b"of yesterday")
    done = run(
        "--json", "play", served.address, "ada", "--clip", "walk", "--frames", "3", "--size", "64x64",
        "--render", str(film), "--force", cache=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert film.read_bytes()[8:12] == b"WEBP"


@pytest.mark.parametrize(("rate", "frames"), [("2", 15), ("-0.5", 60)])
def test_play_counts_seconds_of_media_time(served: Served, tmp_path: Path, rate: str, frames: int) -> None:
    played = ("play", served.address, "ada", "--clip", "walk", "--loop", "--every-frame", "--rate", rate)
    done = run("--json", *played, "--seconds", "1", cache=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == frames


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
def test_play_refusals(served: Served, tmp_path: Path, arguments: tuple[str, ...], code: str, exit_code: int) -> None:
    filled = [argument.format(address=served.address) for argument in arguments]
    done = run("--json", "play", *filled, cache=tmp_path)
    assert done.returncode == exit_code
    error = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    assert error["code"] == code
    assert error["fix"]
    assert done.stdout == ""


def test_play_backwards_shows_the_whole_clip(served: Served, tmp_path: Path) -> None:
    done = run(
        "--json", "play", served.address, "ada", "--clip", "walk", "--rate", "-1", "--every-frame", cache=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames"] == 40


def test_play_without_an_avatar_lists_what_there_is(served: Served, tmp_path: Path) -> None:
    listed = run("--json", "play", served.address, cache=tmp_path)
    assert listed.returncode == 0, listed.stderr
    offers = json.loads(listed.stdout)
    assert offers["server"] == served.address
    assert [avatar["avatar_id"] for avatar in offers["avatars"]] == ["ada"]
    assert [clip["name"] for clip in offers["avatars"][0]["clips"]] == ["walk", "stand"]
    shown = run("play", served.address, cache=tmp_path)
    assert shown.returncode == 0
    assert all(word in shown.stdout for word in ("ada", "walk", "stand", "200"))


def test_an_unknown_avatar_is_answered_with_those_there_are(served: Served, tmp_path: Path) -> None:
    done = run("--json", "play", served.address, "nobody", cache=tmp_path)
    error = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    assert error["expected"] == "one of: ada"
    assert "ani3d play HOST:PORT" in error["fix"]


def test_a_taken_port_is_refused_in_our_words_alone(served: Served, catalogue: Path, tmp_path: Path) -> None:
    port = served.address.rsplit(":", 1)[1]
    done = run("serve", str(catalogue), "--port", port, cache=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error [serve-address-in-use]"), "gRPC's own log does not stand above it"
    assert "add_port" not in done.stderr


@pytest.mark.parametrize("port", ["99999", "-1", "65536"])
def test_serve_refuses_what_is_no_port(catalogue: Path, tmp_path: Path, port: str) -> None:
    done = run("--json", "serve", str(catalogue), "--port", port, cache=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stderr.strip().splitlines()[-1])["error"]["code"] == "serve-bad-port"


def test_serve_refuses_the_public_without_being_asked_twice(catalogue: Path, tmp_path: Path) -> None:
    done = run("--json", "serve", str(catalogue), "--host", "0.0.0.0", cache=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stderr.strip().splitlines()[-1])["error"]["code"] == "serve-public-insecure"


def test_serve_without_a_folder(tmp_path: Path) -> None:
    done = run("--json", "serve", str(tmp_path / "none"), cache=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stderr.strip().splitlines()[-1])["error"]["code"] == "serve-no-directory"


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
