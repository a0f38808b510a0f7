"""Capture times of a publisher become media times of the server: jitter, drift, jumps."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from ani3d_runtime.server.live.capture_clock import CaptureClock

STEP_S = 1 / 60


def test_the_fastest_pose_sets_the_time_of_all() -> None:
    clock = CaptureClock(0.0)
    assert clock.timing(100.0, 5.03).media_time_s == pytest.approx(5.03)
    assert clock.timing(100.1, 5.11).media_time_s == pytest.approx(5.11), "this one travelled 20 ms faster"
    late = clock.timing(100.2, 5.30)
    assert late.media_time_s == pytest.approx(5.21, abs=1e-4), "it is shown when it comes, and is 90 ms old by then"
    assert late.due_s == 5.30
    assert not late.jumped


def test_a_held_pose_is_due_evenly_whatever_the_network_did() -> None:
    jitter = random.Random(1)
    clock = CaptureClock(0.05)
    timings = [clock.timing(n * STEP_S, 10 + n * STEP_S + jitter.uniform(0, 0.04)) for n in range(200)]
    settled = timings[100:]
    gaps = [b.due_s - a.due_s for a, b in pairwise(settled)]
    assert max(gaps) - min(gaps) < 1e-3


@pytest.mark.parametrize("drift", [1e-4, -1e-4])
def test_clocks_that_drift_apart_are_followed(drift: float) -> None:
    clock = CaptureClock(0.0)
    for n in range(60 * 600):
        arrival_s = n * STEP_S * (1 + drift)
        timing = clock.timing(50 + n * STEP_S, arrival_s)
        assert not timing.jumped
        assert abs(timing.media_time_s - arrival_s) < 1e-3


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, -0.5, 0.0])
def test_a_clock_that_jumps_is_said_to_and_media_time_goes_on(jump_s: float) -> None:
    clock = CaptureClock(0.0)
    before = [clock.timing(n * STEP_S, 7 + n * STEP_S) for n in range(10)][-1]
    capture_s = 9 * STEP_S + jump_s
    after = clock.timing(capture_s, 7 + 10 * STEP_S)
    assert after.jumped
    assert before.media_time_s < after.media_time_s < before.media_time_s + 2 * STEP_S
    assert not clock.timing(capture_s + STEP_S, 7 + 11 * STEP_S).jumped


def test_media_time_always_rises() -> None:
    chance = random.Random(2)
    clock = CaptureClock(0.0)
    last_s = float("-inf")
    for n in range(2000):
        capture_s = chance.uniform(-5, 5) if chance.random() < 0.05 else n * STEP_S
        timing = clock.timing(capture_s, n * STEP_S + chance.uniform(0, 0.1))
        assert timing.media_time_s > last_s
        assert timing.due_s >= timing.media_time_s
        last_s = timing.media_time_s


@pytest.mark.parametrize("capture_s", [1e11, 1e17, 1.7e18, 1e19])
def test_times_too_large_to_add_up_freeze_nothing(capture_s: float) -> None:
    clock = CaptureClock(0.0)
    clock.timing(5.0, 100.0)
    for step in range(4):
        assert clock.timing(capture_s * (1 + step), 100.1 + step / 60).media_time_s <= 100.2
    after = clock.timing(5.2, 100.3)
    assert after.media_time_s == pytest.approx(100.3)
    assert after.due_s == pytest.approx(100.3)
