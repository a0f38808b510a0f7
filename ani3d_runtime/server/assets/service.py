"""AssetService: what the catalogue holds, and the bytes of its packages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from typing import Any, TypeVar

import grpc

from ani3d_runtime.errors import Ani3dError, ServiceError, UsageError
from ani3d_runtime.package.packaged_clip import PackagedClip
from ani3d_runtime.rpc.methods import DOWNLOAD, GET_MANIFEST, LIST_AVATARS
from ani3d_runtime.rpc.v1 import asset_pb2
from ani3d_runtime.server.assets.catalogue import Catalogue, CatalogueContents, CatalogueEntry
from ani3d_runtime.server.calls.handlers import service_handler
from ani3d_runtime.server.calls.refusals import draining, refuse, stalled
from ani3d_runtime.server.trust.call import current_call

CHUNK_BYTES = 128 << 10
_READ_BYTES = 512 << 10
# A list stays short, whatever lies in the folder.
_MOST_REFUSED = 100
_WORDS = 300

T = TypeVar("T")


class AssetService:
    """Lists, describes and sends packages.

    Args:
        catalogue: what is offered.
        pool: where files are read.
        write_timeout_s: a client that takes nothing for this long is cut off.

    Attributes:
        is_draining: new downloads are refused.
        download_count: downloads in progress.
    """

    def __init__(self, catalogue: Catalogue, pool: Executor, *, write_timeout_s: float) -> None:
        self._catalogue = catalogue
        self._pool = pool
        self._write_timeout_s = write_timeout_s
        self.is_draining = False
        self.download_count = 0

    def handler(self) -> grpc.GenericRpcHandler:
        """For ``server.add_generic_rpc_handlers``."""
        return service_handler(
            {LIST_AVATARS: self._list_avatars, GET_MANIFEST: self._get_manifest, DOWNLOAD: self.download}
        )

    async def _list_avatars(self, request: asset_pb2.ListAvatarsRequest) -> asset_pb2.ListAvatarsResponse:
        del request
        return listing_of(await self._off_loop(self._catalogue.contents))

    async def _get_manifest(self, request: asset_pb2.GetManifestRequest) -> asset_pb2.GetManifestResponse:
        current_call().about["avatar"] = request.avatar_id
        entry = await self.find(request.avatar_id)
        manifest = json.dumps(entry.package.manifest.to_json()).encode()
        return asset_pb2.GetManifestResponse(avatar=summary_of(entry, markers=True), manifest_json=manifest)

    async def download(self, request: asset_pb2.DownloadRequest, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        """Send a package, or what is missing of it."""
        current_call().about["avatar"] = request.avatar_id
        try:
            if self.is_draining:
                raise draining()
            entry = await self.find(request.avatar_id)
            _check_range(request, entry)
            current_call().begin(digest=entry.digest)
            self.download_count += 1
            try:
                await self._send(request, entry, context)
                return
            finally:
                self.download_count -= 1
        except Ani3dError as error:
            refusal = error
        await refuse(context, refusal)

    async def _send(
        self,
        request: asset_pb2.DownloadRequest,
        entry: CatalogueEntry,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> None:
        offset = request.offset
        end = min(entry.size_bytes, offset + request.limit) if request.limit else entry.size_bytes
        first = asset_pb2.DownloadResponse(digest=entry.digest, total_size_bytes=entry.size_bytes, offset=offset)
        if offset == end:
            await self._write(context, first)
        async for data in self.pieces(entry, offset, end):
            response = first if offset == request.offset else asset_pb2.DownloadResponse(offset=offset)
            response.data = data
            await current_call().downloads.spend(len(data))
            await self._write(context, response)
            offset += len(data)

    async def _write(self, context: grpc.aio.ServicerContext[Any, Any], response: asset_pb2.DownloadResponse) -> None:
        try:
            await asyncio.wait_for(context.write(response), self._write_timeout_s)
        except asyncio.TimeoutError:
            raise stalled(self._write_timeout_s) from None
        current_call().sent_bytes += len(response.data)

    async def find(self, avatar_id: str) -> CatalogueEntry:
        """The package of an id.

        Raises:
            NotFoundError: ``avatar-not-found``.
            Ani3dError: why it cannot be read.
        """
        return await self._off_loop(self._catalogue.find, avatar_id)

    async def pieces(self, entry: CatalogueEntry, begin: int, end: int) -> AsyncIterator[bytes]:
        """The bytes of a package from ``begin`` to ``end``, a chunk at a time.

        Each read is longer than a chunk, because one of a store costs a request.
        """
        while begin < end:
            data = await self._off_loop(entry.readable.read, begin, min(_READ_BYTES, end - begin))
            for start in range(0, len(data), CHUNK_BYTES):
                yield data[start : start + CHUNK_BYTES]
            begin += len(data)

    async def _off_loop(self, function: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)


def listing_of(contents: CatalogueContents) -> asset_pb2.ListAvatarsResponse:
    """What a catalogue says of itself."""
    refused = [
        asset_pb2.RefusedPackage(
            file_name=file,
            code=error.code,
            subject=error.subject[:_WORDS],
            found=error.found[:_WORDS],
            expected=error.expected[:_WORDS],
            fix=error.fix[:_WORDS],
        )
        for file, error in list(contents.refused.items())[:_MOST_REFUSED]
    ]
    return asset_pb2.ListAvatarsResponse(avatars=[summary_of(entry) for entry in contents.entries], refused=refused)


def summary_of(entry: CatalogueEntry, *, markers: bool = False) -> asset_pb2.AvatarSummary:
    """What a list says about a package; ``markers`` are left out of lists, which should stay short."""
    manifest = entry.package.manifest
    clips = [entry.package.clip(name) for name in entry.package.clip_names]
    return asset_pb2.AvatarSummary(
        avatar_id=entry.avatar_id,
        name=manifest.avatar_name,
        size_bytes=entry.size_bytes,
        digest=entry.digest,
        gaussian_count=manifest.gaussian_count,
        joint_count=manifest.joint_count,
        clips=[_clip_summary(clip, markers=markers) for clip in clips],
    )


def _clip_summary(clip: PackagedClip, *, markers: bool) -> asset_pb2.ClipSummary:
    playing = clip.playing
    travel = playing.travel
    x_m, y_m, z_m = (0.0, 0.0, 0.0) if travel is None else travel.translation_m
    return asset_pb2.ClipSummary(
        name=clip.name,
        fps=clip.fps,
        frame_count=clip.frame_count,
        duration_s=clip.duration_s,
        loops=playing.loops,
        travel=None if travel is None else asset_pb2.Travel(heading_rad=travel.heading_rad, x_m=x_m, y_m=y_m, z_m=z_m),
        in_place=playing.in_place,
        markers=[asset_pb2.Marker(name=m.name, time_s=m.time_s, kind=m.kind) for m in playing.markers if markers],
    )


def _check_range(request: asset_pb2.DownloadRequest, entry: CatalogueEntry) -> None:
    if request.if_digest and request.if_digest != entry.digest:
        raise ServiceError(
            "service-digest-changed",
            entry.avatar_id,
            found=f"a package with digest {entry.digest}",
            expected=f"digest {request.if_digest[:64]}",
            fix="The package was baked again: download it from the beginning.",
        )
    if request.offset > entry.size_bytes:
        raise UsageError(
            "service-offset-beyond-end",
            entry.avatar_id,
            found=f"offset {request.offset}",
            expected=f"at most {entry.size_bytes}, the length of the package",
            fix="Download from the beginning.",
        )
