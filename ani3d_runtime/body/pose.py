"""Pose: one instant of a body."""

from __future__ import annotations

from dataclasses import dataclass

from ani3d_runtime.arrays import Float32Array


@dataclass(frozen=True)
class Pose:
    """What a Motion has for every frame.

    Attributes:
        root_translation_m: [3] added to the root joint's zero position, metres, Y up.
        joint_rotations_wxyz: [J, 4] local, unit, relative to the zero pose of the body.
    """

    root_translation_m: Float32Array
    joint_rotations_wxyz: Float32Array
