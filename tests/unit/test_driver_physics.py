"""NodeDriver: cloth that swings, settles, stays outside of the body, and takes whatever poses come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.body.pose import Pose
from ani3d_runtime.codec.sections.driver import decode_driver, encode_driver
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion, quaternion_from_rotation_vector
from ani3d_runtime.playback.driver import NodeDriver, node_kernels
from ani3d_runtime.testing.hanging_cloth import COLUMNS, REACH_M, cloth_skeleton, hanging_cloth

STEP_S = 1 / 60
STILL = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (2, 1))


def driver(**options: float | bool) -> NodeDriver:
    model, rest = hanging_cloth(**options)  # pyright: ignore[reportArgumentType]
    model = decode_driver(encode_driver(model), len(rest), 2)
    return NodeDriver(model, cloth_skeleton(), rest)


def pose_at(x_m: float = 0.0, turn_rad: float = 0.0, axis: tuple[float, float, float] = (0, 1, 0)) -> Pose:
    rotations = STILL.copy()
    rotations[0] = quaternion_from_rotation_vector(turn_rad * np.array([axis]))[0]
    return Pose(np.array([x_m, 0, 0], dtype=np.float32), rotations)


def swaying(step: int) -> Pose:
    return pose_at(0.3 * np.sin(step * STEP_S * 5), 0.8 * np.sin(step * STEP_S * 3))


def test_cloth_settles_with_a_still_pose_and_keeps_its_lengths() -> None:
    driving = driver(learned=False)
    driving.reset(swaying(0))
    for step in range(60):
        driving.step(swaying(step), STEP_S)
    driven = [driving.step(pose_at(), STEP_S) for _ in range(900)]
    moved = np.abs(driven[-1].node_displacements_m - driven[-2].node_displacements_m).max()
    assert moved < 2e-4, "metres in a sixtieth of a second"
    _, rest = hanging_cloth()
    places = rest + driven[-1].node_displacements_m
    first, second = hanging_cloth()[0].links.pairs.T
    stiff = hanging_cloth()[0].links.compliances < 1e-5
    stretch = np.linalg.norm(places[first] - places[second], axis=1) / np.linalg.norm(
        rest[first] - rest[second], axis=1
    )
    np.testing.assert_allclose(stretch[stiff], 1, atol=0.05)
    np.testing.assert_allclose(driven[-1].node_displacements_m[:COLUMNS], 0, atol=1e-6, err_msg="pinned nodes")


def test_cloth_lags_behind_a_start_and_swings_on_after_a_stop() -> None:
    driving = driver(learned=False)
    driving.reset(pose_at())
    rest = driving.step(pose_at(), STEP_S).node_displacements_m[-COLUMNS:, 0].mean()
    starting = [driving.step(pose_at(0.01 * step), STEP_S) for step in range(1, 9)]
    assert min(driven.node_displacements_m[-COLUMNS:, 0].mean() for driven in starting) < rest - 0.02
    for step in range(9, 60):
        driving.step(pose_at(0.01 * step), STEP_S)
    stopped = [driving.step(pose_at(0.59), STEP_S).node_displacements_m[-COLUMNS:, 0].mean() for _ in range(20)]
    assert max(stopped) > rest + 0.02


def test_cloth_stays_out_of_the_capsule() -> None:
    driving = driver(learned=False)
    driving.reset(pose_at())
    deepest = 1.0
    for step in range(240):
        tilt = pose_at(0.0, -0.9 * np.sin(step * STEP_S * 2), axis=(1, 0, 0))
        driven = driving.step(tilt, STEP_S)
        _, rest = hanging_cloth()
        # In rest-pose space of the root alone: the leg, which carries a quarter, does not bend.
        places = rest + driven.node_displacements_m
        beside = (places[:, 1] < 1.5) & (places[:, 1] > 0.9)
        deepest = min(deepest, float(np.linalg.norm(places[beside][:, [0, 2]], axis=1).min()))
    assert deepest > 0.105, "radius 0.1 and 1 cm of thickness, less half of it for links that pull"


def test_a_capsule_pushes_nobody_out_of_where_it_rests() -> None:
    model, rest = hanging_cloth(learned=False)
    swollen = replace(model, capsules=replace(model.capsules, radii_m=np.array([[0.2, 0.2]])))
    still = []
    for each in (model, swollen):
        driving = NodeDriver(each, cloth_skeleton(), rest)
        driving.reset(pose_at())
        still.append(driving.step(pose_at(), STEP_S).node_displacements_m)
    np.testing.assert_allclose(still[1][:, [0, 2]], still[0][:, [0, 2]], atol=0.01)


def test_a_turned_sheet_turns_its_nodes() -> None:
    """Without gravity's help: a pose that is only turned as a whole leaves displacements and rotations alone."""
    driving = driver(learned=False)
    driving.reset(pose_at(turn_rad=1.0))
    turned = driving.step(pose_at(turn_rad=1.0), STEP_S)
    driving.reset(pose_at())
    plain = driving.step(pose_at(), STEP_S)
    np.testing.assert_allclose(turned.node_displacements_m, plain.node_displacements_m, atol=1e-5)
    np.testing.assert_allclose(turned.node_rotations_wxyz, plain.node_rotations_wxyz, atol=1e-4)


