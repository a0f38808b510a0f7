"""How well frames that are not stored are guessed, and how smoothly they follow each other.

    python -m benchmarks.motion.between_frames a.a3d [--clip dance] [--json]

Three measures of each clip, on a straight line through the two nearest frames and on the curve that players use:

- *halved*: every second frame is taken away and guessed from the others, as if the clip had half its rate. Shown is
  the 99th percentile, over frames and Gaussians, of the distance to where the frame that was taken away has them.
- *acceleration*: the clip is shown at four times its rate. Shown is the median of the Gaussians' acceleration at the
  stored frames and halfway between them. On a line all of it is at the frames, which is seen as a stutter.
- *resampled*: the motion at twice its rate, as ``bake --fps`` has it simulated. Shown is the median acceleration of the
  joints at the frames of the source and between them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.body.readers.motion_file import resampled
from ani3d_runtime.deformation import Frame
from ani3d_runtime.geometry.curve import taps_at, weighted_rotations, weighted_sum
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.interpolate import detail_between, on_curve
from ani3d_runtime.playback.player import ClipPlayer

# Frames of a clip whose acceleration is looked at, and pictures for each.
_WATCHED, _FINER = 60, 4
_GROUPS = {"skin": (Part.SKIN, Part.FACE), "cloth": (Part.GARMENT,)}
Guess = Callable[[Sequence[Frame], float], Frame]


@dataclass(frozen=True)
class Row:
    """One clip and way of guessing.

    Attributes:
        halved_p99_mm: 99th percentile of errors where every second frame is guessed.
        joints_at_frames, joints_between: median accelerations of joints at twice the rate, m/s².
        skin_at_frames, skin_between, cloth_at_frames, cloth_between: median accelerations, m/s².
    """

    clip: str
    way: str
    halved_p99_mm: float
    skin_at_frames: float
    skin_between: float
    cloth_at_frames: float
    cloth_between: float
    joints_at_frames: float
    joints_between: float


def on_line(frames: Sequence[Frame], fraction: float) -> Frame:
    """Between the second and third of four frames, on a line."""
    return _with_detail(on_curve(frames[1:3], np.array([1 - fraction, fraction]), 0.0), frames, fraction)


def on_the_curve(frames: Sequence[Frame], fraction: float) -> Frame:
    """Between the second and third of four frames, on the curve through all of them."""
    _, weights = taps_at(1 + fraction, 4)
    return _with_detail(on_curve(frames, weights, 0.0), frames, fraction)


WAYS: dict[str, Guess] = {"line": on_line, "curve": on_the_curve}


def _with_detail(frame: Frame, frames: Sequence[Frame], fraction: float) -> Frame:
    return replace(frame, detail=detail_between(frames[1].detail, frames[2].detail, fraction))


def halved_p99_mm(player: ClipPlayer, frames: Sequence[Frame], guess: Guess) -> float:
    """Of all frames that have two neighbours of the same parity on either side."""
    errors = []
    for index in range(3, len(frames) - 3):
        guessed = player.pose(guess([frames[index + k] for k in (-3, -1, 1, 3)], 0.5)).cloud.means_m
        errors.append(np.linalg.norm(guessed - player.pose(frames[index]).cloud.means_m, axis=1))
    return float(np.percentile(np.array(errors), 99) * 1000)


def accelerations(player: ClipPlayer, frames: Sequence[Frame], guess: Guess) -> list[float]:
    """Medians for skin at frames and between, for cloth at frames and between; m/s²."""
    points: list[Float32Array] = []
    for step in range(_FINER, _FINER * (min(_WATCHED, len(frames) - 3) + 1)):
        index, part = divmod(step, _FINER)
        around = frames[index - 1 : index + 3]
        points.append(player.pose(guess(around, part / _FINER) if part else frames[index]).cloud.means_m)
    rate_hz = player.clip.fps * _FINER
    found = np.linalg.norm(np.diff(np.array(points, dtype=np.float64), n=2, axis=0), axis=2) * rate_hz**2
    parts = player.avatar.binding.parts
    # The first of the differences is around the second picture.
    at_frames, halfway = found[_FINER - 1 :: _FINER], found[_FINER // 2 - 1 :: _FINER]
    return [
        float(np.median(values[:, np.isin(parts, wanted)])) if np.isin(parts, wanted).any() else float("nan")
        for wanted in _GROUPS.values()
        for values in (at_frames, halfway)
    ]


def joint_accelerations(player: ClipPlayer, way: str) -> tuple[float, float]:
    """Medians at frames of the source and between them, of the motion at twice its rate; m/s²."""
    motion, skeleton = player.clip.motion(), player.avatar.skeleton
    rate_hz = 2 * motion.fps
    if way == "curve":
        finer = resampled(motion, rate_hz)
    else:
        places = np.arange(2 * motion.frame_count - 1) / 2
        low = np.minimum(places.astype(int), motion.frame_count - 2)
        weights = np.stack([1 - (places - low), places - low], axis=1)
        pairs = low[:, None] + np.arange(2)
        finer = replace(
            motion,
            fps=rate_hz,
            root_translation_m=weighted_sum(motion.root_translation_m[pairs], weights).astype(np.float32),
            joint_rotations_wxyz=weighted_rotations(motion.joint_rotations_wxyz[pairs], weights).astype(np.float32),
        )
    joints = skeleton.global_transforms(finer.joint_rotations_wxyz, finer.root_translation_m)[..., 3]
    found = np.linalg.norm(np.diff(joints, n=2, axis=0), axis=2) * rate_hz**2
    return float(np.median(found[1::2])), float(np.median(found[::2]))


def measured(path: Path, clips: Sequence[str]) -> list[Row]:
    """A row for each clip and way."""
    rows = []
    with Package.open(path) as package:
        for name in clips or package.clip_names:
            player = ClipPlayer(package, name)
            frames = [player.frame(index) for index in range(player.frame_count)]
            rows += [
                Row(
                    name,
                    way,
                    halved_p99_mm(player, frames, guess),
                    *accelerations(player, frames, guess),
                    *joint_accelerations(player, way),
                )
                for way, guess in WAYS.items()
            ]
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Errors and accelerations between frames.")
    parser.add_argument("package", type=Path)
    parser.add_argument("--clip", action="append", default=[], help="measure this one; may be given again")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    rows = measured(arguments.package, arguments.clip)
    if arguments.json:
        print(json.dumps({"benchmark": "motion.between_frames", "rows": [asdict(row) for row in rows]}))
        return
    table = Table(title=f"{arguments.package.name}: accelerations at frames / between")
    table.add_column("clip")
    table.add_column("way")
    for heading in ("halved p99 mm", "skin m/s²", "cloth m/s²", "joints, resampled"):
        table.add_column(heading, justify="right")
    for row in rows:
        clip, way, halved, *others = asdict(row).values()
        pairs = [f"{at:.1f} / {between:.1f}" for at, between in zip(others[::2], others[1::2], strict=True)]
        table.add_row(clip, way, f"{halved:.1f}", *pairs)
    Console().print(table)


if __name__ == "__main__":
    main()
