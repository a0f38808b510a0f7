"""Travel: a turn about the vertical and a translation, and its powers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array

# Half a heading below this turns nothing: the quotient of sines is taken to be its limit.
_STRAIGHT = 1e-9


@dataclass(frozen=True)
class Travel:
    """By how much the root of a looping clip goes on in one period: x → R_y(heading) x + translation, world space.

    Attributes:
        translation_m: metres.
        heading_rad: turn about +Y, from +Z to +X.
    """

    translation_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    heading_rad: float = 0.0

    def power(self, turns: int) -> tuple[Float64Array, float]:
        """([3] translation in metres, heading in radians) of ``turns`` periods, which may be negative."""
        half = self.heading_rad / 2
        sine = math.sin(half)
        stretch = math.sin(turns * half) / sine if abs(sine) > _STRAIGHT else float(turns)
        total = stretch * about_y((turns - 1) * half, np.array(self.translation_m, dtype=np.float64))
        total[1] = turns * self.translation_m[1]
        return total, turns * self.heading_rad


def about_y(angle_rad: float, points: Float64Array) -> Float64Array:
    """[..., 3] turned about +Y, from +Z to +X."""
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=-1)
