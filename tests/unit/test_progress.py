"""How long work tells how far it is."""

from __future__ import annotations

from ani3d_runtime.progress import side_by_side


def test_parts_that_are_done_at_once_add_up() -> None:
    told: list[float] = []
    first, second = side_by_side(told.append, 2)
    first(0.5)
    second(1.0)
    first(1.0)
    assert told == [0.25, 0.75, 1.0]
