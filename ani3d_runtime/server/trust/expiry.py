"""UntilExpiry: a call lasts no longer than its caller's token."""

from __future__ import annotations

import asyncio
from types import TracebackType

from ani3d_runtime.server.trust.call import Call
from ani3d_runtime.server.trust.tokens import expired_token

_AGAIN_S = 0.1


class UntilExpiry:
    """Ends the block when the caller's token expires, and notes where it was cancelled for another reason.

    A context manager and not a coroutine: a task is resumed through all that wait for each other, with every frame.

    Args:
        call: with its principal.

    Raises:
        UnauthenticatedError: ``token-expired``, out of the block.
    """

    __slots__ = ("_alarm", "_call", "_has_expired")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._alarm: asyncio.TimerHandle | None = None
        self._has_expired = False

    def __enter__(self) -> None:
        left_s = self._call.principal.expires_in_s
        task = asyncio.current_task()
        if left_s is not None and task is not None:
            self._alarm = asyncio.get_running_loop().call_later(left_s, self._expire, task)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            if self._has_expired:
                raise expired_token() from None
            self._call.result = "cancelled"

    def _expire(self, task: asyncio.Task[object]) -> None:
        self._has_expired = True
        task.cancel()
        # Before Python 3.12, wait_for drops a cancellation that comes in the same turn as what it waited for.
        self._alarm = asyncio.get_running_loop().call_later(_AGAIN_S, self._expire, task)
