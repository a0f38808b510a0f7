"""Golden vectors of playback are as their generator makes them, and move."""

from __future__ import annotations

import json

import numpy as np
import pytest

from spec.vectors.comparison import differences
from tests.golden.playback_vectors import CASES, FOLDER, rendered


@pytest.mark.parametrize("name", CASES)
def test_playback_vectors_are_reproduced(name: str) -> None:
    """Last digits may differ between machines where the frames come out of a package."""
    committed, made = (json.loads(text) for text in ((FOLDER / f"{name}.json").read_text("utf-8"), rendered(name)))
    assert not differences("playback", committed.pop("expected"), made.pop("expected"))
    assert committed == made


def test_a_straight_line_would_not_pass() -> None:
    vector = json.loads((FOLDER / "between-frames.json").read_text("utf-8"))
    frames, found = vector["clip"]["frames"], vector["expected"]["frames"][0]
    roots = [np.array(frame["root_translation_m"]) for frame in frames[2:4]]
    assert vector["shown"][0]["time_s"] * vector["clip"]["fps"] == pytest.approx(2.25)
    assert np.abs(0.75 * roots[0] + 0.25 * roots[1] - found["root_translation_m"]).max() > 1e-3
