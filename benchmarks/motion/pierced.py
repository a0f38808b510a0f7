"""Where the body shows through garments: skin of legs and trunk that a picture shows as an island inside a garment.

    python -m benchmarks.motion.pierced a.a3d [--motions dance run] [--layers rigid driver] [--json]

Eight frames of each motion, from four sides, at 400 x 400 pixels. Every Gaussian is painted in the colour of its part;
a pixel shows the part that has most of it. Pixels of leg or trunk skin that form a spot of which nine tenths of the
border are garment count. `residual` plays the clip as it was baked, `driver` drives the motion live, `rigid` moves with
the skeleton alone. Motions that the package does not hold are read from files; they have no `residual` layer.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import ndimage

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.body.readers.motion_file import read_motion
from ani3d_runtime.codec.sections.driver_model import DriverModel
from ani3d_runtime.deformation import Frame
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.driver import NodeDriver
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Orbit, bounds_of
from ani3d_runtime.render.rasterise import render_cloud

FRAMES, VIEWS, SIZE_PX = 8, 4, 400
LAYERS = ("rigid", "residual", "driver")
_INSIDE, _SPOT_PX = 0.9, 6
_LIMBS = ("shoulder", "elbow", "wrist", "hand", "neck", "head", "jaw", "collar", "foot", "ankle", "toe")


class Pierced(NamedTuple):
    """Of one layer in one motion.

    Attributes:
        mean_px, most_px: of a picture. spotted: pictures with at least six pixels, of ``pictures``.
    """

    motion: str
    layer: str
    mean_px: float
    most_px: int
    spotted: int
    pictures: int


def part_colours(avatar: Avatar) -> Float32Array:
    """[N, 3] red for skin of legs and trunk, green for garments, blue for all else."""
    names = [name.lower() for name in avatar.skeleton.joint_names]
    covered = np.array([not any(limb in name for limb in _LIMBS) for name in names])
    strongest = avatar.binding.joints[np.arange(avatar.count), avatar.binding.weights.argmax(axis=1)]
    colours = np.zeros((avatar.count, 3), dtype=np.float32)
    skin = (avatar.binding.parts == Part.SKIN) & covered[strongest]
    garment = avatar.binding.parts == Part.GARMENT
    colours[skin, 0], colours[garment, 1], colours[~(skin | garment), 2] = 1, 1, 1
    return colours


def pierced_px(picture: Float32Array, alpha: Float32Array) -> int:
    """Pixels of skin spots inside garment, of a picture [H, W, 3] in the colours of the parts."""
    shown = np.where(alpha > 0.5, picture.argmax(axis=2), 3)
    spots = np.zeros(shown.shape, dtype=np.int32)
    ndimage.label(shown == 0, output=spots)
    total = 0
    for number, place in enumerate(ndimage.find_objects(spots), start=1):
        rows, columns = (slice(max(edge.start - 1, 0), edge.stop + 1) for edge in place)
        spot = spots[rows, columns] == number
        border = ndimage.binary_dilation(spot) & ~spot
        if border.any() and (shown[rows, columns][border] == 1).mean() >= _INSIDE:
            total += int(spot.sum())
    return total


def driven_frames(package: Package, model: DriverModel | None, motion: Motion) -> list[Frame]:
    """Every frame of a motion, live; without a model the rigid layer."""
    rest_m = package.deformation.node_rest_m.astype(np.float64)
    driver = None if model is None else NodeDriver(model, package.skeleton, rest_m)
    player = LivePlayer(package, driver)
    poses = map(Pose, motion.root_translation_m, motion.joint_rotations_wxyz)
    return [player.step(pose, number / motion.fps) for number, pose in enumerate(poses)]


def pierced(package: Package, frames: Sequence[Frame], motion: str, layer: str) -> Pierced:
    """Pixels in pictures of frames that are spread over the motion; of the only one where it is one."""
    player, colours = LivePlayer(package), part_colours(package.avatar())
    orbit = Orbit(elevation_rad=0.05, width_px=SIZE_PX, height_px=SIZE_PX)
    found: list[int] = []
    chosen = np.linspace(10, len(frames) - 1, FRAMES).astype(int) if len(frames) > 1 else [0]
    for number in chosen:
        cloud = player.pose(frames[number]).cloud
        low, high = bounds_of(cloud.means_m)
        target = (low + high) / 2
        for azimuth in np.arange(VIEWS) * 2 * np.pi / VIEWS:
            distance_m = orbit.fitting_distance_m(np.clip(cloud.means_m, low, high), target, azimuth)
            result = render_cloud(cloud, orbit.camera(target, azimuth, distance_m), colours=colours)
            found.append(pierced_px(result.rgb, result.alpha))
    spotted = sum(pixels >= _SPOT_PX for pixels in found)
    return Pierced(motion, layer, float(np.mean(found)), max(found), spotted, len(found))


def rows_of(package: Package, motions: Sequence[str], layers: Sequence[str]) -> Iterator[Pierced]:
    """Every layer of every motion, as each is done."""
    for name in motions:
        held = name in package.clip_names
        motion = package.clip(name).motion() if held else read_motion(name, package.skeleton)
        if not held:
            motion = motion.slice(0, 150)
        for layer in layers:
            if layer == "residual":
                if held:
                    player = ClipPlayer(package, name)
                    frames = [player.frame(number) for number in range(player.frame_count)]
                    yield pierced(package, frames, name, layer)
                continue
            model = package.driver_model if layer == "driver" else None
            yield pierced(package, driven_frames(package, model, motion), name, layer)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Skin that shows through garments.")
    parser.add_argument("package", type=Path)
    parser.add_argument("--motions", nargs="+", default=["dance", "run"])
    parser.add_argument("--layers", nargs="+", choices=LAYERS, default=list(LAYERS))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with Package.open(arguments.package) as package:
        if package.driver_model is None:
            raise SystemExit(f"{arguments.package}: a package without a driver")
        rows = list(rows_of(package, arguments.motions, arguments.layers))
    if arguments.json:
        print(json.dumps({"benchmark": "pierced", "rows": [row._asdict() for row in rows]}))
        return
    table = Table(
        "motion", "layer", title=f"{arguments.package.name}: skin through garments, px of {SIZE_PX} x {SIZE_PX}"
    )
    for head in ("mean", "most", "pictures with 6 px or more"):
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(row.motion, row.layer, f"{row.mean_px:.1f}", f"{row.most_px}", f"{row.spotted} of {row.pictures}")
    Console().print(table)


if __name__ == "__main__":
    main()
