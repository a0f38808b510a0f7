"""The cache of decoded groups: once each, whoever asks, and errors are not kept."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from ani3d_runtime.playback.group_cache import GroupCache


def test_threads_that_want_one_group_decode_it_once() -> None:
    made: list[int] = []
    go = threading.Event()

    def make(key: int) -> int:
        made.append(key)
        assert go.wait(5)
        return key * key

    cache = GroupCache(make, 2)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(cache.get, 7) for _ in range(4)]
        go.set()
        assert [future.result(5) for future in waiting] == [49] * 4
    assert made == [7]


def test_a_slow_group_does_not_hold_up_another() -> None:
    go = threading.Event()

    def make(key: int) -> int:
        assert key == 2 or go.wait(5)
        return key

    cache = GroupCache(make, 4)
    cache.prefetch(1)
    assert cache.get(2) == 2
    go.set()
    assert cache.get(1) == 1


def test_least_recently_used_is_dropped() -> None:
    made: list[int] = []
    cache = GroupCache(lambda key: made.append(key) or key, 2)
    for key in (1, 2, 1, 3, 1, 2):
        assert cache.get(key) == key
    assert made == [1, 2, 3, 2]


def test_failure_reaches_everyone_and_is_tried_again() -> None:
    attempts: list[int] = []

    def make(key: int) -> int:
        attempts.append(key)
        if len(attempts) == 1:
            raise OSError("once")
        return key

    cache = GroupCache(make, 2)
    with pytest.raises(OSError, match="once"):
        cache.get(5)
    assert cache.get(5) == 5


def test_ctrl_c_on_the_heels_of_a_result_stays_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    keep = Future[int].set_result

    def interrupted(future: Future[int], result: int) -> None:
        keep(future, result)
        raise KeyboardInterrupt

    cache = GroupCache(lambda key: key, 2)
    with monkeypatch.context() as patched:
        patched.setattr(Future, "set_result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cache.get(5)
    assert cache.get(5) == 5
