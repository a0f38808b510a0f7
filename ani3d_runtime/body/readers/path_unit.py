"""In which unit a path is, judged by the height of its pelvis above a floor at zero, and by its speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.errors import MotionError

# A pelvis that stands is so many legs above the floor, shoes and crouching included.
_LEAST_LEGS, _MOST_LEGS = 0.55, 1.6
# Ratios of two units that occur together: m, cm, mm, inch and foot.
_RATIOS = (1e-3, 1e-2, 0.0254, 0.1, 0.3048, 3.2808, 10.0, 39.37, 100.0, 1e3)
_LEG_M = 0.85
# Faster than anybody runs.
_FASTEST_M_S = 14.0
_EXPLAINED = 1.35


@dataclass(frozen=True)
class PathUnit:
    """What one unit of a path is.

    Attributes:
        factor: to multiply the path with, so that it is in the unit of the bones.
        note: a sentence about it; None where the path is as it should be.
        doubt: where it can be no person's and nothing explains it.
    """

    factor: float
    note: str | None = None
    doubt: MotionError | None = None


def judged_path_unit(root: Float64Array, leg: float, fps: float, subject: str) -> PathUnit:
    """What to multiply a path with.

    Args:
        root: [T, 3] of the pelvis, Y up.
        leg: length of a leg in the unit of the bones.
        fps: frames per second.
        subject: what the note names.
    """
    height = float(np.median(root[:, 1])) / leg
    steps = np.linalg.norm(np.diff(root[:, [0, 2]], axis=0), axis=1)
    speed_m_s = float(np.quantile(steps, 0.9)) * fps / leg * _LEG_M if len(steps) else 0.0
    if _LEAST_LEGS < height < _MOST_LEGS and speed_m_s < _FASTEST_M_S:
        return PathUnit(1.0)
    for ratio in _RATIOS:
        explains = 1 / _EXPLAINED < height / ratio < _EXPLAINED
        # A low path may be of somebody who lies; a high or a fast one is nobody's.
        is_impossible = ratio > 1 or speed_m_s > _FASTEST_M_S or height < 0.02
        if explains and is_impossible and speed_m_s / ratio < _FASTEST_M_S:
            return PathUnit(
                1 / ratio,
                f"its path is in another unit than its bones: multiplied by {1 / ratio:.4g}, which puts the pelvis "
                f"{height / ratio:.2f} legs above the floor instead of {height:.3g}",
            )
    if speed_m_s > _FASTEST_M_S:
        doubt = MotionError(
            "motion-path-fast",
            subject,
            found=f"a root that goes {speed_m_s:.3g} m/s",
            expected=f"at most {_FASTEST_M_S:g} m/s, which is faster than anybody runs",
            fix="Name the unit with --motion-unit cm, mm or inch, or check the frame rate.",
        )
        return PathUnit(1.0, doubt=doubt)
    return PathUnit(1.0)
