"""The forms of frames over a slow link, in a simulation whose time is virtual: nothing here waits."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from ani3d_runtime.errors import UsageError
from ani3d_runtime.server.stream.frame_form import FrameForm
from ani3d_runtime.server.stream.rendition_ladder import RenditionForm, RenditionLadder

HZ = 60.0
MBIT = 125_000.0
DETAIL_BYTES, STEPS_BYTES = 279_000, 1_100
BOTH = ((FrameForm.FLOATS, True, DETAIL_BYTES), (FrameForm.STEPS, False, STEPS_BYTES))
FLOATS = ((FrameForm.FLOATS, False, 11_600),)


@dataclass
class Network:
    """A server that follows a link, the link with its queue, and a client that says what has come."""

    bytes_per_s: float
    forms: tuple[tuple[FrameForm, bool, int], ...] = BOTH
    round_trip_s: float = 0.05
    jitter_s: float = 0.0
    says: bool = True
    waits: bool = True
    credits: int = 16
    now_s: float = 100.0
    ages_s: list[tuple[float, float]] = field(default_factory=list)
    moves: list[tuple[float, int, int]] = field(default_factory=list)
    paused_until_s: float = 0.0

    def __post_init__(self) -> None:
        forms = [RenditionForm(form, detail, 0.0) for form, detail, _ in self.forms]
        self.ladder = RenditionLadder(forms, HZ, self.now_s)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._dice = np.random.default_rng(1)
        self._free_s = 0.0
        self._last = {"up": 0.0, "down": 0.0}
        self._received = self.sent = 0
        self._is_due = False
        self.most_waiting_bytes = 0
        self.at(self.now_s, lambda: self.carry(100, lambda: self.say(0)))
        self.at(self.now_s, self.tick)

    def at(self, time_s: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time_s, next(self._number), action))

    def run(self, seconds: float) -> Network:
        until_s = self.now_s + seconds
        while self._events and self._events[0][0] < until_s:
            self.now_s, _, action = heapq.heappop(self._events)
            action()
        self.now_s = until_s
        return self

    def _arrives_s(self, direction: str, leaves_s: float) -> float:
        delay_s = self.round_trip_s / 2 + self.jitter_s * float(self._dice.random())
        self._last[direction] = max(self._last[direction], leaves_s + delay_s)
        return self._last[direction]

    def carry(self, size_bytes: int, arrive: Callable[[], None]) -> None:
        self._free_s = max(self._free_s, self.now_s, self.paused_until_s) + size_bytes / self.bytes_per_s
        self.at(self._arrives_s("down", self._free_s), arrive)

    def say(self, count: int) -> None:
        if not self.says:
            return
        ago_s = 0.0 if self.waits else None

        def hear() -> None:
            self.ladder.received(count, ago_s, self.now_s)
            self.send()

        self.at(self._arrives_s("up", self.now_s), hear)

    def tick(self) -> None:
        self.at(self.now_s + 1 / HZ, self.tick)
        if not self.ladder.is_left_out():
            self._is_due = True
        self.send()

    def send(self) -> None:
        waiting = self.sent - self._received
        if not self._is_due or waiting >= self.credits or not self.ladder.may_send():
            return
        self._is_due = False
        rung = (self.ladder.form, self.ladder.every)
        if not self.moves or self.moves[-1][1:] != rung:
            self.moves.append((self.now_s - 100, *rung))
        _, padding = self.ladder.around(self.now_s)
        size_bytes = self.forms[self.ladder.form][2]
        self.ladder.sent(size_bytes, len(padding), self.now_s)
        self.sent += 1
        self.most_waiting_bytes = max(self.most_waiting_bytes, self.ladder.meter.waiting_bytes)
        sent_s, count = self.now_s, self.sent
        self.carry(size_bytes + len(padding), lambda: self.arrive(sent_s, count))

    def arrive(self, sent_s: float, count: int) -> None:
        self._received = count
        self.ages_s.append((self.now_s - 100, self.now_s - sent_s))
        self.say(count)

    def ages_after(self, time_s: float) -> list[float]:
        return [age_s for came_s, age_s in self.ages_s if came_s > time_s]

    def frames_per_s(self, begin_s: float, end_s: float) -> float:
        return sum(begin_s < came_s <= end_s for came_s, _ in self.ages_s) / (end_s - begin_s)


def test_a_link_that_carries_all_changes_nothing() -> None:
    for round_trip_s, jitter_s in ((0.001, 0.0), (0.05, 0.05), (0.3, 0.05)):
        network = Network(1000 * MBIT, round_trip_s=round_trip_s, jitter_s=jitter_s, credits=64).run(60)
        assert [move[1:] for move in network.moves] == [(0, 1)]
        # The first round trips of large frames are as those of TCP.
        assert network.frames_per_s(3, 60) == pytest.approx(HZ, rel=0.01)


def test_one_megabit_gets_steps_without_detail_and_stays_there() -> None:
    network = Network(1 * MBIT, jitter_s=0.05).run(120)
    assert [move[1:] for move in network.moves] == [(0, 1), (1, 1)]
    assert network.moves[1][0] < 6
    assert network.frames_per_s(10, 120) > 0.98 * HZ
    assert max(network.ages_after(10)) < 0.05 + 0.05 + 0.3


def test_frames_without_another_form_are_thinned_to_what_fits() -> None:
    network = Network(1 * MBIT, FLOATS, jitter_s=0.05).run(120)
    assert network.moves[-1][1:] == (0, 8)  # 87 KB/s of 125
    assert len(network.moves) <= 5
    assert network.frames_per_s(20, 120) == pytest.approx(HZ / 8, rel=0.1)
    assert max(network.ages_after(20)) < 0.05 + 0.05 + 0.093 + 0.3


@pytest.mark.parametrize("megabits", [0.05, 0.3, 1, 2, 5, 20, 60])
def test_the_age_is_bounded_whatever_the_link(megabits: float) -> None:
    network = Network(megabits * MBIT, FLOATS, jitter_s=0.02, credits=8).run(90)
    one_frame_s = 11_600 / (megabits * MBIT)
    late = np.percentile(network.ages_after(45), 99)
    assert late < 0.025 + 0.02 + one_frame_s + 0.35
    assert network.most_waiting_bytes < 600_000


def test_what_a_better_link_carries_is_found_and_used() -> None:
    network = Network(1 * MBIT, jitter_s=0.025).run(30)
    network.bytes_per_s = 1000 * MBIT
    network.run(30)
    assert network.moves[-1][1:] == (0, 1)
    assert network.moves[-1][0] < 30 + 20
    assert len(network.moves) <= 4


def test_a_link_that_changes_is_followed_both_ways() -> None:
    network = Network(20 * MBIT, FLOATS, jitter_s=0.025).run(20)
    assert network.moves[-1][1:] == (0, 1)
    network.bytes_per_s = 1 * MBIT
    network.run(20)
    assert network.moves[-1][2] >= 8
    network.bytes_per_s = 20 * MBIT
    network.run(30)
    assert network.moves[-1][1:] == (0, 1)


def test_a_link_between_two_rungs_does_not_flap() -> None:
    # Every second frame needs 348 KB/s, every one 696 KB/s.
    network = Network(600_000, FLOATS, jitter_s=0.05).run(300)
    assert len([move for move in network.moves if move[0] > 30]) <= 2


def test_a_pause_of_the_link_costs_one_rung_and_no_more() -> None:
    network = Network(100 * MBIT, FLOATS).run(20)
    network.paused_until_s = network.now_s + 3
    network.run(3.2)
    assert network.moves[-1][2] <= 2
    network.run(20)
    assert network.moves[-1][1:] == (0, 1)
    short = Network(100 * MBIT, FLOATS).run(20)
    short.paused_until_s = short.now_s + 0.5
    short.run(20)
    assert [move[1:] for move in short.moves] == [(0, 1)]


def test_a_client_that_is_slow_itself_keeps_what_it_asked_for() -> None:
    network = Network(1 * MBIT, FLOATS, waits=False, credits=4).run(30)
    assert [move[1:] for move in network.moves] == [(0, 1)]


def test_a_client_that_says_nothing_is_sent_no_more_than_at_first() -> None:
    network = Network(10 * MBIT, says=False, credits=1000).run(30)
    assert [move[1:] for move in network.moves] == [(0, 1)]
    assert network.most_waiting_bytes <= DETAIL_BYTES + (384 << 10)


@pytest.mark.parametrize(("count", "ago_s"), [(1, 0.0), (2**64 - 1, 0.0), (0, -1.0), (0, math.nan), (0, math.inf)])
def test_what_cannot_have_been_received_is_refused(count: int, ago_s: float) -> None:
    ladder = RenditionLadder([RenditionForm(FrameForm.FLOATS, False, 0.0)], HZ, 0.0)
    with pytest.raises(UsageError) as caught:
        ladder.received(count, ago_s, 1.0)
    assert caught.value.code == "play-bad-report"


def test_times_that_are_lies_do_no_harm() -> None:
    dice = np.random.default_rng(0)
    ladder = RenditionLadder([RenditionForm(*form[:2], 0.0) for form in BOTH], HZ, 0.0)
    sent = 0
    for number in range(20_000):
        now_s = number / 1000
        if ladder.may_send():
            _, padding = ladder.around(now_s)
            ladder.sent(1000, len(padding), now_s)
            sent += 1
        ladder.received(int(dice.integers(0, sent + 1)), float(dice.choice([0.0, 1e-9, 0.3, 5.0, 1e300])), now_s)
        assert ladder.meter.carries_bytes_per_s >= 0
        assert 1 <= ladder.every <= 64
