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
_MOST_UNSAID, _DOUBTFUL = 0.002, 0.01
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
        return cls(floor, (distance > _CLOTH_M) & ~floor)

    def remarks(self, name: str, *, drops_floor: bool, drops_strays: bool) -> list[Remark]:
        """What is said of them."""
        found: list[Remark] = []
        for kind, mask, dropped, option, harm in (
            ("a floor around the feet", self.floor, drops_floor, "--drop-floor", "moves with the feet"),
            ("strays far from the body", self.strays, drops_strays, "--drop-strays", "hang on the nearest limb"),
        ):
            count = int(mask.sum())
            if not count:
                continue
            if dropped:
                found.append(f"{name}: {count:,} Gaussians of {kind} are left out")
            elif mask.mean() > _DOUBTFUL:
                code = "fit-floor" if option == "--drop-floor" else "fit-strays"
                found.append(
                    InputError(
                        code,
                        name,
                        found=f"{count:,} Gaussians of {kind}, {mask.mean():.0%} of all, which {harm}",
                        expected="a person alone",
                        fix=f"Pass {option} to leave them out.",
                    )
                )
            else:
                found.append(f"{name}: {count:,} Gaussians of {kind} are kept ({option} leaves them out)")
        return found
