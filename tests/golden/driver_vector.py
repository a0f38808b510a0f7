"""Writes the golden vector of a driver: ``python -m tests.golden.driver_vector``.

Forty-eight nodes of cloth on two joints, a cut and a dozen steps of uneven length. The section is stored as bytes, so
that any language can read it; what it drives is our own evaluation, which a second one, written in JavaScript from
spec/DRIVER.md, agrees with.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.body.pose import Pose
from ani3d_runtime.codec.sections.driver import encode_driver
from ani3d_runtime.geometry.quaternion import quaternion_from_rotation_vector
from ani3d_runtime.testing.hanging_cloth import cloth_skeleton, hanging_cloth
from spec.readers.python.drive import driven

PATH = Path(__file__).parents[2] / "spec" / "vectors" / "driver" / "cloth.json"
STEPS_S = (1 / 60, 1 / 60, 1 / 30, 0.004, 1 / 60, 0.1, 1 / 60, 1 / 60, 0.02, 1 / 30, 0.25, 1 / 60)


def rendered() -> dict[str, Any]:
    """The vector, expected values included."""
    model, rest = hanging_cloth(share=0.8)
    # Nearer to the sheet than its thickness: the distance at rest is what is kept.
    model = replace(model, capsules=replace(model.capsules, radii_m=np.array([[0.152, 0.153]])))
    rest = np.round(rest, 6)
    section, skeleton = encode_driver(model), cloth_skeleton()
    poses = [_pose(step) for step in range(len(STEPS_S) + 1)]
    document: dict[str, Any] = {
        "skeleton": {
            "parents": skeleton.parents.tolist(),
            "zero_joints_m": skeleton.zero_joints_m.tolist(),
            "rest_rotations_wxyz": skeleton.rest_rotations_wxyz.tolist(),
            "rest_translation_m": skeleton.rest_translation_m.tolist(),
        },
        "node_rest_m": rest.tolist(),
        "section": base64.b64encode(section).decode(),
        "reset": _told(poses[0]),
        "steps": [_told(pose) | {"dt_s": dt_s} for pose, dt_s in zip(poses[1:], STEPS_S, strict=True)],
    }
    return document | {"expected": driven(document)}


def _pose(step: int) -> Pose:
    root = np.round([0.05 * np.sin(step), 0.01 * step, 0.03 * step], 6)
    turns = np.array([[0.1 * step, 0.4 * np.sin(step), 0.0], [0.3 * np.cos(step), 0.0, 0.1]])
    return Pose(root.astype(np.float32), quaternion_from_rotation_vector(turns).astype(np.float32))


def _told(pose: Pose) -> dict[str, Any]:
    return {
        "root_translation_m": pose.root_translation_m.tolist(),
        "joint_rotations_wxyz": pose.joint_rotations_wxyz.tolist(),
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(rendered()) + "\n", encoding="utf-8")
