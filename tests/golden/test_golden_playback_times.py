"""Golden vectors of playback and of blends are as their generators make them, and move."""

from __future__ import annotations

import json
from types import ModuleType

import numpy as np
import pytest

from spec.vectors.comparison import differences
from tests.golden import blend_vectors, playback_vectors
from tests.golden.playback_vectors import FOLDER


@pytest.mark.parametrize("module", [playback_vectors, blend_vectors])
def test_vectors_are_reproduced(module: ModuleType) -> None:
    """Last digits may differ between machines where the frames come out of a package."""
    assert {path.stem for path in module.FOLDER.glob("*.json")} == set(module.CASES)
    for name in module.CASES:
        committed = json.loads((module.FOLDER / f"{name}.json").read_text("utf-8"))
        made = json.loads(module.rendered(name))
        assert not differences("blend", committed.pop("expected"), made.pop("expected")), name
        assert committed == made, name


def test_a_straight_line_would_not_pass() -> None:
    vector = json.loads((FOLDER / "between-frames.json").read_text("utf-8"))
    frames, found = vector["clip"]["frames"], vector["expected"]["frames"][0]
    roots = [np.array(frame["root_translation_m"]) for frame in frames[2:4]]
    assert vector["shown"][0]["time_s"] * vector["clip"]["fps"] == pytest.approx(2.25)
    assert np.abs(0.75 * roots[0] + 0.25 * roots[1] - found["root_translation_m"]).max() > 1e-3
