"""Receipts: what a client says it has received, by which the server learns what the link carries."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ani3d_runtime.rpc.v1 import frames_pb2

# Bytes that come without a word: on a slow link these are half a second.
_UNTOLD_BYTES = 64 << 10
# What takes less to come was here already, in a buffer of the transport: when it came is not known.
_WAITED_S = 0.002


class Receipt(NamedTuple):
    """What has come on this call.

    Attributes:
        frames: that came.
        ago_s: seconds since the last of them came; None where nobody knows.
    """

    frames: int
    ago_s: float | None


class Receipts:
    """Counts what comes on one call.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._is_wanted = self._is_due = False
        self._count = self._untold_bytes = 0
        self._came_s: float | None = None

    def begin(self) -> None:
        """A call begins."""
        self._is_wanted = self._is_due = False
        self._count = self._untold_bytes = 0

    def opened(self, *, is_wanted: bool) -> None:
        """The header has come, and says whether the server follows the link."""
        self._is_wanted = self._is_due = is_wanted
        self._came_s = self._clock()

    def received(
        self, frames: int, size_bytes: int, waited_s: float, came_s: float, *, is_urgent: bool = False
    ) -> None:
        """A response with frames has come.

        Args:
            frames, size_bytes: of the response.
            waited_s: how long the client waited for it.
            came_s: when it came, before it was decoded.
            is_urgent: it has padding, or the rendition names a link's rate.
        """
        if not frames:
            return
        self._count += frames
        self._untold_bytes += size_bytes
        self._came_s = came_s if waited_s > _WAITED_S else None
        self._is_due = self._is_due or is_urgent or self._untold_bytes >= _UNTOLD_BYTES

    @property
    def is_due(self) -> bool:
        """Whether to say it now, with no credits if need be."""
        return self._is_wanted and self._is_due

    def said(self) -> Receipt | None:
        """What to say now; None where the server does not ask."""
        if not self._is_wanted:
            return None
        self._untold_bytes, self._is_due = 0, False
        return Receipt(self._count, None if self._came_s is None else max(0.0, self._clock() - self._came_s))


def credit_command(frames: int, receipt: Receipt | None) -> frames_pb2.CreditCommand:
    """Credits, and what has come, as every request has them."""
    command = frames_pb2.CreditCommand(frames=frames)
    if receipt is not None:
        command.received_count = receipt.frames
        if receipt.ago_s is not None:
            command.received_ago_s = receipt.ago_s
    return command
