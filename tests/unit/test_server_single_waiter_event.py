"""An event with one waiter."""

from __future__ import annotations

import asyncio

import pytest

from ani3d_runtime.server.stream.single_waiter_event import SingleWaiterEvent


def test_what_was_set_before_is_not_waited_for() -> None:
    async def story() -> None:
        event = SingleWaiterEvent()
        event.set()
        await asyncio.wait_for(event.wait(), 1)
        assert event.is_set(), "until it is cleared"
        event.clear()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(event.wait(), 0.01)

    asyncio.run(story())


def test_who_waits_is_woken_however_often_it_is_set() -> None:
    async def story() -> None:
        event, turns = SingleWaiterEvent(), 0

        async def wait() -> None:
            nonlocal turns
            while turns < 3:
                await event.wait()
                event.clear()
                turns += 1

        waiting = asyncio.create_task(wait())
        for _ in range(3):
            await asyncio.sleep(0)
            event.set()
            event.set()
            await asyncio.sleep(0)
        await asyncio.wait_for(waiting, 1)
        assert turns == 3

    asyncio.run(story())


def test_a_waiter_that_was_cancelled_is_forgotten_and_the_next_one_is_woken() -> None:
    async def story() -> None:
        event = SingleWaiterEvent()
        gone = asyncio.ensure_future(event.wait())
        gone.cancel()
        await asyncio.sleep(0)
        event.set()
        event.clear()
        waiting = asyncio.ensure_future(event.wait())
        event.set()
        await asyncio.wait_for(waiting, 1)

    asyncio.run(story())
