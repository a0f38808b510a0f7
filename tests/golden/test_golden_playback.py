"""The player against the golden vectors, and the vectors against their generator."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.deformation import DeformationModel, Detail, Frame
from ani3d_runtime.geometry.harmonics import evaluate_sh
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, normalised
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.splats import SplatCloud
from tests.golden.generate import CASES, FOLDER, rendered


def _floats(value: Any, *shape: int) -> np.ndarray:
    return np.array(value, dtype=np.float32).reshape(shape)


def _quats(value: Any) -> np.ndarray:
    return normalised(_floats(value, -1, 4)).astype(np.float32)


def _avatar(case: dict[str, Any]) -> Avatar:
    skeleton, avatar = case["skeleton"], case["avatar"]
    joints = len(skeleton["parents"])
    count = len(avatar["means_m"])
    return Avatar(
        case["name"],
        SplatCloud(
            _floats(avatar["means_m"], -1, 3),
            _quats(avatar["quats_wxyz"]),
            _floats(avatar["scales_m"], -1, 3),
            np.ones(count, dtype=np.float32),
            _floats(avatar["sh"], count, -1, 3),
        ),
        Skeleton(
            tuple(f"joint{j}" for j in range(joints)),
            np.array(skeleton["parents"], dtype=np.int32),
            _floats(skeleton["zero_joints_m"], -1, 3),
            _quats(skeleton["rest_rotations_wxyz"]),
            _floats(skeleton["rest_translation_m"], 3),
        ),
        Binding(
            np.array(avatar["joints"], dtype=np.uint8),
            _floats(avatar["weights"], -1, 4),
            np.zeros(count, dtype=np.uint8),
        ),
    )


def _deformation(case: dict[str, Any]) -> DeformationModel:
    model, count = case["deformation"], len(case["avatar"]["means_m"])
    return DeformationModel(
        _floats(model["node_rest_m"], -1, 3),
        np.array(model["node_indices"], dtype=np.int32),
        _floats(model["node_weights"], -1, 4),
        *(_floats(model[f"basis_{c}"], -1, count, 3) for c in ("position_m", "rotation_rad", "logscale", "colour")),
    )


def _frame(case: dict[str, Any]) -> Frame:
    frame = case["frame"]
    channels = ("position_m", "rotation_rad", "logscale", "colour")
    indices = np.array(frame["detail_indices"], dtype=np.int32)
    return Frame(
        0.0,
        _floats(frame["root_translation_m"], 3),
        _quats(frame["joint_rotations_wxyz"]),
        _floats(frame["node_displacements_m"], -1, 3),
        _quats(frame["node_rotations_wxyz"]),
        _floats(frame["coefficients"], -1),
        Detail(indices, *(_floats(frame[f"detail_{c}"], -1, 3) for c in channels)) if len(indices) else None,
    )


@pytest.mark.parametrize("name", CASES)
def test_player_meets_golden_vector(name: str) -> None:
    case = json.loads((FOLDER / f"{name}.json").read_text())
    expected = {field: np.array(values) for field, values in case["expected"].items()}
    posed = Deformer(_avatar(case), _deformation(case)).pose(_frame(case))
    axes = matrix_from_quaternion(posed.cloud.quats_wxyz) * posed.cloud.scales_m[:, None].astype(np.float64)
    covariances = axes @ axes.transpose(0, 2, 1)
    largest = np.abs(expected["covariances_m2"]).max(axis=(1, 2), keepdims=True)
    camera = np.array(case["camera_position_m"], dtype=np.float32)
    assert np.abs(posed.cloud.means_m - expected["means_m"]).max() < 1e-5
    assert (np.abs(covariances - expected["covariances_m2"]) / largest).max() < 1e-5
    assert np.abs(matrix_from_quaternion(posed.view_rotations_wxyz) - expected["view_rotations"]).max() < 1e-5
    assert np.abs(posed.colours_seen_from(camera) - expected["colours"]).max() < 1e-5
    turned = evaluate_sh(posed.with_rotated_harmonics().sh, posed.cloud.means_m - camera)
    assert np.abs(turned - expected["colours"]).max() < 1e-5


@pytest.mark.parametrize("name", CASES)
def test_generator_reproduces_committed_file(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text() == rendered(name)


def test_shear_case_shears() -> None:
    """A golden vector that a rotation-only player would pass proves nothing."""
    case = json.loads((FOLDER / "shear.json").read_text())
    scales = np.sort(np.array(case["avatar"]["scales_m"]), axis=1)
    posed = np.sqrt(np.linalg.eigvalsh(np.array(case["expected"]["covariances_m2"])))
    assert np.abs(posed / scales - 1).max() > 0.2
