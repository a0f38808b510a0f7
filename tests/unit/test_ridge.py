"""The ridge regression of a driver's correctives, beside plain least squares on the stacked system."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.bake.driver_fit import correctives


@pytest.mark.parametrize(("frames", "features"), [(7, 40), (40, 7), (12, 12)])
def test_ridge_is_least_squares_with_the_penalty_as_rows(frames: int, features: int) -> None:
    rng = np.random.default_rng(3)
    inputs, amounts = rng.normal(size=(frames, features)), rng.normal(size=(frames, 3))
    strengths = [0.01, 5.0]
    solved = correctives.ridge_solutions(inputs, amounts, strengths)
    for found, strength in zip(solved, strengths, strict=True):
        stacked = np.concatenate([inputs, np.sqrt(strength) * np.eye(features)])
        expected = np.linalg.lstsq(stacked, np.concatenate([amounts, np.zeros((features, 3))]), rcond=None)[0]
        np.testing.assert_allclose(found, expected, atol=1e-10)
