"""Progress of parts that are done at once."""

from __future__ import annotations

import pytest

from ani3d_runtime.progress import AbandonedError, ProgressCallback, side_by_side, silent


def test_parts_that_are_done_at_once_add_up() -> None:
    told: list[float] = []
    with side_by_side(told.append, 2) as (first, second):
        first(0.5)
        second(1.0)
        first(1.0)
    assert told == [0.25, 0.75, 1.0]


def test_parts_end_when_their_whole_does() -> None:
    """Ctrl-C comes to the main thread alone: the others would work on for minutes."""
    parts: list[ProgressCallback] = []

    def interrupted() -> None:
        with side_by_side(silent, 2) as both:
            parts.extend(both)
            parts[0](0.5)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    for part in parts:
        with pytest.raises(AbandonedError):
            part(0.75)
