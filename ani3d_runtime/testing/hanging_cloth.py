"""A sheet of control nodes that hangs from the root joint in front of a capsule, for tests of drivers."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.codec.sections.driver_model import (
    Capsules,
    Correctives,
    DriverModel,
    HangingNodes,
    Materials,
    NodeLinks,
    feature_count,
)

COLUMNS, ROWS, SPACING_M = 6, 8, 0.05
REACH_M = 0.8


def cloth_skeleton() -> Skeleton:
    """A root a metre and a half up, and a joint half a metre below it."""
    return Skeleton.in_zero_pose(
        ("root", "leg"),
        np.array([-1, 0], dtype=np.int32),
        np.array([[0, 1.5, 0], [0, 1.0, 0]], dtype=np.float32),
    )


def hanging_cloth(*, learned: bool = True, share: float = 1.0) -> tuple[DriverModel, Float64Array]:
    """A driver of 48 nodes and their rest positions; the first row is pinned."""
    column, row = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS), indexing="xy")
    rest = np.stack(
        [(column.ravel() - 2.5) * SPACING_M, 1.4 - row.ravel() * SPACING_M, np.full(column.size, 0.16)], axis=1
    )
    count = len(rest)
    joints = np.zeros((count, 4), dtype=np.uint8)
    joints[:, 1] = 1
    weights = np.tile([0.75, 0.25, 0.0, 0.0], (count, 1))
    normals = np.tile([0.0, 0.0, 1.0], (count, 1))
    follow = np.where(np.arange(count) < COLUMNS, 0.0, 2.0)
    nodes = HangingNodes(joints, weights, np.zeros(count, dtype=np.uint8), normals, follow, np.zeros((count, 3)))
    materials = Materials(*(np.array([value]) for value in (0.3, 1.5, 0.01, 0.1, share)))
    capsules = Capsules(
        np.array([0], dtype=np.uint8), np.array([[[0.0, 1.5, 0.0], [0.0, 0.9, 0.0]]]), np.array([[0.1, 0.1]])
    )
    model = DriverModel(REACH_M, nodes, materials, _links(rest), capsules, _correctives(count, learned))
    return model, rest


def _links(rest: Float64Array) -> NodeLinks:
    away = np.linalg.norm(rest[:, None] - rest[None], axis=2)
    pairs = np.argwhere((away < 2.1 * SPACING_M) & (np.arange(len(rest))[:, None] < np.arange(len(rest))))
    stiff = away[pairs[:, 0], pairs[:, 1]] < 1.5 * SPACING_M
    return NodeLinks(pairs.astype(np.int32), np.where(stiff, 1e-7, 1e-3))


def _correctives(count: int, learned: bool) -> Correctives:
    if not learned:
        return Correctives.none(count)
    rng = np.random.default_rng(0)
    features = feature_count(1, 2)
    return Correctives(
        np.array([1], dtype=np.uint8),
        np.array([[0.7, 0.5], [2.0, 0.3]]),
        rng.normal(0, 0.1, features),
        rng.uniform(0.5, 2, features),
        rng.normal(0, 0.02, (2, features)),
        rng.normal(0, 0.02, (2, count, 3)),
    )
