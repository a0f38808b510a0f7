"""Where kernels get their threads: a range is cut in chunks of constant size, which a few threads work off.

A kernel is compiled once, without numba's parallel loops, and releases the GIL while it runs. The calling thread takes
chunks itself and never waits for a thread that has not begun, so a call always ends, also within another one's chunk
or in a forked process, which has no helpers. Results do not depend on the number of threads: a chunk is the same one
whoever runs it.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import queue
import threading
from collections.abc import Callable, Generator
from typing import Any

import numba

from ani3d_runtime.kernels import kernel


def parallel_kernel(chunk: int, **options: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Decorator: a numba kernel ``function(first, last, *arguments)`` becomes ``call(count, *arguments)``.

    The call runs the kernel over 0..count, cut in ranges of ``chunk`` that may run at the same time, so each writes
    only what is its own. A range should take some 100 µs: a chunk costs a few. One chunk runs in the calling thread.

    Args:
        chunk: elements of a range, ``last - first``; the last range may be shorter.
        options: further options of ``numba.njit``, such as ``fastmath``.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        compiled: Callable[..., None] = kernel(**options)(function)

        @functools.wraps(function)
        def call(count: int, *arguments: Any) -> None:
            if count <= chunk:
                compiled(0, count, *arguments)
            else:
                _share_out(_Job(compiled, count, chunk, arguments))

        return call

    return decorate


def thread_count() -> int:
    """How many threads a kernel may use: NUMBA_NUM_THREADS, else one a core; less under :func:`threads_limited_to`."""
    return _helpers.limit


@contextlib.contextmanager
def threads_limited_to(count: int) -> Generator[None, None, None]:
    """Let the kernels of this process use at most ``count`` threads meanwhile, the calling one among them."""
    before, _helpers.limit = _helpers.limit, count
    try:
        yield
    finally:
        _helpers.limit = before


class _Job:
    """One call of a kernel: chunks that are taken in turn, by the caller and by helpers."""

    def __init__(self, kernel: Callable[..., None], count: int, chunk: int, arguments: tuple[Any, ...]) -> None:
        self._kernel, self._count, self._chunk, self._arguments = kernel, count, chunk, arguments
        self.chunks = -(-count // chunk)
        # Counters, because taking the next number is atomic.
        self._untaken, self._finished = itertools.count(), itertools.count(1)
        self._all_finished = threading.Lock()
        self._all_finished.acquire()
        self._error: BaseException | None = None

    def work(self) -> None:
        """Run chunks until none is left; after an error they are only counted."""
        for number in self._untaken:
            if number >= self.chunks:
                return
            if self._error is None:
                try:
                    first = number * self._chunk
                    self._kernel(first, min(first + self._chunk, self._count), *self._arguments)
                except BaseException as error:  # raised where the caller waits
                    self._error = error
            if next(self._finished) == self.chunks:
                self._all_finished.release()

    def wait(self) -> None:
        """Return when all chunks have ended; raises what one of them raised."""
        self._all_finished.acquire()
        # A helper that comes too late holds the job, and need not hold its arrays.
        self._arguments = ()
        if self._error is not None:
            raise self._error


class _Helpers:
    """Threads that wait for jobs; started when first wanted."""

    def __init__(self) -> None:
        self.limit: int = numba.config.NUMBA_NUM_THREADS  # pyright: ignore
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started = self._lent = self._callers = 0

    def lend(self, wanted: int) -> int:
        """How many helpers a caller gets: no more than leave ``limit`` threads at work."""
        with self._lock:
            self._callers += 1
            lent = max(0, min(wanted, self.limit - self._callers - self._lent))
            self._lent += lent
            while self._started < self._lent:
                threading.Thread(target=self._help, name=f"ani3d-kernel-{self._started}", daemon=True).start()
                self._started += 1
        return lent

    def take_back(self, lent: int) -> None:
        """The end of what :meth:`lend` began."""
        with self._lock:
            self._callers -= 1
            self._lent -= lent

    def give(self, job: _Job) -> None:
        """One helper more for a job."""
        self._jobs.put(job)

    def _help(self) -> None:
        while True:
            self._jobs.get().work()


_helpers = _Helpers()


def _share_out(job: _Job) -> None:
    lent = _helpers.lend(job.chunks - 1)
    try:
        for _ in range(lent):
            _helpers.give(job)
        job.work()
        job.wait()
    finally:
        _helpers.take_back(lent)


def _forget_helpers() -> None:
    """A forked process has none of the threads, and may have got the locks as another thread held them."""
    global _helpers
    limit = _helpers.limit
    _helpers = _Helpers()
    _helpers.limit = limit


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget_helpers)
