"""Listing and downloading from a real server: right bytes, resumed bytes, and no way out of the catalogue."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import psutil
import pytest

from ani3d_runtime.client import AsyncClient, Client
from ani3d_runtime.errors import NotFoundError, ResourceError, ServiceError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.rpc.v1 import asset_pb2, asset_pb2_grpc
from ani3d_runtime.server import AvatarServer, ServerOptions, serving
from ani3d_runtime.server.assets.service import CHUNK_BYTES
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion
from ani3d_runtime.testing.packages import write_synthetic_package

LARGE_BYTES = 12 << 20


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small avatars and one of several download chunks."""
    folder = tmp_path_factory.mktemp("packages")
    write_synthetic_package(folder / "ada.a3d")
    write_synthetic_package(folder / "bob.a3d", seed=5)
    large = synthetic_avatar(40_000, sh_degree=3, name="large")
    stand = ClipSource("stand", synthetic_motion(large.skeleton, 2))
    # More than sockets and gRPC hold between them, so that a server can die with half of it unsent.
    picture = random.Random(1).randbytes(LARGE_BYTES)
    write_package(folder / "large.a3d", large, [stand], thumbnail_png=picture)
    assert (folder / "large.a3d").stat().st_size > 6 * CHUNK_BYTES
    return folder


@pytest.fixture
def catalogue(packages: Path, tmp_path: Path) -> Path:
    """A catalogue of this test's own."""
    return Path(shutil.copytree(packages, tmp_path / "catalogue"))


@pytest.fixture
def server(catalogue: Path) -> Iterator[AvatarServer]:
    with serving(catalogue) as running:
        yield running


@pytest.fixture
def client(server: AvatarServer) -> Iterator[Client]:
    with Client(server.address) as connected:
        yield connected


def digest_of(path: Path) -> str:
    with Package.open(path) as package:
        return package.digest


