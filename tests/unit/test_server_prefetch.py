"""Frames that are produced ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from ani3d_runtime.server.assets.catalogue import Catalogue
from ani3d_runtime.server.play.frame_store import PREFETCHED_TICKS, FrameStore
from ani3d_runtime.server.play.media_clock import MediaClock
from ani3d_runtime.server.stream.frame_form import FrameForm
from ani3d_runtime.testing.packages import write_synthetic_package


class HeldPool(Executor):
    """Does nothing until it is told to."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] = []
        self.holds = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def work() -> None:
            future.set_result(fn(*args, **kwargs))

        self.held.append(work) if self.holds else work()
        return future

    def let_go(self) -> None:
        for work in self.held:
            work()
        self.held.clear()


def test_a_client_that_changes_its_mind_leaves_the_pool_to_others(tmp_path: Path) -> None:
    write_synthetic_package(tmp_path / "ada.a3d")

    async def story() -> None:
        pool = HeldPool()
        entry = Catalogue(tmp_path).find("ada")
        clip = entry.package.clip(entry.package.clip_names[0])
        source = await FrameStore(pool, 1 << 20).source(entry, clip.name, FrameForm.FLOATS, None, with_detail=False)
        clock = MediaClock(fps=clip.fps, frame_count=clip.frame_count, tick_s=1e-4, loop=True)
        pool.holds = True
        for round_number in (1, 2):
            for number in range(500):
                clock.seek(clock.duration_s * (number + 0.3 * round_number) / 502)
                source.prefetch(clock)
            assert 0 < len(pool.held) <= PREFETCHED_TICKS, "one more only when one is done"
            pool.let_go()
            await asyncio.sleep(0.01)

    asyncio.run(story())
