"""Kernels share out their range among threads: any thread may call them, and the result is always the same."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import ani3d_runtime
from ani3d_runtime.parallel import parallel_kernel, thread_count, threads_limited_to


@parallel_kernel(chunk=1000)
def _square(first, last, values, squares):  # type: ignore[no-untyped-def]
    for i in range(first, last):
        squares[i] = values[i] * values[i]


@parallel_kernel(chunk=10)
def _note_ranges(first, last, firsts, lasts):  # type: ignore[no-untyped-def]
    firsts[first // 10] = first
    lasts[first // 10] = last


@parallel_kernel(chunk=1)
def _refuse_the_third(first, last, seen):  # type: ignore[no-untyped-def]
    if first == 3:
        raise ValueError("the third")
    seen[first] = 1


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 200_000])
def test_every_element_is_worked_on_once(count: int) -> None:
    values = np.arange(count, dtype=np.float32)
    squares = np.full(count + 1, -1, np.float32)
    with threads_limited_to(4):
        _square(count, values, squares)
    np.testing.assert_array_equal(squares[:-1], values * values)
    assert squares[-1] == -1


@pytest.mark.parametrize("threads", [1, 3])
def test_chunks_are_the_same_for_any_number_of_threads(threads: int) -> None:
    firsts, lasts = np.full(4, -1), np.full(4, -1)
    with threads_limited_to(threads):
        _note_ranges(37, firsts, lasts)
    assert firsts.tolist() == [0, 10, 20, 30]
    assert lasts.tolist() == [10, 20, 30, 37]


def test_threads_may_call_kernels_together() -> None:
    values = np.arange(200_000, dtype=np.float32)
    results = [np.empty_like(values) for _ in range(4)]

    def work(squares: np.ndarray) -> None:
        for _ in range(25):
            _square(len(values), values, squares)

    with threads_limited_to(3):
        threads = [threading.Thread(target=work, args=(squares,)) for squares in results]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for squares in results:
        np.testing.assert_array_equal(squares, values * values)


def test_callers_together_start_no_more_threads_than_allowed() -> None:
    values = np.arange(200_000, dtype=np.float32)
    with threads_limited_to(3):
        callers = [
            threading.Thread(target=_square, args=(len(values), values, np.empty_like(values))) for _ in range(8)
        ]
        for thread in callers:
            thread.start()
        for thread in callers:
            thread.join()
    helpers = [thread for thread in threading.enumerate() if thread.name.startswith("ani3d-kernel")]
    assert len(helpers) < max(4, thread_count())


def test_one_chunk_runs_in_the_thread_that_calls() -> None:
    before = threading.active_count()
    with threads_limited_to(before + 50):
        _square(1000, np.zeros(1000, np.float32), np.empty(1000, np.float32))
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 4])
def test_an_error_in_a_chunk_reaches_the_caller(threads: int) -> None:
    with threads_limited_to(threads):
        with pytest.raises(ValueError, match="the third"):
            _refuse_the_third(50, np.zeros(50))
        seen = np.zeros(3)
        _refuse_the_third(3, seen)
    assert seen.all()


def test_the_limit_holds_only_meanwhile() -> None:
    before = thread_count()
    with threads_limited_to(7):
        assert thread_count() == 7
    assert thread_count() == before


def test_numba_num_threads_says_how_many() -> None:
    source = "from ani3d_runtime.parallel import thread_count; print(thread_count())"
    found = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "NUMBA_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_works_without_the_threads_it_lost() -> None:
    source = """
import os, signal, numpy as np
from tests.unit.test_parallel import _square, threads_limited_to
values, squares = np.arange(9000, dtype=np.float32), np.empty(9000, np.float32)
with threads_limited_to(3):
    _square(len(values), values, squares)
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        squares[:] = -1
        _square(len(values), values, squares)
        os._exit(0 if (squares == values * values).all() else 1)
print(os.waitpid(child, 0)[1])
"""
    found = subprocess.run([sys.executable, "-W", "ignore", "-c", source], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "0"


def test_every_kernel_is_compiled_in_one_way() -> None:
    package = Path(ani3d_runtime.__file__).parent
    strays: list[str] = []
    for path in package.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if path.name != "kernels.py" and any(word in source for word in ("njit(", "import njit", "prange")):
            strays.append(str(path.relative_to(package)))
    assert strays == []
