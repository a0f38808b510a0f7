"""Our player on the golden vectors of the runtime equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from ani3d_runtime.avatar import Avatar, Binding
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.deformation import DeformationModel, Detail, Frame
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, normalised
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.splats import SplatCloud

CHANNELS = ("position_m", "rotation_rad", "logscale", "colour")


def evaluated(case: dict[str, Any]) -> dict[str, Any]:
    """``means_m``, ``covariances_m2``, ``view_rotations`` and ``colours`` of a vector."""
    result = posed(case)
    axes = matrix_from_quaternion(result.cloud.quats_wxyz) * result.cloud.scales_m[:, None].astype(np.float64)
    values = {
        "means_m": result.cloud.means_m,
        "covariances_m2": axes @ axes.transpose(0, 2, 1),
        "view_rotations": matrix_from_quaternion(result.view_rotations_wxyz),
        "colours": result.colours_seen_from(np.array(case["camera_position_m"], dtype=np.float32)),
    }
    return {name: value.tolist() for name, value in values.items()}


def posed(case: dict[str, Any]) -> PosedSplats:
    """The posed Gaussians of a vector."""
    return Deformer(_avatar(case), _deformation(case)).pose(_frame(case))


def _floats(value: Any, *shape: int) -> np.ndarray:
    return np.array(value, dtype=np.float32).reshape(shape)


def _quats(value: Any) -> np.ndarray:
    return normalised(_floats(value, -1, 4)).astype(np.float32)


def _avatar(case: dict[str, Any]) -> Avatar:
    skeleton, avatar = case["skeleton"], case["avatar"]
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
            tuple(f"joint{j}" for j in range(len(skeleton["parents"]))),
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
        *(_floats(model[f"basis_{channel}"], -1, count, 3) for channel in CHANNELS),
    )


def _frame(case: dict[str, Any]) -> Frame:
    frame = case["frame"]
    indices = np.array(frame["detail_indices"], dtype=np.int32)
    return Frame(
        0.0,
        _floats(frame["root_translation_m"], 3),
        _quats(frame["joint_rotations_wxyz"]),
        _floats(frame["node_displacements_m"], -1, 3),
        _quats(frame["node_rotations_wxyz"]),
        _floats(frame["coefficients"], -1),
        Detail(indices, *(_floats(frame[f"detail_{channel}"], -1, 3) for channel in CHANNELS))
        if len(indices)
        else None,
    )
