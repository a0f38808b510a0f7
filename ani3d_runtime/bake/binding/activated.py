"""Scales that a tool has already activated: logarithms of which are taken twice."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.errors import InputError
from ani3d_runtime.splats import SplatCloud

# Gaussians that make a person are a hundredth of it; activated twice, they are as large as it is, or larger.
_MOST_SHARE = 0.25


def refuse_activated(cloud: SplatCloud, name: str) -> None:
    """Refuse a cloud whose Gaussians are about as large as the cloud.

    Raises:
        InputError: ``splats-activated``.
    """
    if cloud.count < 50:
        return
    low, high = np.quantile(cloud.means_m, [0.02, 0.98], axis=0)
    size, typical = float((high - low).max()), float(np.median(cloud.scales_m.max(axis=1)))
    if typical > _MOST_SHARE * size:
        raise InputError(
            "splats-activated",
            name,
            found=f"Gaussians with a standard deviation of {typical:.3g} in a cloud of {size:.3g}",
            expected="Gaussians far smaller than the person they make",
            fix="Its scales are likely stored as they are, not as logarithms: export the raw trained parameters.",
        )
