"""Hub: the live bus of workers on one machine; the supervisor hands on what they say, over sockets that they inherit.

Messages are msgpack arrays, [what, subject or question, question or nil, body], behind their length.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from typing import Any

import msgpack

from ani3d_runtime.server.bus.bus import (
    ANSWER_TIMEOUT_S,
    MAX_WAITING_BYTES,
    Answer,
    Receive,
    Stop,
    nobody_listens,
    out_of_reach,
)
from ani3d_runtime.server.bus.local import Listeners

_LISTEN, _STOP, _SEND, _ANSWER = range(4)
_LENGTH_BYTES = 4


class Hub:
    """Knows which worker listens to what. Belongs to the supervisor's event loop."""

    def __init__(self) -> None:
        self._members: dict[int, asyncio.StreamWriter] = {}
        self._listening: dict[str, set[int]] = {}

    async def serve(self, end: socket.socket, member: int) -> None:
        """Hand on what one worker says, until it is gone.

        Args:
            end: ours of a pair of sockets.
            member: a number of its own.
        """
        reader, writer = await asyncio.open_unix_connection(sock=end)
        self._members[member] = writer
        try:
            async for what, subject, question, body in _messages(reader):
                if what == _LISTEN:
                    self._listening.setdefault(subject, set()).add(member)
                elif what == _STOP:
                    self._listening.get(subject, set()).discard(member)
                elif what == _SEND:
                    self._hand_on(subject, None if question is None else [member, question], body)
                elif what == _ANSWER:
                    asker, number = question
                    self._say(asker, [_ANSWER, subject, number, body])
        finally:
            del self._members[member]
            self._listening = {subject: left for subject, who in self._listening.items() if (left := who - {member})}
            writer.close()

    def _hand_on(self, subject: str, question: list[int] | None, body: bytes) -> None:
        listening = self._listening.get(subject, ())
        message = _packed([_SEND, subject, question, body])
        for member in listening:
            self._write(member, message)
        if question is not None and not listening:
            self._say(question[0], [_ANSWER, subject, question[1], None])

    def _say(self, member: int, message: list[Any]) -> None:
        self._write(member, _packed(message))

    def _write(self, member: int, message: bytes) -> None:
        writer = self._members.get(member)
        if writer is not None and writer.transport.get_write_buffer_size() < MAX_WAITING_BYTES:
            writer.write(message)


class HubBus:
    """A worker's end of the hub.

    Args:
        end: of a pair of sockets, whose other end the supervisor has.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._listeners = Listeners()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._numbers = itertools.count()
        self._questions: dict[int, asyncio.Future[bytes | None]] = {}

    @property
    def is_connected(self) -> bool:
        """See :class:`Bus`."""
        return self._writer is not None and not self._writer.is_closing()

    async def connect(self) -> None:
        """See :class:`Bus`."""
        reader, self._writer = await asyncio.open_unix_connection(sock=self._end)
        self._reading = asyncio.create_task(self._read(reader))

    async def close(self) -> None:
        """See :class:`Bus`."""
        if self._writer is None or self._reading is None:
            return
        self._writer.close()
        self._reading.cancel()

    async def listen(self, subject: str, receive: Receive) -> Stop:
        """See :class:`Bus`."""
        if self._listeners.add(subject, receive):
            self._say([_LISTEN, subject, None, b""])

        def stop() -> None:
            if self._listeners.remove(subject, receive):
                self._say([_STOP, subject, None, b""])

        return stop

    def publish(self, subject: str, body: bytes) -> None:
        """See :class:`Bus`."""
        self._say([_SEND, subject, None, body])

    async def ask(self, subject: str, body: bytes, timeout_s: float = ANSWER_TIMEOUT_S) -> bytes:
        """See :class:`Bus`."""
        if not self.is_connected:
            raise out_of_reach(subject, "a supervisor that is gone")
        number = next(self._numbers)
        answered = self._questions[number] = asyncio.get_running_loop().create_future()
        self._say([_SEND, subject, number, body])
        try:
            answer = await asyncio.wait_for(answered, timeout_s)
        except asyncio.TimeoutError:
            raise out_of_reach(subject, f"no answer within {timeout_s:g} s") from None
        finally:
            del self._questions[number]
        if answer is None:
            raise nobody_listens(subject)
        return answer

    def _say(self, message: list[Any]) -> None:
        writer = self._writer
        if writer is None or writer.is_closing() or writer.transport.get_write_buffer_size() > MAX_WAITING_BYTES:
            return
        writer.write(_packed(message))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        async for what, subject, question, body in _messages(reader):
            if what == _ANSWER:
                answered = self._questions.get(question)
                if answered is not None and not answered.done():
                    answered.set_result(body)
            else:
                self._listeners.deliver(subject, body, None if question is None else self._answer_to(subject, question))
        if self._writer is not None:
            self._writer.close()

    def _answer_to(self, subject: str, question: list[int]) -> Answer:
        def answer(body: bytes) -> None:
            self._say([_ANSWER, subject, question, body])

        return answer


def _packed(message: list[Any]) -> bytes:
    body: Any = msgpack.packb(message)
    return len(body).to_bytes(_LENGTH_BYTES, "little") + body


async def _messages(reader: asyncio.StreamReader) -> AsyncIterator[Any]:
    """Until the other end is gone."""
    try:
        while True:
            length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "little")
            yield msgpack.unpackb(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return
