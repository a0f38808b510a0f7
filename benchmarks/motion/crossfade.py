"""How far anything moves in one frame while one clip fades over to another.

    python -m benchmarks.motion.crossfade a.a3d [--from dance] [--to walk] [--seconds 0.3] [--picture FILE.webp]

Clips are faded at several pairs of times. A step is how far Gaussians move between two pictures at the clips' rate; the
99th percentile over the Gaussians of each step is looked at. *usual* is the 95th percentile of those in a clip by
itself, *largest* its maximum: nothing in a fade should pass the larger clip's. The same is shown for a hard cut at the
same moments, and for the acceleration, which says how suddenly a fade begins and ends.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.blend import Blend
from ani3d_runtime.playback.joint_mask import JointMask
from ani3d_runtime.playback.picture import paint_posed
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.render.camera import Orbit
from ani3d_runtime.render.image import side_by_side, to_srgb8

_PAIRS, _AROUND_S = 8, 0.2
# The picture: which pair of times, how many moments, and from where.
_SHOWN_PAIR, _COLUMNS = 5, 7
_UPPER = "spine1"
_ORBIT, _TARGET_M, _DISTANCE_M = Orbit(width_px=150, height_px=250), (0.0, 0.85, 0.0), 5.0


@dataclass(frozen=True)
class Row:
    """Steps of a clip by itself, of fades, or of cuts.

    Attributes:
        usual_mm, largest_mm: 95th percentile and maximum, over steps, of the 99th percentile over Gaussians.
        acceleration: maximum, over pictures, of the 99th percentile over Gaussians, m/s².
    """

    what: str
    usual_mm: float
    largest_mm: float
    acceleration: float


def row(what: str, sequences: Sequence[list[Float32Array]], rate_hz: float) -> Row:
    """Of point sets one after another."""
    steps: list[Float64Array] = []
    bends: list[Float64Array] = []
    for points in sequences:
        moved = np.diff(np.array(points, dtype=np.float64), axis=0)
        steps.append(np.percentile(np.linalg.norm(moved, axis=2), 99, axis=1))
        bends.append(np.percentile(np.linalg.norm(np.diff(moved, axis=0), axis=2), 99, axis=1))
    all_mm = np.concatenate(steps) * 1000
    acceleration = float(np.concatenate(bends).max()) * rate_hz**2
    return Row(what, float(np.percentile(all_mm, 95)), float(all_mm.max()), acceleration)


def clip_points(player: ClipPlayer) -> list[Float32Array]:
    """Every frame of a clip."""
    return [player.pose(player.frame(index)).cloud.means_m for index in range(player.frame_count)]


def pairs(first: ClipPlayer, last: ClipPlayer, seconds: float) -> list[tuple[float, float]]:
    """Times of both clips between which there is room for a fade."""
    room = [player.clip.duration_s - seconds - 2 * _AROUND_S for player in (first, last)]
    rng = np.random.default_rng(0)
    return [(_AROUND_S + a * room[0], _AROUND_S + b * room[1]) for a, b in rng.uniform(0, 1, (_PAIRS, 2)).tolist()]


def blend_of(package: Package, clips: Sequence[str], times: tuple[float, float], seconds: float) -> Blend:
    """A fade that begins at 0."""
    blend = Blend(package)
    blend.play(clips[0], -_AROUND_S, start_s=times[0] - _AROUND_S)
    blend.play(clips[1], 0.0, fade_s=seconds, start_s=times[1])
    return blend


def measured(package: Package, clips: Sequence[str], seconds: float, report: Callable[[str], None]) -> list[Row]:
    """Both clips, the fades and the cuts."""
    players = [ClipPlayer(package, clip) for clip in clips]
    rate_hz = players[0].clip.fps
    rows = []
    for player in players:
        report(player.clip.name)
        rows.append(row(f"{player.clip.name} by itself", [clip_points(player)], player.clip.fps))
    shown_s = np.arange(-_AROUND_S, seconds + _AROUND_S, 1 / rate_hz)
    moments = pairs(players[0], players[1], seconds)
    for what, length in ((f"fade of {seconds:g} s", seconds), ("hard cut", 0.0)):
        report(what)
        blends = [blend_of(package, clips, times, length) for times in moments]
        rows.append(row(what, [[b.pose(b.frame_at(t)).cloud.means_m for t in shown_s] for b in blends], rate_hz))
    return rows


def picture(package: Package, clips: Sequence[str], seconds: float, path: Path) -> None:
    """One fade, and below it the cut at the same moment: every tenth of a second, before, within and after."""
    from PIL import Image

    players = [ClipPlayer(package, clip) for clip in clips]
    times = pairs(players[0], players[1], seconds)[_SHOWN_PAIR]
    shown_s = np.linspace(-1 / 30, seconds, _COLUMNS).tolist()
    rows = []
    for what, length in (("fade", seconds), ("cut", 0.0)):
        blend = blend_of(package, clips, times, length)
        panels, labels = [], []
        for time_s in shown_s:
            posed = blend.pose(blend.frame_at(time_s, "in place"))
            camera = _ORBIT.camera(_TARGET_M, 0.35, _DISTANCE_M)
            panels.append(paint_posed(posed, camera))
            labels.append(f"{what} {time_s:+.2f} s")
        rows.append(side_by_side(panels, labels=labels))
    Image.fromarray(to_srgb8(np.concatenate(rows))).save(path, quality=80, method=6)


def layers_picture(package: Package, clips: Sequence[str], path: Path) -> None:
    """Both clips, and the upper body of each over the other, from the front and from behind."""
    from PIL import Image

    first, last = clips
    upper = JointMask.below(package.skeleton, _UPPER)
    rows = []
    for azimuth_rad in (0.35, 2.8):
        panels, labels = [], []
        for base, above in ((last, None), (first, None), (last, first), (first, last)):
            blend = Blend(package)
            blend.play(base, start_s=1.5)
            if above is not None:
                blend.overlay(above, upper, fade_s=0, start_s=1.5)
            posed = blend.pose(blend.frame_at(0.0, "delta"))
            panels.append(paint_posed(posed, _ORBIT.camera(_TARGET_M, azimuth_rad, _DISTANCE_M)))
            labels.append(base if above is None else f"{above} over {base}")
        rows.append(side_by_side(panels, labels=labels))
    Image.fromarray(to_srgb8(np.concatenate(rows))).save(path, quality=80, method=6)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Steps of a crossfade.")
    parser.add_argument("package", type=Path)
    parser.add_argument("--from", dest="first", default="dance", help="clip that is shown before")
    parser.add_argument("--to", dest="last", default="walk", help="clip that is shown then")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of the fade")
    parser.add_argument("--picture", type=Path, help="WebP of one fade above a cut")
    parser.add_argument("--layers", type=Path, help="WebP of the upper body of each clip over the other")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    clips = [arguments.first, arguments.last]
    console = Console(stderr=True)
    with Package.open(arguments.package) as package, console.status("") as status:
        rows = measured(package, clips, arguments.seconds, status.update)
        if arguments.picture is not None:
            picture(package, clips, arguments.seconds, arguments.picture)
        if arguments.layers is not None:
            layers_picture(package, clips, arguments.layers)
    if arguments.json:
        print(json.dumps({"benchmark": "motion.crossfade", "rows": [asdict(each) for each in rows]}))
        return
    table = Table("steps of", title=f"{clips[0]} to {clips[1]}, {_PAIRS} pairs of times, p99 of Gaussians")
    for heading in ("usual mm", "largest mm", "largest m/s²"):
        table.add_column(heading, justify="right")
    for each in rows:
        table.add_row(each.what, f"{each.usual_mm:.0f}", f"{each.largest_mm:.0f}", f"{each.acceleration:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
