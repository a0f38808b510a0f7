"""The window of credits over a wide network, in a simulation whose time is virtual: nothing here waits."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from ani3d_runtime.client.protocol.window import MOST_BYTES, MOST_CREDITS, CreditWindow, RoundTrip

HZ = 60.0


@dataclass
class Network:
    """A server that sends what is paid for, a way with jitter, and a client that shows at a pace of its own."""

    round_trip_s: float
    jitter_s: float = 0.0
    credits: int | None = None
    shows_hz: float = 1000.0
    knows_way: bool = True
    frame_bytes: int = 12_000
    now_s: float = 0.0
    ages_s: list[tuple[float, float]] = field(default_factory=list)
    drops: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        way = RoundTrip()
        if self.knows_way:
            way.took(self.round_trip_s + 0.002)
        self.window = CreditWindow(self.credits, way, clock=lambda: self.now_s)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._dice = np.random.default_rng(0)
        self._server_credits, self._waiting = self.window.first, deque[float]()
        self._last = {"up": 0.0, "down": 0.0}
        self._is_showing = False
        self._idle_since_s = 0.0

    def at(self, time_s: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time_s, next(self._number), action))

    def send(self, direction: str, action: Callable[[], None]) -> None:
        """One way; what was sent first arrives first, as over TCP."""
        delay_s = self.round_trip_s / 2 + self.jitter_s * float(self._dice.random())
        self._last[direction] = max(self._last[direction], self.now_s + delay_s)
        self.at(self._last[direction], action)

    def run(self, seconds: float) -> None:
        self.window.begin()
        self.window.used(0)  # a response without frames, which may come before the header
        self.send("up", lambda: (self.send("down", lambda: self.window.opened(HZ)), self.tick()))
        while self._events and self._events[0][0] < seconds:
            self.now_s, _, action = heapq.heappop(self._events)
            action()

    def tick(self) -> None:
        self.at(self.now_s + 1 / HZ, self.tick)
        if not self._server_credits:
            self.drops.append(self.now_s)
            return
        self._server_credits -= 1
        sent_s, dropped = self.now_s, len(self.drops)
        self.send("down", lambda: self.arrive(sent_s, dropped))

    def arrive(self, sent_s: float, dropped: int) -> None:
        waited_s = 0.0 if self._is_showing else self.now_s - self._idle_since_s
        self.window.received(1, self.frame_bytes, dropped, waited_s)
        self._waiting.append(sent_s)
        if not self._is_showing:
            self.show()

    def show(self) -> None:
        self._is_showing = bool(self._waiting)
        self._idle_since_s = self.now_s
        if self._waiting:
            self.ages_s.append((self.now_s, self.now_s - self._waiting.popleft()))
            self.window.used()
            due = self.window.due()
            if due:
                self.send("up", lambda: self.pay(due))
            self.at(self.now_s + 1 / self.shows_hz, self.show)

    def pay(self, frames: int) -> None:
        self._server_credits = min(self._server_credits + frames, MOST_CREDITS)

    def oldest_s(self, after_s: float) -> float:
        return max(age_s for time_s, age_s in self.ages_s if time_s > after_s)


@pytest.mark.parametrize("round_trip_s", [0.001, 0.05, 0.2, 0.3])
def test_nothing_is_dropped_and_nothing_waits_whatever_the_way(round_trip_s: float) -> None:
    network = Network(round_trip_s, jitter_s=0.05 if round_trip_s > 0.01 else 0.0)
    network.run(20)
    assert network.drops == []
    assert network.oldest_s(0) <= round_trip_s / 2 + 0.05 + 2 / HZ


def test_four_credits_drop_two_thirds_over_three_hundred_milliseconds() -> None:
    network = Network(0.3, credits=4)
    network.run(20)
    assert len(network.drops) > 0.6 * 20 * HZ  # what the window is for


def test_a_slow_client_does_not_see_the_past() -> None:
    network = Network(0.3, shows_hz=20)
    network.run(30)
    assert network.oldest_s(10) < 0.15 + 1.0
    assert network.window.size < 20
    near = Network(0.001, shows_hz=20)
    near.run(30)
    assert near.oldest_s(10) < 0.35


def test_a_client_that_becomes_quick_again_gets_all_frames_again() -> None:
    network = Network(0.2, shows_hz=15)
    network.run(10)
    network.shows_hz = 1000
    network.run(20)
    assert [time_s for time_s in network.drops if time_s > 13] == []


def test_a_way_that_nobody_has_measured_is_found_by_what_is_dropped() -> None:
    network = Network(0.2, knows_way=False)
    network._events.clear()
    network.window._round_trip.took(0.06)  # a call that was answered nearer by
    network.run(20)
    assert network.drops
    assert [time_s for time_s in network.drops if time_s > 5] == []


def test_a_stream_that_is_a_clients_first_call_measures_the_way_by_its_header() -> None:
    network = Network(0.3, jitter_s=0.05, knows_way=False)
    network.run(20)
    assert [time_s for time_s in network.drops if time_s > 1.5] == []  # a round trip to learn it, one to say so


def test_drops_make_the_window_grow_only_where_the_client_waits_for_frames() -> None:
    way = RoundTrip()
    way.took(0.3)
    window = CreditWindow(None, way)
    size = window.size
    for dropped in range(1, 9):  # a client that is slow finds the next frame in a buffer each time
        window.received(1, 12_000, dropped, 0.0005)
    assert window.size == size
    window.received(1, 12_000, 20, 0.1)
    assert window.size > size


def test_memory_and_servers_bound_the_window() -> None:
    way = RoundTrip()
    way.took(30.0)
    window = CreditWindow(None, way)
    assert window.size <= 4 + HZ  # a second of frames
    window.received(1, 4_000_000, 0, 0)
    assert window.size == 4
    every = CreditWindow(None, way, every_frame=True)
    assert every.size == 4
    every.received(1, 12_000, 0, 0)
    assert every.size == MOST_CREDITS
    every.received(1, 1_000_000, 0, 0)
    assert every.size == MOST_BYTES // 1_000_000


@pytest.mark.parametrize("rate_hz", [float("nan"), float("inf"), -1.0, 1e300])
def test_a_rate_that_nobody_can_mean_changes_no_bound(rate_hz: float) -> None:
    way = RoundTrip()
    way.took(0.3)
    window = CreditWindow(None, way)
    window.opened(rate_hz)
    assert 4 <= window.size <= MOST_CREDITS


def test_the_shortest_round_trip_counts() -> None:
    way = RoundTrip()
    for seconds in (0.9, 0.2, 0.4):  # the first one made the connection
        way.took(seconds)
    assert way.shortest_s == 0.2


def test_a_size_of_ones_own_stays() -> None:
    network = Network(0.3, credits=64)
    network.run(5)
    assert (network.window.first, network.window.size, network.drops) == (64, 64, [])
