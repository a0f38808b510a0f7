"""Quaternion functions against scipy and against each other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from ani3d_runtime.geometry import quaternion

components = st.floats(-1, 1, allow_subnormal=False)
quats = arrays(np.float64, (4,), elements=components).filter(lambda q: np.linalg.norm(q) > 0.05)
vectors = arrays(np.float64, (3,), elements=st.floats(-3, 3, allow_subnormal=False))


def as_scipy(quats_wxyz: np.ndarray) -> Rotation:
    return Rotation.from_quat(np.roll(quats_wxyz, -1))


@given(quats)
def test_matrix_agrees_with_scipy(q: np.ndarray) -> None:
    unit = quaternion.normalised(q)
    np.testing.assert_allclose(quaternion.matrix_from_quaternion(unit), as_scipy(unit).as_matrix(), atol=1e-12)


@given(quats, quats)
def test_product_turns_by_the_right_factor_first(a: np.ndarray, b: np.ndarray) -> None:
    a, b = quaternion.normalised(a), quaternion.normalised(b)
    expected = as_scipy(a).as_matrix() @ as_scipy(b).as_matrix()
    np.testing.assert_allclose(quaternion.matrix_from_quaternion(quaternion.multiply(a, b)), expected, atol=1e-12)


@given(quats)
def test_matrix_round_trip_is_the_same_rotation(q: np.ndarray) -> None:
    unit = quaternion.normalised(q)
    back = quaternion.quaternion_from_matrix(quaternion.matrix_from_quaternion(unit))
    assert back[0] >= 0
    assert abs(abs(back @ unit) - 1) < 1e-12


@given(vectors)
def test_exponential_agrees_with_scipy(vector: np.ndarray) -> None:
    quat = quaternion.quaternion_from_rotation_vector(vector)
    expected = Rotation.from_rotvec(vector).as_matrix()
    np.testing.assert_allclose(quaternion.matrix_from_quaternion(quat), expected, atol=1e-12)


@given(vectors.filter(lambda v: np.linalg.norm(v) < 3.1))
def test_logarithm_inverts_exponential(vector: np.ndarray) -> None:
    back = quaternion.rotation_vector_from_quaternion(quaternion.quaternion_from_rotation_vector(vector))
    np.testing.assert_allclose(back, vector, atol=1e-9)


@given(quats, vectors)
def test_rotate_agrees_with_the_matrix(q: np.ndarray, vector: np.ndarray) -> None:
    unit = quaternion.normalised(q)
    expected = quaternion.matrix_from_quaternion(unit) @ vector
    np.testing.assert_allclose(quaternion.rotate(unit, vector), expected, atol=1e-12)


@given(quats, quats)
def test_slerp_meets_both_ends_and_takes_the_shorter_arc(a: np.ndarray, b: np.ndarray) -> None:
    a, b = quaternion.normalised(a), quaternion.normalised(b)
    assert abs(quaternion.slerp(a, b, 0.0) @ a) > 1 - 1e-9
    assert abs(quaternion.slerp(a, b, 1.0) @ b) > 1 - 1e-9
    middle = quaternion.slerp(a, b, 0.5)
    assert abs(middle @ a) >= abs(a @ b) - 1e-9
