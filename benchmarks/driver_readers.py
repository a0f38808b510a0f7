"""A package's driver in two languages, step by step: ``python -m benchmarks.driver_readers PACKAGE --runner COMMAND``.

Golden vectors of drivers have a dozen steps, since errors of rounding grow where cloth touches a body. Here a whole
clip is led at 60 Hz, as often as it takes, and Python's driver and that of a runner (spec/vectors/README.md) are put
side by side: how far apart are nodes and learned rotations, by the step. The two share the package's section alone.
"""

from __future__ import annotations

import argparse
import base64
import json
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.deformation import Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.sections import DRIVER
from ani3d_runtime.playback.player import ClipPlayer
from spec.readers.python.drive import driven

_RATE_HZ = 60


def vector_of(package: Package, clip: str, steps: int) -> dict[str, Any]:
    """A vector of the driver (spec/vectors/README.md) of a package, led by one of its clips at 60 Hz."""
    player = ClipPlayer(package, clip)
    poses = [player.light_frame_at(step / _RATE_HZ, loop=True) for step in range(steps + 1)]
    skeleton = package.skeleton
    return {
        "skeleton": {
            "parents": skeleton.parents.tolist(),
            "zero_joints_m": skeleton.zero_joints_m.tolist(),
            "rest_rotations_wxyz": skeleton.rest_rotations_wxyz.tolist(),
            "rest_translation_m": skeleton.rest_translation_m.tolist(),
        },
        "node_rest_m": package.deformation.node_rest_m.tolist(),
        "section": base64.b64encode(package.read_section(DRIVER.name)).decode(),
        "reset": _told(poses[0]),
        "steps": [_told(pose) | {"dt_s": 1 / _RATE_HZ} for pose in poses[1:]],
    }


def main() -> None:
    """Compare, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", maxsplit=1)[0] + ".")
    parser.add_argument("package", type=Path)
    parser.add_argument("--runner", required=True, metavar="COMMAND")
    parser.add_argument("--clip", help="that leads; the first one by default")
    parser.add_argument("--steps", type=int, default=1000)
    options = parser.parse_args()
    with Package.open(options.package) as package:
        vector = vector_of(package, options.clip or package.manifest.clips[0].name, options.steps)
    ours = driven(vector)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vector.json"
        file.write_text(json.dumps(vector), encoding="utf-8")
        command = [*shlex.split(options.runner), "driver", str(file)]
        theirs = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    apart_mm = 1e3 * np.linalg.norm(_all(ours, "displacements") - _all(theirs, "displacements"), axis=-1)
    table = Table("steps", "nodes apart, mm: median", "99 %", "most", title=str(options.runner))
    for begin in range(0, options.steps, max(options.steps // 5, 1)):
        part = apart_mm[begin : begin + max(options.steps // 5, 1)]
        last = begin + len(part)
        row = (float(np.median(part)), float(np.quantile(part, 0.99)), float(part.max()))
        table.add_row(f"{begin + 1} to {last}", *(f"{number:.2g}" for number in row))
    Console().print(table)


def _all(answer: dict[str, Any], field: str) -> Float64Array:
    return np.array([step[field] for step in answer["steps"]], dtype=np.float64)


def _told(frame: Frame) -> dict[str, Any]:
    return {
        "root_translation_m": frame.root_translation_m.tolist(),
        "joint_rotations_wxyz": frame.joint_rotations_wxyz.tolist(),
    }


if __name__ == "__main__":
    main()
