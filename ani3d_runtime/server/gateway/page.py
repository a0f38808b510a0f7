"""The viewer's page: static files without a token, because there is nothing in them that everybody does not have."""

from __future__ import annotations

import functools
import hashlib

from aiohttp import web

from ani3d_runtime.errors import Ani3dError, ForbiddenError, ResourceError
from ani3d_runtime.server.gateway.origin_policy import OriginPolicy
from ani3d_runtime.viewer.built_page import POLICY, SCRIPT, STYLE, WORKER, BuiltPage

# Parts of the script, as the build names them.
_PART = r"{name:viewer-[A-Za-z0-9_-]+\.js}"
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def viewer_routes(policy: OriginPolicy) -> list[web.RouteDef]:
    """Routes of the page's files, for this machine's own names and pages alone."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            policy.check(request)
            file = _page().file(request.path.removeprefix("/"))
        except Ani3dError as error:
            status = 403 if isinstance(error, ForbiddenError) else 503
            return web.json_response({"error": error.to_json()}, status=status)
        if file is None:
            return web.Response(status=404, headers=_HEADERS)
        etag = f'"{hashlib.sha256(file.content).hexdigest()[:32]}"'
        headers = {**_HEADERS, "ETag": etag, "Vary": "Accept-Encoding"}
        if etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        body = file.content
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = file.gzipped, "gzip"
        return web.Response(body=body, content_type=file.content_type, charset="utf-8", headers=headers)

    return [web.get(f"/{name}", answer) for name in ("", STYLE, SCRIPT, WORKER, _PART)]


def has_page() -> bool:
    """Whether the page was built."""
    try:
        _page()
    except ResourceError:
        return False
    return True


@functools.cache
def _page() -> BuiltPage:
    return BuiltPage()
