"""What stages cost: wall time, processor time and memory."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


@dataclass
class StageCost:
    """What a stage has cost so far, over all its rounds.

    Attributes:
        stage: its name.
        units: pieces of work done in this run.
        reused: pieces of work that an earlier run had done.
        seconds, cpu_seconds: wall time, and time of all cores together.
        peak_bytes: most memory that the process held meanwhile; 0 where the system does not tell.
    """

    stage: str
    units: int = 0
    reused: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0

    def count(self, reused: bool) -> None:
        """One more piece of work."""
        if reused:
            self.reused += 1
        else:
            self.units += 1

    @contextlib.contextmanager
    def measured(self) -> Generator[None, None, None]:
        """Add what the block costs."""
        _reset_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - wall
            self.cpu_seconds += time.process_time() - cpu
            self.peak_bytes = max(self.peak_bytes, _peak_bytes())


def _reset_peak() -> None:
    """Let the peak begin anew, where Linux allows it; else it is that of the whole run."""
    with contextlib.suppress(OSError):
        _CLEAR.write_text("5")


def _peak_bytes() -> int:
    try:
        fields = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if ":" in line)
        return int(fields["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return _peak_of_run()


def _peak_of_run() -> int:
    if os.name != "posix":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
