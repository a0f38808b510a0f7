"""What each format of Gaussians costs: size, CPU seconds to write and to read, and what is lost on the way.

    python -m benchmarks.formats [--json] [--count 200000] [--degree 3]

The cloud is scattered around the built-in body: smooth colours and harmonics with noise of a tenth of their size,
scales around 2.5 mm, opacities of all values. Every file is read back; CPU time is that of the process, on one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_exporters.splat_format import COMPRESSED_PLY, GLTF, PLY, SOG, SPLAT, SPZ, SPZ_4, SplatFormat
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.splats import SplatCloud

FORMATS = (PLY, COMPRESSED_PLY, SPZ, SPZ_4, SOG, SPLAT, GLTF)


@dataclass(frozen=True)
class Row:
    """One format; errors are the largest, those of colours and harmonics root mean squares."""

    format: str
    megabytes: float
    write_cpu_s: float
    read_cpu_s: float
    position_mm: float
    log_scale: float
    rotation_deg: float
    opacity: float
    colour_rms: float
    harmonics_rms: float | None


def cloud_of(count: int, degree: int) -> SplatCloud:
    """Gaussians of a person who was never trained, but is as smooth as one."""
    random = np.random.default_rng(count)
    body = load_builtin_body()
    corners = body.template_m[body.faces[random.choice(len(body.faces), count)]]
    means = np.einsum("nk,nkd->nd", random.dirichlet([1, 1, 1], count), corners) + random.normal(0, 0.003, (count, 3))
    terms = (degree + 1) ** 2
    waves = np.sin(means @ random.normal(0, 6, (3, 3 * terms)) + random.uniform(0, 6, 3 * terms))
    size = np.array([0.8] + [0.1] * (terms - 1))[None, :, None]
    sh = size * (waves.reshape(count, terms, 3) + random.normal(0, 0.1, (count, terms, 3)))
    scales = np.exp(random.normal(-6, 0.7, (count, 3)))
    opacities = 1 / (1 + np.exp(-random.normal(1.5, 2.5, count)))
    return SplatCloud.checked(means, random.normal(size=(count, 4)), scales, opacities, sh)


def measured(form: SplatFormat, cloud: SplatCloud, folder: Path) -> Row:
    """Write, read back and compare."""
    path = folder / f"a{form.suffix}"
    started = time.process_time()
    content = form.pack(cloud)
    written = time.process_time()
    path.write_bytes(content)
    before = time.process_time()
    found = form.read(path).cloud
    read = time.process_time()
    expected = form.in_file_order(cloud)
    terms = found.sh.shape[1]
    cosines = np.abs((found.quats_wxyz.astype(np.float64) * expected.quats_wxyz).sum(axis=1))
    difference = (found.sh - expected.sh[:, :terms]).astype(np.float64)
    return Row(
        form.name,
        len(content) / 1e6,
        written - started,
        read - before,
        1e3 * float(np.abs(found.means_m - expected.means_m).max()),
        float(np.abs(np.log(found.scales_m / expected.scales_m)).max()),
        float(np.rad2deg(2 * np.arccos(cosines.clip(0, 1))).max()),
        float(np.abs(found.opacities - expected.opacities).max()),
        float(np.sqrt((difference[:, 0] ** 2).mean())),
        float(np.sqrt((difference[:, 1:] ** 2).mean())) if terms > 1 else None,
    )


def main() -> None:
    """Measure every format and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--degree", type=int, default=3)
    arguments = parser.parse_args()
    cloud = cloud_of(arguments.count, arguments.degree)
    with tempfile.TemporaryDirectory() as folder:
        # The first call of each pays for imports, on a cloud of a few Gaussians.
        for form in FORMATS:
            measured(form, cloud.take(np.arange(999, dtype=np.int32)), Path(folder))
        rows = [measured(form, cloud, Path(folder)) for form in FORMATS]
    machine = {"machine": platform.machine(), "cpus": os.cpu_count(), "python": platform.python_version()}
    if arguments.json:
        print(json.dumps({**machine, "gaussians": cloud.count, "rows": [asdict(row) for row in rows]}, indent=2))
        return
    table = Table(title=f"{cloud.count:,} Gaussians of degree {cloud.sh_degree}, {machine}")
    for column in ("format", "MB", "write CPU-s", "read CPU-s", "mm", "ln scale", "°", "opacity", "dc rms", "shN rms"):
        table.add_column(column, justify="left" if column == "format" else "right")
    for row in rows:
        harmonics = "" if row.harmonics_rms is None else f"{row.harmonics_rms:.4f}"
        numbers = (row.position_mm, row.log_scale, row.rotation_deg, row.opacity, row.colour_rms)
        table.add_row(
            row.format,
            f"{row.megabytes:.2f}",
            f"{row.write_cpu_s:.2f}",
            f"{row.read_cpu_s:.2f}",
            *(f"{number:.3f}" for number in numbers),
            harmonics,
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
