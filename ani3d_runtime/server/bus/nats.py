"""NatsBus: the live bus over NATS core, between processes and machines."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from ani3d_runtime.server.bus.bus import (
    ANSWER_TIMEOUT_S,
    MAX_WAITING_BYTES,
    Answer,
    Receive,
    Stop,
    bus_unreachable,
    nobody_listens,
    out_of_reach,
)
from ani3d_runtime.server.bus.local import receive_safely

# At the start somebody is waiting to learn that it is not there; later it is waited for as long as it takes.
_CONNECT_TIMEOUT_S, _FIRST_ATTEMPTS = 2, 1
_RECONNECT_WAIT_S = 0.25
_LAST_WORDS_S = 0.5
# Of connections that broke without a word; what is lost meanwhile is noticed sooner, by those who miss it.
_PING_INTERVAL_S = 10

log = logging.getLogger(__name__)


class NatsBus:
    """One connection, made anew for as long as it takes when it is lost.

    Args:
        url: ``nats://`` or ``tls://``, with user and password or a token where they are needed; several with commas.
        name: of this process, as the NATS server's monitoring shows it.
    """

    def __init__(self, url: str, name: str) -> None:
        self._servers = url.split(",")
        self._name = name
        self._client = Client()
        self._outbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._waiting_bytes = 0
        self._lost_count = 0
        self._last_error: Exception | None = None
        self._sender: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Future[None]] = set()

    @property
    def is_connected(self) -> bool:
        """See :class:`Bus`."""
        return self._client.is_connected

    @property
    def where(self) -> str:
        """The servers, without passwords."""
        return ", ".join(f"{part.scheme}://{part.netloc.rpartition('@')[2]}" for part in map(urlsplit, self._servers))

    async def connect(self) -> None:
        """See :class:`Bus`.

        Raises:
            ServiceError: ``bus-unreachable``.
        """
        try:
            await self._client.connect(
                self._servers,
                name=self._name,
                connect_timeout=_CONNECT_TIMEOUT_S,
                reconnect_time_wait=_RECONNECT_WAIT_S,  # pyright: ignore[reportArgumentType] - it is slept for
                max_reconnect_attempts=_FIRST_ATTEMPTS,
                ping_interval=_PING_INTERVAL_S,
                error_cb=self._on_error,
                disconnected_cb=self._on_loss,
                reconnected_cb=self._on_return,
            )
        except (OSError, nats.errors.Error, asyncio.TimeoutError, ValueError) as error:
            reason = self._last_error or error
            raise bus_unreachable(self.where, str(reason) or type(reason).__name__) from None
        self._client.options["max_reconnect_attempts"] = -1
        self._sender = asyncio.create_task(self._send())
        log.info("live bus on %s", self.where)

    async def close(self) -> None:
        """See :class:`Bus`."""
        if self._sender is None:
            return
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._outbox.join(), _LAST_WORDS_S)
        self._sender.cancel()
        await self._client.close()

    async def listen(self, subject: str, receive: Receive) -> Stop:
        """See :class:`Bus`."""

        async def take(message: Msg) -> None:
            receive_safely(receive, subject, message.data, self._answer_to(message))

        subscription = await self._client.subscribe(subject, cb=take)

        def stop() -> None:
            if not self._client.is_closed:
                leaving = asyncio.ensure_future(subscription.unsubscribe())
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)

        return stop

    def publish(self, subject: str, body: bytes) -> None:
        """See :class:`Bus`."""
        if not self.is_connected or self._waiting_bytes > MAX_WAITING_BYTES:
            self._lost_count += 1
            return
        self._waiting_bytes += len(body)
        self._outbox.put_nowait((subject, body))

    async def ask(self, subject: str, body: bytes, timeout_s: float = ANSWER_TIMEOUT_S) -> bytes:
        """See :class:`Bus`."""
        if not self.is_connected:
            raise out_of_reach(subject, "a live bus that is down")
        try:
            return (await self._client.request(subject, body, timeout=timeout_s)).data
        except nats.errors.NoRespondersError:
            raise nobody_listens(subject) from None
        except (OSError, nats.errors.Error, asyncio.TimeoutError) as error:
            raise out_of_reach(subject, str(error) or type(error).__name__) from None

    def _answer_to(self, message: Msg) -> Answer | None:
        return (lambda body: self.publish(message.reply, body)) if message.reply else None

    async def _send(self) -> None:
        """One task sends, so the order is kept and publishers do not wait."""
        while True:
            subject, body = await self._outbox.get()
            try:
                await self._client.publish(subject, body)
            except nats.errors.MaxPayloadError:
                log.error(
                    "[bus-message-too-large] %s: %d bytes are more than the NATS server's max_payload",
                    subject,
                    len(body),
                )
            except (OSError, nats.errors.Error):
                self._lost_count += 1
            finally:
                self._waiting_bytes -= len(body)
                self._outbox.task_done()

    async def _on_error(self, error: Exception) -> None:
        self._last_error = error
        log.debug("live bus: %s", error)

    async def _on_loss(self) -> None:
        if not self._client.is_closed:
            log.warning("[bus-lost] the live bus on %s is gone; sessions of other processes stand still", self.where)

    async def _on_return(self) -> None:
        log.warning("the live bus on %s is back; %d messages were lost", self.where, self._lost_count)
        self._lost_count = 0
