"""Gateway: the same sessions over WebSockets, and packages over HTTP, for browsers and other clients without gRPC."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

from aiohttp import web
from google.protobuf import json_format
from google.protobuf.message import Message

from ani3d_runtime.errors import (
    Ani3dError,
    ForbiddenError,
    NotFoundError,
    PackageError,
    ResourceError,
    ServiceError,
    UnauthenticatedError,
)
from ani3d_runtime.rpc.address import address_of
from ani3d_runtime.rpc.methods import (
    CREATE_SESSION,
    DOWNLOAD,
    END_SESSION,
    LIST_AVATARS,
    LIST_SESSIONS,
    PLAY,
    RETARGET,
    SUBSCRIBE,
    Method,
)
from ani3d_runtime.server.assets.service import listing_of
from ani3d_runtime.server.calls.refusals import refuse
from ani3d_runtime.server.gateway.connection import Connection
from ani3d_runtime.server.gateway.connection_limiter import ConnectionLimiter, most_connections
from ani3d_runtime.server.gateway.origin_policy import PROTOCOL, OriginPolicy, check_protocols
from ani3d_runtime.server.gateway.packages import send_package
from ani3d_runtime.server.gateway.page import viewer_routes
from ani3d_runtime.server.gateway.sessions import KEY_HEADER, SessionRoutes
from ani3d_runtime.server.gateway.socket import HungUp, SocketCall
from ani3d_runtime.server.options import MAX_REQUEST_BYTES, GatewayOptions, address_in_use
from ani3d_runtime.server.trust.call import Call, current_call
from ani3d_runtime.server.trust.expiry import UntilExpiry

if TYPE_CHECKING:
    from ani3d_runtime.server.app import AvatarServer

_SHUTDOWN_S = 0.5
_ALLOWED = "Authorization, Content-Type, Range, If-Range, If-None-Match"
_EXPOSED = "ETag, Content-Range, Accept-Ranges, Content-Length"

Serve = Callable[[AsyncIterator[Any], Any], Awaitable[None]]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
Respond = Callable[[web.Request], Awaitable[Message]]


class Gateway:
    """An HTTP server beside the gRPC one, on the same event loop.

    Args:
        server: whose sessions and packages are served.
        options: where to listen, and to whom.
        pool: where files are read.

    Attributes:
        port: where it listens, once started.
        origin_policy: checks who asks; holds the token of this run.
    """

    def __init__(self, server: AvatarServer, options: GatewayOptions, pool: Executor) -> None:
        self.port = 0
        self.origin_policy = OriginPolicy(options, _token_of_run(server))
        self._server = server
        self._options = options
        self._pool = pool
        application = web.Application(client_max_size=MAX_REQUEST_BYTES)
        sessions = SessionRoutes(server.live)
        answers: dict[Method, Answer] = {
            PLAY: self._socket(PLAY, server.playback.play),
            SUBSCRIBE: self._socket(SUBSCRIBE, server.live.subscribe),
            RETARGET: self._socket(RETARGET, server.live.publish),
            LIST_AVATARS: self._json(self._avatars),
            LIST_SESSIONS: self._json(sessions.listed),
            CREATE_SESSION: self._json(sessions.create),
            END_SESSION: self._json(sessions.end),
            DOWNLOAD: self._package,
        }
        application.add_routes(_route(method, self._guarded(method, answer)) for method, answer in answers.items())
        application.add_routes(viewer_routes(self.origin_policy))
        application.add_routes([web.route("OPTIONS", "/v1/{path:.*}", self._preflight)])
        self._runner = web.AppRunner(application, handle_signals=False, shutdown_timeout=_SHUTDOWN_S)
        self._limiter: ConnectionLimiter | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            ResourceError: ``serve-address-in-use``.
        """
        await self._runner.setup()
        assert self._runner.server is not None
        most = most_connections(self._server.options.max_sessions)
        options = self._options
        tls = self._server.options.tls
        self._limiter = ConnectionLimiter(self._runner.server, most, None if tls is None else tls.ssl_context())
        try:
            self.port = self._limiter.open(options.host, options.port, reuse_port=self._server.slot is not None)
        except OSError:
            await self.close()
            raise address_in_use(address_of(options.host, options.port), "--gateway") from None

    async def close(self) -> None:
        """Stop listening, and let go of what is left."""
        if self._limiter is not None:
            await self._limiter.close()
        await self._runner.cleanup()

    def _guarded(self, method: Method, answer: Answer) -> Answer:
        """An answer behind the origin policy and the gate."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            call = Call(method=method.path, address=request.remote or "unknown")
            try:
                self.origin_policy.check(request)
                authorization = self.origin_policy.authorization(request)
                with self._server.gate.passed(call, authorization, _common_name(request)):
                    assert isinstance(request.protocol, Connection)
                    request.protocol.let_in()
                    return await answer(request)
            except Ani3dError as error:
                return web.json_response(
                    {"error": error.to_json()}, status=_status_of(error), headers=self._shared_headers(request)
                )

        return guarded

    def _socket(self, method: Method, serve: Serve) -> Answer:
        """A stream of the protocol over a WebSocket."""

        async def answer(request: web.Request) -> web.StreamResponse:
            check_protocols(request)
            socket = web.WebSocketResponse(
                protocols=(PROTOCOL,), max_msg_size=MAX_REQUEST_BYTES, compress=False, timeout=_SHUTDOWN_S
            )
            if not socket.can_prepare(request):
                raise _not_a_socket()
            stream = SocketCall(socket, method.request.FromString, request)
            with contextlib.suppress(HungUp):
                await stream.open()
                try:
                    with UntilExpiry(current_call()):
                        await serve(stream.requests(), stream)
                except Ani3dError as error:
                    await refuse(stream, error)  # pyright: ignore[reportArgumentType] - as a call's context
                if stream.failure is not None:
                    await refuse(stream, stream.failure)  # pyright: ignore[reportArgumentType]
                await stream.close()
            return socket

        return answer

    def _json(self, respond: Respond) -> Answer:
        """A response of the protocol as JSON."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = await respond(request)
            headers = {**self._shared_headers(request), "Cache-Control": "no-store"}
            text = json_format.MessageToJson(response, always_print_fields_with_no_presence=True)
            return web.Response(text=text, content_type="application/json", headers=headers)

        return answer

    async def _avatars(self, request: web.Request) -> Message:
        del request
        return listing_of(await asyncio.get_running_loop().run_in_executor(self._pool, self._server.catalogue.contents))

    async def _package(self, request: web.Request) -> web.StreamResponse:
        timeout_s = self._server.options.write_timeout_s
        return await send_package(request, self._server.assets, timeout_s, self._shared_headers(request))

    async def _preflight(self, request: web.Request) -> web.StreamResponse:
        try:
            self.origin_policy.check(request)
        except ForbiddenError as error:
            return web.json_response({"error": error.to_json()}, status=403)
        headers = {
            **self._shared_headers(request),
            "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE",
            "Access-Control-Allow-Headers": f"{_ALLOWED}, {KEY_HEADER}",
            "Access-Control-Max-Age": "600",
        }
        return web.Response(status=204, headers=headers)

    def _shared_headers(self, request: web.Request) -> dict[str, str]:
        """What lets a page of an allowed origin read the answer."""
        origin = request.headers.get("Origin")
        shared = {"Vary": "Origin", "X-Content-Type-Options": "nosniff"}
        if origin is not None and self.origin_policy.is_allowed(origin, request):
            shared |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
        return shared


