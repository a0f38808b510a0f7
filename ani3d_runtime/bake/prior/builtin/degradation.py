"""Degradation: the avatars that coarse training videos show, worn as captures and other exporters leave them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Part

# One avatar in so many is left as it is.
_CLEAN_SHARE = 0.35
# A hem is the lowest part of the garment, m.
_HEM_M = 0.12


@dataclass(frozen=True)
class Degradation:
    """What is wrong with an avatar that is seen in a coarse video. The truth is never degraded.

    Attributes:
        kept: share of the Gaussians that are left; the others grow to cover for them.
        size: of every Gaussian, over its own.
        stretch: standard deviation of the logarithm of each axis.
        colour: standard deviation of each Gaussian's colour, 0..1.
        hem: opacity of the lowest decimetre of garments, over its own.
        seed: of what is drawn per Gaussian.
    """

    kept: float = 1.0
    size: float = 1.0
    stretch: float = 0.0
    colour: float = 0.0
    hem: float = 1.0
    seed: int = 0

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Degradation:
        """One of those that training sees; every third is none."""
        if rng.random() < _CLEAN_SHARE:
            return cls()
        return cls(
            kept=float(rng.uniform(0.3, 1.0)),
            size=float(rng.uniform(0.8, 1.6)),
            stretch=float(rng.uniform(0, 0.5)),
            colour=float(rng.uniform(0, 0.04)),
            hem=float(rng.uniform(0.35, 1.0)),
            seed=int(rng.integers(2**31)),
        )

    def applied(self, avatar: Avatar) -> Avatar:
        """The avatar as a coarse video is to show it."""
        rng = np.random.default_rng(self.seed)
        chosen = np.flatnonzero(rng.random(avatar.count) < self.kept).astype(np.int32)
        worn = avatar.take(chosen)
        splats = worn.splats
        # As much surface as before, by fewer Gaussians.
        grown = self.size / np.sqrt(max(self.kept, 1e-3))
        stretch = np.exp(rng.normal(0, 1, (len(chosen), 3)) * self.stretch)
        scales = (splats.scales_m * grown * stretch).astype(np.float32)
        sh = splats.sh.copy()
        sh[:, 0] += (rng.normal(0, 1, (len(chosen), 3)) * self.colour / _SH_BAND_0).astype(np.float32)
        opacities = splats.opacities * self._hem_share(worn)
        return replace(worn, splats=replace(splats, scales_m=scales, opacities=opacities, sh=sh))

    def _hem_share(self, avatar: Avatar) -> Float32Array:
        """[N] 1, falling to ``hem`` at the lowest point of the garments."""
        share = np.ones(avatar.count, np.float32)
        garment = avatar.binding.parts == int(Part.GARMENT)
        if garment.any():
            height_m = avatar.splats.means_m[garment, 1]
            above = np.clip((height_m - height_m.min()) / _HEM_M, 0, 1)
            share[garment] = self.hem + (1 - self.hem) * above
        return share


_SH_BAND_0 = 0.28209479177387814
