"""How much of cloth and hair a package's own driver foretells in motions that the package does not hold.

    python -m benchmarks.packaged_driver a.a3d b.a3d [--motions run walk cmu_01_01] [--json]

Packages of the built-in dancer, however their residual layers were made: simulated, restored from video, read from
files. Each motion is simulated, which is the truth; errors are root mean squares of the places of all Gaussians that
the simulation moves, relative to those of the rigid layer (1.00), so packages with other control nodes compare.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.characters import build_character
from ani3d_runtime.bake.characters.character import Character
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.readers.motion_file import read_motion
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.driver import driver_of
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.residual import ResidualLayer
from benchmarks.playback import processor


class Truth:
    """The dancer's simulated cloth and hair in one motion."""

    def __init__(self, character: Character, motion: Motion) -> None:
        self.motion = motion
        self._layer: ResidualLayer = character.simulate(motion, _silent)
        self._deformer = Deformer(character.avatar)

    def error_left(self, package: Package) -> float:
        """Of the package's driver, relative to the rigid layer's.

        Raises:
            SystemExit: the package has no driver, or is not of this dancer.
        """
        driver = driver_of(package)
        if driver is None or package.manifest.gaussian_count != self._deformer.avatar.count:
            raise SystemExit(f"{package.name}: not a package of this dancer, or one without a driver")
        player, rigid = LivePlayer(package, driver), LivePlayer(package)
        # Packages of built-in characters may have forgotten the order in which their Gaussians were built.
        order = storage_order(self._deformer.avatar) if package.order.is_identity else package.order
        moved = order.inverse[self._layer.indices]
        left = whole = 0.0
        for number in range(self.motion.frame_count):
            pose = Pose(self.motion.root_translation_m[number], self.motion.joint_rotations_wxyz[number])
            time_s, true_m = number / self.motion.fps, self._places(pose, number)
            shown_m, rigid_m = (each.pose(each.step(pose, time_s)).cloud.means_m[moved] for each in (player, rigid))
            left += float(np.square(shown_m - true_m).sum())
            whole += float(np.square(rigid_m - true_m).sum())
        return (left / whole) ** 0.5

    def _places(self, pose: Pose, number: int) -> Float64Array:
        """[L, 3] where the simulation has its Gaussians in the world."""
        layer = self._layer
        none = np.zeros((0, 3), dtype=np.float32)
        frame = Frame(
            0.0,
            pose.root_translation_m,
            pose.joint_rotations_wxyz,
            none,
            np.zeros((0, 4), dtype=np.float32),
            np.zeros(0, dtype=np.float32),
            Detail(layer.indices, layer.dpos_m[number]),
        )
        return self._deformer.pose(frame).cloud.means_m[layer.indices].astype(np.float64)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Drivers of packages of the dancer, against simulated truth.")
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--motions", nargs="+", default=["run", "walk", "cmu_01_01"])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    character = build_character("dancer", seed=0, detail="medium", progress=_silent)  # pyright: ignore[reportArgumentType]
    truths = [Truth(character, read_motion(name, character.avatar.skeleton)) for name in arguments.motions]
    rows: dict[str, list[float]] = {}
    for path in arguments.packages:
        with Package.open(path) as package:
            rows[path.name] = [truth.error_left(package) for truth in truths]
    if arguments.json:
        found = {"motions": arguments.motions, "rows": rows}
        print(json.dumps({"benchmark": "packaged_driver", "cpu": processor(), **found}))
        return
    table = Table("package", title="Error left of the rigid layer's", box=None)
    for name in arguments.motions:
        table.add_column(name, justify="right")
    for name, errors in rows.items():
        table.add_row(name, *(f"{error:.2f}" for error in errors))
    Console().print(table)


def _silent(_: float) -> None:
    pass


if __name__ == "__main__":
    main()
