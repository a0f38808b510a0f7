"""JitterBuffer: poses from their arrival until they are due. Asks no clock itself, so tests are arithmetic."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from ani3d_runtime.server.live.capture_clock import CaptureClock, Timing

# Without a hold, poses wait for the frame before them only: many of them would be a delay that never ends.
_CAPACITY = 8
# The longest hold at 240 poses a second, and a few more.
_CAPACITY_HELD = 256

PoseT = TypeVar("PoseT")


class JitterBuffer(Generic[PoseT]):
    """Holds poses in the order they came; each is due ``hold_s`` after the fastest possible arrival.

    A pose that comes later than that is due at once. Poses are never sorted: a capture time that does not rise may be
    a late pose or a clock that was set back, and ``Timing.jumped`` marks both.

    Args:
        hold_s: length of the buffer, 0 to ``MAX_JITTER_BUFFER_S`` of rpc/; 0 for poses that are due when they come.
    """

    def __init__(self, hold_s: float) -> None:
        self._clock = CaptureClock(hold_s)
        self._capacity = _CAPACITY_HELD if hold_s else _CAPACITY
        self._poses: deque[tuple[PoseT, Timing]] = deque()

    def __len__(self) -> int:
        """How many poses are held."""
        return len(self._poses)

    @property
    def due_s(self) -> float | None:
        """When the next pose is due, by the server's clock; None where none is held."""
        return self._poses[0][1].due_s if self._poses else None

    def add(self, pose: PoseT, capture_s: float, arrival_s: float, *, discontinuous: bool = False) -> int:
        """How many poses were dropped to make room, 0 or 1: the oldest goes.

        Args:
            pose: kept as it is.
            capture_s: when it was captured, by the publisher's clock.
            arrival_s: when it came, by the server's clock.
            discontinuous: it does not go on from the pose before, whatever its time says.
        """
        timing = self._clock.timing(capture_s, arrival_s)
        self._poses.append((pose, timing._replace(jumped=True) if discontinuous else timing))
        if len(self._poses) <= self._capacity:
            return 0
        _, dropped = self._poses.popleft()
        if dropped.jumped:  # so does the next one, from what was shown last
            next_pose, next_timing = self._poses[0]
            self._poses[0] = next_pose, next_timing._replace(jumped=True)
        return 1

    def take(self, now_s: float) -> tuple[PoseT, Timing] | None:
        """The next pose and its times, removed from the buffer; None where none is due by ``now_s``."""
        due_s = self.due_s
        return None if due_s is None or due_s > now_s else self._poses.popleft()
