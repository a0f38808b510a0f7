"""Packages over plain HTTP: whole or in ranges, under their digest as ETag (RFC 9110, chapters 13 and 14)."""

from __future__ import annotations

import asyncio
import re

from aiohttp import web

from ani3d_runtime.errors import Ani3dError
from ani3d_runtime.server.assets.service import AssetService
from ani3d_runtime.server.calls.refusals import draining
from ani3d_runtime.server.trust.call import current_call
from ani3d_runtime.server.trust.expiry import UntilExpiry

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
_CONTENT_TYPE = "application/octet-stream"


async def send_package(
    request: web.Request, assets: AssetService, write_timeout_s: float, headers: dict[str, str]
) -> web.StreamResponse:
    """Answer GET and HEAD of one package.

    Args:
        request: with the avatar's id in its path.
        assets: what is offered.
        write_timeout_s: a client that takes nothing for this long is cut off.
        headers: to add to the response.

    Raises:
        NotFoundError: ``avatar-not-found``.
        ServiceError: ``service-draining``, ``store-unreachable`` and others.
    """
    if assets.is_draining:
        raise draining()
    avatar_id = request.match_info["avatar_id"]
    call = current_call()
    call.about["avatar"] = avatar_id
    entry = await assets.find(avatar_id)
    etag = f'"{entry.digest}"'
    headers = {**headers, "ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        wanted = ""  # the pieces that the client has are of another package
    begin, end = byte_range(wanted, entry.size_bytes)
    if begin >= end:
        return web.Response(status=416, headers={**headers, "Content-Range": f"bytes */{entry.size_bytes}"})
    is_part = end - begin < entry.size_bytes
    if is_part:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{entry.size_bytes}"
    response = web.StreamResponse(status=206 if is_part else 200, headers=headers)
    response.content_type = _CONTENT_TYPE
    response.content_length = end - begin
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    call.begin(digest=entry.digest)
    assets.download_count += 1
    try:
        with UntilExpiry(call):
            async for data in assets.pieces(entry, begin, end):
                await call.downloads.spend(len(data))
                await asyncio.wait_for(response.write(data), write_timeout_s)
                call.sent_bytes += len(data)
    except (ConnectionError, asyncio.TimeoutError, Ani3dError) as error:
        # The status has been sent: only the end of the connection can say that the answer is not whole.
        call.result = _result_of(error)
        if request.transport is not None:
            request.transport.abort()
    finally:
        assets.download_count -= 1
    return response


def _result_of(error: Exception) -> str:
    if isinstance(error, Ani3dError):
        return error.code
    return "cancelled" if isinstance(error, ConnectionError) else "service-client-stalled"


def byte_range(header: str, size_bytes: int) -> tuple[int, int]:
    """Begin and end of what a Range header asks for; begin ≥ end where there is no such part.

    What is not understood, several ranges among it, asks for everything, as RFC 9110 has it.
    """
    found = _RANGE.fullmatch(header.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return 0, size_bytes
    if not found[1]:
        last = int(found[2])
        return (max(0, size_bytes - last), size_bytes) if last else (size_bytes, size_bytes)
    begin = int(found[1])
    if found[2] and int(found[2]) < begin:
        return 0, size_bytes
    return begin, min(int(found[2]) + 1, size_bytes) if found[2] else size_bytes
