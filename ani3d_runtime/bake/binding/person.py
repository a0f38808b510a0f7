"""Search for the person in a cloud: which way it is turned, how large it is, where its arms and legs are.

A hypothesis is a similarity (turn, scale, place) and a pose of shoulders, elbows and hips. Coarse ones, over turns
about the height and the usual places of the arms, are compared by distances both ways between the body and the cloud,
capped so that skirts, hair and strays do not decide. The best few are refined by Gauss and Newton's steps on pairs of
nearest points, in which far pairs count little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.bake.binding.build import BuildDirections
from ani3d_runtime.bake.binding.limbs import CELL_M, LimbPoints
from ani3d_runtime.body.model import ShapedBody
from ani3d_runtime.geometry.quaternion import (
    matrix_from_quaternion,
    multiply,
    quaternion_from_rotation_vector,
)

# Angles that are looked for: joint, axis of its rotation vector, and its sign on the left and on the right side.
_ANGLES = (
    ("shoulder", 2, -1.0, 1.0),  # lowered
    ("shoulder", 1, -1.0, 1.0),  # forwards
    ("elbow", 1, -1.0, 1.0),  # bent
    ("hip", 2, 1.0, -1.0),  # apart
    ("hip", 0, -1.0, -1.0),  # forwards
)
_SIDES = ("left", "right")
_CAP_M = 0.15
_SOFT_M = 0.02
_LIMB_WEIGHT = 1.5
# Pulls of the pose towards the one it began with, where nothing in the cloud says otherwise, per radian.
_STIFFNESS = 0.3
# The same for each shape coefficient, of which one is a standard deviation among people.
_BUILD_STIFFNESS = 0.005
_WIDE_M, _SHAPE_WIDE_M = 0.12, 0.06
# Points slide along the surface with this share of the force that pulls them onto it.
_TANGENT = 0.25
_NUDGE_RAD, _MOST_STEP = 1e-3, 0.2
_CLOUD_POINTS, _COARSE_POINTS = 900, 400


@dataclass(frozen=True)
class Placement:
    """Where a person is in a cloud.

    Attributes:
        turn_wxyz: [4] turns the cloud's points upright and to the front.
        scale: metres per unit of the cloud.
        translation_m: [3] added after turning and scaling.
        rotations_wxyz: [J, 4] the pose.
        betas: [K] shape coefficients that the person has more than the body.
        off_m: name of a limb → how far the body's is from the cloud.
        cost: of the fit; to compare placements of one cloud.
        left_m: so far from the body is the farthest twentieth of the cloud.
    """

    turn_wxyz: Float64Array
    scale: float
    translation_m: Float64Array
    rotations_wxyz: Float32Array
    betas: Float32Array
    off_m: dict[str, float]
    cost: float
    left_m: float

    @property
    def worst_m(self) -> float:
        """Of the limb that is farthest from the cloud."""
        return max(self.off_m.values(), default=0.0)


class PersonSearch:
    """Looks for a body in a cloud.

    Args:
        body: in its shape.
        sample: [S, 3] visible points of the cloud, its unit.
        joints: whose surface is looked for; None for the whole body.
        cell_m: how far apart the body's points are.
        builds: that people can have; None for the body's alone.

    Attributes:
        height_m: of what is looked for, in the zero pose.
    """

    def __init__(
        self,
        body: ShapedBody,
        sample: Float64Array,
        joints: tuple[str, ...] | None = None,
        cell_m: float = CELL_M,
        builds: BuildDirections | None = None,
    ) -> None:
        self._skeleton = body.skeleton
        whole = LimbPoints.of(body, cell_m)
        self._points = (
            whole
            if joints is None
            else whole.carried_by(
                [body.skeleton.joint_names.index(joint) for joint in joints if joint in body.skeleton.joint_names]
            )
        )
        self.height_m = float(np.ptp(self._points.zero_m[:, 1]))
        self._centre = np.median(sample, axis=0)
        self._sample = sample - self._centre
        self._tree = KDTree(self._sample)
        self._some = self._sample[:_CLOUD_POINTS]
        self._weight = np.ones(len(self._points.zero_m))
        for limb in self._points.limbs.values():
            self._weight[limb] = _LIMB_WEIGHT
        names = self._skeleton.joint_names
        self._angles = [
            (names.index(f"{side}_{joint}"), axis, left if side == "left" else right)
            for side in _SIDES
            for joint, axis, left, right in _ANGLES
        ]
        self._builds = builds or BuildDirections.none(body)
        self._of_joints, self._of_points = self._builds.of_joints, self._builds.of_vertices[self._points.vertices]
        self._nothing = np.zeros(len(self._angles) + self._of_points.shape[2])

    def start(self, turn: Float64Array, rotations: Float32Array) -> Float64Array:
        """Parameters to begin with, by height and middle."""
        body = self._posed(rotations, self._nothing)
        return self._moved(self._by_height(turn, body), turn, body)

    def coarse(
        self, turns: NDArray[np.float64], poses: list[Float32Array]
    ) -> list[tuple[float, Float64Array, Float64Array, Float32Array]]:
        """Cost, turn, parameters and pose of every combination, the best first."""
        found = []
        for rotations in poses:
            body = self._posed(rotations, self._nothing)
            for turn in turns:
                start = self._by_height(turn, body)
                for _ in range(3):
                    start = self._moved(start, turn, body)
                residuals = self._distances(start, turn, body, self._some[:_COARSE_POINTS])
                found.append((_capped(residuals), turn, start, rotations))
        return sorted(found, key=lambda item: item[0])

    def refined(
        self,
        turn: Float64Array,
        start: Float64Array,
        rotations: Float32Array,
        *,
        poses: bool = True,
        shapes: bool = False,
        rounds: int = 24,
    ) -> Placement:
        """A placement near a start; its pose is kept where ``poses`` is not set, and its build unless ``shapes`` is.

        Nearest points are paired both ways, and a Gauss-Newton step brings them together, along the body's normals
        foremost; pairs far apart count less and less.
        """
        parameters = start.copy()
        free = np.arange(len(start) if shapes else 7 + len(self._angles) if poses else 7)
        for widest in np.geomspace(_SHAPE_WIDE_M if shapes else _WIDE_M, _SOFT_M, rounds):
            matrix, scale = _matrix(parameters, turn), float(np.exp(parameters[3]))
            step = self._step(parameters, rotations, scale * self._some @ matrix.T, free, widest)
            # Turns are small steps onto what is turned already.
            turn = multiply(quaternion_from_rotation_vector(step[:3]), _whole(parameters, turn))
            parameters = parameters + step
            parameters[:3] = 0
        return self._placement(parameters, turn, rotations)

    def from_here(self, turn: Float64Array, scale: float, translation_m: Float64Array) -> Float64Array:
        """Parameters to begin with where a placement is known."""
        middle = translation_m + scale * (matrix_from_quaternion(turn) @ self._centre)
        return np.concatenate([np.zeros(3), [np.log(scale)], middle, self._nothing])

    def _step(
        self,
        parameters: Float64Array,
        rotations: Float32Array,
        turned: Float64Array,
        free: NDArray[np.int_],
        widest: float,
    ) -> Float64Array:
        blended = self._blended(rotations, parameters[7:])
        body = self._placed(blended, parameters[7:])
        moved = turned + parameters[4:7]
        to_cloud, at_cloud = (np.asarray(found) for found in KDTree(moved).query(body))
        to_body, at_body = (np.asarray(found) for found in KDTree(body).query(moved))
        on_body = np.concatenate([np.arange(len(body)), at_body])
        in_cloud = np.concatenate([at_cloud, np.arange(len(moved))])
        off = body[on_body] - moved[in_cloud]
        weight = 1 / (1 + (np.concatenate([to_cloud, to_body]) / widest) ** 2)
        weight[: len(body)] *= self._weight
        arms = turned[in_cloud]
        jacobian = np.zeros((len(off), 3, len(parameters)))
        for axis, unit in enumerate(np.eye(3)):
            jacobian[:, :, axis] = -np.cross(unit, arms)
            jacobian[:, axis, 4 + axis] = -1
        jacobian[:, :, 3] = -arms
        for angle in range(7, len(free)):
            nudged = parameters[7:].copy()
            nudged[angle - 7] += _NUDGE_RAD
            jacobian[:, :, angle] = (self._posed(rotations, nudged) - body)[on_body] / _NUDGE_RAD
        normals = np.einsum("pab,pb->pa", blended[:, :, :3], self._points.normals)[on_body]
        along = np.einsum("pi,pik->pk", normals, jacobian)
        rows = np.concatenate([along, _TANGENT * jacobian.reshape(-1, len(parameters))])[:, free]
        right = np.concatenate([(normals * off).sum(axis=1), _TANGENT * off.ravel()])
        weights = np.concatenate([weight, np.repeat(weight, 3)])
        stiff = np.zeros(len(parameters))
        stiff[7:] = _STIFFNESS
        stiff[7 + len(self._angles) :] = _BUILD_STIFFNESS
        system = rows.T @ (weights[:, None] * rows) + np.diag(stiff[free] + 1e-6)
        step = np.zeros(len(parameters))
        step[free] = np.linalg.solve(system, -rows.T @ (weights * right) - (stiff * parameters)[free])
        return np.clip(step, -_MOST_STEP, _MOST_STEP)

    def _placement(self, parameters: Float64Array, turn: Float64Array, rotations: Float32Array) -> Placement:
        pose = self._rotations(rotations, parameters[7:])
        body = self._posed(rotations, parameters[7:])
        distances = self._distances(parameters, turn, body, self._some)
        whole = _whole(parameters, turn)
        scale = float(np.exp(parameters[3]))
        translation = parameters[4:7] - scale * (matrix_from_quaternion(whole) @ self._centre)
        off_m = self._points.off_m(distances[: len(body)])
        left_m = float(np.quantile(distances[len(body) :], 0.95))
        betas, size = self._builds.betas(parameters[7 + len(self._angles) :])
        return Placement(
            whole, scale * size, translation * size, pose.astype(np.float32), betas, off_m, _capped(distances), left_m
        )

    def _rotations(self, rotations: Float32Array, angles: Float64Array) -> Float64Array:
        vectors = np.zeros((len(rotations), 3))
        for (joint, axis, sign), angle in zip(self._angles, angles[: len(self._angles)], strict=True):
            vectors[joint, axis] += sign * angle
        return multiply(quaternion_from_rotation_vector(vectors), rotations)

    def _posed(self, rotations: Float32Array, angles: Float64Array) -> Float64Array:
        """[P, 3] the body's points."""
        return self._placed(self._blended(rotations, angles), angles)

    def _placed(self, blended: Float64Array, angles: Float64Array) -> Float64Array:
        zero = self._points.zero_m + self._of_points @ angles[len(self._angles) :]
        return np.einsum("pab,pb->pa", blended[:, :, :3], zero) + blended[:, :, 3]

    def _blended(self, rotations: Float32Array, angles: Float64Array) -> Float64Array:
        """[P, 3, 4] skinning transforms of the body's points."""
        pose = self._rotations(rotations, angles).astype(np.float32)
        joints = self._skeleton.zero_joints_m + self._of_joints @ angles[len(self._angles) :]
        skeleton = replace(self._skeleton, zero_joints_m=joints.astype(np.float32))
        transforms = skeleton.global_transforms(pose[None], np.zeros((1, 3), np.float32))[0]
        transforms[:, :, 3] -= np.einsum("jab,jb->ja", transforms[:, :, :3], joints)
        return (self._points.weights @ transforms.reshape(len(transforms), 12)).reshape(-1, 3, 4)

    def _distances(
        self, parameters: Float64Array, turn: Float64Array, body: Float64Array, some: Float64Array
    ) -> Float64Array:
        """[P + S] metres from the body's points to the cloud, and from the cloud's to the body."""
        matrix, scale = _matrix(parameters, turn), float(np.exp(parameters[3]))
        in_cloud = (body - parameters[4:7]) @ matrix / scale
        to_cloud = np.asarray(self._tree.query(in_cloud)[0]) * scale
        in_body = scale * some @ matrix.T + parameters[4:7]
        return np.concatenate([to_cloud, np.asarray(KDTree(body).query(in_body)[0])])

    def _by_height(self, turn: Float64Array, body: Float64Array) -> Float64Array:
        """Parameters by the height and the middle of what is upright after a turn."""
        turned = self._sample @ matrix_from_quaternion(turn).T
        low, high = np.quantile(turned, [0.003, 0.997], axis=0)
        scale = float(np.ptp(body[:, 1])) / max(float(high[1] - low[1]), 1e-12)
        middle = scale * np.median(turned, axis=0)
        target = np.median(body, axis=0)
        middle[1], target[1] = scale * low[1], body[:, 1].min()
        return np.concatenate([np.zeros(3), [np.log(scale)], target - middle, self._nothing])

    def _moved(self, parameters: Float64Array, turn: Float64Array, body: Float64Array) -> Float64Array:
        """Parameters after one step of scale and place towards the nearest points."""
        matrix, scale = _matrix(parameters, turn), float(np.exp(parameters[3]))
        in_cloud = (body - parameters[4:7]) @ matrix / scale
        distances, at = self._tree.query(in_cloud)
        near = distances <= np.quantile(distances, 0.7)
        source, target = self._sample[np.asarray(at)[near]] @ matrix.T, body[near]
        spread = source - source.mean(axis=0)
        ratio = float((spread * (target - target.mean(axis=0))).sum() / max(float((spread**2).sum()), 1e-30))
        result = parameters.copy()
        result[3] = np.clip(np.log(max(ratio, 1e-12)), parameters[3] - 0.15, parameters[3] + 0.15)
        result[4:7] = target.mean(axis=0) - np.exp(result[3]) * source.mean(axis=0)
        return result


def turned_about_height(turn: Float64Array, yaw_rad: float) -> Float64Array:
    """A turn, and then one about the height."""
    return multiply(np.array([np.cos(yaw_rad / 2), 0.0, np.sin(yaw_rad / 2), 0.0]), turn)


def _whole(parameters: Float64Array, turn: Float64Array) -> Float64Array:
    return multiply(quaternion_from_rotation_vector(parameters[:3]), turn)


def _matrix(parameters: Float64Array, turn: Float64Array) -> Float64Array:
    return matrix_from_quaternion(_whole(parameters, turn))


def _capped(distances: Float64Array) -> float:
    return float(np.minimum(distances, _CAP_M).mean())
