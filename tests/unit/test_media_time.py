"""Media time that has gone by, counted from stamps as the server's clock gives them."""

from __future__ import annotations

import math

import pytest

from ani3d_runtime.cli.media_time import MediaTime
from ani3d_runtime.server.play.media_clock import MediaClock

HZ = 30.0


def shown_until(seconds: float, *, frame_count: int, rate: float, loop: bool, dropped: set[int]) -> tuple[int, int]:
    """Ticks gone by and frames shown when playing stops."""
    clock = MediaClock(fps=HZ, frame_count=frame_count, tick_s=1 / HZ, rate=rate, loop=loop)
    media = MediaTime(clock.duration_s, rate / HZ)
    ticks = shown = 0
    while not clock.ended:
        if ticks not in dropped:
            media.show(clock.time_s, ticks - shown)
            shown += 1
        ticks += 1
        if media.has_reached(seconds):
            break
        clock.advance()
    return ticks, shown


@pytest.mark.parametrize("rate", [1.0, 2.0, -1.0, -0.5, 1 / 3, 16.0])
@pytest.mark.parametrize("frame_count", [1, 2, 3, 40, 300])
def test_a_loop_stops_when_its_media_time_is_over(frame_count: int, rate: float) -> None:
    ticks, shown = shown_until(2.0, frame_count=frame_count, rate=rate, loop=True, dropped=set())
    assert ticks == shown == math.ceil(2.0 * HZ / abs(rate) - 0.5)


def test_dropped_frames_count_as_time() -> None:
    dropped = set(range(10, 35))
    assert shown_until(2.0, frame_count=300, rate=1.0, loop=False, dropped=dropped) == (60, 35)


def test_a_stall_of_several_loops_counts_as_time() -> None:
    dropped = set(range(1, 50))
    assert shown_until(2.0, frame_count=10, rate=1.0, loop=True, dropped=dropped) == (60, 11)


def test_a_clip_shorter_than_asked_for_is_shown_whole() -> None:
    assert shown_until(9.0, frame_count=40, rate=-1.0, loop=False, dropped=set()) == (40, 40)
