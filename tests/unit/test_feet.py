"""Feet on the ground: built-in motions, feet planted in a bake, legs of other proportions, ankles of other heights."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.bake.characters.style import CHARACTER_NAMES, style_named
from ani3d_runtime.body.foot_planting import plant_feet
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers import MotionOptions, read_motion
from ani3d_runtime.body.retarget_live import LiveRetargeter, SourceSkeleton
from ani3d_runtime.body.skeleton import Skeleton

BODY = load_builtin_body()
NAMES = BODY.skeleton.joint_names
TOES = [NAMES.index("left_foot"), NAMES.index("right_foot")]
LOW_M, SLOW_M_S = 0.01, 0.15


def soles_of(motion: Motion, betas: tuple[float, ...] = ()) -> list[np.ndarray]:
    """[T, P, 3] of vertices of either sole."""
    body = BODY.shaped(betas)
    low = body.vertices_m[:, 1] < body.vertices_m[:, 1].min() + 0.012
    carried = body.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    tracks = []
    for sign in (1, -1):
        chosen = low & (sign * body.vertices_m[:, 0] > 0)
        blended = np.einsum("pj,tjab->tpab", body.skin_weights[chosen], carried)
        tracks.append(np.einsum("tpab,pb->tpa", blended[..., :3], body.vertices_m[chosen]) + blended[..., 3])
    return tracks


def slides_mm(tracks: list[np.ndarray], fps: float) -> list[float]:
    """How far the lowest points of a sole go while it is low and slow, of each stretch of a tenth of a second."""
    slides, way = [], []
    for track in tracks:
        for before, after in itertools.pairwise(track):
            height = before[:, 1] + after[:, 1]
            step = (after - before)[height < height.min() + 0.008][:, [0, 2]].mean(axis=0)
            if height.min() < 2 * LOW_M and np.linalg.norm(step) * fps < SLOW_M_S:
                way.append(step)
                continue
            if len(way) > 0.1 * fps:
                slides.append(1e3 * float(np.linalg.norm(np.sum(way, axis=0))))
            way = []
    return slides


@pytest.mark.parametrize("character", CHARACTER_NAMES)
@pytest.mark.parametrize(("name", "way_m", "steps"), [("walk", 10, 16), ("run", 25, 24)])
def test_the_built_in_gaits_go_ahead_on_planted_feet(name: str, way_m: float, steps: int, character: str) -> None:
    betas = style_named(character).betas
    motion = read_motion(name, BODY.shaped(betas).skeleton)
    assert motion.root_translation_m[-1, 2] > way_m
    tracks = soles_of(motion, betas)
    slides = slides_mm(tracks, motion.fps)
    assert len(slides) >= steps
    assert max(slides) < 10
    lowest_mm = 1e3 * np.min([track[..., 1].min(axis=1) for track in tracks], axis=0)
    assert lowest_mm.min() > -5, "no sole in the floor"
    if name == "walk":
        assert lowest_mm.max() < 5, "one foot is on the floor in every frame"


@pytest.mark.parametrize("name", ["dance", "cmu_01_01"])
def test_the_other_built_in_motions_stand_on_the_floor(name: str) -> None:
    tracks = soles_of(read_motion(name, BODY.skeleton))
    lowest_mm = 1e3 * np.min([track[..., 1].min(axis=1) for track in tracks], axis=0)
    assert abs(float(np.median(lowest_mm))) < 5
    assert np.median(slides_mm(tracks, 30.0)) < 10


def skating() -> Motion:
    """The walk, its way a tenth longer, 2 cm over the floor."""
    walk = read_motion("walk", BODY.skeleton).slice(0, 120)
    root = walk.root_translation_m * np.array([1, 1, 1.1], dtype=np.float32) + np.array([0, 0.02, 0], dtype=np.float32)
    return replace(walk, root_translation_m=root)


def test_locked_feet_of_a_bake_stay_and_stand_on_the_floor(tmp_path: Path) -> None:
    motion = skating()
    poses = tmp_path / "skating.npz"
    angles = 2 * np.arccos(np.clip(motion.joint_rotations_wxyz[..., :1], -1, 1))
    axes = motion.joint_rotations_wxyz[..., 1:]
    axes = axes / np.maximum(np.linalg.norm(axes, axis=-1, keepdims=True), 1e-9)
    np.savez(poses, poses=angles * axes, trans=motion.root_translation_m, fps=30, up_axis="y")
    free, locked = (
        read_motion(poses, BODY.skeleton, MotionOptions(axes="yup", unit="m", lock_feet=lock)) for lock in (False, True)
    )
    lowest_mm = 1e3 * np.min([track[..., 1].min(axis=1) for track in soles_of(locked)], axis=0)
    assert abs(float(np.median(lowest_mm))) < 2
    assert np.median(slides_mm(soles_of(locked), 30.0)) < 5
    low = [track - np.array([0, 0.02, 0]) for track in soles_of(free)]
    assert not slides_mm(low, 30.0) or max(slides_mm(low, 30.0)) > 10, "the motion skates without"
    others = [joint for joint, joint_name in enumerate(NAMES) if not joint_name.endswith(("_hip", "_knee", "_ankle"))]
    np.testing.assert_array_equal(locked.joint_rotations_wxyz[:, others], free.joint_rotations_wxyz[:, others])


def test_planting_what_is_planted_changes_little() -> None:
    walk = read_motion("walk", BODY.skeleton)
    again = plant_feet(walk, BODY.skeleton)
    places = [
        BODY.skeleton.global_transforms(m.joint_rotations_wxyz, m.root_translation_m)[..., 3] for m in (walk, again)
    ]
    assert np.abs(places[0] - places[1]).max() < 0.01


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_motions_can_be_planted(frames: int) -> None:
    short = plant_feet(read_motion("dance", BODY.skeleton).slice(0, frames), BODY.skeleton)
    assert np.isfinite(short.joint_rotations_wxyz).all()


def other_body(*, thigh: float = 1.0, shin: float = 1.0, ankle_m: float = 0.0) -> Skeleton:
    zero = BODY.skeleton.zero_joints_m.astype(np.float64)
    for side in ("left", "right"):
        hip, knee, ankle, toe = (NAMES.index(f"{side}_{part}") for part in ("hip", "knee", "ankle", "foot"))
        a, b, c = zero[knee] - zero[hip], zero[ankle] - zero[knee], zero[toe] - zero[ankle]
        zero[knee] = zero[hip] + thigh * a
        zero[ankle] = zero[knee] + shin * b
        zero[toe] = zero[ankle] + c - np.array([0, ankle_m, 0])
    return Skeleton.in_zero_pose(NAMES, BODY.skeleton.parents, zero.astype(np.float32))


def as_captured(body: Skeleton, source: Skeleton, motion: Motion, *, lock_feet: bool = False) -> Motion:
    """A motion of ``source`` on ``body``."""
    zero = source.zero_joints_m
    offsets = np.concatenate([np.zeros((1, 3)), zero[1:] - zero[source.parents[1:]]]).astype(np.float32)
    retargeter = LiveRetargeter(SourceSkeleton(NAMES, source.parents, offsets), body, lock_feet=lock_feet)
    poses = [
        retargeter.pose(rotations, root + zero[0], 1 / motion.fps)
        for rotations, root in zip(motion.joint_rotations_wxyz, motion.root_translation_m, strict=True)
    ]
    root = np.stack([pose.root_translation_m for pose in poses])
    return replace(
        motion, root_translation_m=root, joint_rotations_wxyz=np.stack([p.joint_rotations_wxyz for p in poses])
    )


def test_thighs_and_shins_of_other_proportions_leave_feet_where_they_are() -> None:
    walk = read_motion("walk", BODY.skeleton).slice(0, 70)
    source = other_body(thigh=0.9, shin=1 + 0.1 * 0.386 / 0.413)
    there = as_captured(source, BODY.skeleton, walk)
    back = as_captured(BODY.skeleton, source, there)
    assert max(slides_mm(soles_of(back), 30.0)) < 5
    places = [
        BODY.skeleton.global_transforms(m.joint_rotations_wxyz, m.root_translation_m)[:, TOES, :, 3]
        for m in (walk, back)
    ]
    assert np.abs(places[0] - places[1]).max() < 0.005


def test_higher_ankles_do_not_lift_the_soles() -> None:
    """A capture whose ankles are 6 cm higher over its soles, hips likewise."""
    walk = read_motion("walk", BODY.skeleton).slice(0, 70)
    source = other_body(ankle_m=0.06)
    raised = replace(walk, root_translation_m=walk.root_translation_m + np.array([0, 0.06, 0], dtype=np.float32))
    back = as_captured(BODY.skeleton, source, raised)
    np.testing.assert_allclose(back.root_translation_m, walk.root_translation_m, atol=1e-4)


def test_a_live_lock_lets_soles_down_without_a_jerk_of_the_knees() -> None:
    walk = read_motion("walk", BODY.skeleton).slice(0, 120)
    floating = replace(walk, root_translation_m=walk.root_translation_m + np.array([0, 0.02, 0], dtype=np.float32))
    locked = as_captured(BODY.skeleton, BODY.skeleton, floating, lock_feet=True)
    lowest_mm = 1e3 * np.min([track[..., 1].min(axis=1) for track in soles_of(locked)], axis=0)
    assert abs(float(np.median(lowest_mm))) < 5
    knees = [NAMES.index("left_knee"), NAMES.index("right_knee")]
    jerks = [
        np.linalg.norm(np.diff(places[:, knees], 2, axis=0), axis=2).max() * 30**2
        for places in (
            BODY.skeleton.global_transforms(m.joint_rotations_wxyz, m.root_translation_m)[..., 3]
            for m in (floating, locked)
        )
    ]
    assert jerks[1] < 1.5 * jerks[0]
