"""The surface through points of cloth that air pushes against."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay, KDTree

from ani3d_runtime.bake.simulate.surface import areas_of, triangles_over


def neighbours(points: np.ndarray, reach: float) -> np.ndarray:
    return KDTree(points).query_pairs(reach, output_type="ndarray").astype(np.int32)


def jittered_grid(side: int) -> np.ndarray:
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    return grid + np.random.default_rng(0).uniform(-0.25, 0.25, grid.shape)


def test_in_a_plane_the_triangles_are_delaunays() -> None:
    flat = jittered_grid(14)
    points = np.c_[flat, np.zeros(len(flat))]
    found = {tuple(sorted(row)) for row in triangles_over(points, neighbours(points, 2.1)).tolist()}
    wanted = Delaunay(flat).simplices
    # At the edge Delaunay closes the hull by slivers, which say nothing about a surface.
    inner = [tuple(sorted(row)) for row in wanted.tolist() if _inside(flat[row])]
    assert len(inner) > 150
    assert set(inner) <= found


def _inside(corners: np.ndarray) -> bool:
    return bool((corners > 1).all() and (corners < 12).all())


def test_a_tube_is_covered_about_once() -> None:
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, 40, endpoint=False), np.linspace(0, 0.5, 17))
    rng = np.random.default_rng(1)
    angle, height = (axis.ravel() + rng.uniform(-0.02, 0.02, axis.size) * scale for axis, scale in
                     ((angle, 1.0), (height, 0.2)))  # fmt: skip
    points = np.stack([0.2 * np.cos(angle), height, 0.2 * np.sin(angle)], axis=1)
    found = triangles_over(points, neighbours(points, 0.06))
    assert abs(areas_of(points, found).sum() / (2 * np.pi * 0.2 * 0.5) - 1) < 0.06
    sides = np.unique(np.sort(np.concatenate([found[:, [0, 1]], found[:, [1, 2]], found[:, [2, 0]]]), axis=1), axis=0,
                      return_counts=True)[1]  # fmt: skip
    assert (sides <= 2).mean() > 0.97


def test_too_few_points_have_no_surface() -> None:
    points = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    assert triangles_over(points, np.array([[0, 1], [1, 2], [0, 2]], np.int32)).shape == (0, 3)
    assert triangles_over(points, np.zeros((0, 2), np.int32)).shape == (0, 3)
