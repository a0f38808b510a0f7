"""Packages in S3: listed, read by ranges, streamed and downloaded; replaced, removed, and out of reach."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.deformation import Frame
from ani3d_runtime.errors import NotFoundError, ServiceError
from ani3d_runtime.package import store
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.server import AvatarServer, serving
from ani3d_runtime.server.assets import package_source
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion
from ani3d_runtime.testing.packages import write_synthetic_package
from tests.s3_server import s3_environment, s3_send, s3_server
from tests.waiting import until

BUCKET, FOLDER = "studio", "characters"
URL = f"s3://{BUCKET}/{FOLDER}"
EVERY_FRAME = PlayOptions(pacing="every-frame", credits=4)
_REQUEST = re.compile(rb"(?:GET|HEAD) [^ ]+ HTTP/1\.1\r\n")


class Wire:
    """The way to the S3 server: counts what goes over it, and can be cut."""

    def __init__(self, port: int) -> None:
        self.request_count = 0
        self.received_bytes = 0
        self._target = port
        self._is_cut = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def counted(self) -> tuple[int, int]:
        """Requests and bytes since the last time."""
        counts = (self.request_count, self.received_bytes)
        self.request_count = self.received_bytes = 0
        return counts

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open += [near, far]
                threading.Thread(target=self._pump, args=(near, far, True), daemon=True).start()
                threading.Thread(target=self._pump, args=(far, near, False), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, is_request: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if is_request:
                    self.request_count += len(_REQUEST.findall(data))
                else:
                    self.received_bytes += len(data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Bucket:
    """A bucket on the S3 server, written past the wire."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/{BUCKET}"
        s3_send("PUT", self._url)

    def put(self, name: str, path: Path) -> None:
        s3_send("PUT", f"{self._url}/{FOLDER}/{name}", path.read_bytes())

    def remove(self, name: str) -> None:
        s3_send("DELETE", f"{self._url}/{FOLDER}/{name}")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    write_synthetic_package(folder / "ada.a3d", frame_count=150)
    write_synthetic_package(folder / "bob.a3d", seed=5)
    large = synthetic_avatar(20_000, sh_degree=3, name="large")
    write_package(folder / "large.a3d", large, [ClipSource("stand", synthetic_motion(large.skeleton, 40))])
    return folder


@pytest.fixture(scope="module")
def s3_port() -> Iterator[int]:
    with s3_server() as port:
        yield port


@pytest.fixture(scope="module")
def bucket(s3_port: int, packages: Path) -> Bucket:
    bucket = Bucket(s3_port)
    for path in packages.iterdir():
        bucket.put(path.name, path)
    return bucket


@pytest.fixture
def wire(s3_port: int, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire(s3_port)
    monkeypatch.setattr(store, "_ATTEMPTS", 1)  # what is cut stays cut; waiting between attempts is not what is tested
    for name, value in {**s3_environment(s3_port), "AWS_ENDPOINT_URL": wire.url}.items():
        monkeypatch.setenv(name, value)
    yield wire
    wire.close()


@pytest.fixture
def server(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[AvatarServer]:
    monkeypatch.setattr(package_source, "LISTING_S", 0.0)
    # Small, so that small packages are of several.
    monkeypatch.setattr(store, "BLOCK_BYTES", 2048)
    with serving(URL) as running:
        yield running


@pytest.fixture
def client(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


def test_opening_and_seeking_read_what_they_need_and_no_more(wire: Wire, packages: Path) -> None:
    size_bytes = (packages / "large.a3d").stat().st_size
    assert size_bytes > 6 * store.BLOCK_BYTES
    with Package.open(f"{URL}/large.a3d") as far, Package.open(packages / "large.a3d") as near:
        requests, received = wire.counted()
        assert requests <= 2, "where it is and how long, then its beginning"
        assert received < store.BLOCK_BYTES + 4096
        clip = far.clip("stand")
        _, rotations = clip.pose_group(clip.group_count - 1)
        requests, received = wire.counted()
        assert requests == 1
        assert received < 2 * store.BLOCK_BYTES + 2048
        clip.pose_group(clip.group_count - 1)
        assert wire.counted() == (0, 0), "from the blocks that are kept"
        np.testing.assert_array_equal(rotations, near.clip("stand").pose_group(clip.group_count - 1)[1])


def test_clips_are_played_and_packages_downloaded(client: Client, packages: Path, tmp_path: Path) -> None:
    assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada", "bob", "large"]
    with Package.open(packages / "bob.a3d") as package, client.play("bob", "walk", EVERY_FRAME) as playback:
        player = ClipPlayer(package, "walk")
        frames = list(playback)
        assert len(frames) == player.frame_count
        for index in (0, player.frame_count - 1):
            frame = frames[index]
            assert isinstance(frame, Frame)
            np.testing.assert_array_equal(frame.node_displacements_m, player.frame(index).node_displacements_m)
    report = client.download("large", tmp_path / "large.a3d")
    assert (tmp_path / "large.a3d").read_bytes() == (packages / "large.a3d").read_bytes()
    with Package.open(packages / "large.a3d") as package:
        assert report.digest == package.digest


def test_objects_that_come_change_and_go_are_noticed(client: Client, bucket: Bucket, packages: Path) -> None:
    def digests() -> dict[str, str]:
        return {avatar.avatar_id: avatar.digest for avatar in client.list_avatars()}

    bucket.put("cleo.a3d", packages / "ada.a3d")
    # A listing that was begun before may still be given out once.
    until(lambda: "cleo" in digests())
    first = digests()["cleo"]
    bucket.put("cleo.a3d", packages / "bob.a3d")
    until(lambda: digests()["cleo"] != first)
    bucket.remove("cleo.a3d")
    until(lambda: "cleo" not in digests())
    with pytest.raises(NotFoundError):
        client.manifest("cleo")


def test_a_store_that_goes_away_ends_what_it_must_and_nothing_else(client: Client, wire: Wire) -> None:
    whole = list(client.play("bob", "walk", EVERY_FRAME))
    with client.play("ada", "walk", EVERY_FRAME) as playback:
        frames = iter(playback)
        next(frames)
        wire.cut()
        with pytest.raises(ServiceError) as raised:
            list(frames)
        assert playback.watch.received_count < 150
    assert raised.value.code == "store-unreachable"
    assert raised.value.subject == f"{URL}/ada.a3d"
    assert "very-secret" not in str(raised.value)
    again = list(client.play("bob", "walk", EVERY_FRAME))
    assert len(again) == len(whole), "what was played before is kept"
    assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada", "bob", "large"]
    wire.mend()
    until(lambda: frames_or_code(client) == 150)


def frames_or_code(client: Client) -> int | str:
    try:
        return len(list(client.play("ada", "walk", EVERY_FRAME)))
    except ServiceError as error:
        return error.code


def test_a_store_that_is_not_there_is_refused_at_the_start(wire: Wire) -> None:
    wire.cut()
    with pytest.raises(ServiceError) as raised, serving(URL):
        pass
    assert raised.value.code == "store-unreachable"
    assert raised.value.subject == URL
