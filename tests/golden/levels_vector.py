"""Writes the golden vector of levels of detail: ``python -m tests.golden.levels_vector``.

Nine Gaussians in three levels, the second of which has no appearance of its own. Expected values are worked out in
double precision from spec/SPEC.md, one number at a time; nothing here is shared with a reader.
"""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

PATH = Path(__file__).parents[2] / "spec" / "vectors" / "levels" / "three-levels.json"
LEVEL_SIZES = (2, 3, 4)
SHOWN: tuple[dict[str, Any], ...] = (
    {"level": 0},
    {"level": 1},
    {"level": 2},
    {"level": 0, "share": 0.0},
    {"level": 0, "share": 0.3},
    {"level": 0, "share": 1.0},
    {"level": 1, "share": 0.125},
    {"level": 1, "share": 0.75},
    {"level": 1, "share": 1.0},
)
FIELDS = ("displacements_m", "log_scale_changes", "colour_changes")
Look = dict[str, Any]


def rendered() -> dict[str, Any]:
    """The vector, expected values included."""
    dice = random.Random(11)
    count = sum(LEVEL_SIZES)

    def rows(low: float, high: float, n: int) -> list[list[float]]:
        return [[round(dice.uniform(low, high), 6) for _ in range(3)] for _ in range(n)]

    def numbers(n: int) -> list[float]:
        return [round(dice.uniform(0.1, 1), 6) for _ in range(n)]

    stored = {
        "means_m": rows(-1, 1, count),
        "scales_m": rows(0.002, 0.03, count),
        "opacities": numbers(count),
        "base_colours": rows(-1.5, 1.5, count),
    }
    coarsest = {
        "displacements_m": rows(-0.02, 0.02, LEVEL_SIZES[0]),
        "log_scale_changes": rows(-0.5, 1.5, LEVEL_SIZES[0]),
        "opacities": numbers(LEVEL_SIZES[0]),
        "colour_changes": rows(-0.4, 0.4, LEVEL_SIZES[0]),
    }
    document: dict[str, Any] = {
        "level_sizes": list(LEVEL_SIZES),
        "stored": stored,
        "appearances": [coarsest, None],
        "shown": [dict(entry) for entry in SHOWN],
    }
    looks = [coarsest, *(_without_section(stored, level) for level in (1, 2))]
    return document | {"expected": {"shown": [_expected(stored, looks, **entry) for entry in SHOWN]}}


def _without_section(stored: dict[str, Any], level: int) -> Look:
    n, whole = sum(LEVEL_SIZES[: level + 1]), sum(LEVEL_SIZES)
    growth = math.log((whole / n) ** 0.25)
    still = [[0.0, 0.0, 0.0] for _ in range(n)]
    grown = [[growth] * 3 for _ in range(n)]
    opacities = stored["opacities"][:n]
    return {"displacements_m": still, "log_scale_changes": grown, "opacities": opacities, "colour_changes": still}


def _expected(stored: dict[str, Any], looks: list[Look], level: int, share: float | None = None) -> dict[str, Any]:
    n = sum(LEVEL_SIZES[: level + (1 if share is None else 2)])
    gaussians = [_gaussian(stored, looks, i, level, share) for i in range(n)]
    return {name: [one[name] for one in gaussians] for name in gaussians[0]}


def _mixed(coarse: float, fine: float, share: float) -> float:
    return (1 - share) * coarse + share * fine


def _gaussian(stored: dict[str, Any], looks: list[Look], i: int, level: int, share: float | None) -> dict[str, Any]:
    own = sum(LEVEL_SIZES[: level + 1])
    coarse = looks[level]
    if share is None:
        return _drawn(stored, i, {name: coarse[name][i] for name in FIELDS}, coarse["opacities"][i])
    fine = looks[level + 1]
    if i < own:
        change = {name: [_mixed(coarse[name][i][c], fine[name][i][c], share) for c in range(3)] for name in FIELDS}
        opacity = _mixed(coarse["opacities"][i], fine["opacities"][i], share)
    else:
        change = {name: fine[name][i] for name in FIELDS}
        opacity = fine["opacities"][i] * share
    return _drawn(stored, i, change, opacity)


def _drawn(stored: dict[str, Any], i: int, change: dict[str, list[float]], opacity: float) -> dict[str, Any]:
    return {
        "means_m": [stored["means_m"][i][c] + change["displacements_m"][c] for c in range(3)],
        "scales_m": [stored["scales_m"][i][c] * math.exp(change["log_scale_changes"][c]) for c in range(3)],
        "opacities": opacity,
        "base_colours": [stored["base_colours"][i][c] + change["colour_changes"][c] for c in range(3)],
    }


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(rendered()) + "\n", encoding="utf-8")
