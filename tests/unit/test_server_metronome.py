"""One timer for all sessions of a frame rate."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref

from ani3d_runtime.server.play.metronome import Metronome, Metronomes
from ani3d_runtime.server.stream.single_waiter_event import SingleWaiterEvent

TICK_S = 0.02


def run(test: object) -> None:
    asyncio.run(asyncio.wait_for(test, 10))  # type: ignore[arg-type]


def test_all_who_wait_are_woken_at_one_whole_tick_and_not_before() -> None:
    async def story() -> None:
        metronome = Metronome(TICK_S)
        events = [SingleWaiterEvent() for _ in range(50)]
        due_s = metronome.next_s()
        for event in events:
            metronome.set_at_tick(event)
        await events[0].wait()
        assert due_s <= time.monotonic() < due_s + TICK_S
        assert all(event.is_set() for event in events), "in one turn of the loop"
        assert abs(due_s / TICK_S - round(due_s / TICK_S)) < 1e-6

    run(story())


def test_who_has_been_woken_is_left_alone() -> None:
    async def story() -> None:
        metronome, once, often = Metronome(TICK_S), SingleWaiterEvent(), SingleWaiterEvent()
        metronome.set_at_tick(once)
        await once.wait()
        once.clear()
        for _ in range(3):
            often.clear()
            metronome.set_at_tick(often)
            await often.wait()
        assert not once.is_set()

    run(story())


def test_a_timer_that_goes_off_early_waits_for_its_tick() -> None:
    async def story() -> None:
        metronome, event = Metronome(TICK_S), SingleWaiterEvent()
        loop = asyncio.get_running_loop()
        early = loop.call_later
        loop.call_later = lambda delay, *rest: early(delay * 0.8, *rest)  # type: ignore[method-assign,assignment]
        due_s = metronome.next_s()
        metronome.set_at_tick(event)
        await event.wait()
        assert time.monotonic() >= due_s

    run(story())


def test_sessions_of_one_rate_share_a_metronome_and_rates_nobody_uses_are_forgotten() -> None:
    metronomes = Metronomes()
    first = metronomes.of(1 / 60)
    assert metronomes.of(1 / 60) is first
    assert metronomes.of(1 / 30) is not first
    del first
    gc.collect()
    assert len(metronomes._by_tick) == 0


def test_who_leaves_before_the_tick_is_not_kept_and_takes_the_timer_with_it() -> None:
    async def story() -> None:
        metronome, leaver, stayer = Metronome(100.0), SingleWaiterEvent(), SingleWaiterEvent()
        metronome.set_at_tick(leaver)
        gone = weakref.ref(leaver)
        metronome.cancel(leaver)
        del leaver
        gc.collect()
        assert gone() is None
        metronome.tick_s = TICK_S
        metronome.set_at_tick(stayer)
        await stayer.wait()

    run(story())