def test_rotations_are_those_of_the_neighbourhood() -> None:
    """Cloth that hangs across a body lying on its side has turned with gravity."""
    driving = driver(learned=False)
    lying = pose_at(turn_rad=np.pi / 2, axis=(1, 0, 0))
    driving.reset(lying)
    for _ in range(300):
        driven = driving.step(lying, STEP_S)
    model, rest = hanging_cloth()
    node = 4 * COLUMNS + 2
    first, second = model.links.pairs[(model.links.pairs == node).any(axis=1)].T
    there = (rest + driven.node_displacements_m)[second] - (rest + driven.node_displacements_m)[first]
    was = rest[second] - rest[first]
    w, *xyz = driven.node_rotations_wxyz[node].astype(float)
    turned = was + 2 * np.cross(xyz, np.cross(xyz, was) + w * was)
    assert np.linalg.norm(there - turned) < 0.35 * np.linalg.norm(there - was)


@pytest.mark.parametrize("flatness", [1.0, 1e-2, 0.0])
def test_rotations_are_the_nearest_ones(flatness: float) -> None:
    """Against a singular value decomposition: bundles in space, nearly flat and flat, some turned inside out."""
    rng = np.random.default_rng(0)
    nodes, joined = 200, 6
    rest = np.concatenate([np.zeros((nodes, 3)), rng.normal(size=(nodes * joined, 3)) * (1, 1, flatness)])
    first = np.repeat(np.arange(nodes, dtype=np.int32), joined)
    second = np.arange(nodes, len(rest), dtype=np.int32)
    posed = rng.normal(size=(len(rest), 3))
    posed[:nodes] = 0
    found = np.zeros((len(rest), 4))
    found[:, 0] = 1
    node_kernels.rotations(np.tile(np.eye(3, 4), (len(rest), 1, 1)), rest, first, second, posed, found)
    for node, quaternion in enumerate(found[:nodes]):
        bundle = slice(nodes + node * joined, nodes + (node + 1) * joined)
        spread = posed[bundle].T @ rest[bundle] + 0.02 * np.square(rest[bundle]).sum() * np.eye(3)
        u, sizes, v = np.linalg.svd(spread)
        nearest = u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v
        decided = (sizes[1] + np.linalg.det(u @ v) * sizes[2]) / sizes[0]
        np.testing.assert_allclose(matrix_from_quaternion(quaternion), nearest, atol=1e-8 / decided)


