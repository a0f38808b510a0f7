"""How far a looping clip moves from its last frame to its first.

    python -m benchmarks.motion.seam [--detail low] [--picture docs/images/motion-loop.webp] [a.a3d …]

Walk and run are baked three ways: whole, as before there were loops; cut to two steps by ``--stop-frame``; and with
``--loop auto``. A step is how far a Gaussian goes from one frame to the next. Of each step stands the 99th percentile
over the Gaussians of the body, of the hem and of the hair, in mm: at the seam, the median of all other frames, and the
largest of them. At the seam nothing should move by more than 1.5 times its usual step. With packages as arguments,
their looping clips are measured instead. The picture shows three frames on either side of the seam of the run, a row
for each way.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.characters.build import DetailName
from ani3d_runtime.bake.job import run_bake
from ani3d_runtime.bake.settings import BakeSettings
from ani3d_runtime.body.readers import MotionOptions
from ani3d_runtime.geometry.travel import about_y
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.picture import paint_posed
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Orbit
from ani3d_runtime.render.image import contact_sheet, to_srgb8

# Two steps of the built-in motions and a frame more, as somebody would cut them who has no better tool.
_CUT = {"walk": 66, "run": 64}
_HEM_SHARE = 0.15
_PERCENTILE = 99
# Where the camera of the picture is.
_EYE_M, _DISTANCE_M, _AZIMUTH_RAD = 0.88, 4.0, 1.1


class Steps(NamedTuple):
    """99th percentiles of steps, metres.

    Attributes:
        seam: from the last frame to the first. usual: median of the others. largest: of the others.
    """

    seam: float
    usual: float
    largest: float


def groups_of(avatar: Avatar) -> dict[str, NDArray[np.bool_]]:
    """[N] who belongs to the body, to the hem and to the hair; those groups that have anybody."""
    parts, heights = avatar.binding.parts, avatar.splats.means_m[:, 1]
    garment = parts == Part.GARMENT
    hem = garment & (heights <= np.quantile(heights[garment], _HEM_SHARE)) if garment.any() else garment
    found = {"body": np.isin(parts, (Part.SKIN, Part.FACE)), "hem": hem, "hair": parts == Part.HAIR}
    return {name: chosen for name, chosen in found.items() if chosen.any()}


def steps_of(player: ClipPlayer) -> dict[str, Steps]:
    """Steps of every group of Gaussians of a clip that is looped."""
    placed = [_positions(player, index) for index in range(player.frame_count)]
    placed.append(_carried(player, placed[0]))
    lengths = [np.linalg.norm(after - before, axis=1) for before, after in pairwise(placed)]
    found: dict[str, Steps] = {}
    for name, chosen in groups_of(player.avatar).items():
        *others, seam = (float(np.percentile(length[chosen], _PERCENTILE)) for length in lengths)
        found[name] = Steps(seam, float(np.median(others)), max(others))
    return found


def _positions(player: ClipPlayer, index: int) -> Float64Array:
    return player.pose(player.frame(index)).cloud.means_m.astype(np.float64)


def _carried(player: ClipPlayer, points_m: Float64Array) -> Float64Array:
    """Points of the first frame, a period later."""
    travel = player.clip.playing.travel
    return points_m if travel is None else about_y(travel.heading_rad, points_m) + np.array(travel.translation_m)


def _baked(folder: Path, motion: str, detail: str, *, stop: int | None = None, loops: tuple[str, ...] = ()) -> Path:
    """A package of the dancer with one clip."""
    output = folder / f"{motion}-{stop}-{len(loops)}.a3d"
    options, size = MotionOptions(stop=stop), cast("DetailName", detail)
    run_bake(BakeSettings("dancer", (motion,), output, motion_options=options, loops=loops, detail=size, practice=0))
    return output


def _made(folder: Path, detail: str) -> Iterator[tuple[str, Path]]:
    """How a clip was made, and its package."""
    for motion, stop in _CUT.items():
        yield f"{motion}, whole", _baked(folder, motion, detail)
        yield f"{motion}, --stop-frame {stop}", _baked(folder, motion, detail, stop=stop)
        yield f"{motion}, --loop auto", _baked(folder, motion, detail, loops=("auto",))


def _strip(player: ClipPlayer, name: str) -> list[tuple[str, Float32Array]]:
    """Three frames on either side of the seam, with their labels; the camera goes along."""
    shown: list[tuple[str, Float32Array]] = []
    for number in (-3, -2, -1, 0, 1, 2):
        frame = player.frame(number % player.frame_count)
        posed = player.pose(frame)
        target = np.array([0.0, _EYE_M, 0.0]) + frame.root_translation_m * np.array([1.0, 0.0, 1.0])
        camera = Orbit(elevation_rad=0.08, width_px=180, height_px=260).camera(target, _AZIMUTH_RAD, _DISTANCE_M)
        shown.append((f"{name}, {number % player.frame_count}", paint_posed(posed, camera)))
    return shown


def _draw(packages: Sequence[Path], path: Path) -> None:
    """The strips of packages, one below the other."""
    panels: list[tuple[str, Float32Array]] = []
    for package_path, name in zip(packages, ("whole", "cut", "looped"), strict=True):
        with Package.open(package_path) as package:
            panels += _strip(ClipPlayer(package, package.clip_names[0]), name)
    sheet = contact_sheet([picture for _, picture in panels], columns=6, labels=[label for label, _ in panels])
    Image.fromarray(to_srgb8(sheet)).save(path, quality=80)


def _show(name: str, player: ClipPlayer) -> None:
    """Rows of one clip."""
    for group, steps in steps_of(player).items():
        in_mm = " | ".join(f"{value * 1e3:.1f}" for value in steps)
        print(f"| {name} | {group} | {in_mm} | {steps.seam / max(steps.usual, 1e-9):.2f} |", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", type=Path, help="packages whose looping clips are measured")
    parser.add_argument("--picture", type=Path, help="WebP of the seam of the run")
    parser.add_argument("--detail", default="low", help="of the dancer that is baked")
    options = parser.parse_args(arguments)
    print("| clip | of | seam mm | usual mm | largest mm | seam / usual |\n|---|---|---|---|---|---|")
    for path in options.packages:
        with Package.open(path) as package:
            for name in package.clip_names:
                if package.clip(name).playing.loops:
                    _show(f"{path.stem} {name}", ClipPlayer(package, name))
    if not options.packages:
        with tempfile.TemporaryDirectory() as folder:
            made: list[Path] = []
            for name, path in _made(Path(folder), options.detail):
                made.append(path)
                with Package.open(path) as package:
                    _show(name, ClipPlayer(package, package.clip_names[0]))
            if options.picture:
                _draw(made[-3:], options.picture)


if __name__ == "__main__":
    main()
