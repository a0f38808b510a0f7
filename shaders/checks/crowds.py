"""Gaussians made up for tests."""

from __future__ import annotations

import numpy as np

from shaders.checks.eyes import Shown
from shaders.checks.posed_layout import Posed, packed_harmonics, packed_posed


def made_up(count: int, *, seed: int, degree: int = 0, spread_m: float = 1.0, size_m: float = 0.02) -> Shown:
    """An avatar of random Gaussians around the origin, needles and flakes among them, all opacities."""
    random = np.random.default_rng(seed)
    shapes = np.exp(random.normal(np.log(size_m), 0.8, (count, 3)))
    axes = np.linalg.qr(random.normal(size=(count, 3, 3)))[0] * shapes[:, None, :]
    turns = random.normal(size=(count, 4))
    posed = Posed(
        random.normal(0, spread_m, (count, 3)),
        axes @ axes.transpose(0, 2, 1),
        turns / np.linalg.norm(turns, axis=1, keepdims=True),
        random.normal(0, 1, (count, 3)),
        random.uniform(0, 1, count) ** 2,
    )
    harmonics = random.normal(0, 0.3, (count, (degree + 1) ** 2 - 1, 3))
    return Shown(packed_posed(posed), packed_harmonics(harmonics), degree)
