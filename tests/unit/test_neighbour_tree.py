"""The tree of boxes finds what a look at every point finds, to the last tie."""

from __future__ import annotations

import numpy as np
import pytest

from ani3d_runtime.codec.encoder.neighbour_tree import NeighbourTree


def _points(count: int, seed: int) -> np.ndarray:
    """[count, 7] on a curved sheet, on a lattice so coarse that ties and doubles are common."""
    generator = np.random.default_rng(seed)
    u, v = generator.uniform(-1, 1, (2, count))
    columns = (u, v, u * v, u**2, np.sin(3 * v), 0 * u, generator.integers(0, 2, count) * 8)
    return (np.round(np.stack(columns, axis=1) * 16) / 16).astype(np.float32)


def _squared(queries: np.ndarray, points: np.ndarray) -> np.ndarray:
    """[Q, n]; float32 holds these exactly too, as coordinates are small and sixteenths."""
    return ((queries[:, None].astype(np.float64) - points[None]) ** 2).sum(axis=2)


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 33, 1500])
def test_the_nearest_are_those_of_a_full_search(count: int) -> None:
    points, queries = _points(count, 1), _points(700, 2)
    wanted = min(16, count)
    squared = _squared(queries, points)
    # A stable sort leaves ties with the lower index first.
    expected = np.argsort(squared, axis=1, kind="stable")[:, :wanted]
    indices, found = NeighbourTree(points).nearest(queries, wanted)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(found, np.take_along_axis(squared, expected, axis=1), rtol=1e-6)


def test_too_few_points_leave_zeros_at_infinity() -> None:
    indices, squared = NeighbourTree(_points(8, 3)).nearest(_points(5, 4), 16)
    assert np.isfinite(squared[:, :8]).all()
    assert np.isinf(squared[:, 8:]).all()
    assert (np.sort(indices[:, :8], axis=1) == np.arange(8)).all()
    assert (indices[:, 8:] == 0).all()


@pytest.mark.parametrize("count", [1, 40, 1500])
def test_farthest_points_are_those_of_a_full_search(count: int) -> None:
    points = _points(count, 5)
    squared = _squared(points, points)
    expected, distance = [0], squared[0]
    while distance.max() > 0 and len(expected) < 200:
        expected.append(int(distance.argmax()))
        distance = np.minimum(distance, squared[expected[-1]])
    np.testing.assert_array_equal(NeighbourTree(points).farthest(200), expected)
