"""ConnectionLimiter: where connections to the gateway are accepted, as many as there is room for."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl

from aiohttp import web

from ani3d_runtime.server.gateway.connection import LET_IN_WITHIN_S, Connection
from ani3d_runtime.server.open_files import most_open_files

# How long nobody is accepted where the process has no descriptor left.
_PAUSE_S = 0.5
_BACKLOG = 128

log = logging.getLogger(__name__)


class ConnectionLimiter:
    """Accepts connections itself, because those that have yet to be encrypted take room, too: a listener of asyncio's
    tells of a connection only once its handshake is over.

    Args:
        server: that answers requests.
        most: connections open at once; more are closed.
        tls: what encrypts them; None for nothing.
    """

    def __init__(self, server: web.Server, most: int, tls: ssl.SSLContext | None) -> None:
        self._server = server
        self._most = most
        self._tls = tls
        self._listening: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._arriving: set[asyncio.Task[None]] = set()

    def open(self, host: str, port: int, *, reuse_port: bool) -> int:
        """Listen on every address of a host.

        Returns:
            the port, which is another one where 0 was asked for.

        Raises:
            OSError: it cannot be bound.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((entry[0], entry[4]) for entry in found):
            listening = socket.create_server((address[0], port), family=family, backlog=_BACKLOG, reuse_port=reuse_port)
            listening.setblocking(False)
            self._listening.append(listening)
            port = int(listening.getsockname()[1])
        self._accepting = [asyncio.create_task(self._accept(each)) for each in self._listening]
        return port

    async def close(self) -> None:
        """Accept nobody more."""
        tasks = [*self._accepting, *self._arriving]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listening in self._listening:
            listening.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("gateway: %s", error)
                await asyncio.sleep(_PAUSE_S)
                continue
            if len(self._server.connections) + len(self._arriving) >= self._most:
                client.close()
                continue
            arriving = loop.create_task(self._admit(client))
            self._arriving.add(arriving)
            arriving.add_done_callback(self._arriving.discard)

    async def _admit(self, client: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Connection(self._server),
                client,
                ssl=self._tls,
                ssl_handshake_timeout=None if self._tls is None else LET_IN_WITHIN_S,
            )
        except (OSError, asyncio.TimeoutError):  # a handshake that failed, or took too long
            client.close()


def most_connections(max_sessions: int) -> int:
    """How many connections a gateway has room for: one to watch and one to fetch packages for each session, and no more
    than half of what this process may open, so that gRPC has the other."""
    wanted = 2 * max_sessions
    limit = most_open_files()
    return wanted if limit is None else min(wanted, limit // 2)
