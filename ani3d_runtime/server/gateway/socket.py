"""SocketCall: a WebSocket in the place of a gRPC call, so that sessions do not know the difference."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, NoReturn

import grpc
from aiohttp import WSMsgType, web
from google.protobuf.message import DecodeError

from ani3d_runtime.errors import Ani3dError, UsageError
from ani3d_runtime.rpc.status import PARTS_KEY, metadata_of
from ani3d_runtime.server.trust.call import current_call

# Codes from 4000 are an application's own.
REFUSED_CLOSE_CODE = 4000
_LAST_WORDS_S = 1.0


class HungUp(Exception):  # noqa: N818 - what has happened, and no error of anybody
    """The socket is closed, after the client was sent why."""


class SocketCall:
    """Binary messages are requests and responses; a text message is an error, as JSON, and the last one.

    Args:
        socket: not opened yet.
        parse: makes a request of a message.
        request: that opened the socket.
    """

    def __init__(self, socket: web.WebSocketResponse, parse: Callable[[bytes], Any], request: web.Request) -> None:
        self.failure: Ani3dError | None = None
        self._socket = socket
        self._parse = parse
        self._request = request
        self._is_lost = False

    async def open(self) -> None:
        """Answer the request that opens the socket.

        Raises:
            HungUp: the client is gone already.
        """
        try:
            await self._socket.prepare(self._request)
        except ConnectionError:
            raise self._lost() from None

    async def requests(self) -> AsyncIterator[Any]:
        """What the client asks, until it hangs up or says what cannot be read."""
        async for message in self._messages():
            if message.type is not WSMsgType.BINARY:
                self.failure = _unreadable("a text message")
                return
            try:
                request = self._parse(message.data)
            except DecodeError:
                self.failure = _unreadable(f"{len(message.data)} bytes that are no such message")
                return
            yield request

    async def _messages(self) -> AsyncIterator[Any]:
        try:
            async for message in self._socket:
                yield message
        except ConnectionError:  # a ping was read, and there is nobody to answer
            self._lost()

    async def write(self, response: bytes) -> None:
        """Send a response; waits while the client does not take what was sent before."""
        try:
            await self._socket.send_bytes(response)
        except ConnectionError:
            raise self._lost() from None

    def peer(self) -> str:
        """The client's address."""
        return self._request.remote or "unknown"

    async def abort(
        self, status: grpc.StatusCode, details: str, trailing: tuple[tuple[str, str | bytes], ...]
    ) -> NoReturn:
        """Say why the call ends, and hang up; a client that does not listen is not waited for."""
        del status, details
        if self._is_lost:
            raise self._lost()  # and not what followed from it
        metadata = trailing if self.failure is None else metadata_of(self.failure)
        parts = dict(metadata)[PARTS_KEY]
        assert isinstance(parts, bytes)
        with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
            await asyncio.wait_for(self._say(parts.decode()), _LAST_WORDS_S)
        if not self._socket.closed and self._request.transport is not None:
            self._request.transport.abort()  # whatever the client still has to take
        raise HungUp

    async def close(self) -> None:
        """Hang up in good order."""
        with contextlib.suppress(asyncio.TimeoutError, ConnectionError):
            await asyncio.wait_for(self._socket.close(), _LAST_WORDS_S)

    def _lost(self) -> HungUp:
        """Note that the connection has broken; what to raise then."""
        self._is_lost = True
        current_call().result = "cancelled"
        return HungUp()

    async def _say(self, error: str) -> None:
        await self._socket.send_str(error)
        await self._socket.close(code=REFUSED_CLOSE_CODE)


def _unreadable(found: str) -> UsageError:
    return UsageError(
        "gateway-bad-message",
        "WebSocket",
        found=found,
        expected="binary messages, each one request of the protocol",
        fix="Send serialised PlayRequest, SubscribeRequest or RetargetRequest messages, as the address asks.",
    )
