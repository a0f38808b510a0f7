"""Our reader on the golden vectors of levels of detail."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from ani3d_runtime.codec.sections.appearance import LevelAppearance
from ani3d_runtime.splats import SplatCloud


def shown(case: dict[str, Any]) -> dict[str, Any]:
    """The Gaussians of each level, and between levels, as they are drawn."""
    stored = case["stored"]
    count = len(stored["means_m"])
    splats = SplatCloud(
        _rows(stored["means_m"]),
        np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (count, 1)),
        _rows(stored["scales_m"]),
        _floats(stored["opacities"]),
        _rows(stored["base_colours"])[:, None],
    )
    ends = list(accumulate(case["level_sizes"]))
    looks = [_look(look, splats, end) for look, end in zip([*case["appearances"], None], ends, strict=True)]
    return {"shown": [_worn(splats, looks, **entry) for entry in case["shown"]]}


def _worn(splats: SplatCloud, looks: list[LevelAppearance], level: int, share: float | None = None) -> dict[str, Any]:
    look = looks[level] if share is None else looks[level].towards(looks[level + 1], share)
    worn = look.worn_by(splats.take(np.arange(look.count, dtype=np.int32)))
    return {
        "means_m": worn.means_m.tolist(),
        "scales_m": worn.scales_m.tolist(),
        "opacities": worn.opacities.tolist(),
        "base_colours": worn.sh[:, 0].tolist(),
    }


def _look(look: dict[str, Any] | None, splats: SplatCloud, count: int) -> LevelAppearance:
    if look is None:
        return LevelAppearance.unfitted(splats.opacities[:count], splats.count)
    return LevelAppearance(
        _rows(look["displacements_m"]),
        _rows(look["log_scale_changes"]),
        _floats(look["opacities"]),
        _rows(look["colour_changes"]),
    )


def _floats(values: Any) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def _rows(values: Any) -> np.ndarray:
    return _floats(values).reshape(-1, 3)
