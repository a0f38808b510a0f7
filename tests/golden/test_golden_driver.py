"""What the golden vectors of a driver are worth, and that they are as their generator makes them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from spec.readers.python.drive import driven
from spec.vectors.comparison import differences
from tests.golden.driver_vector import FOLDER, VECTORS


@pytest.mark.parametrize("name", VECTORS)
def test_driver_vectors_are_reproduced_and_our_driver_agrees(name: str) -> None:
    made, committed = VECTORS[name](), json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    expected = committed.pop("expected")
    assert not differences("driver", expected, made.pop("expected"))
    assert made == committed
    assert not differences("driver", expected, driven(committed))


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_move(name: str) -> None:
    """Cloth that hung still would agree with anything."""
    steps = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["expected"]["steps"]
    places = np.array([step["displacements"] for step in steps])
    assert np.linalg.norm(np.diff(places, axis=0), axis=2).max(axis=1).min() > 1e-3
