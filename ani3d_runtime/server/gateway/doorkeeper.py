"""Doorkeeper: which requests of browsers are let in at all, before anybody looks at what they ask for."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web

from ani3d_runtime.errors import ForbiddenError
from ani3d_runtime.server.options import GatewayOptions
from ani3d_runtime.server.trust.tokens import invalid_token, missing_token

PROTOCOL = "ani3d.v1"
# Browsers cannot give a WebSocket a header; what they can name is protocols. Tokens have no character that is none of
# a protocol's.
_TOKEN_PROTOCOL = "ani3d.token."
_BEARER = "Bearer "
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Doorkeeper:
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
        self._hosts = {host.lower() for host in (*_LOOPBACK, options.host, *options.hosts)}
        self._origins = {origin.lower().rstrip("/") for origin in options.origins}

    def check(self, request: web.Request) -> None:
        """Refuse what comes from a page that has no business here.

        Raises:
            ForbiddenError: ``gateway-bad-host``, ``gateway-bad-origin``.
        """
        host = urlsplit(f"//{request.host}").hostname or ""
        if host not in self._hosts:
            raise _foreign("gateway-bad-host", "Host", host, self._hosts, "hosts")
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
            protocols = (word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(","))
            named = next((word for word in protocols if word.startswith(_TOKEN_PROTOCOL)), None)
            given = None if named is None else _BEARER + named[len(_TOKEN_PROTOCOL) :]
        if self.token is None:
            return given
        if given is None:
            raise missing_token()
        if not hmac.compare_digest(given.encode(), (_BEARER + self.token).encode()):
            raise invalid_token("another token than this run's")
        return None


def _foreign(code: str, header: str, found: str, expected: Iterable[str], setting: str) -> ForbiddenError:
    return ForbiddenError(
        code,
        f"header {header}",
        found=found[:128] or "none",
        expected=f"one of: {', '.join(sorted(expected))}",
        fix=f"Add it to {setting} in [gateway] of the server's configuration, if it is yours.",
    )
