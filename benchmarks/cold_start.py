"""CPU seconds of the first small bake on a machine, which compiles its kernels, and of the next one, which does not.

    python -m benchmarks.cold_start [--json] [--slowest 25]

Each bake is a process of its own; the first has an empty compilation cache. A kernel's time is without the kernels it
calls. Only CPU time counts: compiling uses one core, and wall time depends on what else runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numba.core.event
from rich.console import Console
from rich.table import Table

from ani3d_runtime.cli.app import run
from benchmarks.rasteriser import processor

_BAKE = "bake dancer --motion dance --detail low --start-frame 0 --stop-frame 30 --practice 0 --quiet -o"


@dataclass(frozen=True)
class Kernel:
    """What a kernel took to compile, over all signatures."""

    name: str
    signatures: int
    cpu_s: float


@dataclass(frozen=True)
class Bake:
    """One process, and what it compiled."""

    what: str
    cpu_s: float
    kernels: list[Kernel]


class _CompileTimes(numba.core.event.Listener):
    """CPU seconds of the compiling thread for each kernel."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        # Of every kernel being compiled: when it began, and what was spent on those it calls.
        self._open: list[list[float]] = []

    def on_start(self, event: Any) -> None:
        self._open.append([time.thread_time(), 0.0])

    def on_end(self, event: Any) -> None:
        start, inner = self._open.pop()
        whole = time.thread_time() - start
        if self._open:
            self._open[-1][1] += whole
        function = event.data["dispatcher"].py_func
        self.seconds[f"{function.__module__.removeprefix('ani3d_runtime.')}.{function.__qualname__}"].append(
            whole - inner
        )


def bake_once(output: str, report: str) -> None:
    """Bake, and write what was compiled to ``report``; the body of one process."""
    times = _CompileTimes()
    numba.core.event.register("numba:compile", times)
    code = run([*_BAKE.split(), output])
    kernels = [Kernel(name, len(all_), sum(all_)) for name, all_ in times.seconds.items()]
    Path(report).write_text(json.dumps([asdict(kernel) for kernel in kernels]), encoding="utf-8")
    if code:
        raise SystemExit(code)


def measure() -> list[Bake]:
    """The first bake and the second."""
    bakes = []
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "kernels.json"
        source = f"from benchmarks.cold_start import bake_once; bake_once({folder + '/cold.a3d'!r}, {str(report)!r})"
        for what in ("first", "next"):
            before = os.times()
            subprocess.run(
                [sys.executable, "-c", source.replace("cold.a3d", f"{what}.a3d")],
                check=True,
                env={**os.environ, "NUMBA_CACHE_DIR": f"{folder}/cache"},
                stdout=subprocess.DEVNULL,
            )
            after = os.times()
            cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
            kernels = [Kernel(**entry) for entry in json.loads(report.read_text(encoding="utf-8"))]
            bakes.append(Bake(what, cpu_s, sorted(kernels, key=lambda kernel: -kernel.cpu_s)))
    return bakes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--slowest", type=int, default=25, help="kernels listed")
    arguments = parser.parse_args()
    bakes = measure()
    machine = {"cpu": processor(), "cores": os.cpu_count(), "python": platform.python_version()}
    if arguments.json:
        bakes_found = [asdict(bake) for bake in bakes]
        print(json.dumps({"benchmark": "cold_start", "machine": machine, "bakes": bakes_found}))
        return
    table = Table(title=f"CPU seconds of a small bake: {machine['cpu']}, Python {machine['python']}")
    for column in ("what", "kernels", "signatures", "CPU s"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for bake in bakes:
        signatures = sum(kernel.signatures for kernel in bake.kernels)
        table.add_row(f"{bake.what} bake", str(len(bake.kernels)), str(signatures), f"{bake.cpu_s:.1f}")
    compiled = bakes[0].kernels
    table.add_row("  compiling", "", "", f"{sum(kernel.cpu_s for kernel in compiled):.1f}")
    for kernel in compiled[: arguments.slowest]:
        table.add_row(f"    {kernel.name}", "", str(kernel.signatures), f"{kernel.cpu_s:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
