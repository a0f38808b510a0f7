"""Writes the golden vectors of blends: ``python -m tests.golden.blend_vectors``.

Clips of a few frames that fade into each other, layers over some joints, and what ``blend_reference.py`` makes of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.golden.blend_reference import blended
from tests.golden.generate import Dice, pretty
from tests.golden.playback_vectors import JOINTS, NODES, ROOT_JOINT_M, VECTORS, a_clip, a_frame, digits

FOLDER = VECTORS / "blend"
NAMES = ["hips", "spine", "head"]
LEVEL_SIZES = [2, 3, 3]
Vector = dict[str, Any]


def an_avatar(dice: Dice) -> Vector:
    """Eight Gaussians on three joints; of two nodes one has nothing that hangs on it at the coarsest level."""
    count = sum(LEVEL_SIZES)
    joints = [[i % JOINTS, (i + 1) % JOINTS, 0, 0] for i in range(count)]
    weights = [[round(1 - 0.1 * (i % 5), 6), round(0.1 * (i % 5), 6), 0.0, 0.0] for i in range(count)]
    hung = [
        [0, 0, 0, 0],
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
    ]
    pulls = [[0.0] * 4, [1.0, 0.0, 0.0, 0.0], [0.7, 0.3, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
    pulls += [[0.5, 0.5, 0.0, 0.0], [0.0] * 4, [0.2, 0.8, 0.0, 0.0], [0.6, 0.4, 0.0, 0.0]]
    assert NODES == 2
    return {
        "root_joint_m": ROOT_JOINT_M,
        "joint_names": NAMES,
        "binding": {"joints": joints, "weights": weights},
        "nodes": {"count": NODES, "indices": hung, "weights": pulls},
        "level_sizes": LEVEL_SIZES,
        "detail_of": list(range(count)),
        "clips": {},
        "plays": [],
        "overlays": [],
        "shown": [],
        "steps": [],
    }


def a_play(clip: str, at_s: float = 0.0, fade_s: float = 0.0, start_s: float = 0.0, rate: float = 1.0) -> Vector:
    """A clip that begins."""
    return {"clip": clip, "at_s": at_s, "fade_s": fade_s, "start_s": start_s, "rate": rate}


def an_overlay(play: Vector, mask: dict[str, float], weight: float = 1.0, end_s: float | None = None) -> Vector:
    """A layer; where it ends it fades out as long as it fades in."""
    return play | {"mask": mask, "weight": weight, "end_s": end_s, "fade_out_s": play["fade_s"]}


def shown(times_s: list[float], *roots: str) -> list[Vector]:
    """Times to show."""
    return [{"time_s": time_s, "root": root} for time_s in times_s for root in roots or ("world",)]


def crossfade(dice: Dice) -> Vector:
    """From one clip to another, whose root is put where the first is: before, within and behind the fade."""
    clips = {
        "dance": a_clip([a_frame(dice, detail=(0, 3, 5)) for _ in range(6)]),
        "walk": a_clip([a_frame(dice, detail=(3, 4)) for _ in range(4)], fps=20),
    }
    return an_avatar(dice) | {
        "clips": clips,
        "plays": [a_play("dance", start_s=0.03), a_play("walk", 0.05, 0.1, start_s=0.02)],
        "shown": shown([-1, 0, 0.049, 0.05, 0.06, 0.1, 0.14, 0.15, 0.16, 1], "world")
        + shown([0.09, 0.2], "in place", "delta"),
        "steps": [[0, 0.1], [0.07, 0.12], [0.3, 0.1]],
    }


def far_apart(dice: Dice) -> Vector:
    """Turns of more than a right angle, either sign of quaternions, detail turned by more than half a turn."""
    one, other = (a_frame(dice, detail=(0, 1, 2), turn_rad=3.0) for _ in range(2))
    one["detail_rotation_rad"] = [[0, 3.0, 0], [2.9, 0, 0], [0, 6.1, 0]]
    other["detail_rotation_rad"] = [[0, -3.0, 0], [0, 2.9, 0], [0, 0, 0.2]]
    return an_avatar(dice) | {
        "clips": {"one": a_clip([one]), "other": a_clip([other])},
        "plays": [a_play("one"), a_play("other", 0, 1)],
        "shown": shown([0.1, 0.25, 0.5, 0.8]),
    }


def interrupted(dice: Dice) -> Vector:
    """A third clip begins while the second fades in, and a hard cut to another time of the first follows."""
    clips = {name: a_clip([a_frame(dice, detail=(2,)) for _ in range(5)]) for name in ("a", "b", "c")}
    plays = [a_play("a"), a_play("b", 0.03, 0.1), a_play("c", 0.08, 0.1, rate=0.5), a_play("a", 0.2, 0, 0.12, -1)]
    return an_avatar(dice) | {
        "clips": clips,
        "plays": plays,
        "shown": shown([0.02, 0.06, 0.1, 0.125, 0.15, 0.19, 0.2, 0.25]),
        "steps": [[0.05, 0.15], [0.19, 0.21]],
    }


def loops(dice: Dice) -> Vector:
    """From a loop that travels and turns, in its third period, to one that is meant to stay in place."""
    travel = {"translation_m": [0.2, 0, 0.9], "heading_rad": 0.7}
    clips = {
        "walk": a_clip([a_frame(dice) for _ in range(4)], loops=True, travel=travel),
        "idle": a_clip([a_frame(dice) for _ in range(3)], loops=True) | {"in_place": True},
    }
    return an_avatar(dice) | {
        "clips": clips,
        "plays": [a_play("walk"), a_play("idle", 0.3, 0.2, start_s=0.25), a_play("walk", 0.7, 0.2)],
        "shown": shown([0.2, 0.35, 0.45, 0.6, 0.8, 1.2], "world", "delta"),
        "steps": [[0.1, 0.4], [0.4, 0.9], [0, 1.2]],
    }


def layer(dice: Dice) -> Vector:
    """The head, and half of the spine, of another clip: fading in, there, fading out; node motion and detail alike."""
    clips = {
        "walk": a_clip([a_frame(dice, detail=(0, 3, 5, 7)) for _ in range(5)]),
        "wave": a_clip([a_frame(dice, detail=(1, 3, 6)) for _ in range(5)]),
    }
    laid = an_overlay(a_play("wave", 0.03, 0.05), {"spine": 0.5, "head": 1.0}, end_s=0.11)
    return an_avatar(dice) | {
        "clips": clips,
        "plays": [a_play("walk")],
        "overlays": [laid],
        "shown": shown([0.02, 0.05, 0.07, 0.1, 0.13, 0.16, 0.2]),
        "steps": [[0.02, 0.1]],
    }


def layers_over_a_crossfade(dice: Dice) -> Vector:
    """Two layers over two clips, one of them over the root: its height and lean are the layer's, its way is not."""
    clips = {name: a_clip([a_frame(dice, detail=(0, 4)) for _ in range(6)]) for name in ("a", "b", "bow", "nod")}
    lean = an_overlay(a_play("bow", 0.02, 0.04), {"hips": 0.8, "spine": 1.0}, weight=0.7)
    nod = an_overlay(a_play("nod", 0.04, 0.02, rate=2), {"head": 1.0}, end_s=0.1)
    return an_avatar(dice) | {
        "clips": clips,
        "plays": [a_play("a"), a_play("b", 0.03, 0.1)],
        "overlays": [lean, nod],
        "shown": shown([0.03, 0.05, 0.08, 0.11, 0.15], "world", "in place", "delta"),
        "steps": [[0, 0.1]],
    }


CASES: dict[str, Callable[[Dice], Vector]] = {
    "crossfade": crossfade,
    "crossfade-far-apart": far_apart,
    "crossfade-interrupted": interrupted,
    "crossfade-loops": loops,
    "layer": layer,
    "layers-over-a-crossfade": layers_over_a_crossfade,
}


def rendered(name: str) -> str:
    """The text of one file."""
    make = CASES[name]
    vector = {"name": name, "about": make.__doc__, **make(Dice(sum(name.encode())))}
    return pretty(vector | {"expected": digits(blended(vector))}) + "\n"


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    for name in CASES:
        (FOLDER / f"{name}.json").write_text(rendered(name), encoding="utf-8")


if __name__ == "__main__":
    main()
