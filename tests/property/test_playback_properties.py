"""The playback kernels against the plain reference, on anything from hardly bent to badly twisted avatars."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings

from ani3d_runtime.deformation import DeformationModel, Frame
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.testing.avatars import synthetic_avatar
from ani3d_runtime.testing.strategies import DeformedAvatar, avatars, deformed_avatars
from tests.golden.reference import evaluate, skinning_matrices

CAMERA_M = np.array([0.3, 1.0, 4.0])


def _case(deformed: DeformedAvatar) -> dict[str, dict[str, Any]]:
    avatar, model, frame = deformed.avatar, deformed.deformation, deformed.frame
    detail = frame.detail
    nothing = np.zeros((0, 3))
    groups: dict[str, dict[str, Any]] = {
        "skeleton": {
            name: getattr(avatar.skeleton, name)
            for name in ("parents", "zero_joints_m", "rest_rotations_wxyz", "rest_translation_m")
        },
        "avatar": {
            **{name: getattr(avatar.splats, name) for name in ("means_m", "quats_wxyz", "scales_m", "sh")},
            "joints": avatar.binding.joints,
            "weights": avatar.binding.weights,
        },
        "deformation": dict(vars(model)),
        "frame": {
            **{name: value for name, value in vars(frame).items() if name != "detail"},
            "detail_indices": nothing[:, 0] if detail is None else detail.indices,
            "detail_position_m": nothing if detail is None else detail.dpos_m,
            "detail_rotation_rad": nothing if detail is None else detail.drot_rad,
            "detail_logscale": nothing if detail is None else detail.dlogscale,
            "detail_colour": nothing if detail is None else detail.dcolour,
        },
    }
    return {g: {name: np.asarray(v, np.float64) for name, v in values.items()} for g, values in groups.items()}


def _covariances(posed: PosedSplats) -> np.ndarray:
    axes = matrix_from_quaternion(posed.cloud.quats_wxyz) * posed.cloud.scales_m[:, None].astype(np.float64)
    return axes @ axes.transpose(0, 2, 1)


@settings(max_examples=60, deadline=None)
@given(deformed_avatars())
def test_kernels_agree_with_reference(deformed: DeformedAvatar) -> None:
    case = _case(deformed)
    expected = evaluate(case, CAMERA_M)
    posed = Deformer(deformed.avatar, deformed.deformation).pose(deformed.frame)
    assert np.abs(posed.cloud.means_m - expected["means_m"]).max() <= 1e-5
    # Where joints turn against each other L all but vanishes; what is left is judged by the size it had.
    size = deformed.avatar.splats.scales_m.max(axis=1).astype(np.float64) ** 2
    size = np.maximum(size, np.abs(expected["covariances_m2"]).max(axis=(1, 2)))[:, None, None]
    assert (np.abs(_covariances(posed) - expected["covariances_m2"]) / size).max() <= 2e-5
    assert np.abs(np.linalg.norm(posed.cloud.quats_wxyz, axis=1) - 1).max() < 1e-6
    assert np.abs(np.linalg.norm(posed.view_rotations_wxyz, axis=1) - 1).max() < 1e-6
    # A polar rotation is only distinguished where L is far from singular.
    transforms = np.array(skinning_matrices(case))[:, :3, :3]
    linear = np.einsum("nj,njab->nab", deformed.avatar.binding.weights, transforms[deformed.avatar.binding.joints])
    clear = np.linalg.svd(linear, compute_uv=False)[:, 2] > 0.3
    clear &= np.linalg.det(linear) > 0
    views = matrix_from_quaternion(posed.view_rotations_wxyz)
    assert np.abs(views - expected["view_rotations"])[clear].max(initial=0) < 5e-5
    colours = posed.colours_seen_from(CAMERA_M.astype(np.float32))
    assert np.abs(colours - expected["colours"])[clear].max(initial=0) < 2e-4


@settings(max_examples=30, deadline=None)
@given(avatars())
def test_rest_pose_gives_the_avatar_back(avatar: Any) -> None:
    skeleton = avatar.skeleton
    frame = Frame(
        0.0,
        skeleton.rest_translation_m,
        skeleton.rest_rotations_wxyz,
        np.zeros((0, 3), np.float32),
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.float32),
    )
    posed = Deformer(avatar).pose(frame).cloud
    assert np.abs(posed.means_m - avatar.splats.means_m).max() < 2e-6
    assert np.abs(posed.scales_m / avatar.splats.scales_m - 1).max() < 1e-4
    assert np.abs(np.abs((posed.quats_wxyz * avatar.splats.quats_wxyz).sum(axis=1)) - 1).max() < 1e-5


def test_result_does_not_depend_on_what_else_is_posed() -> None:
    """Blocks share buffers; a Gaussian's result must not depend on its neighbours."""
    avatar = synthetic_avatar(700, seed=5)
    rotations = np.tile(np.float32([1, 0, 0, 0]), (avatar.skeleton.joint_count, 1))
    nothing = DeformationModel.empty(avatar.count)
    frame = Frame(
        0.0, np.zeros(3, np.float32), rotations, np.zeros((0, 3), np.float32), np.zeros((0, 4), np.float32),
        np.zeros(0, np.float32),
    )  # fmt: skip
    whole = Deformer(avatar, nothing).pose(frame).cloud.means_m
    half = np.arange(300, 700, dtype=np.int32)
    assert np.array_equal(Deformer(avatar.take(half)).pose(frame).cloud.means_m, whole[half])
