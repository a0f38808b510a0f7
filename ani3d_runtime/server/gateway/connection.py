"""Connection: one client's connection to the gateway, and how long it may stay without being let in."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.http import HttpProcessingError

LET_IN_WITHIN_S = 10.0
# Longer than proxies keep a connection that is idle: one that closes first answers no request with an error.
_IDLE_S = 75.0


class Connection(web.RequestHandler):
    """Closes where nobody is let in soon.

    Otherwise a client that sends half a request, or requests that are refused, would hold a descriptor of the server
    for as long as it likes, without a token.

    Args:
        server: that answers requests.
    """

    __slots__ = ("_deadline",)

    def __init__(self, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=_IDLE_S,
            access_log=None,  # pyright: ignore[reportArgumentType] - which is how to have none
        )
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        super().connection_made(transport)
        self._deadline = self._loop.call_later(LET_IN_WITHIN_S, self._cut)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client is gone, or was cut."""
        self.let_in()
        super().connection_lost(exc)

    def let_in(self) -> None:
        """A request has passed the gate: the connection may stay."""
        if self._deadline is not None:
            self._deadline.cancel()

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Log what the server got wrong, and not what clients do: lines that cannot be read are quoted in the error,
        and there are tokens in some."""
        if not isinstance(kw.get("exc_info"), (HttpProcessingError, web.RequestPayloadError)):
            super().log_exception(*args, **kw)

    def _cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()  # a client that takes nothing would keep open what is closed in good order
