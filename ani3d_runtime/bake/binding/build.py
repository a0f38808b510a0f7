"""The build of a person, in the shape coefficients of a body, and in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.body.model import BodyModel, ShapedBody

# Coefficients beyond these move the surface by less than clothes do.
_MOST_COEFFICIENTS = 6
# So many standard deviations from the mean are one person in some thousands.
_USUAL = 3.0
_LEAST_SHARE = 0.02
# What is measured: between which joints, and what more and less of it are called.
_LENGTHS = (
    ("legs", ("left_hip", "left_knee", "left_ankle"), "longer", "shorter"),
    ("arms", ("left_shoulder", "left_elbow", "left_wrist"), "longer", "shorter"),
    ("trunk", ("pelvis", "neck"), "longer", "shorter"),
    ("shoulders", ("left_shoulder", "right_shoulder"), "broader", "narrower"),
    ("hips", ("left_hip", "right_hip"), "broader", "narrower"),
)


@dataclass(frozen=True)
class BuildDirections:
    """How a body changes with its first K shape coefficients, each of unit variance among people, at the same height.

    Height is what the scale of a cloud is found by, so no direction may change it.

    Attributes:
        of_vertices: [V, 3, K] metres in the zero pose.
        of_joints: [J, 3, K].
        heights: [K] shares by which the coefficients change the height.
    """

    of_vertices: Float64Array
    of_joints: Float64Array
    heights: Float64Array

    @classmethod
    def of(cls, body: BodyModel) -> BuildDirections:
        """Of a body in its mean shape; K is 0 where it has no shapes."""
        vertices, regressor = body.template_m.astype(np.float64), body.joint_regressor.astype(np.float64)
        directions = body.shape_directions[:, :, :_MOST_COEFFICIENTS].astype(np.float64)
        top, sole = int(vertices[:, 1].argmax()), int(vertices[:, 1].argmin())
        heights = (directions[top, 1] - directions[sole, 1]) / (vertices[top, 1] - vertices[sole, 1])
        directions = directions - vertices[:, :, None] * heights
        return cls(directions, np.einsum("jv,vak->jak", regressor, directions), heights)

    @classmethod
    def none(cls, body: ShapedBody) -> BuildDirections:
        """None, for a body whose build is known."""
        return cls(np.zeros((len(body.vertices_m), 3, 0)), np.zeros((body.skeleton.joint_count, 3, 0)), np.zeros(0))

    @property
    def count(self) -> int:
        """K."""
        return len(self.heights)

    def betas(self, shares: Float64Array) -> tuple[Float32Array, float]:
        """[K] shape coefficients of the body that [K] shares of the directions make, and its size beside that one."""
        size = 1.0 / (1.0 - float(self.heights @ shares))
        return (shares * size).astype(np.float32), size


def build_in_words(mean: ShapedBody, person: ShapedBody) -> str:
    """Such as "legs 4 % longer", at the same height; nothing where it is about the mean."""
    said: list[str] = []
    for name, joints, more, less in _LENGTHS:
        share = _length(person, joints) / _length(mean, joints) - 1
        if abs(share) >= _LEAST_SHARE:
            said.append(f"{name} {abs(share) * 100:.0f} % {more if share > 0 else less}")
    return ", ".join(said)


def is_odd_build(betas: Float32Array) -> bool:
    """Whether hardly anybody is built so."""
    return bool(np.abs(betas).max(initial=0.0) > _USUAL)


def _length(body: ShapedBody, joints: tuple[str, ...]) -> float:
    """Of a chain of joints, in heights of the body."""
    places = body.skeleton.zero_joints_m[[body.skeleton.joint_names.index(joint) for joint in joints]]
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum()) / float(np.ptp(body.vertices_m[:, 1]))
