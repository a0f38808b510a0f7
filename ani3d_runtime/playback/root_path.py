"""The root's way over the ground: carried on over loops, left out, or handed over step by step.

spec/CONVENTIONS.md, "Loops and the root's way" and "Root motion", holds the equations.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.deformation import Frame
from ani3d_runtime.geometry.quaternion import multiply

# As it is; x and z where the clip begins; at the origin and facing +Z, for whoever takes the steps.
RootMotion: TypeAlias = Literal["world", "in place", "delta"]


class GroundMotion(NamedTuple):
    """A place on the ground and a heading, or a motion from one to another: x → R_y(heading) x + (x, 0, z).

    Attributes:
        x_m, z_m: metres.
        heading_rad: turn about +Y, from +Z towards +X.
    """

    x_m: float
    z_m: float
    heading_rad: float

    def then(self, other: GroundMotion) -> GroundMotion:
        """``other`` first, then this."""
        x_m, z_m = _turned(self.heading_rad, other.x_m, other.z_m)
        return GroundMotion(x_m + self.x_m, z_m + self.z_m, self.heading_rad + other.heading_rad)

    def inverse(self) -> GroundMotion:
        """What takes this back."""
        x_m, z_m = _turned(-self.heading_rad, -self.x_m, -self.z_m)
        return GroundMotion(x_m, z_m, -self.heading_rad)

    def step_to(self, later: GroundMotion) -> GroundMotion:
        """The motion from this place to a later one, as seen from this one; its turn is the shorter way around."""
        step = self.inverse().then(later)
        return step._replace(heading_rad=math.remainder(step.heading_rad, 2 * math.pi))


def ground_place(frame: Frame, root_joint_m: Float32Array) -> GroundMotion:
    """Where the root is above the ground, and where it faces: the twist of its rotation about +Y.

    Args:
        frame: its pose is looked at.
        root_joint_m: [3] the root joint in the zero pose.
    """
    place = root_joint_m.astype(np.float64) + frame.root_translation_m
    w, _, y, _ = frame.joint_rotations_wxyz[0].astype(np.float64)
    return GroundMotion(float(place[0]), float(place[2]), 2 * math.atan2(y, w))


def carried(frame: Frame, root_joint_m: Float32Array, translation_m: Float64Array, heading_rad: float) -> Frame:
    """A frame whose root is moved by x → R_y(heading) x + translation in the world; all joints follow it.

    Args:
        frame: as it was.
        root_joint_m: [3] the root joint in the zero pose.
        translation_m: [3] metres.
        heading_rad: turn about +Y.
    """
    joint = root_joint_m.astype(np.float64)
    x, y, z = joint + frame.root_translation_m
    x, z = _turned(heading_rad, x, z)
    place = np.array([x, y, z]) + translation_m
    rotations = frame.joint_rotations_wxyz.copy()
    turn = np.array([math.cos(heading_rad / 2), 0.0, math.sin(heading_rad / 2), 0.0])
    rotations[0] = multiply(turn, rotations[0])
    return replace(frame, root_translation_m=(place - joint).astype(np.float32), joint_rotations_wxyz=rotations)


def over_ground(frame: Frame, root_joint_m: Float32Array, motion: GroundMotion) -> Frame:
    """A frame whose root is moved over the ground, its height kept."""
    if motion == (0.0, 0.0, 0.0):
        return frame
    return carried(frame, root_joint_m, np.array([motion.x_m, 0.0, motion.z_m]), motion.heading_rad)


def standing(frame: Frame, root_joint_m: Float32Array, root: RootMotion) -> Frame:
    """A frame with as much of the root's way over the ground as is wanted."""
    if root == "world":
        return frame
    place = ground_place(frame, root_joint_m)
    back = place.inverse() if root == "delta" else GroundMotion(-place.x_m, -place.z_m, 0.0)
    return over_ground(frame, root_joint_m, back)


def _turned(heading_rad: float, x_m: float, z_m: float) -> tuple[float, float]:
    """A place on the ground, turned about +Y. Plain numbers: it is asked for a few times a frame."""
    cosine, sine = math.cos(heading_rad), math.sin(heading_rad)
    return cosine * x_m + sine * z_m, cosine * z_m - sine * x_m
