"""The 3DGS sign convention of the basis, against values worked out by hand, and its gradient by finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from ani3d_runtime.geometry.harmonics import SH_C0, evaluate_sh, rotate_sh, sh_basis, sh_basis_gradient

C1 = 0.4886025119029199


@pytest.mark.parametrize(
    ("k", "direction", "value"),
    [
        (0, (0, 0, 1), SH_C0),
        (1, (0, 1, 0), -C1),
        (2, (0, 0, 1), C1),
        (3, (1, 0, 0), -C1),
        (4, (1, 1, 0), 0.5462742152960396),
        (5, (0, 1, 1), -0.5462742152960396),
        (6, (0, 0, 1), 0.6307831305050401),
        (7, (1, 0, 1), -0.5462742152960396),
        (8, (1, 0, 0), 0.5462742152960396),
        (9, (0, 1, 0), 0.5900435899266435),
        (10, (1, 1, 1), 2.890611442640554 / 27**0.5),
        (11, (0, 1, 0), 0.4570457994644658),
        (12, (0, 0, 1), 0.7463526651802308),
        (13, (1, 0, 0), 0.4570457994644658),
        (14, (1, 0, 1), 1.445305721320277 / 8**0.5),
        (15, (1, 0, 0), -0.5900435899266435),
    ],
)
def test_basis_matches_the_3dgs_polynomials(k: int, direction: tuple[int, int, int], value: float) -> None:
    sh = np.zeros((1, 16, 3), dtype=np.float32)
    sh[0, k] = (0.5, -0.1, 0.2)
    expected = np.maximum(0.5 + value * sh[0, k], 0)
    np.testing.assert_allclose(evaluate_sh(sh, np.array(direction, np.float32))[0], expected, atol=1e-6)


def test_colours_never_go_below_zero() -> None:
    sh = np.full((1, 1, 3), -10, dtype=np.float32)
    assert (evaluate_sh(sh, np.array([0, 0, 1], np.float32)) == 0).all()


def test_degree_zero_does_not_turn() -> None:
    sh = np.random.default_rng(0).normal(size=(4, 1, 3)).astype(np.float32)
    np.testing.assert_array_equal(rotate_sh(sh, np.array([0.3, 0.1, -0.7, 0.2])), sh)


def test_gradient_of_the_basis_by_finite_differences() -> None:
    @njit
    def both(point, basis, gradient):  # type: ignore[no-untyped-def]
        sh_basis(point[0], point[1], point[2], 3, basis)
        sh_basis_gradient(point[0], point[1], point[2], 3, gradient)

    point, step = np.array([0.3, -0.5, 0.81]), 1e-5
    basis, gradient, unused = np.empty(16), np.empty((16, 3)), np.empty((16, 3))
    both(point, basis, gradient)
    for axis in range(3):
        ahead, behind = np.empty(16), np.empty(16)
        offset = step * np.eye(3)[axis]
        both(point + offset, ahead, unused)
        both(point - offset, behind, unused)
        np.testing.assert_allclose(gradient[:, axis], (ahead - behind) / (2 * step), atol=1e-6)
