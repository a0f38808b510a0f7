"""GroupCache: the few groups of frames that were used last, decoded once however many threads ask."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")


class GroupCache(Generic[_K, _T]):
    """Keeps the results of a slow function of a key.

    Threads that ask for a key that is being made wait for it; those that ask for another do not.

    Args:
        make: the function; what it raises is raised to everyone who waits, and not kept.
        capacity: results kept, the most recently used.
    """

    def __init__(self, make: Callable[[_K], _T], capacity: int) -> None:
        self._make = make
        self._capacity = capacity
        self._kept: OrderedDict[_K, Future[_T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _K) -> _T:
        """The result for ``key``: kept, on its way, or made now."""
        future, is_mine = self._claim(key)
        if is_mine:
            self._fill(key, future)
        return future.result()

    def holds(self, key: _K) -> bool:
        """True if the result for ``key`` is in the cache or being computed."""
        with self._lock:
            return key in self._kept

    def prefetch(self, key: _K) -> None:
        """Make the result for ``key`` on another thread, unless it is there or on its way."""
        future, is_mine = self._claim(key)
        if is_mine:
            threading.Thread(target=self._fill, args=(key, future), name="ani3d-prefetch", daemon=True).start()

    def _claim(self, key: _K) -> tuple[Future[_T], bool]:
        """The key's future, and whether the caller has to fill it."""
        with self._lock:
            future = self._kept.get(key)
            is_mine = future is None
            if future is None:
                future = self._kept[key] = Future()
                if len(self._kept) > self._capacity:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return future, is_mine

    def _fill(self, key: _K, future: Future[_T]) -> None:
        try:
            future.set_result(self._make(key))
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is future:
                    del self._kept[key]
            if future.done():  # Ctrl-C, just then
                raise
            # Everyone who waits gets it from the future, this thread's caller too.
            future.set_exception(error)
