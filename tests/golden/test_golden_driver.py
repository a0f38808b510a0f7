"""What the golden vector of a driver is worth, and that it is as its generator makes it."""

from __future__ import annotations

import json

import numpy as np

from spec.vectors.comparison import differences
from tests.golden.driver_vector import PATH, rendered


def test_the_driver_vector_is_reproduced() -> None:
    found, committed = rendered(), json.loads(PATH.read_text(encoding="utf-8"))
    assert not differences("driver", committed.pop("expected"), found.pop("expected"))
    assert found == committed


def test_the_vector_moves() -> None:
    """Cloth that hung still would agree with anything."""
    steps = json.loads(PATH.read_text(encoding="utf-8"))["expected"]["steps"]
    places = np.array([step["displacements"] for step in steps])
    assert np.linalg.norm(np.diff(places, axis=0), axis=2).max(axis=1).min() > 1e-3
