"""Feet of walkers with other legs on the built-in body: ``python -m benchmarks.motion.feet_retargeted [--fps 30]``.

Each walker's feet are planted exactly, on a skeleton of its own. Its walk is brought to the body as a live source's
poses are, without and with locked feet, and with feet locked as in a bake. Measured as by ``benchmarks.motion.feet``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.foot_planting import plant_feet
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.retarget import leg_length_m
from ani3d_runtime.body.retarget_live import LiveRetargeter, SourceSkeleton
from ani3d_runtime.body.skeleton import Skeleton
from benchmarks.motion.contacts import Gait, walked
from benchmarks.motion.feet import HEADER, SIDES, feet_of, row_of

_SPEED_PER_LEG = 0.8


def other_legs(*, thigh: float = 1.0, shin: float = 1.0, ankle_m: float = 0.0, hips_m: float = 0.0) -> Skeleton:
    """The built-in skeleton with thighs and shins so much longer, ankles so much higher over the soles, hips wider."""
    skeleton = load_builtin_body().skeleton
    zero = skeleton.zero_joints_m.astype(np.float64)
    for side, sign in zip(SIDES, (1, -1), strict=True):
        hip, knee, ankle, toe = (
            skeleton.joint_names.index(f"{side}_{part}") for part in ("hip", "knee", "ankle", "foot")
        )
        a, b, c = zero[knee] - zero[hip], zero[ankle] - zero[knee], zero[toe] - zero[ankle]
        zero[hip, 0] += sign * hips_m
        zero[knee] = zero[hip] + thigh * a
        zero[ankle] = zero[knee] + shin * b
        zero[toe] = zero[ankle] + c - np.array([0, ankle_m, 0])
    # The floor of the benchmark's walkers is where their soles are; it is at zero for all of them.
    return Skeleton.in_zero_pose(skeleton.joint_names, skeleton.parents, zero.astype(np.float32))


def on_floor(motion: Motion, skeleton: Skeleton) -> Motion:
    """The walk with the soles of the planted foot at y = 0."""
    toe = skeleton.joint_names.index("left_foot")
    body = load_builtin_body()
    thick = float(body.skeleton.zero_joints_m[toe, 1] - body.shaped().vertices_m[:, 1].min())
    height = skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[:, toe, 1, 3].min()
    root = motion.root_translation_m + np.array([0, thick - height, 0], dtype=np.float32)
    return replace(motion, root_translation_m=root.astype(np.float32))


def moved(motion: Motion, source: Skeleton, *, lock_feet: bool) -> Motion:
    """The motion on the built-in body, pose after pose."""
    skeleton = load_builtin_body().skeleton
    zero = source.zero_joints_m
    offsets = np.concatenate([np.zeros((1, 3)), zero[1:] - zero[source.parents[1:]]]).astype(np.float32)
    retargeter = LiveRetargeter(
        SourceSkeleton(source.joint_names, source.parents, offsets), skeleton, lock_feet=lock_feet
    )
    poses = [
        retargeter.pose(rotations, root + zero[0], 1 / motion.fps)
        for rotations, root in zip(motion.joint_rotations_wxyz, motion.root_translation_m, strict=True)
    ]
    return Motion(
        motion.name,
        motion.fps,
        skeleton.joint_names,
        np.stack([pose.root_translation_m for pose in poses]),
        np.stack([pose.joint_rotations_wxyz for pose in poses]),
    )


def stances_in(marks: dict[str, list[int]], frames: int) -> list[NDArray[np.bool_]]:
    """[T] of either foot: whether it is down between its marks. What begins before the first mark is left out."""
    stances: list[NDArray[np.bool_]] = []
    for side in SIDES:
        down = np.zeros(frames, dtype=bool)
        ups = marks[f"{side}_foot_up"]
        for start in marks[f"{side}_foot_down"]:
            down[start : min((up for up in ups if up > start), default=frames)] = True
        stances.append(down)
    return stances


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fps", type=float, default=30.0)
    fps = parser.parse_args().fps
    body = load_builtin_body().skeleton
    leg: Float64Array = np.array([0.386, 0.413])
    longer = leg.sum() * np.array([52, 32]) / 84 / leg
    walkers = {
        "the body's own legs": other_legs(),
        "thigh and shin 52:32": other_legs(thigh=longer[0], shin=longer[1]),
        "legs of 1.10 m": other_legs(thigh=1.1 / leg.sum(), shin=1.1 / leg.sum()),
        "legs of 0.60 m": other_legs(thigh=0.6 / leg.sum(), shin=0.6 / leg.sum()),
        "ankles 6 cm higher": other_legs(ankle_m=0.06),
        "hips 8 cm wider": other_legs(hips_m=0.04),
    }
    print(HEADER)
    for name, source in walkers.items():
        # Steps short enough that no leg is stretched beyond its length.
        walk, marks = walked(source, Gait(fps, _SPEED_PER_LEG * leg_length_m(source), 0.9))
        walk, stances = on_floor(walk, source), stances_in(marks, walk.frame_count)
        free = moved(walk, source, lock_feet=False)
        print(row_of(name, feet_of(free, body, stances)))
        print(row_of("… locked live", feet_of(moved(walk, source, lock_feet=True), body, stances)))
        print(row_of("… locked in a bake", feet_of(plant_feet(free, body), body, stances)))


if __name__ == "__main__":
    main()
