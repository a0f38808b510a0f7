"""How long work tells the fraction of it that is done, 0..1."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

ProgressCallback: TypeAlias = Callable[[float], None]
# Called with the name of a stage that begins; the stage lasts as long as the block.
Watcher: TypeAlias = Callable[[str], AbstractContextManager[ProgressCallback]]


def part_of(progress: ProgressCallback, start: float, stop: float) -> ProgressCallback:
    """The progress of one step as the part from ``start`` to ``stop`` of the whole."""
    return lambda fraction: progress(start + fraction * (stop - start))


class AbandonedError(Exception):
    """Nobody waits for this part of the work any more."""


@contextmanager
def side_by_side(progress: ProgressCallback, count: int) -> Generator[list[ProgressCallback], None, None]:
    """The progress of ``count`` equal parts that are done at once, in threads of their own, as that of the whole.

    Where the block ends by an exception, Ctrl-C included, a part that tells its progress ends by ``AbandonedError``:
    threads do not work on for a result that nobody takes.
    """
    done = [0.0] * count
    is_abandoned = threading.Event()

    def part(index: int) -> ProgressCallback:
        def tell(fraction: float) -> None:
            if is_abandoned.is_set():
                raise AbandonedError
            done[index] = fraction
            progress(sum(done) / count)

        return tell

    try:
        yield [part(index) for index in range(count)]
    except BaseException:
        is_abandoned.set()
        raise


def silent(_fraction: float) -> None:
    """Progress that nobody watches."""
