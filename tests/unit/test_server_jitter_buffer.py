"""Poses are held until they are due, and none is shown out of its time in silence."""

from __future__ import annotations

import random

import pytest

from ani3d_runtime.server.live.capture_clock import Timing
from ani3d_runtime.server.live.jitter_buffer import JitterBuffer

HOLD_S = 0.05
STEP_S = 1 / 60
LATER_S = 1e6


def buffer_of(*poses: tuple[float, float], hold_s: float = HOLD_S) -> JitterBuffer[int]:
    """A buffer of numbered poses, each (capture, arrival) in seconds."""
    buffer = JitterBuffer[int](hold_s)
    for number, (capture_s, arrival_s) in enumerate(poses):
        buffer.add(number, capture_s, arrival_s)
    return buffer


def taken(buffer: JitterBuffer[int], now_s: float = LATER_S) -> list[tuple[int, Timing]]:
    """Everything that is due."""
    found = []
    while (due := buffer.take(now_s)) is not None:
        found.append(due)
    return found


def test_an_empty_buffer_has_nothing_and_waits_for_nothing() -> None:
    buffer = buffer_of()
    assert (len(buffer), buffer.due_s, buffer.take(LATER_S)) == (0, None, None)


def test_a_pose_is_held_until_it_is_due_and_not_longer() -> None:
    buffer = buffer_of((100.0, 5.0))
    assert buffer.due_s == pytest.approx(5.0 + HOLD_S)
    assert buffer.take(5.0 + HOLD_S - 1e-6) is None
    assert len(buffer) == 1, "looking does not take it"
    (pose, timing), *rest = taken(buffer, 5.0 + HOLD_S)
    assert (pose, rest, len(buffer)) == (0, [], 0)
    assert timing.media_time_s == pytest.approx(5.0), "it was captured when it left, however long it was held"


def test_without_a_hold_a_pose_is_due_when_it_comes() -> None:
    buffer = buffer_of((100.0, 5.0), hold_s=0.0)
    assert buffer.due_s == 5.0
    assert buffer.take(5.0) is not None


def test_poses_that_come_in_a_burst_are_due_at_the_pace_of_their_capture() -> None:
    buffer = buffer_of((0.0, 5.0), *((n * STEP_S, 5.0 + 2 * STEP_S) for n in (1, 2, 3)))
    due_s = [timing.due_s for _, timing in taken(buffer)]
    assert due_s == pytest.approx([5.0 + HOLD_S + n * STEP_S for n in range(3)] + [due_s[-1]])
    assert due_s[-1] > due_s[-2]


def test_a_pose_that_comes_later_than_the_hold_is_due_at_once_and_keeps_its_time() -> None:
    late_s = 5.0 + STEP_S + 3 * HOLD_S
    buffer = buffer_of((0.0, 5.0), (STEP_S, late_s))
    _, (_, timing) = taken(buffer)
    assert timing.due_s == late_s
    assert timing.media_time_s == pytest.approx(5.0 + STEP_S, abs=1e-4)
    assert not timing.jumped


@pytest.mark.parametrize("capture_s", [STEP_S, STEP_S / 2], ids=["twice", "out of order"])
def test_a_capture_time_that_does_not_rise_keeps_its_turn_and_is_marked(capture_s: float) -> None:
    buffer = buffer_of((0.0, 5.0), (STEP_S, 5.0 + STEP_S), (capture_s, 5.0 + STEP_S), (2 * STEP_S, 5.0 + 2 * STEP_S))
    found = taken(buffer)
    assert [pose for pose, _ in found] == [0, 1, 2, 3], "in the order they came"
    assert [timing.jumped for _, timing in found] == [False, False, True, False]
    media_s = [timing.media_time_s for _, timing in found]
    assert media_s == sorted(set(media_s)), "media time rises, whatever the publisher says"


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, 1.7e9])
def test_a_clock_that_is_set_delays_nothing(jump_s: float) -> None:
    arrivals_s = [5.0 + n * STEP_S for n in range(6)]
    captures_s = [n * STEP_S + (jump_s if n >= 3 else 0.0) for n in range(6)]
    found = taken(buffer_of(*zip(captures_s, arrivals_s, strict=True)))
    assert [timing.jumped for _, timing in found] == [False, False, False, True, False, False]
    for (_, timing), arrival_s in zip(found, arrivals_s, strict=True):
        assert timing.due_s == pytest.approx(arrival_s + HOLD_S, abs=1e-3)


@pytest.mark.parametrize(("hold_s", "capacity"), [(0.0, 8), (HOLD_S, 256)])
def test_a_full_buffer_drops_the_oldest_and_says_so(hold_s: float, capacity: int) -> None:
    buffer = JitterBuffer[int](hold_s)
    dropped = [buffer.add(n, n * STEP_S, 5.0 + n * STEP_S) for n in range(capacity + 3)]
    assert dropped == [0] * capacity + [1] * 3
    assert len(buffer) == capacity
    assert [pose for pose, _ in taken(buffer)] == list(range(3, capacity + 3))


def test_a_buffer_of_the_longest_hold_has_room_for_240_poses_a_second() -> None:
    buffer = JitterBuffer[int](1.0)
    assert sum(buffer.add(n, n / 240, 5.0 + n / 240) for n in range(241)) == 0
    assert buffer.due_s == pytest.approx(6.0)


def test_a_jump_is_not_dropped_with_its_pose() -> None:
    buffer = JitterBuffer[int](0.0)
    buffer.add(0, 0.0, 5.0, discontinuous=True)
    for n in range(1, 10):
        buffer.add(n, n * STEP_S, 5.0 + n * STEP_S)
    found = taken(buffer)
    assert [pose for pose, _ in found] == list(range(2, 10)), "the jump and the pose after it are gone"
    assert [timing.jumped for _, timing in found] == [True] + [False] * 7


def test_a_pose_that_the_publisher_calls_discontinuous_is_marked() -> None:
    buffer = buffer_of((0.0, 5.0))
    buffer.add(1, STEP_S, 5.0 + STEP_S, discontinuous=True)
    assert [timing.jumped for _, timing in taken(buffer)] == [False, True]


@pytest.mark.parametrize("hold_s", [0.0, 0.02, 1.0])
def test_poses_are_due_in_the_order_they_came_whatever_happens(hold_s: float) -> None:
    chance = random.Random(3)
    buffer = JitterBuffer[int](hold_s)
    now_s, shown, dropped = 5.0, 0, 0
    last_due_s = last_media_s = float("-inf")
    for n in range(2000):
        now_s += chance.expovariate(60)
        capture_s = chance.uniform(-5, 5) if chance.random() < 0.05 else n * STEP_S
        dropped += buffer.add(n, capture_s, now_s)
        for _, timing in taken(buffer, now_s) if chance.random() < 0.7 else ():
            assert last_due_s <= timing.due_s <= now_s
            assert timing.media_time_s > last_media_s
            last_due_s, last_media_s, shown = timing.due_s, timing.media_time_s, shown + 1
    assert shown + dropped + len(buffer) == 2000, "each is shown, dropped or held"
