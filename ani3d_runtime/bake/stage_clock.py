"""StageClock: tells a watcher of a bake's stages, and keeps their time."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

from ani3d_runtime.progress import ProgressCallback, Watcher


class StageClock:
    """A watcher that passes everything on and remembers how long each stage took.

    Attributes:
        seconds: wall time per stage, in order. A stage may come again, for the next clip.
    """

    def __init__(self, watch: Watcher | None) -> None:
        self._watch = watch or _unwatched
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Generator[ProgressCallback, None, None]:
        """One stage, which gets what its progress is told to."""
        started = time.perf_counter()
        with self._watch(name) as progress:
            yield progress
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


@contextmanager
def _unwatched(stage: str) -> Generator[ProgressCallback, None, None]:
    def ignore(fraction: float) -> None:
        """Nobody watches."""

    yield ignore
