"""Feet on the ground: how far soles slide and stand off the floor while a foot is down.

    python -m benchmarks.motion.feet [MOTION ...] [--lock-feet] [--ground floor]

A phase is a stretch in which a foot is down by the benchmark's own measure: its lowest point of four is lower than 4 cm
and slower than 0.2 m/s in both of its frames. *Slide* is how far the sole goes over the ground in a phase (the way of
its lowest points, summed as vectors), *sole* how high its lowest vertex is above the floor. The floor of the clip is
y = 0. Soles are vertices of the built-in body's mesh, which no code of the bake looks at.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions, read_motion
from ani3d_runtime.body.skeleton import Skeleton

_SOLE_THICK_M = 0.012
_LOW_M, _SLOW_M_S = 0.04, 0.2
_SHORTEST_S = 0.1
_NEAR_M = 0.004
SIDES = ("left", "right")


@dataclass(frozen=True)
class Feet:
    """What is measured of one motion.

    Attributes:
        phases: how many. slide_mm: [phases] of each. sole_mm: of all frames of all phases.
        travel_m: how far the root goes. knee_m_s2: largest acceleration of a knee.
    """

    phases: int
    slide_mm: Float64Array
    sole_mm: Float64Array
    travel_m: float
    knee_m_s2: float


def sole_tracks(motion: Motion, betas: Float64Array | None = None) -> tuple[Float64Array, ...]:
    """[T, P, 3] where the sole's vertices of either foot are."""
    body = load_builtin_body().shaped(betas)
    vertices, weights = body.vertices_m.astype(np.float64), body.skin_weights.astype(np.float64)
    carried = body.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    low = vertices[:, 1] < vertices[:, 1].min() + _SOLE_THICK_M
    tracks: list[Float64Array] = []
    for sign in (1, -1):
        chosen = low & (sign * vertices[:, 0] > 0)
        blended = np.einsum("pj,tjab->tpab", weights[chosen], carried)
        tracks.append(np.einsum("tpab,pb->tpa", blended[..., :3], vertices[chosen]) + blended[..., 3])
    return tuple(tracks)


def feet_of(motion: Motion, skeleton: Skeleton, stances: Sequence[NDArray[np.bool_]] | None = None) -> Feet:
    """Measure a motion of the built-in body; ``stances`` [T] of either foot where they are known."""
    slides: list[float] = []
    soles: list[Float64Array] = []
    for side, track in enumerate(sole_tracks(motion)):
        steps = np.stack([_step(track[at], track[at + 1]) for at in range(len(track) - 1)])
        lowest = track[..., 1].min(axis=1)
        slow = np.linalg.norm(steps, axis=1) * motion.fps < _SLOW_M_S
        down = slow & (lowest[1:] < _LOW_M) & (lowest[:-1] < _LOW_M)
        if stances is not None:
            down = stances[side][1:] & stances[side][:-1]
        for start, stop in _runs(down):
            if stop - start >= _SHORTEST_S * motion.fps:
                way = np.cumsum(steps[start:stop], axis=0)
                way = np.concatenate([np.zeros((1, 2)), way])
                slides.append(1e3 * float(np.linalg.norm(way[:, None] - way[None], axis=2).max()))
                soles.append(1e3 * lowest[start : stop + 1])
    placed = skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]
    knees = placed[:, [skeleton.joint_names.index(f"{side}_knee") for side in SIDES]]
    acceleration = np.linalg.norm(np.diff(knees, 2, axis=0), axis=2) * motion.fps**2
    root = motion.root_translation_m[:, ::2].astype(np.float64)
    return Feet(
        len(slides),
        np.array(slides or [np.nan]),
        np.concatenate(soles) if soles else np.array([np.nan]),
        float(np.linalg.norm(root[-1] - root[0])),
        float(acceleration.max()),
    )


def _step(before: Float64Array, after: Float64Array) -> Float64Array:
    """[2] how far the lowest points of a sole go over the ground, metres."""
    height = (before[:, 1] + after[:, 1]) / 2
    near = height < height.min() + _NEAR_M
    return (after - before)[near][:, ::2].mean(axis=0)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def row_of(name: str, feet: Feet) -> str:
    """A row of the table."""
    low, middle, high = np.quantile(feet.sole_mm, (0.05, 0.5, 0.95))
    return (
        f"| {name} | {feet.phases} | {np.median(feet.slide_mm):.1f} / {feet.slide_mm.max():.1f} | "
        f"{low:+.1f} / {middle:+.1f} / {high:+.1f} | {feet.travel_m:.2f} | {feet.knee_m_s2:.0f} |"
    )


HEADER = (
    "| motion | phases | slide a phase, mm: median / most | sole, mm: p5 / p50 / p95 | way, m | knee, m/s² |\n"
    "|---|---|---|---|---|---|"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("motions", nargs="*", default=["walk", "run", "dance", "cmu_01_01"])
    parser.add_argument("--lock-feet", action="store_true")
    parser.add_argument("--ground", choices=("keep", "floor"), default="keep")
    chosen = parser.parse_args()
    skeleton = load_builtin_body().skeleton
    options = MotionOptions(ground=chosen.ground, lock_feet=chosen.lock_feet)
    print(HEADER)
    for name in chosen.motions:
        print(row_of(str(name).rsplit("/", 1)[-1], feet_of(read_motion(name, skeleton, options), skeleton)))


if __name__ == "__main__":
    main()
