"""Seconds to take in a 3DGS PLY: read it, fit it to the body, bind it.

    python -m benchmarks.import_avatar [--json] [--runs 5]

The PLY holds Gaussians of degree 3 on the built-in body in A-pose, in another place and scale. Wall time is the median
over the runs; CPU time is of the whole process and shows what was used where the machine is not quiet.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.bake.binding.bind import bind_to_body
from ani3d_runtime.bake.binding.rest_pose import RestPose
from ani3d_runtime.bake.importers.avatar import read_avatar
from ani3d_runtime.body.model import load_builtin_body

COUNTS = (50_000, 200_000)
REST_COUNT = 45
READ_TARGET_S = 1.0


@dataclass(frozen=True)
class Row:
    """One measurement."""

    what: str
    gaussians: int
    wall_s: float
    cpu_s: float
    target_s: float | None


def write_capture(path: Path, count: int) -> None:
    """A binary 3DGS PLY of degree 3, in RDF axes."""
    random = np.random.default_rng(count)
    body = load_builtin_body()
    shaped, _, posed = RestPose.a(body).apply(body)
    corners = posed[shaped.faces[random.choice(len(shaped.faces), count)]]
    means = np.einsum("nk,nkd->nd", random.dirichlet([1, 1, 1], count), corners) * 2.5 + [0.3, 1.0, 0.2]
    names = ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"]
    names += [f"f_rest_{i}" for i in range(REST_COUNT)] + ["opacity", "scale_0", "scale_1", "scale_2"]
    names += ["rot_0", "rot_1", "rot_2", "rot_3"]
    values = random.normal(0, 0.3, (count, len(names)))
    values[:, :3] = means * [1, -1, -1]
    values[:, names.index("opacity")] += 3
    values[:, names.index("scale_0") : names.index("scale_2") + 1] -= 4.5
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    header += [f"property float {name}" for name in names] + ["end_header", ""]
    path.write_bytes("\n".join(header).encode() + values.astype("<f4").tobytes())


def timed(runs: int, work: Callable[[], object]) -> tuple[float, float]:
    """Median wall and CPU seconds of ``runs`` calls after one that warms up."""
    work()
    wall, cpu = [], []
    for _ in range(runs):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - wall_start)
        cpu.append(time.process_time() - cpu_start)
    return statistics.median(wall), statistics.median(cpu)


def measure(runs: int) -> list[Row]:
    """All rows."""
    body = load_builtin_body()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            path = Path(folder) / f"{count}.ply"
            write_capture(path, count)
            read = timed(runs, partial(read_avatar, path))
            rows.append(Row("read PLY, SH degree 3", count, *read, READ_TARGET_S))
            bind = partial(bind_to_body, read_avatar(path).cloud, body, rest_pose=RestPose.a(body))
            bound = timed(runs, bind)
            rows.append(Row("fit, bind, guess parts", count, *bound, None))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    rows = measure(arguments.runs)
    machine = {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    if arguments.json:
        print(json.dumps({"machine": machine, "runs": arguments.runs, "rows": [asdict(row) for row in rows]}))
        return
    table = Table(title=f"Import ({machine['cores']} cores, {machine['cpu']}, median of {arguments.runs})")
    for column in ("what", "Gaussians", "wall s", "CPU s", "target s"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for row in rows:
        target = "" if row.target_s is None else f"{row.target_s:g}"
        table.add_row(row.what, f"{row.gaussians:,}", f"{row.wall_s:.2f}", f"{row.cpu_s:.2f}", target)
    Console().print(table)


if __name__ == "__main__":
    main()
