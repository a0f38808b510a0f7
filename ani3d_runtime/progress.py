"""How long work tells the fraction of it that is done, 0..1."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeAlias

ProgressCallback: TypeAlias = Callable[[float], None]
# Called with the name of a stage that begins; the stage lasts as long as the block.
Watcher: TypeAlias = Callable[[str], AbstractContextManager[ProgressCallback]]


def part_of(progress: ProgressCallback, start: float, stop: float) -> ProgressCallback:
    """The progress of one step as the part from ``start`` to ``stop`` of the whole."""
    return lambda fraction: progress(start + fraction * (stop - start))


def side_by_side(progress: ProgressCallback, count: int) -> list[ProgressCallback]:
    """The progress of ``count`` equal parts that are done at once, in threads of their own, as that of the whole."""
    done = [0.0] * count

    def part(index: int) -> ProgressCallback:
        def tell(fraction: float) -> None:
            done[index] = fraction
            progress(sum(done) / count)

        return tell

    return [part(index) for index in range(count)]


def silent(_fraction: float) -> None:
    """Progress that nobody watches."""
