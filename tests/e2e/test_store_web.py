"""Packages on a web server that lists its folders and sends ranges, as nginx and Caddy do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from ani3d_runtime.client import Client, PlayOptions
from ani3d_runtime.package.reader import Package
from ani3d_runtime.server import serving
from ani3d_runtime.testing.packages import write_synthetic_package


class WebServer:
    """A folder over HTTP, on a thread of its own; ``ranges`` are those that were asked for."""

    def __init__(self, folder: Path) -> None:
        self.ranges: list[str | None] = []
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._started(), self._loop).result(10)

    def close(self) -> None:
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _started(self) -> str:
        @web.middleware
        async def noted(request: web.Request, handler: object) -> web.StreamResponse:
            if request.method == "GET" and request.path.endswith(".a3d"):
                self.ranges.append(request.headers.get("Range"))
            return await handler(request)  # type: ignore[operator]

        app = web.Application(middlewares=[noted])
        app.router.add_static("/characters", self._folder, show_index=True)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/characters"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_synthetic_package(tmp_path / "ada.a3d")
    (tmp_path / "notes.txt").write_text("not a package")
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[WebServer]:
    running = WebServer(folder)
    yield running
    running.close()


def test_a_package_is_read_by_ranges(server: WebServer, folder: Path) -> None:
    with Package.open(f"{server.url}/ada.a3d") as far, Package.open(folder / "ada.a3d") as near:
        assert far.digest == near.digest
        np.testing.assert_array_equal(far.avatar().splats.means_m, near.avatar().splats.means_m)
    assert server.ranges
    assert all(asked is not None for asked in server.ranges)


def test_a_server_lists_streams_and_hands_on_what_lies_there(server: WebServer, folder: Path, tmp_path: Path) -> None:
    with serving(server.url) as running, Client(f"127.0.0.1:{running.port}") as client:
        assert [avatar.avatar_id for avatar in client.list_avatars()] == ["ada"]
        with client.play("ada", "walk", PlayOptions(pacing="every-frame", credits=4)) as stream:
            assert sum(1 for _ in stream) == 40
        client.download("ada", tmp_path / "copy.a3d")
    assert (tmp_path / "copy.a3d").read_bytes() == (folder / "ada.a3d").read_bytes()
