"""How far the tip of a ponytail swings: the driver against the simulation that the package holds.

    python -m benchmarks.motion.ponytail a.a3d [--motions dance run walk] [--json]

The clip's residual layer is the simulation; the same poses drive the nodes live. The tip is the lowest quarter of the
hair nodes. Its swing is the root mean square of how far it is from its mean place, in rest-pose space, so what the
head does is not in it. `bend` is the angle between the upper and the lower half of the ponytail, root
mean square about its mean: a stick has none.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks, clip_tracks
from ani3d_runtime.bake.driver_fit.hanging import node_bindings
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.driver import driver_of


class Swing(NamedTuple):
    """Of one clip; each simulated and driven.

    Attributes:
        tip_mm: rms about the mean. bend_deg: rms about the mean.
    """

    motion: str
    tip_mm: tuple[float, float]
    bend_deg: tuple[float, float]


class Ponytail:
    """Hair nodes of a package, from the root to the tip."""

    def __init__(self, package: Package) -> None:
        self._package = package
        rest_m = package.deformation.node_rest_m.astype(np.float64)
        hair = np.flatnonzero(node_bindings(package.avatar(), package.deformation)[2] == Part.HAIR)
        if len(hair) < 4:
            raise SystemExit(f"{package.name}: {len(hair)} hair nodes are no ponytail")
        self.nodes = hair[np.argsort(-rest_m[hair, 1])]
        self._rest_m = rest_m[self.nodes]

    def swing(self, name: str, clip: ClipTracks) -> Swing:
        """What a clip's ponytail does, simulated and driven."""
        driver = driver_of(self._package)
        if driver is None:
            raise SystemExit(f"{self._package.name}: a package without a driver")
        driver.reset(clip.poses[0])
        driven = np.stack([driver.step(pose, 1 / clip.fps).node_displacements_m for pose in clip.poses])
        ways = clip.displacements_m[:, self.nodes], driven[:, self.nodes].astype(np.float64)
        places = [self._rest_m + way for way in ways]
        simulated, shown = ((_tip_mm(each), _bend_deg(each)) for each in places)
        return Swing(name, (simulated[0], shown[0]), (simulated[1], shown[1]))


def _tip_mm(places_m: Float64Array) -> float:
    """Of places [T, H, 3]."""
    tip = places_m[:, -max(1, places_m.shape[1] // 4) :].mean(axis=1)
    return 1e3 * float(np.sqrt(np.square(tip - tip.mean(axis=0)).sum(axis=1).mean()))


def _bend_deg(places_m: Float64Array) -> float:
    half = places_m.shape[1] // 2
    upper, lower = places_m[:, half] - places_m[:, 0], places_m[:, -1] - places_m[:, half]
    cosine = (upper * lower).sum(axis=1) / np.linalg.norm(upper, axis=1) / np.linalg.norm(lower, axis=1)
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return float(angle.std())


def rows_of(package: Package, motions: Sequence[str]) -> list[Swing]:
    """Every motion that the package holds with a residual layer."""
    ponytail = Ponytail(package)
    tracks = dict(zip(package.clip_names, clip_tracks(package), strict=True))
    return [ponytail.swing(name, tracks[name]) for name in motions or tracks]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The swing of a ponytail, driven and simulated.")
    parser.add_argument("package", type=Path)
    parser.add_argument("--motions", nargs="+", default=[], help="clips; all by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with Package.open(arguments.package) as package:
        rows, nodes = rows_of(package, arguments.motions), len(Ponytail(package).nodes)
    if arguments.json:
        print(json.dumps({"benchmark": "ponytail", "nodes": nodes, "rows": [row._asdict() for row in rows]}))
        return
    table = Table("motion", title=f"{arguments.package.name}: ponytail of {nodes} nodes, simulated | driven")
    table.add_column("tip swings, mm rms", justify="right")
    table.add_column("bend, degrees rms", justify="right")
    for row in rows:
        cells = (f"{one:.0f} | {other:.0f}" for one, other in (row.tip_mm, row.bend_deg))
        table.add_row(row.motion, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
