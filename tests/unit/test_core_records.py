"""SplatCloud, Binding, Skeleton, Motion and ResidualLayer: what they accept, and what they refuse by which code."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from ani3d_runtime import Ani3dError, Binding, Motion, ResidualLayer, Skeleton, SplatCloud
from ani3d_runtime.errors import InputError, MotionError, PlyError, ResidualError
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector


def cloud_arrays(count: int = 5) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        "means_m": random.normal(size=(count, 3)),
        "quats_wxyz": random.normal(size=(count, 4)),
        "scales_m": np.full((count, 3), 0.01),
        "opacities": np.full(count, 0.5),
        "sh": random.normal(size=(count, 4, 3)),
    }


def test_checked_cloud_has_unit_quaternions_and_knows_its_degree() -> None:
    cloud = SplatCloud.checked(**cloud_arrays())
    np.testing.assert_allclose(np.linalg.norm(cloud.quats_wxyz, axis=1), 1, atol=1e-6)
    assert (cloud.count, cloud.sh_degree) == (5, 1)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("means_m", np.full((5, 3), np.nan), "splats-not-finite"),
        ("means_m", np.zeros((5, 2)), "splats-wrong-shape"),
        ("means_m", np.zeros((0, 3)), "splats-empty"),
        ("means_m", [["a", "b", "c"]], "splats-not-numeric"),
        ("quats_wxyz", np.zeros((5, 4)), "splats-zero-quaternion"),
        ("scales_m", np.zeros((5, 3)), "splats-out-of-range"),
        ("opacities", np.full(5, 1.5), "splats-out-of-range"),
        ("sh", np.zeros((5, 5, 3)), "splats-sh-degree"),
    ],
)
def test_bad_cloud_is_refused_by_code(field: str, value: object, code: str) -> None:
    with pytest.raises(PlyError) as caught:
        SplatCloud.checked(**{**cloud_arrays(), field: value}, error=PlyError)
    assert caught.value.code == code
    assert caught.value.fix.endswith(".")


def test_errors_survive_the_way_between_processes() -> None:
    error = InputError("some-code", "thing", found="this", expected="that", fix="Do so.")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is InputError
    assert copy.to_json() == error.to_json()
    assert str(copy) == "thing: found this; expected that. Do so."


def test_snapped_weights_are_4095ths_that_sum_to_one_and_stay_put() -> None:
    weights = np.random.default_rng(1).dirichlet([0.4] * 4, 500).astype(np.float32)
    binding = Binding.checked(np.zeros((500, 4), np.uint8), weights, np.zeros(500, np.uint8), joint_count=1)
    snapped = binding.snapped()
    units = snapped.weights.astype(np.float64) * 4095
    np.testing.assert_allclose(units, np.rint(units), atol=1e-4)
    assert set(np.rint(units).sum(axis=1)) == {4095.0}
    assert np.abs(snapped.weights - weights).max() < 1 / 4095
    np.testing.assert_array_equal(snapped.snapped().weights, snapped.weights)


def test_binding_refuses_a_joint_that_is_not_there() -> None:
    with pytest.raises(InputError) as caught:
        Binding.checked(
            np.full((1, 4), 9, np.uint8), np.full((1, 4), 0.25, np.float32), np.zeros(1, np.uint8), joint_count=9
        )
    assert caught.value.code == "binding-invalid"


def bent_chain() -> Skeleton:
    rest = quaternion_from_rotation_vector(np.array([[0, 0.3, 0], [0, 0, -0.8], [0.2, 0, 0]])).astype(np.float32)
    return Skeleton(
        ("root", "middle", "tip"),
        np.array([-1, 0, 1], np.int32),
        np.array([[0, 1, 0], [0.5, 1, 0], [1, 1, 0]], np.float32),
        rest,
        np.array([0.1, 0.0, 0.2], np.float32),
    )


def test_the_rest_pose_skins_to_itself() -> None:
    skeleton = bent_chain()
    transforms = skeleton.skinning_transforms(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])
    np.testing.assert_allclose(transforms[0], np.broadcast_to(np.eye(3, 4), (3, 3, 4)), atol=1e-7)


def test_skinning_carries_the_rest_joints_to_the_posed_joints() -> None:
    skeleton = bent_chain()
    pose = quaternion_from_rotation_vector(np.random.default_rng(2).normal(size=(1, 3, 3))).astype(np.float32)
    translation = np.array([[1.0, -2.0, 0.5]], np.float32)
    rest = skeleton.global_transforms(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])[0, :, :, 3]
    posed = skeleton.global_transforms(pose, translation)[0, :, :, 3]
    skinning = skeleton.skinning_transforms(pose, translation)[0]
    moved = np.einsum("jab,jb->ja", skinning[:, :, :3], rest) + skinning[:, :, 3]
    np.testing.assert_allclose(moved, posed, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(np.diff(posed, axis=0), axis=1), 0.5, atol=1e-6)


def test_skeleton_refuses_a_child_before_its_parent() -> None:
    with pytest.raises(InputError) as caught:
        Skeleton.in_zero_pose(("a", "b", "c"), np.array([-1, 2, 0], np.int32), np.zeros((3, 3), np.float32))
    assert caught.value.code == "skeleton-invalid"


def test_motion_refuses_nan_and_wrong_counts() -> None:
    rotations = np.tile(np.array([1, 0, 0, 0], np.float32), (4, 2, 1))
    with pytest.raises(MotionError, match="NaN"):
        Motion("m", 30.0, ("a", "b"), np.full((4, 3), np.nan, np.float32), rotations)
    with pytest.raises(MotionError) as caught:
        Motion("m", 30.0, ("a", "b", "c"), np.zeros((4, 3), np.float32), rotations)
    assert caught.value.code == "motion-wrong-shape"
    assert Motion("m", 30.0, ("a", "b"), np.zeros((4, 3), np.float32), rotations).duration_s == pytest.approx(0.1)


def test_residual_keeps_only_what_moves() -> None:
    dense = np.zeros((3, 6, 3), np.float32)
    dense[1, 2] = 0.1
    turn = np.zeros_like(dense)
    turn[0, 5] = 0.2
    layer = ResidualLayer.from_dense(dense, turn)
    assert layer.indices.tolist() == [2, 5]
    assert layer.gaussian_count == 6
    assert layer.drot_rad is not None
    np.testing.assert_array_equal(layer.dpos_m[1, 0], dense[1, 2])
    np.testing.assert_array_equal(layer.drot_rad[0, 1], turn[0, 5])


@pytest.mark.parametrize("indices", [[2, 1], [1, 1], [-1, 2], [1, 6]])
def test_residual_refuses_indices_out_of_order_or_range(indices: list[int]) -> None:
    with pytest.raises(ResidualError) as caught:
        ResidualLayer(6, np.array(indices, np.int32), np.zeros((1, 2, 3), np.float32))
    assert caught.value.code == "residual-bad-indices"


def test_every_error_is_an_ani3d_error() -> None:
    assert issubclass(ResidualError, InputError)
    assert issubclass(InputError, Ani3dError)
