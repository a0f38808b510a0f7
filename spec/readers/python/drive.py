"""Our driver of control nodes on its golden vector."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.sections.driver import decode_driver
from ani3d_runtime.playback.driver import NodeDriver


def driven(vector: dict[str, Any]) -> dict[str, Any]:
    """Displacements and rotations of all nodes after each step."""
    skeleton, rest = _skeleton(vector["skeleton"]), np.array(vector["node_rest_m"])
    model = decode_driver(base64.b64decode(vector["section"]), len(rest), skeleton.joint_count)
    driver = NodeDriver(model, skeleton, rest)
    driver.reset(_pose(vector["reset"]))
    frames = [driver.step(_pose(step), step["dt_s"]) for step in vector["steps"]]
    return {
        "steps": [
            {
                "displacements": np.round(frame.node_displacements_m.astype(float), 7).tolist(),
                "rotations": np.round(frame.node_rotations_wxyz.astype(float), 7).tolist(),
            }
            for frame in frames
        ]
    }


def _skeleton(fields: dict[str, Any]) -> Skeleton:
    return Skeleton(
        tuple(f"joint{j}" for j in range(len(fields["parents"]))),
        np.array(fields["parents"], dtype=np.int32),
        np.array(fields["zero_joints_m"], dtype=np.float32),
        np.array(fields["rest_rotations_wxyz"], dtype=np.float32),
        np.array(fields["rest_translation_m"], dtype=np.float32),
    )


def _pose(fields: dict[str, Any]) -> Pose:
    return Pose(
        np.array(fields["root_translation_m"], dtype=np.float32),
        np.array(fields["joint_rotations_wxyz"], dtype=np.float32),
    )
