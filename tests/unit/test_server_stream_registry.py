"""Streams from their first request to their end, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ani3d_runtime.errors import ServiceError
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.stream.client_stream import ClientStream, Write
from ani3d_runtime.server.stream.registry import StreamRegistry


class Guest:
    """A stream that does nothing until it is cancelled."""

    def __init__(self) -> None:
        self.client_stream = ClientStream(1, 1, 0.0)
        self.has_run = False
        self.closed_count = 0

    def apply(self, request: str) -> None:
        """Nothing is asked."""

    async def run(self, write: Write) -> None:
        self.has_run = True
        await asyncio.sleep(60)

    def close(self) -> None:
        self.closed_count += 1


async def requests() -> AsyncIterator[str]:
    yield "come in"
    await asyncio.sleep(60)


async def write(_response: bytes) -> None:
    """Nobody listens."""


@pytest.mark.parametrize("when", ["before it says what it wants", "while it is prepared"])
def test_a_stream_that_begins_while_the_server_drains_is_sent_away(when: str) -> None:
    class Told(Guest):
        async def run(self, write: Write) -> None:
            if self.client_stream.failure is not None:
                raise self.client_stream.failure
            await asyncio.sleep(60)

    async def late() -> AsyncIterator[str]:
        await asyncio.sleep(0.05)
        yield "come in"
        await asyncio.sleep(60)

    async def story() -> None:
        registry = StreamRegistry(ServerOptions(port=0), 4)

        async def start(_request: str) -> Told:
            await asyncio.sleep(0.05)
            return Told()

        asked = late() if when.startswith("before") else requests()
        call = asyncio.create_task(registry.handle(asked, write, start))
        await asyncio.sleep(0.02)
        registry.drain()
        with pytest.raises(ServiceError) as sent_away:
            await call
        assert sent_away.value.code == "service-draining"

    asyncio.run(asyncio.wait_for(story(), 5))


@pytest.mark.parametrize("runs_before", [False, True])
def test_a_stream_is_closed_once_also_where_its_client_left_before_it_ran(runs_before: bool) -> None:
    async def story() -> None:
        registry, guest = StreamRegistry(ServerOptions(port=0), 4), Guest()

        async def start(_request: str) -> Guest:
            if not runs_before:
                asyncio.get_running_loop().call_soon(call.cancel)
            return guest

        call = asyncio.create_task(registry.handle(requests(), write, start))
        if runs_before:
            await asyncio.sleep(0.05)
            call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert guest.has_run == runs_before
        assert guest.closed_count == 1
        assert registry.count == 0

    asyncio.run(asyncio.wait_for(story(), 5))