def test_the_same_poses_give_the_same_bits() -> None:
    first, second = driver(), driver()
    for driving in (first, second):
        driving.reset(swaying(0))
    for step in range(50):
        a, b = first.step(swaying(step), STEP_S), second.step(swaying(step), STEP_S)
        np.testing.assert_array_equal(a.node_displacements_m, b.node_displacements_m)
        np.testing.assert_array_equal(a.node_rotations_wxyz, b.node_rotations_wxyz)


def test_half_the_rate_gives_nearly_the_same_motion() -> None:
    fast, slow = driver(learned=False), driver(learned=False)
    for driving in (fast, slow):
        driving.reset(swaying(0))
    apart, moved = [], []
    for step in range(2, 122, 2):
        fast.step(swaying(step - 1), STEP_S)
        a, b = fast.step(swaying(step), STEP_S), slow.step(swaying(step), 2 * STEP_S)
        apart.append(np.linalg.norm(a.node_displacements_m - b.node_displacements_m, axis=1).mean())
        moved.append(np.linalg.norm(a.node_displacements_m, axis=1).mean())
    assert np.mean(apart) < 0.35 * np.mean(moved)


def hostile(kind: str, rng: np.random.Generator, count: int) -> Iterator[tuple[Pose, float]]:
    """Poses and the time since the one before, without any reset between them."""
    for step in range(count):
        pose, dt_s = swaying(step), STEP_S
        if kind == "random poses":
            quats = rng.normal(size=(2, 4))
            quats /= np.linalg.norm(quats, axis=1, keepdims=True)
            pose = Pose(rng.uniform(-1, 1, 3).astype(np.float32), quats.astype(np.float32))
        elif kind == "ten times as fast":
            pose = swaying(10 * step)
        elif kind == "teleports":
            pose = pose_at(float(rng.choice([0, 50, -2000])))
        elif kind == "pauses and bursts":
            dt_s = float(rng.choice([1e-9, 1e-3, STEP_S, 0.4, 3600.0]))
        elif kind == "dropped poses":
            step = step // 7 * 7
            pose, dt_s = swaying(step), STEP_S * (1 if step % 7 else 7)
        elif kind == "opposite joints":
            rotations = STILL.copy()
            rotations[1] = (0, 1, 0, 0) if step % 2 else (0, 0, 1, 0)
            pose = Pose(pose.root_translation_m, rotations)
        yield pose, dt_s


@pytest.mark.parametrize(
    "kind",
    ["random poses", "ten times as fast", "teleports", "pauses and bursts", "dropped poses", "opposite joints"],
)
def test_whatever_comes_it_is_finite_bounded_and_comes_to_rest(kind: str) -> None:
    driving = driver(learned=True, share=0.9)
    driving.reset(swaying(0))
    for pose, dt_s in hostile(kind, np.random.default_rng(1), 600):
        driven = driving.step(pose, dt_s)
        lengths = np.linalg.norm(driven.node_displacements_m, axis=1)
        assert lengths.max() <= REACH_M * (1 + 1e-5)
        np.testing.assert_allclose(np.linalg.norm(driven.node_rotations_wxyz, axis=1), 1, atol=1e-5)
    settled = [driving.step(pose_at(), STEP_S) for _ in range(1200)]
    assert np.abs(settled[-1].node_displacements_m - settled[-2].node_displacements_m).max() < 1e-4


def test_hours_leave_no_trace() -> None:
    """After thousands of steps and dozens of cuts cloth hangs as on the first day."""
    old, new = driver(), driver()
    old.reset(swaying(0))
    rng = np.random.default_rng(2)
    for step in range(3_000):
        old.step(swaying(step), STEP_S)
        if step % 100 == 0:
            old.reset(pose_at(float(rng.uniform(-5, 5)), float(rng.uniform(-3, 3))))
    for driving in (old, new):
        driving.reset(pose_at())
    np.testing.assert_array_equal(
        old.step(pose_at(), STEP_S).node_displacements_m, new.step(pose_at(), STEP_S).node_displacements_m
    )


