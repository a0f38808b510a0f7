"""What golden vectors are worth, and that they are as their generator makes them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ani3d_runtime.geometry.harmonics import evaluate_sh
from spec.readers.python.golden import posed
from tests.golden.generate import CASES, FOLDER, rendered


@pytest.mark.parametrize("name", CASES)
def test_harmonics_turned_with_a_gaussian_show_the_same_colours(name: str) -> None:
    """What exporters write: the player itself turns the view direction back instead."""
    case = json.loads((FOLDER / f"{name}.json").read_text())
    result = posed(case)
    away = result.cloud.means_m - np.array(case["camera_position_m"], dtype=np.float32)
    turned = evaluate_sh(result.with_rotated_harmonics().sh, away)
    assert np.abs(turned - np.array(case["expected"]["colours"])).max() < 1e-5


@pytest.mark.parametrize("name", CASES)
def test_generator_reproduces_committed_file(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == rendered(name)


def test_shear_case_shears() -> None:
    """A golden vector that a rotation-only player would pass proves nothing."""
    case = json.loads((FOLDER / "shear.json").read_text())
    scales = np.sort(np.array(case["avatar"]["scales_m"]), axis=1)
    posed = np.sqrt(np.linalg.eigvalsh(np.array(case["expected"]["covariances_m2"])))
    assert np.abs(posed / scales - 1).max() > 0.2
