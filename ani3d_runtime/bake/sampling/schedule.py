"""σ schedules of flow matching: how much noise there is before each step."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array


def step_count(steps: int, strength: float) -> int:
    """How many of ``steps`` are left when sampling starts at ``strength``; 10 at .7 are 7."""
    # 10 · .7 may come out a hair below 7.
    return int(steps * strength + 1e-9)


def sigma_schedule(steps: int, strength: float, shift: float) -> Float32Array:
    """σ before each step, and the final 0.

    ``step_count`` steps of equal length from ``strength`` down to 0, then the resolution shift
    σ ← sσ / (1 + (s − 1)σ), applied once.

    Args:
        steps: steps of the whole way from pure noise.
        strength: where to start, 0..1.
        shift: s; 1 leaves the schedule as it is, more spends more steps at high noise.

    Returns:
        [step_count + 1], falling, the last 0.
    """
    straight = np.linspace(strength, 0.0, step_count(steps, strength) + 1)
    # float32, as schedulers keep them: a step then is the same number in every implementation.
    return (shift * straight / (1.0 + (shift - 1.0) * straight)).astype(np.float32)