def start_server(catalogue: Path, port: int) -> subprocess.Popen[str]:
    """``ani3d serve`` as its own process, ready when this returns."""
    command = [sys.executable, "-m", "ani3d_runtime.cli", "--json", "serve", str(catalogue), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith('{"ready": true')
    return process


def stop(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


def test_list_says_what_is_there(client: Client, catalogue: Path) -> None:
    avatars = {avatar.avatar_id: avatar for avatar in client.list_avatars()}
    assert list(avatars) == ["ada", "bob", "large"]
    ada = avatars["ada"]
    assert (ada.name, ada.gaussian_count, ada.joint_count) == ("ada", 200, 6)
    assert ada.digest == digest_of(catalogue / "ada.a3d")
    assert ada.size_bytes == (catalogue / "ada.a3d").stat().st_size
    assert [(c.name, c.fps, c.frame_count) for c in ada.clips] == [("walk", 30.0, 40), ("stand", 30.0, 40)]


def test_manifest_is_the_packages_own(client: Client) -> None:
    remote = client.manifest("bob")
    assert remote.avatar.avatar_id == "bob"
    assert remote.manifest["gaussian_count"] == 200
    assert [clip["name"] for clip in remote.manifest["clips"]] == ["walk", "stand"]


def test_download_gives_the_same_bytes_and_progress(client: Client, catalogue: Path, tmp_path: Path) -> None:
    fractions: list[float] = []
    target = tmp_path / "new folder" / "large.a3d"
    report = client.download("large", target, progress=fractions.append)
    assert target.read_bytes() == (catalogue / "large.a3d").read_bytes()
    assert report.digest == digest_of(target)
    assert report.received_bytes == report.size_bytes == target.stat().st_size
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert os.listdir(target.parent) == ["large.a3d"], "no part file is left"


def test_asyncio_client_does_the_same(server: AvatarServer, catalogue: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncClient(server.address) as client:
            assert [a.avatar_id for a in await client.list_avatars()] == ["ada", "bob", "large"]
            assert (await client.manifest("ada")).avatar.name == "ada"
            report = await client.download("large", tmp_path / "copy.a3d")
            assert report.digest == digest_of(catalogue / "large.a3d")
            with pytest.raises(NotFoundError):
                await client.manifest("nobody")

    asyncio.run(main())


def test_ranges(server: AvatarServer, catalogue: Path) -> None:
    whole = (catalogue / "large.a3d").read_bytes()
    with grpc.insecure_channel(server.address) as channel:
        stub = asset_pb2_grpc.AssetServiceStub(channel)

        def fetch(offset: int, limit: int) -> bytes:
            parts = list(stub.Download(asset_pb2.DownloadRequest(avatar_id="large", offset=offset, limit=limit)))
            assert parts[0].total_size_bytes == len(whole)
            assert parts[0].offset == offset
            return b"".join(part.data for part in parts)

        assert fetch(100, 50) == whole[100:150]
        assert fetch(CHUNK_BYTES - 1, CHUNK_BYTES + 2) == whole[CHUNK_BYTES - 1 : 2 * CHUNK_BYTES + 1]
        assert fetch(len(whole) - 3, 100) == whole[-3:]
        assert fetch(len(whole), 0) == b""
        with pytest.raises(grpc.RpcError) as raised:
            fetch(len(whole) + 1, 0)
        assert dict(raised.value.trailing_metadata())["ani3d-code"] == "service-offset-beyond-end"


@pytest.mark.parametrize(
    "avatar_id",
    [
        "nobody",
        "",
        "..",
        "../ada",
        "/etc/passwd",
        "ada\0",
        "ada\n",
        "ada.a3d",
        "a/../ada",
        "%2e%2e/ada",
        "..\\ada",
        "x" * 10_000,
    ],
)
def test_only_ids_are_names(client: Client, tmp_path: Path, avatar_id: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        client.download(avatar_id, tmp_path / "stolen")
    assert raised.value.code == "avatar-not-found"
    assert "ada" in raised.value.expected
    assert not (tmp_path / "stolen").exists()


def test_symbolic_links_may_not_leave_the_catalogue(
    client: Client, catalogue: Path, packages: Path, tmp_path: Path
) -> None:
    (catalogue / "outside.a3d").symlink_to(packages / "ada.a3d")
    (catalogue / "dangling.a3d").symlink_to(tmp_path / "nothing")
    (catalogue / "circle.a3d").symlink_to(catalogue / "circle.a3d")
    (catalogue / "alias.a3d").symlink_to(catalogue / "ada.a3d")
    for avatar_id in ("outside", "dangling", "circle"):
        with pytest.raises(NotFoundError):
            client.manifest(avatar_id)
    assert client.manifest("alias").avatar.digest == digest_of(catalogue / "ada.a3d")


def test_a_broken_package_is_skipped_with_its_code(
    client: Client, catalogue: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (catalogue / "broken.a3d").write_bytes((catalogue / "ada.a3d").read_bytes()[:-40])
    (catalogue / "foreign.a3d").write_bytes(b"PK\3\4" + bytes(200))
    (catalogue / "folder.a3d").mkdir()
    assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada", "bob", "large"]
    assert any("broken.a3d: skipped [package-" in message for message in caplog.messages)
    with pytest.raises(ServiceError) as raised:
        client.manifest("broken")
    assert raised.value.code.startswith("package-")
    assert str(catalogue) not in str(raised.value), "where the server keeps its files is its own business"


def test_a_package_that_fails_a_checksum_is_not_offered(
    client: Client, catalogue: Path, packages: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Every section in turn, the last ones of the file included: a client would find out only when it plays them."""
    with Package.open(packages / "ada.a3d") as whole:
        sections = [section for section in whole.toc.sections if section.stored_bytes]
    for section in sections:
        data = bytearray((packages / "ada.a3d").read_bytes())
        data[section.offset + section.stored_bytes // 2] ^= 1
        (tmp_path / "damaged").write_bytes(data)
        os.replace(tmp_path / "damaged", catalogue / "ada.a3d")
        assert [avatar.avatar_id for avatar in client.list_avatars()] == ["bob", "large"], section.label
    skipped = [message for message in caplog.messages if "ada.a3d: skipped [section-damaged]" in message]
    assert len(skipped) == len(sections), "once each, not with every list"
    with pytest.raises(ServiceError) as raised:
        client.download("ada", tmp_path / "ada.a3d")
    assert raised.value.code == "section-damaged"
    assert raised.value.subject == f"ada.a3d: {sections[-1].label}"
    assert str(catalogue) not in str(raised.value)
    shutil.copy(packages / "ada.a3d", tmp_path / "whole")
    os.replace(tmp_path / "whole", catalogue / "ada.a3d")
    assert client.manifest("ada").avatar.avatar_id == "ada", "baked again, it is offered again"


def test_changed_files_are_picked_up(client: Client, catalogue: Path, packages: Path) -> None:
    before = client.manifest("ada").avatar.digest
    shutil.copy(packages / "bob.a3d", catalogue / "new.tmp")
    os.replace(catalogue / "new.tmp", catalogue / "ada.a3d")
    shutil.copy(packages / "ada.a3d", catalogue / "cleo.a3d")
    (catalogue / "bob.a3d").unlink()
    assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada", "cleo", "large"]
    assert client.manifest("ada").avatar.digest != before
    with pytest.raises(NotFoundError):
        client.manifest("bob")


def test_a_package_replaced_during_a_download_is_sent_as_it_was(
    client: Client, catalogue: Path, packages: Path, tmp_path: Path
) -> None:
    replaced = False

    def replace(_fraction: float) -> None:
        nonlocal replaced
        if not replaced:
            replaced = True
            shutil.copy(packages / "bob.a3d", catalogue / "new.tmp")
            os.replace(catalogue / "new.tmp", catalogue / "large.a3d")

    report = client.download("large", tmp_path / "large.a3d", progress=replace)
    assert report.digest == digest_of(packages / "large.a3d")


def test_a_left_over_of_another_version_is_thrown_away(client: Client, catalogue: Path, tmp_path: Path) -> None:
    left_over = tmp_path / f".ada.a3d.{'0' * 64}.part"
    left_over.write_bytes(b"older")
    report = client.download("ada", tmp_path / "ada.a3d")
    assert report.digest == digest_of(catalogue / "ada.a3d")
    assert report.resumed_from_bytes == 0
    assert not left_over.exists()


def test_a_wrong_digest_is_refused_and_removed(client: Client, catalogue: Path, tmp_path: Path) -> None:
    # As if the disk had turned a bit in what an earlier attempt had left.
    data = bytearray((catalogue / "large.a3d").read_bytes()[:300_000])
    data[1000] ^= 1
    left_over = tmp_path / f".large.a3d.{digest_of(catalogue / 'large.a3d')}.part"
    left_over.write_bytes(data)
    with pytest.raises(ServiceError) as raised:
        client.download("large", tmp_path / "large.a3d")
    assert raised.value.code == "download-digest-mismatch"
    assert not left_over.exists()
    assert not (tmp_path / "large.a3d").exists()
    assert client.download("large", tmp_path / "large.a3d").resumed_from_bytes == 0


def test_a_whole_left_over_only_gets_its_name(client: Client, catalogue: Path, tmp_path: Path) -> None:
    digest = digest_of(catalogue / "ada.a3d")
    shutil.copy(catalogue / "ada.a3d", tmp_path / f".ada.a3d.{digest}.part")
    report = client.download("ada", tmp_path / "ada.a3d")
    assert report.received_bytes == 0
    assert (tmp_path / "ada.a3d").read_bytes() == (catalogue / "ada.a3d").read_bytes()


def test_a_download_survives_kill_9_of_the_server(catalogue: Path, tmp_path: Path) -> None:
    """The server comes back on the same port, and the same call goes on."""
    processes = [start_server(catalogue, 0)]
    port = listening_port(processes[0])

    def kill_once(fraction: float) -> None:
        if fraction > 0.2 and len(processes) == 1:
            stop(processes[0])
            processes.append(start_server(catalogue, port))

    try:
        with Client(f"127.0.0.1:{port}") as client:
            report = client.download("large", tmp_path / "large.a3d", progress=kill_once)
    finally:
        stop(processes[-1])
    assert len(processes) == 2, "the server was not killed in the middle"
    assert report.digest == digest_of(catalogue / "large.a3d")
    assert report.received_bytes - report.size_bytes < CHUNK_BYTES


def test_a_later_run_resumes_what_a_dead_server_left(catalogue: Path, tmp_path: Path) -> None:
    process = start_server(catalogue, 0)
    port = listening_port(process)

    def kill(fraction: float) -> None:
        if fraction > 0.2 and process.poll() is None:
            stop(process)

    with Client(f"127.0.0.1:{port}") as client, pytest.raises(ServiceError) as raised:
        client.download("large", tmp_path / "large.a3d", progress=kill)
    assert raised.value.code == "service-unreachable"
    assert not (tmp_path / "large.a3d").exists()
    again = start_server(catalogue, port)
    try:
        with Client(f"127.0.0.1:{port}") as client:
            report = client.download("large", tmp_path / "large.a3d")
    finally:
        stop(again)
    assert report.digest == digest_of(catalogue / "large.a3d")
    assert report.resumed_from_bytes > 0.2 * report.size_bytes
    assert report.resumed_from_bytes + report.received_bytes == report.size_bytes


def listening_port(process: subprocess.Popen[str]) -> int:
    listening = [c for c in psutil.Process(process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    return int(listening[0].laddr.port)


def test_nobody_there() -> None:
    with Client("127.0.0.1:1", timeout_s=2.0) as client, pytest.raises(ServiceError) as raised:
        client.list_avatars()
    assert raised.value.code == "service-unreachable"
    assert "ani3d serve" in raised.value.fix


def test_refusals_before_a_server_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        ServerOptions(host="0.0.0.0")
    assert raised.value.code == "serve-public-insecure"
    for port in (-1, 65536, 99999):
        with pytest.raises(UsageError) as raised:
            ServerOptions(port=port)
        assert raised.value.code == "serve-bad-port"
    assert ServerOptions(host="0.0.0.0", insecure_public=True).address(1) == "0.0.0.0:1"
    assert ServerOptions(host="::1").address(1) == "[::1]:1"
    with pytest.raises(ResourceError) as missing, serving(tmp_path / "none"):
        pass
    assert missing.value.code == "serve-no-directory"
    with serving(tmp_path) as first:
        with pytest.raises(ResourceError) as taken, serving(tmp_path, ServerOptions(port=first.port)):
            pass
        assert taken.value.code == "serve-address-in-use"
