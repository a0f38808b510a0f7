"""Nearness of nodes against brute force, ties and far corners included: every decoder must find the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.codec.sections.nearness import node_neighbours, node_parents, nodes_by_rank

# Few values, so that distances tie; large ones, whose squares pass what indices leave room for.
CELLS = st.lists(st.tuples(*[st.sampled_from([0, 1, -1, 7, 30_000, -(1 << 26), 1 << 26])] * 3), min_size=1, max_size=24)


def squared(cells: list[tuple[int, int, int]], i: int, j: int) -> int:
    return sum((a - b) ** 2 for a, b in zip(cells[i], cells[j], strict=True))


@settings(max_examples=150, deadline=None)
@given(cells=CELLS)
def test_neighbours_and_parents_are_the_nearest_ties_to_the_lower_index(cells: list[tuple[int, int, int]]) -> None:
    count = len(cells)
    neighbours, parents = node_neighbours(np.array(cells)), node_parents(np.array(cells))
    for node in range(count):
        wanted = sorted(range(count), key=lambda other: (squared(cells, node, other), other))
        assert neighbours[node].tolist() == wanted
        before = [other for other in wanted if other < node][:3]
        assert parents[node].tolist() == (before if node >= 3 else [0, 0, 0])


def test_ranks_lead_from_node_to_node() -> None:
    neighbours = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]], dtype=np.int32)
    nearest = np.array([1, 1, 0], dtype=np.int32)
    gaps = np.array([[1, 0, 2], [0, 1, 0], [1, 0, 0]], dtype=np.int32)
    assert nodes_by_rank(neighbours, nearest, gaps).tolist() == [[1, 2, 2, 0], [2, 2, 0, 0], [2, 1, 1, 1]]
