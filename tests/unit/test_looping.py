"""Loops of motions: the period that is found, the seam that is joined, and the frames beyond both ends."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.layer_seam import looped_layer, nearest_turns
from ani3d_runtime.bake.layers import make_layers
from ani3d_runtime.bake.loop_choice import LoopChoice, loop_choices
from ani3d_runtime.bake.loops import doubt_about, loop_of
from ani3d_runtime.bake.stage_clock import StageClock
from ani3d_runtime.body.foot_contacts import Sole, foot_contacts
from ani3d_runtime.body.looping import LoopingMotion, looped
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.period import found_period, given_period
from ani3d_runtime.errors import Ani3dError, MotionError, UsageError
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector, rotation_vector_from_quaternion
from ani3d_runtime.residual import ResidualLayer

SKELETON = load_builtin_body().skeleton
PERIOD = 40
FPS = 30.0


def stroll(
    frames: int, *, speed_m_s: float = 0.0, turn_rad_s: float = 0.0, drift_rad: float = 0.0, hurry_rad: float = 0.0
) -> Motion:
    """Legs and arms that swing with a period of 40 frames, on a path.

    A knee, and the root to its side, drift by ``drift_rad`` a period, and by ``hurry_rad`` more in each.
    """
    t = np.arange(frames)
    phase = 2 * np.pi * t / PERIOD
    vectors = np.zeros((frames, SKELETON.joint_count, 3))
    for joint in range(1, SKELETON.joint_count):
        vectors[:, joint, 0] = 0.3 * np.sin(phase + joint) + 0.1 * np.sin(2 * phase)
    drift = drift_rad * t / PERIOD + hurry_rad * (t / PERIOD) ** 2 / 2
    vectors[:, 4, 2] = drift
    heading = turn_rad_s * t / FPS
    root = quaternion_from_rotation_vector(np.stack([0 * t, heading, 0 * t], axis=1))
    lean = quaternion_from_rotation_vector(np.stack([0.05 * np.sin(phase), 0 * t, drift], axis=1))
    rotations = quaternion_from_rotation_vector(vectors)
    rotations[:, 0] = multiply(root, lean)
    step = speed_m_s / FPS * np.stack([np.sin(heading), 0 * t, np.cos(heading)], axis=1)
    path = np.cumsum(step, axis=0) - step[0]
    path[:, 1] = 0.03 * np.cos(2 * phase)
    return Motion("stroll", FPS, SKELETON.joint_names, path.astype(np.float32), rotations.astype(np.float32))


def joints_of(motion: Motion) -> np.ndarray:
    return SKELETON.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]


def refusal(motion: Motion, choice: LoopChoice) -> Ani3dError:
    with pytest.raises(MotionError) as caught:
        loop_of(motion, SKELETON, choice)
    return caught.value


def test_the_shortest_period_is_found() -> None:
    period = found_period(stroll(150), SKELETON)
    assert period is not None
    assert period.frame_count == PERIOD
    assert period.is_good


def test_a_cycle_that_was_made_to_loop_is_taken_whole() -> None:
    period = found_period(stroll(PERIOD), SKELETON)
    assert period is not None
    assert (period.start, period.end, period.is_good) == (0, PERIOD, True)


def test_a_moment_of_rest_is_no_period() -> None:
    """Two waits of two seconds each would be alike, with nothing between them."""
    walk, wait = stroll(130, speed_m_s=1.0), 60
    rotations, root = walk.joint_rotations_wxyz, walk.root_translation_m
    waiting = replace(
        walk,
        root_translation_m=np.concatenate([np.repeat(root[:1], wait, axis=0), root]),
        joint_rotations_wxyz=np.concatenate([np.repeat(rotations[:1], wait, axis=0), rotations]),
    )
    period = found_period(waiting, SKELETON)
    assert period is not None
    assert (period.frame_count, period.start >= wait) == (PERIOD, True)


@pytest.mark.parametrize(
    ("speed_m_s", "turn_rad_s"),
    [(0.0, 0.0), (1.2, 0.0), (1.2, 0.6), (0.02, 0.0)],
    ids=["spot", "line", "curve", "drift"],
)
def test_a_seam_is_a_step_like_any_other(speed_m_s: float, turn_rad_s: float) -> None:
    """Also where the joints have moved on by 0.2 rad, and along the path: period follows period."""
    motion = stroll(150, speed_m_s=speed_m_s, turn_rad_s=turn_rad_s, drift_rad=0.2)
    loop = looped(motion, SKELETON, 20, 20 + PERIOD)
    placed = joints_of(loop.unrolled(PERIOD, PERIOD))
    steps = np.linalg.norm(np.diff(placed, axis=0), axis=2).max(axis=1)
    bends = np.linalg.norm(np.diff(placed, n=2, axis=0), axis=2).max(axis=1)
    seams = [PERIOD - 1, 2 * PERIOD - 1]
    np.testing.assert_allclose(steps[seams[0]], steps[seams[1]], rtol=1e-4)
    assert steps[seams[0]] < 1.1 * steps.max()
    around = bends[[k + offset for k in seams for offset in (-1, 0)]]
    assert around.max() < 1.5 * np.delete(bends, [k + offset for k in seams for offset in (-1, 0)]).max()


@pytest.mark.parametrize("turn_rad_s", [0.0, 0.6])
def test_velocities_are_joined_too(turn_rad_s: float) -> None:
    """A joint and the root come to the end faster than they left; also where the way has turned by then."""
    motion = stroll(150, speed_m_s=1.2, turn_rad_s=turn_rad_s, hurry_rad=1.2)
    loop = looped(motion, SKELETON, 20, 20 + PERIOD)
    rotations = loop.unrolled(0, PERIOD).joint_rotations_wxyz.astype(np.float64)
    steps = rotation_vector_from_quaternion(multiply(rotations[1:], rotations[:-1] * np.array([1, -1, -1, -1])))
    for joint in (0, 4):
        changes = np.linalg.norm(np.diff(steps[:, joint], axis=0), axis=1)
        around = changes[PERIOD - 2 : PERIOD]
        assert around.max() < 1.5 * np.delete(changes[: 2 * PERIOD - 4], [PERIOD - 2, PERIOD - 1]).max()


def test_what_loops_already_is_left_as_it_is() -> None:
    """Also on a curve, where places, turns and speeds come again in another direction."""
    once = looped(stroll(150, speed_m_s=1.2, turn_rad_s=0.6, drift_rad=0.2), SKELETON, 20, 20 + PERIOD)
    again = looped(once.unrolled(PERIOD, PERIOD), SKELETON, PERIOD, 2 * PERIOD)
    assert once.travel is not None
    assert again.travel is not None
    np.testing.assert_allclose(again.travel.translation_m, once.travel.translation_m, atol=1e-4)
    np.testing.assert_allclose(again.motion.root_translation_m, once.motion.root_translation_m, atol=1e-4)
    alike = np.abs((again.motion.joint_rotations_wxyz * once.motion.joint_rotations_wxyz).sum(axis=2))
    np.testing.assert_allclose(alike, 1, atol=1e-6)


def test_travel_is_that_of_the_path() -> None:
    seconds = PERIOD / FPS
    assert looped(stroll(150), SKELETON, 0, PERIOD).travel is None
    assert looped(stroll(150, speed_m_s=0.02), SKELETON, 0, PERIOD).travel is None
    straight = looped(stroll(150, speed_m_s=1.2), SKELETON, 0, PERIOD).travel
    assert straight is not None
    assert straight.heading_rad == 0.0
    np.testing.assert_allclose(straight.translation_m, (0, 0, 1.2 * seconds), atol=1e-3)
    curved = looped(stroll(150, speed_m_s=1.2, turn_rad_s=0.6), SKELETON, 0, PERIOD).travel
    assert curved is not None
    assert curved.heading_rad == pytest.approx(0.6 * seconds, abs=0.02)


def test_a_period_over_the_whole_motion_is_joined_without_a_frame_behind_it() -> None:
    motion = stroll(PERIOD, speed_m_s=1.2)
    loop = loop_of(motion, SKELETON, LoopChoice((0, PERIOD))).looping
    steps = np.linalg.norm(np.diff(joints_of(loop.unrolled(0, 2)), axis=0), axis=2).max(axis=1)
    assert steps[PERIOD - 1] < 1.1 * steps[:-2].max()


def with_a_hand(motion: Motion, *, swing_rad: float, drift_rad: float) -> Motion:
    """The last joint of an arm, which moves no other, swings with the period and drifts by so much in each."""
    t = np.arange(motion.frame_count) * FPS / motion.fps / PERIOD
    vectors = (swing_rad * np.sin(2 * np.pi * t) + drift_rad * t)[:, None] * np.array([1.0, 0, 0])
    rotations = motion.joint_rotations_wxyz.copy()
    rotations[:, -1] = quaternion_from_rotation_vector(vectors)
    return replace(motion, joint_rotations_wxyz=rotations)


@pytest.mark.parametrize("times", [1, 2, 4])
def test_a_period_is_as_good_at_every_frame_rate(times: int) -> None:
    """Its ends are 6.9 degrees apart; a joint turns by 9 in 1/30 s, and by less from frame to frame."""
    coarse = stroll(130)
    motion = replace(
        coarse,
        fps=FPS * times,
        root_translation_m=np.repeat(coarse.root_translation_m, times, axis=0),
        joint_rotations_wxyz=np.repeat(coarse.joint_rotations_wxyz, times, axis=0),
    )
    motion = with_a_hand(motion, swing_rad=1.0, drift_rad=0.12)
    period = given_period(motion, SKELETON, 20 * times, (20 + PERIOD) * times)
    assert np.degrees(period.jump_rad) == pytest.approx(6.9, abs=0.1)
    assert np.degrees(period.step_rad) == pytest.approx(9, abs=0.2)
    assert period.is_good


def test_one_pose_is_no_period() -> None:
    """Any two of its frames are alike; whoever names some is taken at his word."""
    motion = stroll(90)
    held = np.repeat(motion.joint_rotations_wxyz[:1], 90, axis=0)
    still = replace(motion, root_translation_m=0 * motion.root_translation_m, joint_rotations_wxyz=held)
    error = refusal(still, LoopChoice(None))
    assert (error.code, "does not move" in error.found) == ("bake-no-period", True)
    assert doubt_about(loop_of(still, SKELETON, LoopChoice((0, 60)))) is None


def test_a_doubt_names_what_is_beyond_its_limit_and_nothing_else() -> None:
    turned = with_a_hand(stroll(100), swing_rad=0.0, drift_rad=0.2)
    turn = doubt_about(loop_of(turned, SKELETON, LoopChoice((10, 10 + PERIOD))))
    assert turn is not None
    assert turn.found == "frames 10 and 50, between which joints turn by up to 11.5°, at most 5.0°"
    # To and fro: half a period later the pose is the same, and everything goes the other way.
    swing = 0.3 * np.sin(2 * np.pi * np.arange(100) / PERIOD)[:, None, None] * np.array([1.0, 0, 0])
    rotations = quaternion_from_rotation_vector(np.repeat(swing, SKELETON.joint_count, axis=1))
    pendulum = replace(stroll(100), joint_rotations_wxyz=rotations.astype(np.float32))
    way = doubt_about(loop_of(pendulum, SKELETON, LoopChoice((20, 40))))
    assert way is not None
    assert re.search(r"between which poses and speeds differ by \d+% of .*, at most 30%$", way.found)


def test_a_motion_without_a_period_says_what_was_best() -> None:
    swept = stroll(90)
    rotations = swept.joint_rotations_wxyz.copy()
    turning = np.zeros((90, 3))
    turning[:, 0] = np.linspace(0, 2.0, 90)
    for joint in range(1, SKELETON.joint_count):
        rotations[:, joint] = quaternion_from_rotation_vector(turning * (1 if joint % 2 else -1))
    error = refusal(replace(swept, joint_rotations_wxyz=rotations), LoopChoice(None))
    assert error.code == "bake-no-period"
    assert "best are frames" in error.found
    assert "poses and speeds differ" in error.found
    assert "at most 30%" in error.found
    assert refusal(stroll(5), LoopChoice(None)).code == "bake-no-period"


def test_a_range_beyond_the_motion_is_refused_and_a_far_one_doubted() -> None:
    motion = stroll(100)
    assert refusal(motion, LoopChoice((10, 101))).code == "bake-loop-range"
    far = doubt_about(loop_of(motion, SKELETON, LoopChoice((10, 30))))
    assert far is not None
    assert far.code == "bake-loop-far"
    assert doubt_about(loop_of(motion, SKELETON, LoopChoice((10, 10 + PERIOD)))) is None


def test_choices_name_their_motions() -> None:
    motions = ("walk", "jump=up")
    assert loop_choices((), motions) == [None, None]
    assert loop_choices(("auto",), motions) == [LoopChoice(None)] * 2
    assert loop_choices(("jump=up=10-75", "auto"), motions) == [LoopChoice(None), LoopChoice((10, 75))]
    assert loop_choices(("0-66",), ("walk",)) == [LoopChoice((0, 66))]


@pytest.mark.parametrize(
    ("loops", "code"),
    [
        (("forever",), "bake-loop-value"),
        (("75-10",), "bake-loop-value"),
        (("10-11",), "bake-loop-value"),
        (("walk=",), "bake-loop-value"),
        (("dance=auto",), "bake-loop-motion"),
        (("auto", "auto"), "bake-loop-twice"),
        (("walk=auto", "walk=1-9"), "bake-loop-twice"),
        (("10-75",), "bake-loop-which"),
    ],
)
def test_choices_that_say_nothing_are_refused(loops: tuple[str, ...], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        loop_choices(loops, ("walk", "run"))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("loops", "found"),
    [
        (("walk=auto", "auto", "walk=1-9"), "'walk=auto' and 'walk=1-9', both for 'walk'"),
        (("auto", "run=auto", "1-9"), "'auto' and '1-9', both for all motions"),
    ],
)
def test_two_loops_of_one_motion_are_both_named(loops: tuple[str, ...], found: str) -> None:
    with pytest.raises(UsageError) as caught:
        loop_choices(loops, ("walk", "run"))
    assert (caught.value.code, caught.value.found) == ("bake-loop-twice", found)


def wavy(frames: int, *, fades_s: float = 0.0) -> ResidualLayer:
    """Three Gaussians that swing with the period, and something that fades from the first frame on."""
    t = np.arange(frames)[:, None, None]
    swing = 0.02 * np.sin(2 * np.pi * t / PERIOD + np.arange(3)[None, :, None]) * np.ones((1, 1, 3))
    fading = 0.1 * np.exp(-t / (fades_s * FPS)) if fades_s else 0 * t
    turns = (15 * swing + 2 * np.pi * t / PERIOD) * np.array([1.0, 0, 0])
    return ResidualLayer(
        8, np.array([1, 4, 6], np.int32), (swing + fading).astype(np.float32), turns.astype(np.float32)
    )


@pytest.mark.parametrize(
    ("start", "frames"), [(20, 200), (60, 60 + PERIOD), (0, PERIOD)], ids=["behind", "before", "none"]
)
def test_the_end_of_a_layer_goes_on_with_its_beginning(start: int, frames: int) -> None:
    """The axis has gone round once in the period, which is no jump."""
    layer = looped_layer(wavy(frames, fades_s=2.0), start, PERIOD, 15)
    assert layer.frame_count == PERIOD
    assert layer.drot_rad is not None
    twice = np.concatenate([layer.dpos_m, layer.dpos_m])
    steps = np.abs(np.diff(twice, axis=0)).max(axis=(1, 2))
    assert steps[PERIOD - 1] < 1.5 * np.delete(steps, PERIOD - 1).max()
    first = nearest_turns(layer.drot_rad[:1], layer.drot_rad[-1:])
    turned = np.abs(np.diff(layer.drot_rad, axis=0)).max()
    assert np.abs(first - layer.drot_rad[-1:]).max() < 1.5 * turned


def test_nearest_turns_are_the_same_rotations() -> None:
    vectors = np.array([[0.1, 0.2, -0.3], [3.0, 0.5, 0.1], [0.0, 0.0, 0.0]], np.float32)
    moved = nearest_turns(vectors, 3 * vectors + 1)
    same = quaternion_from_rotation_vector(vectors), quaternion_from_rotation_vector(moved)
    np.testing.assert_allclose(np.abs((same[0] * same[1]).sum(axis=1)), 1, atol=1e-6)
    assert (np.linalg.norm(moved - (3 * vectors + 1), axis=1) <= np.linalg.norm(2 * vectors + 1, axis=1) + 1e-6).all()


def test_a_simulation_has_settled_when_its_period_is_kept() -> None:
    """Cloth that begins 10 cm off and forgets within half a second; the period has nothing of it left."""
    loop = loop_of(stroll(150, speed_m_s=1.2), SKELETON, LoopChoice((0, PERIOD)))
    taken: list[Motion] = []

    def simulate(motion: Motion, progress: Any) -> ResidualLayer:
        del progress
        taken.append(motion)
        return wavy(motion.frame_count, fades_s=0.5)

    hair = SimpleNamespace(splats=None, binding=SimpleNamespace(parts=np.full(8, Part.HAIR)))
    cast_ = SimpleNamespace(
        actor=SimpleNamespace(simulate=simulate, avatar=hair),
        motions=(loop.looping.motion,),
        layers=(None,),
        loops=(loop,),
    )
    settings = SimpleNamespace(residual_per_clip=lambda: ["simulated"])
    (layer,) = make_layers(cast("Any", settings), cast("Any", cast_), None, StageClock(None)).clips
    assert layer is not None
    assert layer.frame_count == PERIOD
    np.testing.assert_allclose(layer.dpos_m, wavy(PERIOD).dpos_m, atol=5e-4)
    assert taken[0].frame_count > 2 * PERIOD


def test_a_prior_restores_what_is_blended_over_the_seam_too() -> None:
    loop = loop_of(stroll(150, speed_m_s=1.2), SKELETON, LoopChoice((0, PERIOD)))

    def restore(motion: Motion, plan: Any) -> Any:
        assert plan == "plan"
        return SimpleNamespace(restoration=SimpleNamespace(layer=wavy(motion.frame_count, fades_s=2.0)))

    cast_ = SimpleNamespace(names=["stroll"], motions=(loop.looping.motion,), layers=(None,), loops=(loop,))
    settings = SimpleNamespace(residual_per_clip=lambda: ["restored"])
    plan = SimpleNamespace(restorer=SimpleNamespace(restore=restore), clips={"stroll": "plan"})
    (layer,) = make_layers(cast("Any", settings), cast("Any", cast_), cast("Any", plan), StageClock(None)).clips
    assert layer is not None
    assert layer.frame_count == PERIOD
    steps = np.abs(np.diff(np.concatenate([layer.dpos_m, layer.dpos_m[:1]]), axis=0)).max(axis=(1, 2))
    assert steps[-1] < 1.5 * steps[:-1].max()


def test_feet_come_down_and_lift() -> None:
    """Two feet on one bone that hops; a wobble above the floor is no step, and the last step goes on to the end."""
    heights = np.full(60, 0.3, np.float32)
    heights[[*range(10, 25), *range(50, 60)]] = 0.0
    heights[15:18] = 0.06
    heights[40] = 0.0
    root = np.stack([0 * heights, heights, 0 * heights], axis=1)
    still = np.zeros((60, SKELETON.joint_count, 4), np.float32)
    still[..., 0] = 1
    motion = Motion("hop", FPS, SKELETON.joint_names, root, still)
    soles = [Sole((0, 0), np.array([[x, 0.0, 0.0], [x, 0.0, 0.1]])) for x in (0.1, -0.1)]
    found = [(contact.name, contact.frame) for contact in foot_contacts(motion, SKELETON, soles)]
    expected = [("foot_down", 10), ("foot_up", 25), ("foot_down", 50)]
    assert found == [(f"{side}_{name}", frame) for name, frame in expected for side in ("left", "right")]


def test_unrolled_frames_are_those_of_the_period_carried_on() -> None:
    motion = looped(stroll(150, speed_m_s=1.2, turn_rad_s=0.6), SKELETON, 0, PERIOD)
    assert isinstance(motion, LoopingMotion)
    assert motion.travel is not None
    long = motion.unrolled(PERIOD, PERIOD)
    shift_m, heading_rad = motion.travel.power(-1)
    joint = SKELETON.zero_joints_m[0].astype(np.float64)
    first = motion.motion.root_translation_m[0].astype(np.float64) + joint
    cosine, sine = np.cos(heading_rad), np.sin(heading_rad)
    expected = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]) @ first + shift_m - joint
    np.testing.assert_allclose(long.root_translation_m[0], expected, atol=1e-6)
    turned = multiply(
        long.joint_rotations_wxyz[0, 0], motion.motion.joint_rotations_wxyz[0, 0] * np.array([1, -1, -1, -1])
    )
    np.testing.assert_allclose(rotation_vector_from_quaternion(turned), [0, heading_rad, 0], atol=1e-5)
    np.testing.assert_array_equal(long.joint_rotations_wxyz[0, 1:], motion.motion.joint_rotations_wxyz[0, 1:])
