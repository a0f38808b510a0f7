"""RootTrack: notices where a body was put elsewhere or turned in one step, which no motion does.

A teleport, a snap turn or a cut says nothing about how cloth and hair swing. What swings is then carried along by the
rigid motion of the root, so that it does not feel it. spec/DRIVER.md, "Carrying", has the rule for other languages.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.spec.format import (
    DRIVER_CARRY_JUMP_M,
    DRIVER_CARRY_JUMP_M_S,
    DRIVER_CARRY_SHIFT_M,
    DRIVER_CARRY_SHIFT_M_S,
    DRIVER_CARRY_STOP_M_S,
    DRIVER_CARRY_TURN_RAD,
    DRIVER_CARRY_TURN_RAD_S,
)


class Carrying(NamedTuple):
    """A rigid motion of the world, x -> turn (x - before_m) + after_m.

    Attributes:
        turn: [3, 3] rotation.
        before_m: [3] where the root was.
        after_m: [3] where it is taken to.
    """

    turn: Float64Array
    before_m: Float64Array
    after_m: Float64Array

    def points(self, points_m: Float64Array) -> Float64Array:
        """Points [..., 3], carried."""
        return (points_m - self.before_m) @ self.turn.T + self.after_m

    def vectors(self, vectors: Float64Array) -> Float64Array:
        """Directions and velocities [..., 3], turned."""
        return vectors @ self.turn.T


class RootTrack:
    """Where the root was last, and how fast it went.

    Args:
        place_m: [3] of the root.
        rotation: [3, 3] of the root, since the rest pose.

    Attributes:
        carried_count: steps in which it was put elsewhere.
        has_stopped: after a step, whether the root was fast, was put elsewhere, and is slow there. Who falls and is put
            on his feet wears what fell: that is not to be carried, but to begin anew.
    """

    def __init__(self, place_m: Float64Array, rotation: Float64Array) -> None:
        self._place_m, self._rotation = place_m, rotation
        self._velocity_m_s, self._turning_rad_s = np.zeros(3), 0.0
        self._seen_m_s, self._is_elsewhere = 0.0, False
        self.carried_count, self.has_stopped = 0, False

    def step(self, place_m: Float64Array, rotation: Float64Array, dt_s: float) -> Carrying | None:
        """How to carry what the root leads before this step is simulated; None where the motion goes on.

        Args:
            place_m, rotation: of the root now.
            dt_s: seconds since the last step.
        """
        shift = place_m - self._place_m
        turn = rotation @ self._rotation.T
        shifted_m, turned_rad = float(np.sqrt(shift @ shift)), _angle_of(turn)
        # What goes on as fast as before is a motion, however fast. Speed that was only seen once may be a jump's; seen
        # again it is a start.
        jumped = _exceeds(shifted_m, self._seen_m_s * dt_s, DRIVER_CARRY_JUMP_M, DRIVER_CARRY_JUMP_M_S * dt_s)
        speed_m_s = float(np.sqrt(self._velocity_m_s @ self._velocity_m_s))
        rushed = _exceeds(shifted_m, speed_m_s * dt_s, DRIVER_CARRY_SHIFT_M, DRIVER_CARRY_SHIFT_M_S * dt_s)
        spun = _exceeds(turned_rad, self._turning_rad_s * dt_s, DRIVER_CARRY_TURN_RAD, DRIVER_CARRY_TURN_RAD_S * dt_s)
        self._seen_m_s = shifted_m / dt_s
        before_m, self._place_m, self._rotation = self._place_m, place_m, rotation
        was_elsewhere, self._is_elsewhere = self._is_elsewhere, jumped or rushed or spun
        self.has_stopped = False
        if self._is_elsewhere:
            self.carried_count += 1
            # The root goes on with its velocity, turned as it was: whoever walks when he is turned walks on.
            self._velocity_m_s = turn @ self._velocity_m_s
            return Carrying(turn, before_m, place_m - dt_s * self._velocity_m_s)
        self.has_stopped = was_elsewhere and speed_m_s - self._seen_m_s > DRIVER_CARRY_STOP_M_S
        self._velocity_m_s, self._turning_rad_s = shift / dt_s, turned_rad / dt_s
        return None


def _angle_of(rotation: Float64Array) -> float:
    """0 to pi."""
    return float(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1.0, 1.0)))


def _exceeds(way: float, expected: float, least: float, least_of_step: float) -> bool:
    return way - expected > max(least, least_of_step)
