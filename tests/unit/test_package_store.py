"""Packages at URLs: refusals name where, and never a password; servers without ranges; objects in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.store import BLOCK_BYTES, Store
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.assets.package_source import LISTING_S
from ani3d_runtime.testing.packages import write_synthetic_package


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    write_synthetic_package(folder / "ada.a3d")
    write_synthetic_package(folder / "bob.a3d", seed=5)
    return folder


@pytest.fixture(scope="module")
def web(packages: Path) -> Iterator[str]:
    """A web server: ``/whole`` knows no ranges, ``/private`` nobody, ``/`` the rest."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(has_body=False)

        def do_GET(self) -> None:
            self.answer(has_body=True)

        def answer(self, *, has_body: bool) -> None:
            folder, _, name = self.path.partition("?")[0].rpartition("/")
            path = packages / name
            if folder == "/private":
                self.send_error(403)
            elif not path.is_file():
                self.send_error(404)
            else:
                data, status = path.read_bytes(), 200
                wanted = self.headers.get("Range")
                if wanted and folder != "/whole":
                    begin, _, end = wanted.removeprefix("bytes=").partition("-")
                    data, status = data[int(begin) : int(end) + 1], 206
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if has_body:
                    self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def memory(packages: Path) -> Iterator[str]:
    files = fsspec.filesystem("memory")
    files.pipe_file("/studio/ada.a3d", (packages / "ada.a3d").read_bytes())
    yield "memory://studio"
    files.rm("/studio", recursive=True)


def test_a_package_over_http(web: str, packages: Path) -> None:
    with Package.open(f"http://{web}/ada.a3d") as far, Package.open(packages / "ada.a3d") as near:
        far.check_content()
        assert far.digest == near.digest


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("whole/ada.a3d", "store-no-ranges"),
        ("private/ada.a3d", "store-denied"),
        ("nobody.a3d", "file-not-found"),
    ],
)
def test_refusals_name_the_url_and_no_secret(web: str, path: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ani3d_runtime.package.store.BLOCK_BYTES", 1024)  # less than the package has
    with pytest.raises(Ani3dError) as raised:
        Package.open(f"http://me:word@{web}/{path}?signature=abc")
    assert raised.value.code == code
    assert raised.value.subject == f"http://{web}/{path}"
    assert "word" not in str(raised.value)
    assert "abc" not in str(raised.value)


def test_a_server_that_is_not_there(web: str) -> None:
    with pytest.raises(Ani3dError) as raised:
        Package.open("http://127.0.0.1:1/ada.a3d")
    assert raised.value.code == "store-unreachable"


def test_a_protocol_that_nobody_speaks() -> None:
    with pytest.raises(Ani3dError) as raised:
        Package.open("tape://archive/ada.a3d")
    assert raised.value.code == "store-unknown-protocol"


def test_blocks_that_are_kept_are_bounded(memory: str) -> None:
    files = fsspec.filesystem("memory")
    data = bytes(range(256)) * (8 * BLOCK_BYTES // 256) + b"end"
    files.pipe_file("/studio/long.bin", data)
    store = Store(memory, cache_bytes=3 * BLOCK_BYTES)
    readable = store.readable("long.bin", store.listed(".bin")["long.bin"])
    for offset in (0, 5 * BLOCK_BYTES - 7, len(data) - 3, 10, BLOCK_BYTES, 3):
        length = min(100, len(data) - offset)
        assert readable.read(offset, length) == data[offset : offset + length]
    assert readable.read(0, len(data)) == data
    assert len(store._blocks._kept) == 3
    with pytest.raises(Ani3dError) as raised:
        readable.read(len(data) - 3, 4)
    assert raised.value.code == "package-truncated"


def test_a_catalogue_keeps_to_its_listing_for_a_while(
    memory: str, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    catalogue = Catalogue(memory)
    assert [entry.avatar_id for entry in catalogue.entries()] == ["ada"]
    before = catalogue.find("ada").digest
    files = fsspec.filesystem("memory")
    files.pipe_file("/studio/ada.a3d", (packages / "bob.a3d").read_bytes())
    assert catalogue.find("ada").digest == before
    now_s[0] += LISTING_S
    assert catalogue.find("ada").digest != before
