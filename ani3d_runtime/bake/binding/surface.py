"""BodySurface: points of a posed body with their normals and skin weights, to look up near ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.body.model import ShapedBody

# Far from the body, single vertices do not matter any more: a coarse set spans the width that weights are spread over.
_COARSE_SPACING_M = 0.03


@dataclass(frozen=True)
class BodySurface:
    """Sample points of a body's surface in some pose.

    Attributes:
        points_m: [P, 3] vertices and face centres.
        normals: [P, 3] unit, outward.
        weights: [P, J] skin weights.
        zero_points_m: [P, 3] the same points in the zero pose, which tell limbs apart that the pose brings close.
        coarse: [C] indices of a thinner set, about 3 cm apart.
    """

    points_m: Float32Array
    normals: Float32Array
    weights: Float32Array
    zero_points_m: Float32Array
    coarse: Int32Array

    @classmethod
    def of(cls, body: ShapedBody, posed_vertices_m: Float32Array) -> BodySurface:
        """Sample a body in the pose of ``posed_vertices_m`` [V, 3]."""
        faces = body.faces
        corners = posed_vertices_m[faces]
        face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        vertex_normals = np.zeros_like(posed_vertices_m)
        for corner in range(3):
            np.add.at(vertex_normals, faces[:, corner], face_normals)
        points = np.concatenate([posed_vertices_m, corners.mean(axis=1)])
        normals = np.concatenate([vertex_normals, face_normals])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        used = np.unique(faces)
        keep = np.concatenate([used, np.arange(len(posed_vertices_m), len(points))])
        weights = np.concatenate([body.skin_weights, body.skin_weights[faces].mean(axis=1)])
        zero = np.concatenate([body.vertices_m, body.vertices_m[faces].mean(axis=1)])
        cells = np.floor(points[keep] / _COARSE_SPACING_M).astype(np.int64)
        _, coarse = np.unique(cells, axis=0, return_index=True)
        return cls(
            points[keep].astype(np.float32),
            normals[keep].astype(np.float32),
            weights[keep].astype(np.float32),
            zero[keep].astype(np.float32),
            coarse.astype(np.int32),
        )

    def tree(self) -> KDTree:
        """Nearest-point search over all points."""
        return KDTree(self.points_m)

    def coarse_tree(self) -> KDTree:
        """Nearest-point search over the thinner set; it answers with places in ``coarse``."""
        return KDTree(self.points_m[self.coarse])