@pytest.mark.parametrize("broken", ["nan rotation", "zero rotation", "infinite root", "root in space"])
def test_what_is_no_pose_is_not_taken(broken: str) -> None:
    driving = driver()
    driving.reset(swaying(0))
    before = driving.step(swaying(1), STEP_S)
    pose = swaying(2)
    if broken == "nan rotation":
        pose.joint_rotations_wxyz[1, 2] = np.nan
    elif broken == "zero rotation":
        pose.joint_rotations_wxyz[1] = 0
    else:
        pose.root_translation_m[0] = np.inf if broken == "infinite root" else 1e8
    driving.reset(pose)
    after = driving.step(pose, STEP_S)
    np.testing.assert_array_equal(before.node_displacements_m, after.node_displacements_m)
    assert np.isfinite(driving.step(swaying(3), STEP_S).node_displacements_m).all()


def test_the_first_step_needs_no_reset() -> None:
    asked, unasked = driver(), driver()
    asked.reset(swaying(3))
    np.testing.assert_array_equal(
        asked.step(swaying(3), STEP_S).node_displacements_m, unasked.step(swaying(3), STEP_S).node_displacements_m
    )


def going(driving: NodeDriver, poses: list[Pose]) -> list[np.ndarray]:
    return [driving.step(pose, STEP_S).node_displacements_m for pose in poses]


@pytest.mark.parametrize("turn_rad", [np.pi / 6, np.pi / 4, np.pi / 2, np.pi])
def test_a_turn_or_jump_of_the_root_leaves_nothing(turn_rad: float) -> None:
    """Who walks and is turned and put elsewhere in one step walks on as if nothing had been, in his own frame."""
    straight, turned = driver(), driver()
    for driving in (straight, turned):
        driving.reset(pose_at(0.0))
        going(driving, [pose_at(0.02 * step) for step in range(30)])
    place, turn = np.array([5.0, -1.0, 2.0]), quaternion_from_rotation_vector(np.array([[0, turn_rad, 0]]))[0]
    forward = matrix_from_quaternion(turn)[:, 0]
    elsewhere: list[Pose] = []
    for step in range(60):
        rotations = STILL.copy()
        rotations[0] = turn
        elsewhere.append(Pose((place + 0.02 * step * forward).astype(np.float32), rotations))
    wanted = going(straight, [pose_at(0.02 * (30 + step)) for step in range(60)])
    np.testing.assert_allclose(going(turned, elsewhere), wanted, atol=1e-4)
    assert turned.carried_count == 1


def test_a_start_is_felt_one_step_late() -> None:
    """Speed that is seen once may be a jump's; seen again, it is a motion, which cloth is to feel."""
    driving = driver(learned=False)
    driving.reset(pose_at())
    hem = [moved[-COLUMNS:, 0].mean() for moved in going(driving, [pose_at(0.1 * step) for step in range(5)])]
    assert abs(hem[1] - hem[0]) < 1e-3
    assert hem[2] < hem[0] - 0.03
    assert driving.carried_count == 1


def test_a_spin_that_grows_is_felt_however_fast() -> None:
    driving, turned_rad = driver(learned=False), 0.0
    driving.reset(pose_at())
    for step in range(120):
        turned_rad += min(0.01 * step, 0.8)
        driving.step(pose_at(turn_rad=turned_rad), STEP_S)
    assert driving.carried_count == 0


def test_who_falls_and_is_put_on_his_feet_begins_anew() -> None:
    fallen, standing = driver(learned=False), driver(learned=False)
    for driving in (fallen, standing):
        driving.reset(pose_at())
    for step in range(60):
        pose = pose_at()
        pose.root_translation_m[1] = -0.5 * 9.81 * (step * STEP_S) ** 2
        fallen.step(pose, STEP_S)
    (_, *found), (_, *wanted) = (going(driving, [pose_at()] * 60) for driving in (fallen, standing))
    np.testing.assert_allclose(found, wanted, atol=0.02)
