"""A download whose client takes nothing ends, and gives its file back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import grpc
import psutil
import pytest

from ani3d_runtime.rpc.v1 import asset_pb2
from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.assets.service import AssetService
from ani3d_runtime.testing.packages import write_synthetic_package


class AbortedError(Exception):
    """What gRPC raises after an abort."""


class FrozenClient:
    """A call whose first write never returns."""

    def __init__(self) -> None:
        self.status: grpc.StatusCode | None = None
        self.metadata: dict[str, Any] = {}

    def peer(self) -> str:
        return "test"

    async def write(self, response: object) -> None:
        await asyncio.Event().wait()

    async def abort(self, status: grpc.StatusCode, details: str, metadata: Any) -> NoReturn:
        self.status, self.metadata = status, dict(metadata)
        raise AbortedError(details)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[AssetService]:
    write_synthetic_package(tmp_path / "ada.a3d")
    with ThreadPoolExecutor(1) as pool:
        yield AssetService(Catalogue(tmp_path), pool, write_timeout_s=0.05)


def test_a_stalled_download_is_cut_off(service: AssetService) -> None:
    client = FrozenClient()
    request = asset_pb2.DownloadRequest(avatar_id="ada")
    with pytest.raises(AbortedError):
        asyncio.run(service.download(request, client))  # type: ignore[arg-type]
    assert client.metadata["ani3d-code"] == "service-client-stalled"
    assert service.download_count == 0


def test_a_client_that_leaves_a_download_leaves_no_open_file(service: AssetService, tmp_path: Path) -> None:
    def open_count() -> int:
        return sum(file.path == str(tmp_path / "ada.a3d") for file in psutil.Process().open_files())

    async def main() -> None:
        request = asset_pb2.DownloadRequest(avatar_id="ada")
        task = asyncio.create_task(service.download(request, FrozenClient()))  # type: ignore[arg-type]
        while not service.download_count:
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())  # opens the package, which stays open
    before = open_count()
    asyncio.run(main())
    assert service.download_count == 0
    assert open_count() == before == 1
