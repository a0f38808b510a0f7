"""Writes the golden vectors of playback: ``python -m tests.golden.playback_vectors``.

Clips of a few frames, times to show them at, and what ``playback_reference.py`` makes of them. One names a package of
``spec/vectors/packages`` instead, whose clip falls into two groups of frames.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.player import ClipPlayer
from tests.golden.generate import Dice, pretty
from tests.golden.playback_reference import frame_at, ground_step

VECTORS = Path(__file__).parents[2] / "spec" / "vectors"
FOLDER = VECTORS / "playback"
JOINTS, NODES = 3, 2
ROOT_JOINT_M = [0.02, 0.9, -0.05]
# Gaussians of a package whose detail is shown; some of them have none.
SAMPLE = list(range(0, 700, 35))
Clip = dict[str, Any]


def a_frame(dice: Dice, *, detail: tuple[int, ...] = (), turn_rad: float = 0.7) -> dict[str, Any]:
    """Anything; quaternions come with either sign."""
    rotations = [dice.rotation(turn_rad) for _ in range(JOINTS + NODES)]
    rotations = [[-v for v in q] if dice.normal(1.0) < 0 else q for q in rotations]
    return {
        "root_translation_m": dice.normal(0.3, 3),
        "joint_rotations_wxyz": rotations[:JOINTS],
        "node_displacements_m": dice.normal(0.05, NODES, 3),
        "node_rotations_wxyz": rotations[JOINTS:],
        "detail_indices": list(detail),
        **{f"detail_{name}": dice.normal(size, len(detail), 3) for name, size in CHANNEL_SIZES.items()},
    }


CHANNEL_SIZES = {"position_m": 0.02, "rotation_rad": 1.0, "logscale": 0.2, "colour": 0.2}


def a_clip(frames: list[dict[str, Any]], *, fps: float = 30.0, loops: bool = False, travel: Any = None) -> Clip:
    """The clip of a vector."""
    return {"fps": fps, "loops": loops, "travel": travel, "frames": frames}


def of_frames(clip: Clip, places: list[float], *roots: str, steps: tuple[tuple[float, float], ...] = ()) -> Clip:
    """A vector: the clip shown at places that are counted in frames."""
    shown = [{"time_s": place / clip["fps"], "root": root} for place in places for root in roots or ("world",)]
    times = [[start / clip["fps"], end / clip["fps"]] for start, end in steps]
    return {"root_joint_m": ROOT_JOINT_M, "clip": clip, "shown": shown, "steps": times}


def between_frames(dice: Dice) -> Clip:
    """Six frames that do not loop: within, at both ends, at frames, beyond; detail of other Gaussians in each group."""
    frames = [a_frame(dice, detail=(0, 3, 7) if k < 3 else (3, 4)) for k in range(6)]
    return of_frames(a_clip(frames), [2.25, 2.5, 1.5, 0.4, 4.9, 3, 0, 5, -2, 9])


def three_frames(dice: Dice) -> Clip:
    """Each place has one neighbour too few."""
    return of_frames(a_clip([a_frame(dice) for _ in range(3)], fps=24), [0.5, 1, 1.7])


def two_frames(dice: Dice) -> Clip:
    """Both neighbours are missing: a straight line."""
    return of_frames(a_clip([a_frame(dice, detail=(1,)) for _ in range(2)]), [0.25, 0.5, 0.9])


def one_frame(dice: Dice) -> Clip:
    """Nothing moves."""
    return of_frames(a_clip([a_frame(dice, detail=(2,))]), [0, 0.5, -1])


def fast_turns(dice: Dice) -> Clip:
    """100 degrees a frame: signs go by the neighbour; the frame two behind is on the other side of the one at hand."""
    frames = [a_frame(dice) for _ in range(5)]
    for k, frame in enumerate(frames):
        half = math.radians(50 * k)
        frame["joint_rotations_wxyz"][1] = [round(v, 6) for v in (math.cos(half), 0, math.sin(half), 0)]
        frame["node_rotations_wxyz"][0] = [round(-v, 6) for v in (math.cos(half), math.sin(half), 0, 0)]
    return of_frames(a_clip(frames), [1.3, 2.5, 0.5, 3.5])


def detail_turns(dice: Dice) -> Clip:
    """Detail turned beyond half a turn and beyond a whole one, to and from nothing: always the shorter arc."""
    frames = [a_frame(dice, detail=(0, 1, 2, 3)) for _ in range(3)]
    turns = (
        [[0, 3.0, 0], [2.9, 0, 0], [0, 6.1, 0], [0.001, 0, 0]],
        [[0, -3.0, 0], [0, 2.9, 0], [0, 0, 0.2], [0, 0, 6.28]],
        [[0, 3.4, 0], [0.1, -4.0, 9.0], [0, 0, 0], [0, 0, 0]],
    )
    for frame, vectors in zip(frames, turns, strict=True):
        frame["detail_rotation_rad"] = vectors
    return of_frames(a_clip(frames), [0.5, 0.2, 1.5, 1.9])


def loop(dice: Dice) -> Clip:
    """Frames on both sides of the seam, turns ahead and turns back."""
    frames = [a_frame(dice, detail=(0, 1) if k else (1, 5)) for k in range(5)]
    return of_frames(a_clip(frames, loops=True), [4.5, 3.5, 0.5, 5, 12.25, -0.5, -7.75])


def loop_that_travels(dice: Dice) -> Clip:
    """The root goes on by a shift and a turn in each period: in the world, in place, and step by step."""
    frames = [a_frame(dice) for _ in range(4)]
    travel = {"translation_m": [0.4, 0.1, 1.2], "heading_rad": 0.5}
    clip = a_clip(frames, fps=25, loops=True, travel=travel)
    steps = ((0, 1), (3.5, 4.5), (3, 9.25), (2, 1), (-5, 5))
    return of_frames(clip, [0.5, 3.5, 3.999999, 5, 9.75, -3.25], "world", "in place", "delta", steps=steps)


def short_loops(dice: Dice) -> Clip:
    """A loop of two frames: every neighbour is one of them."""
    travel = {"translation_m": [0, 0, 0.3], "heading_rad": -1.0}
    return of_frames(a_clip([a_frame(dice) for _ in range(2)], loops=True, travel=travel), [0.5, 1.5, 2.5, -1])


def loop_of_one(dice: Dice) -> Clip:
    """A pose that travels."""
    travel = {"translation_m": [0.1, 0, 0.02], "heading_rad": 0.2}
    return of_frames(a_clip([a_frame(dice)], loops=True, travel=travel), [0, 0.5, 3.75])


def root_motion(dice: Dice) -> Clip:
    """A root that leans, turns past half a turn and climbs: in place, at the origin, and its steps over the ground."""
    frames = [a_frame(dice) for _ in range(6)]
    for k, frame in enumerate(frames):
        lean, turn = 0.2 * math.sin(k), 1.1 * k
        w, x, y, z = (
            math.cos(turn / 2) * math.cos(lean), math.cos(turn / 2) * math.sin(lean),
            math.sin(turn / 2) * math.cos(lean), -math.sin(turn / 2) * math.sin(lean),
        )  # fmt: skip
        frame["joint_rotations_wxyz"][0] = [round(v, 6) for v in (w, x, y, z)]
        frame["root_translation_m"] = [round(v, 6) for v in (0.3 * k, 0.05 * k * k, -0.2 * k)]
    steps = ((0, 1), (1, 2.5), (4, 3), (0, 3), (2, 4), (-1, 7))
    return of_frames(a_clip(frames), [0, 1.5, 3, 4.2, 9], "world", "in place", "delta", steps=steps)


def groups_of_a_package(dice: Dice) -> Clip:
    """The last frames of a group, the first of the next and what is between, out of a package."""
    del dice
    return {
        "package": "packages/valid/nodes-sh2-two-clips.a3d",
        "clip_name": "walk",
        "detail_of": SAMPLE,
        "shown": [{"time_s": place / 30, "root": "world"} for place in (27.5, 28.5, 29.25, 29.5, 30.5, 31.5, 32.75)],
        "steps": [[28.5 / 30, 31.25 / 30]],
    }


CASES: dict[str, Callable[[Dice], Clip]] = {
    "between-frames": between_frames,
    "three-frames": three_frames,
    "two-frames": two_frames,
    "one-frame": one_frame,
    "fast-turns": fast_turns,
    "detail-turns": detail_turns,
    "loop": loop,
    "loop-that-travels": loop_that_travels,
    "loop-of-two": short_loops,
    "loop-of-one": loop_of_one,
    "root-motion": root_motion,
    "groups-of-a-package": groups_of_a_package,
}


def read_clip(vector: Clip) -> tuple[Clip, list[float]]:
    """The clip that a vector names, and its root joint."""
    with Package.open(VECTORS / vector["package"]) as package:
        player = ClipPlayer(package, vector["clip_name"])
        frames = []
        for index in range(player.frame_count):
            frame = player.frame(index)
            assert frame.detail is not None
            known = {int(i): row for row, i in enumerate(frame.detail.indices)}
            some = [i for i in SAMPLE if i in known]
            rows = [known[i] for i in some]
            fields = ("dpos_m", "drot_rad", "dlogscale", "dcolour")
            values = [getattr(frame.detail, field) for field in fields]
            frames.append(
                {
                    "root_translation_m": frame.root_translation_m.tolist(),
                    "joint_rotations_wxyz": frame.joint_rotations_wxyz.tolist(),
                    "node_displacements_m": frame.node_displacements_m.tolist(),
                    "node_rotations_wxyz": frame.node_rotations_wxyz.tolist(),
                    "detail_indices": some,
                    **{
                        f"detail_{name}": np.zeros((len(some), 3)) if channel is None else channel[rows]
                        for name, channel in zip(CHANNEL_SIZES, values, strict=True)
                    },
                }
            )
        return a_clip(frames, fps=player.clip.fps), package.skeleton.zero_joints_m[0].tolist()


def rendered(name: str) -> str:
    """The text of one file."""
    make = CASES[name]
    vector = {"name": name, "about": make.__doc__, **make(Dice(sum(name.encode())))}
    clip = vector.get("clip")
    joint = np.array(vector.get("root_joint_m", ROOT_JOINT_M))
    if clip is None:
        clip, found = read_clip(vector)
        joint = np.array(found)
    vector["expected"] = {
        "frames": [
            digits(frame_at(clip, joint, each["time_s"], each["root"], vector.get("detail_of")))
            for each in vector["shown"]
        ],
        "steps": [digits(ground_step(clip, joint, *step)) for step in vector["steps"]],
    }
    return pretty(vector) + "\n"


def digits(value: Any) -> Any:
    """Nine significant digits of every float."""
    if isinstance(value, dict):
        return {name: digits(entry) for name, entry in value.items()}
    if isinstance(value, (list, np.ndarray)):
        return [digits(entry) for entry in np.asarray(value).tolist()] if len(value) else []
    return value if isinstance(value, int) else float(f"{value:.9g}") + 0.0


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    for name in CASES:
        (FOLDER / f"{name}.json").write_text(rendered(name), encoding="utf-8")


if __name__ == "__main__":
    main()
