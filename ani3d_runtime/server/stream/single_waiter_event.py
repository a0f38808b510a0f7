"""SingleWaiterEvent: an event that one task waits for, such as a loop that sends."""

from __future__ import annotations

import asyncio


class SingleWaiterEvent:
    """An event with one waiter. Belongs to one event loop.

    ``asyncio.Event`` has a queue for any number of them, of two thirds of a kilobyte, and a coroutine for each wait: a
    server has an event for every stream and waits with it for every frame.
    """

    __slots__ = ("__weakref__", "_is_set", "_waiter")

    def __init__(self) -> None:
        self._is_set = False
        self._waiter: asyncio.Future[None] | None = None

    def is_set(self) -> bool:
        """Whether there is something to look at."""
        return self._is_set

    def set(self) -> None:
        """There is something to look at."""
        self._is_set = True
        if self._waiter is not None:
            if not self._waiter.done():  # as it is where the one who waited was cancelled
                self._waiter.set_result(None)
            self._waiter = None

    def clear(self) -> None:
        """What there was is being looked at."""
        self._is_set = False

    def wait(self) -> asyncio.Future[None]:
        """Done once it is set; to be awaited by one task at a time."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._is_set:
            waiter.set_result(None)
        else:
            self._waiter = waiter
        return waiter
