"""Streams from their first request to their end, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ani3d_runtime.server.attendance import Attendance
from ani3d_runtime.server.options import ServerOptions
from ani3d_runtime.server.outlet import Outlet, Write


class Guest:
    """A stream that does nothing until it is cancelled."""

    def __init__(self) -> None:
        self.outlet = Outlet(1, 1, 0.0)
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


@pytest.mark.parametrize("runs_before", [False, True])
def test_a_stream_is_closed_once_also_where_its_client_left_before_it_ran(runs_before: bool) -> None:
    async def story() -> None:
        attendance, guest = Attendance(ServerOptions(port=0), 4), Guest()

        async def start(_request: str) -> Guest:
            if not runs_before:
                asyncio.get_running_loop().call_soon(call.cancel)
            return guest

        call = asyncio.create_task(attendance.attend(requests(), write, start))
        if runs_before:
            await asyncio.sleep(0.05)
            call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert guest.has_run == runs_before
        assert guest.closed_count == 1
        assert attendance.count == 0

    asyncio.run(asyncio.wait_for(story(), 5))
