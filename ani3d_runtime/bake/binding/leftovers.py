"""Leftovers of a capture around the person: the floor it stands on, and stray Gaussians."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.body.readers.notes import Remark
from ani3d_runtime.errors import InputError
from ani3d_runtime.splats import SplatCloud

# Skirts and hair reach so far from the body; a floor begins a step beside the feet.
_CLOTH_M, _BESIDE_FEET_M = 0.55, 0.12
# A floor is so thin, around the height of the soles.
_FLOOR_BELOW_M, _FLOOR_ABOVE_M = 0.10, 0.05
_MOST_UNSAID, _DOUBTFUL, _ASTRAY = 0.002, 0.01, 0.5
_FLOOR_SECTORS, _SECTORS_SEEN = 8, 5


@dataclass(frozen=True)
class Leftovers:
    """Which Gaussians are no person's.

    Attributes:
        floor: [N] of a floor.
        strays: [N] far from the body and of no floor.
    """

    floor: NDArray[np.bool_]
    strays: NDArray[np.bool_]

    @classmethod
    def of(cls, cloud: SplatCloud, surface: BodySurface) -> Leftovers:
        """Leftovers of a cloud that lies on a body."""
        means = cloud.means_m
        distance = np.asarray(surface.tree().query(means)[0])
        soles = float(surface.points_m[:, 1].min())
        feet = surface.points_m[surface.points_m[:, 1] < soles + 0.08][:, [0, 2]]
        aside = means[:, [0, 2]] - feet.mean(axis=0)
        from_feet = np.min(
            [np.linalg.norm(means[:, [0, 2]] - point, axis=1) for point in feet[:: max(1, len(feet) // 64)]], axis=0
        )
        height = means[:, 1] - soles
        thin = (height > -_FLOOR_BELOW_M) & (height < _FLOOR_ABOVE_M) & (from_feet > _BESIDE_FEET_M)
        sectors = np.floor((np.arctan2(aside[:, 1], aside[:, 0]) / np.pi + 1) / 2 * _FLOOR_SECTORS)
        seen = len(np.unique(sectors[thin])) if thin.any() else 0
        # A floor lies on most sides of the feet; a train or a dropped scarf does not.
        floor = thin if seen >= _SECTORS_SEEN and thin.mean() > _MOST_UNSAID else np.zeros_like(thin)
        strays = (distance > _CLOTH_M) & ~floor
        # Where most are strays, the body is what is astray, and another doubt says so.
        return cls(floor, strays if strays.mean() < _ASTRAY else np.zeros_like(strays))

    def remarks(self, name: str, *, drops_floor: bool, drops_strays: bool) -> list[Remark]:
        """What is said of them."""
        found: list[Remark] = []
        floor, strays = int(self.floor.sum()), int(self.strays.sum())
        if floor and drops_floor:
            found.append(f"{name}: {floor:,} Gaussians of a floor are left out")
        elif floor:
            found.append(
                InputError(
                    "fit-floor",
                    name,
                    found=f"{floor:,} Gaussians of a floor around the feet, which moves with them",
                    expected="a person alone",
                    fix="Pass --drop-floor to leave them out.",
                )
            )
        if strays and drops_strays:
            found.append(f"{name}: {strays:,} Gaussians far from the body are left out")
        elif strays > _DOUBTFUL * len(self.strays):
            found.append(
                InputError(
                    "fit-strays",
                    name,
                    found=f"{strays:,} Gaussians far from the body, {strays / len(self.strays):.0%}, which hang on "
                    "its nearest limb",
                    expected="a person alone",
                    fix="Pass --drop-strays to leave them out.",
                )
            )
        elif strays:
            found.append(f"{name}: {strays:,} Gaussians far from the body are kept (--drop-strays leaves them out)")
        return found
