"""Stopwatch: wall and CPU time of a block, child processes included."""

from __future__ import annotations

import os
import time


class Stopwatch:
    """``with Stopwatch() as watch: ...``, then ``watch.wall_s`` and ``watch.cpu_s``."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    def __enter__(self) -> Stopwatch:
        self._cpu, self._wall = _cpu_s(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self._wall
        self.cpu_s = _cpu_s() - self._cpu


def _cpu_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
