"""The check from the limbs to the cloud: is there a person where the fitted body is?

Distances from a cloud to the body say little, for a skirt is far from it in a good fit. But wherever the body has a
hand, a foot or a head, a person of whom it is the body has Gaussians. So for each limb the median distance from the
body's surface to the nearest visible Gaussian is taken, and the worst limb judges the fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.body.model import ShapedBody

_SIDES = ("left", "right")
# A joint's region is the surface so near to it in the zero pose.
_NEAR_JOINT_M = 0.10
# Points of a whole body are so far apart.
CELL_M = 0.05
# Good fits are at 10 to 25 mm, wrong ones at 150 mm and more; a thin cloud is farther from everything.
_DOUBTFUL_M, _SPACINGS = 0.08, 3.5
# What is farther from the body than any coat, above the waist and not behind the back.
_LEFT_OVER_M, _WAIST_M, _BACK_M = 0.07, 0.05, 0.1


@dataclass(frozen=True)
class LimbPoints:
    """Points of a body that stand for its surface, and which limbs they belong to.

    Attributes:
        zero_m: [P, 3] in the zero pose.
        normals: [P, 3] unit, outward, in the zero pose.
        weights: [P, J] skin weights.
        limbs: name → indices of points.
        vertices: [P] vertices of the body that they are.
    """

    zero_m: Float64Array
    normals: Float64Array
    weights: Float64Array
    limbs: dict[str, NDArray[np.int_]]
    vertices: Int32Array

    @classmethod
    def of(cls, body: ShapedBody, cell_m: float = CELL_M) -> LimbPoints:
        """Points about ``cell_m`` apart on a body."""
        used = np.unique(body.faces)
        cells = np.floor(body.vertices_m[used] / cell_m).astype(np.int64)
        _, first = np.unique(cells, axis=0, return_index=True)
        picked = used[np.sort(first)]
        zero, weights = body.vertices_m[picked].astype(np.float64), body.skin_weights[picked].astype(np.float64)
        corners = body.vertices_m[body.faces].astype(np.float64)
        facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.zeros((len(body.vertices_m), 3))
        for corner in range(3):
            np.add.at(normals, body.faces[:, corner], facing)
        normals = normals[picked] / np.maximum(np.linalg.norm(normals[picked], axis=1, keepdims=True), 1e-12)
        names = body.skeleton.joint_names
        joints = {name: body.skeleton.zero_joints_m[index] for index, name in enumerate(names)}
        carried = weights.argmax(axis=1)

        def on(*of: str) -> NDArray[np.int_]:
            return np.flatnonzero(np.isin(carried, [names.index(name) for name in of if name in names]))

        def near(joint: str) -> NDArray[np.int_]:
            return np.flatnonzero(np.linalg.norm(zero - joints[joint], axis=1) < _NEAR_JOINT_M)

        limbs = {"head": on("head", "jaw")}
        for side in _SIDES:
            limbs[f"{side} hand"] = on(f"{side}_wrist", f"{side}_hand")
            limbs[f"{side} foot"] = on(f"{side}_foot")
            limbs |= {f"{side} {part}": near(f"{side}_{part}") for part in ("elbow", "knee", "ankle")}
        return cls(zero, normals, weights, {name: points for name, points in limbs.items() if len(points)}, picked)

    def carried_by(self, joints: list[int]) -> LimbPoints:
        """Those points that hang on some joints foremost; without limbs."""
        kept = np.isin(self.weights.argmax(axis=1), joints)
        return LimbPoints(self.zero_m[kept], self.normals[kept], self.weights[kept], {}, self.vertices[kept])

    def off_m(self, to_cloud_m: Float64Array) -> dict[str, float]:
        """Name of a limb → how far it is from the cloud; of distances [P] of all points."""
        return {name: float(np.median(to_cloud_m[points])) for name, points in self.limbs.items()}


def limbs_off_m(body: ShapedBody, posed_m: NDArray[np.floating], cloud: NDArray[np.floating]) -> dict[str, float]:
    """How far each limb of a posed body [V, 3] is from the nearest Gaussian of a cloud [N, 3], metres."""
    points = LimbPoints.of(body)
    index = KDTree(body.vertices_m).query(points.zero_m)[1]
    return points.off_m(np.asarray(KDTree(cloud).query(posed_m[index])[0]))


def left_over(body: ShapedBody, posed_m: NDArray[np.floating], cloud: NDArray[np.floating]) -> float:
    """Share of a cloud [N, 3] that lies beside the trunk of a posed body [V, 3] and belongs to nothing of it.

    Arms across the chest, or hands on hips, are so: a body whose arms hang lies inside the cloud everywhere. Skirts are
    below, and hair is behind.
    """
    some = cloud[:: max(1, len(cloud) // 4000)]
    names, joints = body.skeleton.joint_names, body.skeleton.zero_joints_m
    low, high, back = (joints[names.index(name)] for name in ("pelvis", "left_shoulder", "spine2"))
    beside = (some[:, 1] > low[1] + _WAIST_M) & (some[:, 1] < high[1]) & (some[:, 2] > back[2] - _BACK_M)
    far = np.asarray(KDTree(posed_m).query(some[beside])[0]) > _LEFT_OVER_M
    return float(far.sum()) / max(len(some), 1)


def doubtful_m(cloud: NDArray[np.floating]) -> float:
    """From which distance of a limb on a fit to a cloud [N, 3], metres, is doubted."""
    some = cloud[:: max(1, len(cloud) // 4000)]
    spacing = float(np.median(KDTree(some).query(some, k=2)[0][:, 1])) if len(some) > 1 else 0.0
    return max(_DOUBTFUL_M, _SPACINGS * spacing)
