"""The body model in SMPL's convention, against a plain evaluation written here."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.body.model import BodyModel, load_builtin_body
from ani3d_runtime.errors import BodyModelError
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, quaternion_from_rotation_vector


def _plain_smpl(body: BodyModel, betas: np.ndarray, vectors_rad: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Section 3 of the SMPL paper, one matrix at a time, float64."""
    shaped = body.template_m.astype(float) + body.shape_directions.astype(float) @ betas
    joints = body.joint_regressor.astype(float) @ shaped
    local = matrix_from_quaternion(quaternion_from_rotation_vector(vectors_rad))
    features = np.concatenate([(r - np.eye(3)).ravel() for r in local[1:]])
    shaped = shaped + body.pose_directions.astype(float) @ features
    world = []
    for j, parent in enumerate(body.parents):
        transform = np.eye(4)
        transform[:3, :3] = local[j]
        transform[:3, 3] = joints[j] - (joints[parent] if parent >= 0 else 0)
        world.append(transform if parent < 0 else world[parent] @ transform)
    for j in range(len(world)):
        back = np.eye(4)
        back[:3, 3] = -joints[j]
        world[j] = world[j] @ back
    homogeneous = np.concatenate([shaped, np.ones((len(shaped), 1))], axis=1)
    posed = np.einsum("vj,jab,vb->va", body.skin_weights.astype(float), np.stack(world), homogeneous)
    return posed[:, :3] + translation


def test_posed_vertices_follow_the_smpl_paper() -> None:
    body = load_builtin_body()
    rng = np.random.default_rng(3)
    betas = rng.normal(size=body.shape_count)
    vectors = rng.normal(size=(2, body.joint_count, 3)) * 0.4
    translation = rng.normal(size=(2, 3))
    quats = quaternion_from_rotation_vector(vectors).astype(np.float32)
    posed = body.shaped(betas).pose_vertices(quats, translation.astype(np.float32))
    for frame in range(2):
        expected = _plain_smpl(body, betas, vectors[frame], translation[frame])
        assert np.abs(posed[frame] - expected).max() < 3e-6


def test_builtin_body_is_a_standing_adult_that_faces_forward() -> None:
    body = load_builtin_body()
    skeleton = body.skeleton
    extent = np.ptp(body.template_m, axis=0)
    assert 1.5 < extent[1] < 1.9
    assert extent[0] > 1.5  # arms out: the zero pose is a T
    by_name = dict(zip(skeleton.joint_names, skeleton.zero_joints_m, strict=True))
    assert by_name["left_wrist"][0] > 0.4 > -0.4 > by_name["right_wrist"][0]
    assert by_name["left_foot"][2] > by_name["left_ankle"][2] + 0.05
    assert np.allclose(body.skin_weights.sum(axis=1), 1, atol=1e-5)


def test_missing_betas_are_zero_and_surplus_zero_betas_are_accepted() -> None:
    body = load_builtin_body()
    assert np.array_equal(body.shaped([0.5]).vertices_m, body.shaped([0.5] + [0] * 15).vertices_m)


def test_betas_the_body_does_not_have_are_refused() -> None:
    body = load_builtin_body()
    with pytest.raises(BodyModelError) as caught:
        body.shaped(np.ones(body.shape_count + 1))
    assert caught.value.code == "body-too-many-betas"


def test_a_model_of_mismatched_arrays_is_refused() -> None:
    body = load_builtin_body()
    with pytest.raises(BodyModelError) as caught:
        BodyModel(
            "cut", body.template_m[:-1], body.faces, body.skin_weights, body.shape_directions, body.pose_directions,
            body.joint_regressor, body.joint_names, body.parents,
        )  # fmt: skip
    assert caught.value.code == "body-model-invalid"
