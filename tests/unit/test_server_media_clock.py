"""Media time is arithmetic on ticks: what each tick shows, and when the clip is over."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ani3d_runtime.errors import UsageError
from ani3d_runtime.rpc.rate import MAX_RATE
from ani3d_runtime.server.play.media_clock import MediaClock


def clock_of(**changes: float) -> MediaClock:
    arguments = {"fps": 30.0, "frame_count": 10, "tick_s": 1 / 30} | changes
    return MediaClock(**arguments)  # type: ignore[arg-type]


def index_of(clock: MediaClock) -> int:
    return clock.index_of(clock.time_s)


def shown(clock: MediaClock, limit: int = 100) -> list[int]:
    indices = []
    while not clock.ended and len(indices) < limit:
        indices.append(index_of(clock))
        clock.advance()
    return indices


def test_every_baked_frame_is_shown_once_at_rate_one() -> None:
    clock = clock_of()
    for index in range(10):
        assert not clock.ended
        assert clock.time_s == index / 30
        clock.advance()
    assert clock.ended


def test_a_faster_rate_skips_and_a_slower_one_lies_between_frames() -> None:
    assert shown(clock_of(rate=3.0)) == [0, 3, 6, 9]
    slow = clock_of(rate=0.5)
    slow.advance()
    assert slow.time_s == pytest.approx(0.5 / 30, abs=1e-6)


def test_backwards_ends_at_the_first_frame() -> None:
    assert shown(clock_of(rate=-1.0, time_s=9 / 30)) == list(range(9, -1, -1))


def test_playing_begins_at_the_end_that_it_leaves() -> None:
    assert shown(clock_of(rate=-3.0)) == [9, 6, 3, 0]
    assert shown(clock_of(rate=-1.0, time_s=0.0)) == [0], "a start that was asked for is kept"
    assert shown(clock_of(rate=-1.0, loop=True), limit=3) == [0, 8, 7]


def test_a_clip_made_to_loop_has_a_step_from_its_last_frame_to_its_first() -> None:
    assert shown(clock_of(loop=True, is_made_to_loop=True), limit=25) == [i % 10 for i in range(25)]
    assert shown(clock_of(loop=True, is_made_to_loop=True, rate=-1.0), limit=4) == [0, 9, 8, 7]
    once = clock_of(is_made_to_loop=True)
    assert shown(once) == list(range(10))
    once.set_loop(True)
    assert (once.end_s, once.duration_s) == (10 / 30, 9 / 30)
    between = clock_of(loop=True, is_made_to_loop=True, time_s=9.5 / 30)
    assert between.time_s == pytest.approx(9.5 / 30, abs=1e-6)
    between.set_loop(False)
    assert between.ended


def test_in_a_loop_the_last_frame_is_the_first_again() -> None:
    assert shown(clock_of(loop=True), limit=25) == [i % 9 for i in range(25)]
    assert shown(clock_of(loop=True, rate=-1.0), limit=12) == [0, 8, 7, 6, 5, 4, 3, 2, 1, 0, 8, 7]


def test_looking_ahead_sees_what_will_be_shown() -> None:
    for clock in (clock_of(), clock_of(rate=-2.0, time_s=0.3), clock_of(loop=True, rate=0.7)):
        expected = []
        for _ in range(20):
            expected.append(clock.time_ahead_s(5))
            clock.advance()
        clock.advance(-20)
        for ahead in expected:
            clock.advance(5)
            assert ahead == (None if clock.ended else clock.time_s)
            clock.advance(-4)


def test_changes_take_effect_where_the_clock_stands() -> None:
    clock = clock_of()
    clock.advance(4)
    clock.set_rate(2.0)
    assert index_of(clock) == 4
    clock.advance()
    assert index_of(clock) == 6
    clock.set_rate(-1.0)
    clock.advance()
    assert index_of(clock) == 5
    clock.seek(8 / 30)
    assert index_of(clock) == 8


def test_looping_is_switched_on_in_flight() -> None:
    clock = clock_of()
    clock.advance(9)
    clock.set_loop(True)
    clock.advance(2)
    assert index_of(clock) == 2


def test_a_clip_of_one_frame() -> None:
    clock = clock_of(frame_count=1)
    assert (clock.duration_s, clock.time_s) == (0.0, 0.0)
    clock.advance()
    assert clock.ended
    assert shown(clock_of(frame_count=1, loop=True), limit=3) == [0, 0, 0]


@pytest.mark.parametrize("rate", [0.0, math.nan, math.inf, -math.inf, MAX_RATE * 1.01])
def test_rates_that_cannot_be_played_are_refused(rate: float) -> None:
    with pytest.raises(UsageError) as raised:
        clock_of().set_rate(rate)
    assert raised.value.code == "play-bad-rate"


@pytest.mark.parametrize("time_s", [-0.1, 0.31, math.nan, math.inf])
def test_times_outside_the_clip_are_refused(time_s: float) -> None:
    with pytest.raises(UsageError) as raised:
        clock_of().seek(time_s)
    assert raised.value.code == "play-bad-time"


@given(
    fps=st.floats(1, 240),
    frame_count=st.integers(1, 10_000),
    rate=st.floats(-MAX_RATE, MAX_RATE).filter(lambda rate: abs(rate) > 1e-3),
    ticks=st.integers(0, 1_000_000),
    loop=st.booleans(),
)
def test_time_and_index_stay_in_the_clip(fps: float, frame_count: int, rate: float, ticks: int, loop: bool) -> None:
    clock = MediaClock(fps=fps, frame_count=frame_count, tick_s=1 / 60, rate=rate, loop=loop)
    clock.advance(ticks)
    assert 0 <= clock.time_s <= clock.duration_s
    assert 0 <= index_of(clock) < frame_count


@given(ticks=st.integers(0, 10_000_000))
def test_a_loop_at_rate_one_never_drifts_off_the_baked_frames(ticks: int) -> None:
    clock = MediaClock(fps=30.0, frame_count=97, tick_s=1 / 30, loop=True)
    clock.advance(ticks)
    assert index_of(clock) == ticks % 96
    assert clock.time_s == (ticks % 96) / 30
