"""Fetched packages: a damaged one is not kept, and is named as the user knows it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ani3d_runtime.client import AvatarListing, Client, DownloadReport, cached_package
from ani3d_runtime.errors import Ani3dError, BrokenPackageError, FuturePackageError, PackageError, UsageError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.testing.forgery import ForgedSection, Forgery
from ani3d_runtime.testing.packages import write_synthetic_package


def digest_of(package: Path) -> str:
    try:
        with Package.open(package) as opened:
            return opened.digest
    except PackageError:
        return "0" * 64


class OldServer:
    """Stands in for a client of a server that hands out whatever lies in its folder."""

    def __init__(self, package: Path) -> None:
        self._package = package
        self.digest = digest_of(package)
        self.size = package.stat().st_size

    def listing(self) -> AvatarListing:
        return AvatarListing("ada", "ada", self.size, self.digest, 200, 6, ())

    def download(
        self, avatar_id: str, path: Path, *, progress: Callable[[float], None] | None = None
    ) -> DownloadReport:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._package, path)
        return DownloadReport(path, self.digest, self.size, 0, self.size)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_synthetic_package(tmp_path / "ada.a3d")


def fetch_error(server: OldServer, folder: Path) -> Ani3dError:
    with pytest.raises(Ani3dError) as raised:
        cached_package(server, server.listing(), folder=folder)  # type: ignore[arg-type]
    return raised.value


def test_a_whole_package_is_kept(package: Path, tmp_path: Path) -> None:
    server = OldServer(package)
    first = cached_package(server, server.listing(), folder=tmp_path / "cache")  # type: ignore[arg-type]
    second = cached_package(server, server.listing(), folder=tmp_path / "cache")  # type: ignore[arg-type]
    assert (first.received_bytes, second.received_bytes) == (server.size, 0)
    assert first.path == second.path
    assert first.path.read_bytes() == package.read_bytes()


@pytest.mark.parametrize("is_kept_from_before", [False, True])
def test_a_damaged_section_is_refused_and_removed(package: Path, tmp_path: Path, is_kept_from_before: bool) -> None:
    with Package.open(package) as whole:
        section = next(s for s in whole.toc.sections if s.name == "pose")
    data = bytearray(package.read_bytes())
    data[section.offset + section.stored_bytes // 2] ^= 4
    package.write_bytes(data)
    server = OldServer(package)
    cache = tmp_path / "cache"
    if is_kept_from_before:
        server.download("ada", cache / f"{server.digest}.a3d")
    error = fetch_error(server, cache)
    assert isinstance(error, BrokenPackageError)
    assert error.code == "section-damaged"
    assert error.subject == f"avatar ada: {section.label}"
    assert "Bake the avatar again on the server" in error.fix
    assert server.digest not in str(error)
    assert list(cache.iterdir()) == []


def test_a_package_cut_short_is_removed_too(package: Path, tmp_path: Path) -> None:
    package.write_bytes(package.read_bytes()[:-40])
    error = fetch_error(OldServer(package), tmp_path / "cache")
    assert error.subject == "avatar ada"
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_package_of_a_newer_version_is_not_blamed_on_the_server(package: Path, tmp_path: Path) -> None:
    forged = Forgery.of(package.read_bytes())
    forged.sections.append(ForgedSection("hologram", b"?"))
    package.write_bytes(forged.to_bytes())
    error = fetch_error(OldServer(package), tmp_path / "cache")
    assert isinstance(error, FuturePackageError)
    assert "Update ani3d" in error.fix
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize(
    "target",
    [
        *("127.0.0.1:99999", "localhost:-1", "[::1]:0", "localhost", "h:65536", "h:" + "9" * 40),
        *("::1", "::1:8470", "fe80::1%eth0:8470", "[::1]", "[::1]:", "[localhost]:8470", "[127.0.0.1]:8470"),
    ],
)
def test_addresses_that_grpc_would_bend_are_refused(target: str) -> None:
    with pytest.raises(UsageError) as raised:
        Client(target)
    assert raised.value.code == "service-bad-address"
    assert raised.value.fix


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1:65535",
        "[::1]:8470",
        "[fe80::1%eth0]:8470",
        "ipv6:[::1]:8470",
        "unix:/tmp/a.sock",
        "dns:///localhost:8470",
    ],
)
def test_other_addresses_are_left_to_grpc(target: str) -> None:
    with Client(target) as client:
        assert client.target == target
