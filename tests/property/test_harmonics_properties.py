"""Spherical harmonics turn with their Gaussian, whatever the rotation."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.geometry.harmonics import evaluate_sh, rotate_sh
from ani3d_runtime.geometry.quaternion import conjugate, multiply, normalised, rotate

seeds = st.integers(0, 2**32 - 1)


def _scene(seed: int, degree: int, count: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    sh = rng.normal(0, 0.3, (count, (degree + 1) ** 2, 3)).astype(np.float32)
    sh[:, 0] += 6  # bright enough that the clamp at zero does not hide a difference
    return sh, normalised(rng.normal(size=(count, 4))), rng.normal(size=(count, 3))


@settings(deadline=None, max_examples=60)
@given(seed=seeds, degree=st.integers(0, 3))
def test_turning_gaussian_and_view_together_leaves_colours(seed: int, degree: int) -> None:
    sh, quats, directions = _scene(seed, degree)
    turned = evaluate_sh(rotate_sh(sh, quats), rotate(quats, directions))
    np.testing.assert_allclose(turned, evaluate_sh(sh, directions), atol=2e-5)


@settings(deadline=None, max_examples=30)
@given(seed=seeds, degree=st.integers(1, 3))
def test_rotations_compose_and_undo(seed: int, degree: int) -> None:
    sh, quats, others = _scene(seed, degree)[0], *np.random.default_rng(seed).normal(size=(2, 5, 4))
    twice = rotate_sh(rotate_sh(sh, quats), others)
    np.testing.assert_allclose(twice, rotate_sh(sh, multiply(normalised(others), normalised(quats))), atol=2e-5)
    np.testing.assert_allclose(rotate_sh(rotate_sh(sh, quats), conjugate(quats)), sh, atol=2e-5)


@settings(deadline=None, max_examples=20)
@given(seed=seeds)
def test_one_rotation_for_all_equals_one_each(seed: int) -> None:
    sh, quats, _ = _scene(seed, 3)
    np.testing.assert_array_equal(rotate_sh(sh, quats[0]), rotate_sh(sh, np.repeat(quats[:1], len(sh), axis=0)))
