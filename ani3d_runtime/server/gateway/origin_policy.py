"""OriginPolicy: which requests of browsers are let in at all, before anybody looks at what they ask for."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable

from aiohttp import web

from ani3d_runtime.errors import ForbiddenError, UnauthenticatedError, UsageError
from ani3d_runtime.rpc.address import canonical
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.server.trust.tokens import missing_token

PROTOCOL = "ani3d.v1"
# Browsers cannot give a WebSocket a header; what they can name is protocols. Tokens have no character that is none of
# a protocol's.
_TOKEN_PROTOCOL = "ani3d.token."
_BEARER = "Bearer "
# A name or an address, and a port; no user before them, and nothing else that a URL may have.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]*)?", re.ASCII | re.IGNORECASE)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class OriginPolicy:
    """Checks Host, Origin and the token.

    A page of any site may open a WebSocket to this machine: it is the Origin that tells. A site may give its own name
    this machine's address: it is the Host that tells.

    Args:
        options: of the gateway.
        token: of this run; None where the server checks tokens of its own.

    Attributes:
        token: as given.
    """

    def __init__(self, options: GatewayOptions, token: str | None) -> None:
        self.token = token
        self._hosts = {canonical(host) for host in (*_LOOPBACK, options.host, *options.hosts)}
        self._origins = {origin.lower().rstrip("/") for origin in options.origins}

    def check(self, request: web.Request) -> None:
        """Refuse what comes from a page that has no business here.

        Raises:
            ForbiddenError: ``gateway-bad-host``, ``gateway-bad-origin``.
        """
        host = _HOST.fullmatch(request.host)
        if host is None or canonical(host[1] or host[2]) not in self._hosts:
            raise _foreign("gateway-bad-host", "Host", request.host, self._hosts, "hosts")
        origin = request.headers.get("Origin")
        if origin is not None and not self.is_allowed(origin, request):
            raise _foreign("gateway-bad-origin", "Origin", origin, self._origins or {"the gateway's own"}, "origins")

    def is_allowed(self, origin: str, request: web.Request) -> bool:
        """Whether a page of ``origin`` may ask: one that is named, or that this host serves itself."""
        return origin.lower() in self._origins or origin.lower() == f"{request.scheme}://{request.host}".lower()

    def authorization(self, request: web.Request) -> str | None:
        """What the server's gate is to look at; the token of the run is checked here.

        Raises:
            UnauthenticatedError: ``token-missing``, ``token-invalid``.
        """
        given = request.headers.get("Authorization")
        if given is None:
            named = next((word for word in _protocols(request) if word.startswith(_TOKEN_PROTOCOL)), None)
            given = None if named is None else _BEARER + named[len(_TOKEN_PROTOCOL) :]
        if self.token is None:
            return given
        if given is None:
            raise missing_token()
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), (_BEARER + self.token).encode()):
            raise _other_run()
        return None


def _other_run() -> UnauthenticatedError:
    return UnauthenticatedError(
        "token-invalid",
        "token",
        found="another one than this run's",
        expected="the token that ani3d serve printed when it started",
        fix="Copy the one that ani3d serve printed, or open its address; both change with every start.",
    )


def check_protocols(request: web.Request) -> None:
    """Refuse a WebSocket that names protocols and not the gateway's. It may name none.

    Such a list is not for aiohttp, which logs one that has nothing of ours, and the token is in it.

    Raises:
        UsageError: ``gateway-bad-protocol``.
    """
    protocols = _protocols(request)
    if protocols and PROTOCOL not in protocols:
        raise UsageError(
            "gateway-bad-protocol",
            "header Sec-WebSocket-Protocol",
            found=f"{len(protocols)} without {PROTOCOL}",
            expected=f"{PROTOCOL} among them",
            fix=f'Name it beside the token: new WebSocket(address, ["{PROTOCOL}", "{_TOKEN_PROTOCOL}TOKEN"]).',
        )


def _protocols(request: web.Request) -> list[str]:
    """What a WebSocket names, of the first header as aiohttp has it; nothing where there is no header."""
    header = request.headers.get("Sec-WebSocket-Protocol")
    return [] if header is None else [word.strip() for word in header.split(",")]


def _foreign(code: str, header: str, found: str, expected: Iterable[str], setting: str) -> ForbiddenError:
    return ForbiddenError(
        code,
        f"header {header}",
        found=found[:128] or "none",
        expected=f"one of: {', '.join(sorted(expected))}",
        fix=f"Add it to {setting} in [gateway] of the server's configuration, if it is yours.",
    )
