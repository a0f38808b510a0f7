"""Feet of a whole motion, planted: a foot that is down stays where it is and its sole on the floor.

While a foot is down, what its sole slips is taken back: the lowest of heel, ball and tip stays in place, so that a foot
still rolls. Between two stances what was added goes over on a curve without a corner. Legs reach by hip and knee; where
they are too short, the body sinks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.foot_contacts import FEWEST_FRAMES, Stances, stances_of
from ani3d_runtime.body.leg_reach import reach_ankles
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.body.sole_points import SolePoints, sole_points

# A point so far above the lowest one bears a third as much.
_BEARS_M = 0.006
# A floor so near to zero is at zero.
_AT_ZERO_M = 0.03
# A foot that slips farther in one stance is not planted: it slides, or is no foot that stands.
_MOST_M = 0.3
_SINKS_S = 0.1
# A stance ends where the sole is so far above where it usually is in it, or slips so fast: there the foot lifts.
_LIFTS_M, _SLIPS_M_S = 0.012, 0.45
# What is added is smoothed over so long.
_SMOOTH_S = 0.02
# Share of a leg's length that it is stretched to at most.
_STRETCH = 0.998


def plant_feet(motion: Motion, skeleton: Skeleton) -> Motion:
    """The motion with its standing feet planted.

    Args:
        motion: of T frames, on ``skeleton``. On a treadmill feet go with the ground.
        skeleton: whose feet have their names in SMPL.

    Raises:
        MotionError: ``retarget-no-legs``.
    """
    soles = sole_points(skeleton)
    if motion.frame_count < FEWEST_FRAMES:
        return motion
    points = soles.posed(motion, skeleton)
    stances = stances_of([points[:, 0], points[:, 1]], motion.fps)
    added = np.stack([_added(points[:, side], down, stances, motion.fps) for side, down in enumerate(stances.down)], 1)
    sunk = _sunk(motion, skeleton, soles, added, motion.fps)
    root = motion.root_translation_m.copy()
    root[:, 1] -= sunk.astype(np.float32)
    added[..., 1] += sunk[:, None]
    local = np.ascontiguousarray(motion.joint_rotations_wxyz, dtype=np.float32).copy()
    parents = np.ascontiguousarray(skeleton.parents, dtype=np.int32)
    reach_ankles(local, root, parents, skeleton.zero_joints_m.astype(np.float64), soles.legs, added)
    return replace(motion, joint_rotations_wxyz=local, root_translation_m=root)


def _added(points: Float64Array, down: NDArray[np.bool_], stances: Stances, fps: float) -> Float64Array:
    """[T, 3] what a foot moves by; ``points`` [T, 3, 3] are those of its sole."""
    floor_m = 0.0 if abs(stances.floor_m) < _AT_ZERO_M else stances.floor_m
    count = len(points)
    lowest = points[..., 1].min(axis=1)
    added, velocity = np.zeros((count, 3)), np.zeros((count, 3))
    fixed = np.zeros(count, dtype=bool)
    for start, stop in _runs(down):
        start, stop = _firm(points, lowest, start, stop, stances, fps)
        slip = _slip(points[start:stop], stances.ground_m_s, fps)
        if not len(slip) or float(np.abs(slip).max()) > _MOST_M:
            continue
        added[start:stop, ::2] = -slip
        added[start:stop, 1] = floor_m - lowest[start:stop]
        if stop - start > 1:
            velocity[start:stop] = np.gradient(added[start:stop], 1 / fps, axis=0)
        fixed[start:stop] = True
    _bridge(added, velocity, fixed, fps)
    if fixed.any():
        added = _smoothed(added, _SMOOTH_S * fps)
    # No sole goes through the floor on its way.
    added[:, 1] = np.maximum(added[:, 1], floor_m - lowest)
    return added


def _firm(
    points: Float64Array, lowest: Float64Array, start: int, stop: int, stances: Stances, fps: float
) -> tuple[int, int]:
    """A stance without the frames at its ends in which the foot has not come to rest, or lifts."""
    steps = _steps(points[start:stop], stances.ground_m_s, fps)
    slow = np.linalg.norm(steps, axis=1) * fps < _SLIPS_M_S
    slow = np.append(slow, slow[-1:]) & np.insert(slow, 0, slow[:1]) if len(slow) else np.ones(stop - start, dtype=bool)
    firm = np.flatnonzero(slow & (lowest[start:stop] - np.median(lowest[start:stop]) < _LIFTS_M))
    return (start, start) if not len(firm) else (start + int(firm[0]), start + int(firm[-1]) + 1)


def _slip(points: Float64Array, ground_m_s: Float64Array, fps: float) -> Float64Array:
    """[S, 2] how far a sole has slipped over the ground, its mean taken off."""
    steps = _steps(points, ground_m_s, fps)
    slip = np.concatenate([np.zeros((min(len(points), 1), 2)), np.cumsum(steps, axis=0)])
    return slip - slip.mean(axis=0) if len(slip) else slip


def _steps(points: Float64Array, ground_m_s: Float64Array, fps: float) -> Float64Array:
    """[S - 1, 2] how far a sole goes over the ground from frame to frame, at the points that bear."""
    height = points[..., 1] - points[..., 1].min(axis=1, keepdims=True)
    bears = np.exp(-height / _BEARS_M)
    bears = (bears[1:] + bears[:-1]) / 2
    bears /= bears.sum(axis=1, keepdims=True)
    return np.einsum("sp,spa->sa", bears, np.diff(points[..., ::2], axis=0)) - ground_m_s / fps


def _bridge(added: Float64Array, velocity: Float64Array, fixed: NDArray[np.bool_], fps: float) -> None:
    """Fill what lies between stances: a cubic from the end of one to the start of the next; constant at the ends."""
    if not fixed.any():
        return
    for start, stop in _runs(~fixed):
        if start == 0:
            added[:stop] = added[stop]
        elif stop == len(added):
            added[start:] = added[start - 1]
        else:
            before, span = start - 1, stop - start + 1
            share = (np.arange(1, span) / span)[:, None]
            a, b = added[before], added[stop]
            # The speed that leaves a stance is not kept for long: in a long swing it would go far.
            u, v = (velocity[at] * min(span / fps, _SINKS_S) for at in (before, stop))
            added[start:stop] = (
                (1 + 2 * share) * (1 - share) ** 2 * a
                + share * (1 - share) ** 2 * u
                + share**2 * (3 - 2 * share) * b
                - share**2 * (1 - share) * v
            )


def _sunk(motion: Motion, skeleton: Skeleton, soles: SolePoints, added: Float64Array, fps: float) -> Float64Array:
    """[T] by how much the body sinks so that its legs reach, metres."""
    placed = skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]
    zero = skeleton.zero_joints_m.astype(np.float64)
    needed = np.zeros(motion.frame_count)
    for side, (hip, knee, ankle, _) in enumerate(soles.legs):
        longest = _STRETCH * float(np.linalg.norm(zero[hip] - zero[knee]) + np.linalg.norm(zero[knee] - zero[ankle]))
        # A leg that is stretched as captured stays so.
        longest = np.maximum(longest, np.linalg.norm(placed[:, ankle] - placed[:, hip], axis=1))
        line = placed[:, ankle] + added[:, side] - placed[:, hip]
        across = np.minimum((line[:, ::2] ** 2).sum(axis=1), longest**2)
        needed = np.maximum(needed, -line[:, 1] - np.sqrt(longest**2 - across))
    if not needed.any():
        return needed
    width = max(1, round(_SINKS_S * fps))
    deepest = sliding_window_view(np.pad(needed, width, mode="edge"), 2 * width + 1).max(axis=1)
    return _smoothed(deepest[:, None], width / 2)[:, 0]


def _smoothed(values: Float64Array, sigma: float) -> Float64Array:
    """[T, C] under a Gaussian of so many frames; the ends go on as they are."""
    radius = max(1, round(4 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    padded = np.pad(values, ((radius, radius), (0, 0)), mode="edge")
    return sliding_window_view(padded, 2 * radius + 1, axis=0) @ (weights / weights.sum())


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end, exclusive, of runs of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
