"""LocalBus: a bus within one process, for a server that is alone, and for tests with several."""

from __future__ import annotations

import asyncio
import logging

from ani3d_runtime.server.bus.bus import ANSWER_TIMEOUT_S, Answer, Receive, Stop, nobody_listens, out_of_reach

log = logging.getLogger(__name__)


class Listeners:
    """Who listens to which subject in this process."""

    def __init__(self) -> None:
        self._receivers: dict[str, list[Receive]] = {}

    def add(self, subject: str, receive: Receive) -> bool:
        """One more; whether it is the first of its subject."""
        receivers = self._receivers.setdefault(subject, [])
        receivers.append(receive)
        return len(receivers) == 1

    def remove(self, subject: str, receive: Receive) -> bool:
        """One less; whether it was the last of its subject."""
        receivers = self._receivers.get(subject, [])
        if receive in receivers:
            receivers.remove(receive)
        return not receivers and self._receivers.pop(subject, None) is not None

    def deliver(self, subject: str, body: bytes, answer: Answer | None) -> bool:
        """Hand a message to all of a subject; whether there was anybody."""
        receivers = list(self._receivers.get(subject, ()))
        for receive in receivers:
            receive_safely(receive, subject, body, answer)
        return bool(receivers)


def receive_safely(receive: Receive, subject: str, body: bytes, answer: Answer | None) -> None:
    """A message that cannot be read is one of another version, or no message of ours: it must not end the listening."""
    try:
        receive(body, answer)
    except Exception:
        log.exception("[bus-bad-message] %s: %d bytes", subject, len(body))


class LocalBus:
    """Hands messages on with the event loop's next turn, as a real bus would not do sooner either."""

    is_connected = True

    def __init__(self) -> None:
        self._listeners = Listeners()

    async def connect(self) -> None:
        """Nothing is between."""

    async def close(self) -> None:
        """Nothing is between."""

    async def listen(self, subject: str, receive: Receive) -> Stop:
        """See :class:`Bus`."""
        self._listeners.add(subject, receive)

        def stop() -> None:
            self._listeners.remove(subject, receive)

        return stop

    def publish(self, subject: str, body: bytes) -> None:
        """See :class:`Bus`."""
        asyncio.get_running_loop().call_soon(self._listeners.deliver, subject, body, None)

    async def ask(self, subject: str, body: bytes, timeout_s: float = ANSWER_TIMEOUT_S) -> bytes:
        """See :class:`Bus`."""
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def take(answer: bytes) -> None:
            if not answered.done():
                answered.set_result(answer)

        if not self._listeners.deliver(subject, body, take):
            raise nobody_listens(subject)
        try:
            return await asyncio.wait_for(answered, timeout_s)
        except asyncio.TimeoutError:
            raise out_of_reach(subject, f"no answer within {timeout_s:g} s") from None