def _route(method: Method, answer: Answer) -> web.RouteDef:
    assert method.http_path is not None
    if method.http_verb == "GET":
        return web.get(method.http_path, answer)  # which answers HEAD, too
    return web.route(method.http_verb, method.http_path, answer)


def _token_of_run(server: AvatarServer) -> str | None:
    """None where the server checks tokens of its own; workers have one in common."""
    if server.options.token_keys is not None:
        return None
    return secrets.token_urlsafe(18) if server.slot is None else server.slot.gateway_token


def _common_name(request: web.Request) -> str | None:
    """Of the client's certificate, which TLS has verified."""
    certificate: Any = request.get_extra_info("peercert") or {}
    names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    return names[0] if names else None


def _status_of(error: Ani3dError) -> int:
    if error.code == "service-draining":
        return 503
    for kind, status in (
        (UnauthenticatedError, 401),
        (ForbiddenError, 403),
        (NotFoundError, 404),
        (ResourceError, 429),
        (PackageError, 500),
        (ServiceError, 503),
    ):
        if isinstance(error, kind):
            return status
    return 400


def _not_a_socket() -> Ani3dError:
    return ServiceError(
        "gateway-not-a-websocket",
        "request",
        found="plain HTTP",
        expected="a WebSocket",
        fix="Open this address with a WebSocket client.",
    )
