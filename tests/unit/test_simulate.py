"""Simulated cloth as a residual layer: the runtime equation must put Gaussians where the physics has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.simulate.foreign import simulate_foreign
from ani3d_runtime.bake.simulate.motion import ParticleMotion, simulate_particles
from ani3d_runtime.bake.simulate.proxy import Attachment, Proxy, neighbours_of
from ani3d_runtime.bake.simulate.residual import residual_of
from ani3d_runtime.bake.simulate.rotations import particle_rotations
from ani3d_runtime.bake.simulate.skinning import SkinnedPoints, blended, polar_rotation, strongest_four
from ani3d_runtime.body.model import load_builtin_body
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import InputError, MotionError
from ani3d_runtime.geometry.quaternion import (
    matrix_from_quaternion,
    multiply,
    normalised,
    quaternion_from_rotation_vector,
    rotate,
)
from ani3d_runtime.physics.particles import Links, Material, ParticleSystem, edges_of
from ani3d_runtime.splats import SplatCloud

SIDE = 7


def _skeleton() -> Skeleton:
    joints = np.array([[0, 1.0, 0], [0.3, 1.0, 0]], dtype=np.float32)
    return Skeleton.in_zero_pose(("root", "arm"), np.array([-1, 0], dtype=np.int32), joints)


def _sheet() -> tuple[np.ndarray, np.ndarray]:
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), axis=-1).reshape(-1, 2) * 0.04
    points = np.stack([0.1 + grid[:, 1], 1.0 - grid[:, 0], 0.02 * np.sin(9 * grid[:, 1])], axis=1)
    index = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[:-1, 1:], index[1:, 1:]))
    return points, np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)]).astype(np.int32)


def _proxy() -> Proxy:
    points, triangles = _sheet()
    share = np.clip((points[:, 0] - 0.2) / 0.2, 0, 1)
    joints, weights = strongest_four(np.stack([1 - share, share, 0 * share, 0 * share], axis=1)[:, :4])
    joints[weights == 0] = 0
    system = ParticleSystem(
        len(points),
        np.arange(len(points)) < SIDE,
        np.full(len(points), np.inf),
        Links.between(points, edges_of(triangles), 1e-7).shuffled(0),
        triangles,
    )
    nowhere = SkinnedPoints(
        np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 4), dtype=np.uint8), np.zeros((0, 4), dtype=np.float32)
    )
    return Proxy(
        "cape", points, joints, weights, system, Material(), nowhere, neighbours_of(edges_of(triangles), len(points))
    )


def _avatar(proxy: Proxy, rng: np.random.Generator) -> tuple[Avatar, Attachment]:
    """One Gaussian on the skin, one per particle a little off it, in an order that is not the particles'."""
    count = proxy.count + 1
    order = rng.permutation(proxy.count)
    means = np.concatenate([[[0.0, 1.2, 0.0]], proxy.rest_m[order] + rng.normal(size=(proxy.count, 3)) * 0.004])
    splats = SplatCloud.checked(
        means, rng.normal(size=(count, 4)), np.full((count, 3), 0.01), np.full(count, 0.9), np.zeros((count, 1, 3))
    )
    joints = np.concatenate([np.zeros((1, 4), dtype=np.uint8), proxy.joints[order]])
    weights = np.concatenate([np.array([[1, 0, 0, 0]], dtype=np.float32), proxy.weights[order]])
    parts = np.array([Part.SKIN] + [Part.GARMENT] * proxy.count, dtype=np.uint8)
    avatar = Avatar("test", splats, _skeleton(), Binding.checked(joints, weights, parts, joint_count=2))
    near = np.stack([order, (order + 1) % proxy.count, order, order], axis=1).astype(np.int32)
    shares = np.tile([0.7, 0.3, 0.0, 0.0], (proxy.count, 1))
    return avatar, Attachment("cape", np.arange(1, count, dtype=np.int32), near, shares)


def _motion(frames: int = 24) -> Motion:
    vectors = np.zeros((frames, 2, 3))
    time = np.arange(frames) / 30
    vectors[:, 0, 1] = 7.0 * time  # more than a whole turn
    vectors[:, 1, 2] = 0.8 * np.sin(6 * time)
    quats = quaternion_from_rotation_vector(vectors).astype(np.float32)
    translation = np.stack([0.3 * time, 0.1 * np.sin(5 * time), 0 * time], axis=1).astype(np.float32)
    return Motion("turn", 30.0, ("root", "arm"), translation, quats)


def _start() -> np.ndarray:
    return np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (2, 1))


def test_the_runtime_equation_reproduces_the_simulated_placement() -> None:
    proxy, motion = _proxy(), _motion()
    avatar, attachment = _avatar(proxy, np.random.default_rng(5))
    moved = simulate_particles([proxy], avatar.skeleton, motion, _start())["cape"]
    layer = residual_of(avatar, [proxy], [attachment], {"cape": moved}, motion)
    assert layer.indices.tolist() == attachment.gaussians.tolist()
    transforms = avatar.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    rest = avatar.splats.means_m[layer.indices].astype(float)
    for frame in (0, 11, 23):
        # Where the particles take the Gaussian, written out without the kernel.
        quats = moved.rotations_wxyz[frame][attachment.particles].astype(float)
        carried = moved.positions_m[frame][attachment.particles] + rotate(
            quats, rest[:, None] - proxy.rest_m[attachment.particles]
        )
        world = np.einsum("sk,skj->sj", attachment.weights, carried)
        signs = np.where((quats * quats[:, :1]).sum(axis=2, keepdims=True) < 0, -1, 1)
        turned = normalised(np.einsum("sk,skj->sj", attachment.weights, quats * signs))
        # The runtime equation.
        matrices = blended(avatar.binding.joints[1:], avatar.binding.weights[1:], transforms[frame])
        mean = np.einsum("nab,nb->na", matrices[:, :, :3], rest + layer.dpos_m[frame]) + matrices[:, :, 3]
        assert np.abs(mean - world).max() < 2e-6
        assert layer.drot_rad is not None
        residual = quaternion_from_rotation_vector(layer.drot_rad[frame])
        rest_quats = avatar.splats.quats_wxyz[1:].astype(float)
        shown = polar_rotation(matrices[:, :, :3]) @ matrix_from_quaternion(multiply(residual, rest_quats))
        wanted = matrix_from_quaternion(multiply(turned, rest_quats))
        assert np.abs(shown - wanted).max() < 1e-5


def test_rotation_vectors_are_continuous_beyond_half_a_turn() -> None:
    proxy = _proxy()
    avatar, attachment = _avatar(proxy, np.random.default_rng(5))
    frames = 40
    still = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (frames, 2, 1))
    motion = Motion("still", 30.0, ("root", "arm"), np.zeros((frames, 3), dtype=np.float32), still)
    # The cloth turns about a fixed axis by 1.4 half turns while the body stands.
    axis = np.array([0.6, 0.0, 0.8])
    turns = quaternion_from_rotation_vector(np.linspace(0, 1.4 * np.pi, frames)[:, None] * axis)
    turned = np.repeat(turns[:, None], proxy.count, axis=1).astype(np.float32)
    moved = ParticleMotion(np.repeat(proxy.rest_m[None].astype(np.float32), frames, axis=0), turned)
    layer = residual_of(avatar, [proxy], [attachment], {"cape": moved}, motion)
    assert layer.drot_rad is not None
    assert np.linalg.norm(np.diff(layer.drot_rad, axis=0), axis=2).max() < 0.2
    assert np.linalg.norm(layer.drot_rad[-1], axis=1).min() > 1.35 * np.pi


def test_particle_rotations_recover_a_rigid_turn() -> None:
    proxy = _proxy()
    turn = quaternion_from_rotation_vector(np.array([0.4, -1.1, 0.7]))
    guess = np.tile([1.0, 0, 0, 0], (proxy.count, 1))
    found = particle_rotations(proxy, rotate(turn, proxy.rest_m), guess, guess)
    assert np.abs(np.abs((found * turn).sum(axis=1)) - 1).max() < 1e-6


def test_the_first_frame_hangs_before_the_motion_starts() -> None:
    proxy, motion = _proxy(), _motion()
    moved = simulate_particles([proxy], _skeleton(), motion, _start())["cape"]
    still = Motion(
        "still", 30.0, motion.joint_names, np.zeros((3, 3), np.float32), motion.joint_rotations_wxyz[[0] * 3]
    )
    waiting = simulate_particles([proxy], _skeleton(), still, _start())["cape"]
    drift = np.linalg.norm(waiting.positions_m[2] - waiting.positions_m[0], axis=1)
    assert np.median(drift) < 0.01
    assert np.abs(moved.positions_m[0] - waiting.positions_m[0]).max() < 0.03


def test_what_was_cut_off_in_front_is_simulated_all_the_same() -> None:
    whole = _motion()
    late = replace(whole.slice(20, whole.frame_count), before=whole.slice(0, 20))
    wanted = simulate_particles([_proxy()], _skeleton(), whole, _start())["cape"].positions_m[20:]
    found = simulate_particles([_proxy()], _skeleton(), late, _start())["cape"].positions_m
    np.testing.assert_array_equal(found, wanted)


def test_a_root_turned_in_one_frame_takes_the_cloth_along() -> None:
    rotations, root = _start()[None].repeat(20, axis=0), np.zeros((20, 3), np.float32)
    still = Motion("still", 30.0, ("root", "arm"), root, rotations)
    turn, there = np.array([0.0, 0, 1, 0]), np.array([0.4, 0, 0.2], dtype=np.float32)
    turned, shifted = rotations.copy(), root.copy()
    turned[10:, 0], shifted[10:] = turn, there
    snapped = replace(still, joint_rotations_wxyz=turned, root_translation_m=shifted)
    wanted, found = (simulate_particles([_proxy()], _skeleton(), m, _start())["cape"] for m in (still, snapped))
    pivot = _skeleton().zero_joints_m[0]
    carried = rotate(turn, wanted.positions_m[10:] - pivot) + pivot + there
    np.testing.assert_allclose(found.positions_m[10:], carried, atol=2e-3)


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    simulate_particles([_proxy()], _skeleton(), _motion(6), _start(), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_a_motion_of_another_skeleton_is_refused() -> None:
    motion = Motion(
        "other", 30.0, ("a",), np.zeros((2, 3), np.float32), np.tile(np.array([1, 0, 0, 0], np.float32), (2, 1, 1))
    )
    with pytest.raises(MotionError) as caught:
        simulate_particles([_proxy()], _skeleton(), motion, _start())
    assert caught.value.code == "motion-other-skeleton"


def _caped_avatar(label: Part) -> Avatar:
    """The built-in body's skin, with a cape of Gaussians that hangs off its back."""
    body = load_builtin_body().shaped()
    rng = np.random.default_rng(0)
    across, down = rng.uniform(-0.2, 0.2, 2500), rng.uniform(0, 0.6, 2500)
    back = body.skeleton.zero_joints_m[9]
    cape = np.stack([across, back[1] + 0.08 - down, back[2] - 0.11 - 0.25 * down], axis=1)
    means = np.concatenate([body.vertices_m[::10], cape])
    count, skin = len(means), len(body.vertices_m[::10])
    joints, weights = strongest_four(body.skin_weights[::10])
    joints = np.concatenate([joints, np.full((2500, 4), 9, dtype=np.uint8)])
    weights = np.concatenate([weights, np.tile(np.array([1, 0, 0, 0], np.float32), (2500, 1))])
    parts = np.array([Part.SKIN] * skin + [label] * 2500, dtype=np.uint8)
    splats = SplatCloud.checked(
        means,
        np.tile([1, 0, 0, 0], (count, 1)),
        np.full((count, 3), 0.008),
        np.full(count, 0.9),
        np.zeros((count, 1, 3)),
    )
    return Avatar("caped", splats, body.skeleton, Binding.checked(joints, weights, parts, joint_count=24))


def _lurch(frames: int = 12) -> Motion:
    body = load_builtin_body()
    vectors = np.zeros((frames, 24, 3))
    vectors[:, 0, 1] = np.linspace(0, 1.5, frames)
    translation = np.zeros((frames, 3), dtype=np.float32)
    return Motion(
        "lurch", 30.0, body.joint_names, translation, quaternion_from_rotation_vector(vectors).astype(np.float32)
    )


def test_a_foreign_cape_swings_and_the_skin_does_not() -> None:
    avatar = _caped_avatar(Part.GARMENT)
    layer = simulate_foreign(avatar, load_builtin_body().shaped(), _lurch())
    assert (avatar.binding.parts[layer.indices] == Part.GARMENT).all()
    assert np.isfinite(layer.dpos_m).all()
    hem = avatar.splats.means_m[layer.indices, 1] < avatar.splats.means_m[:, 1].min() + 0.95
    assert hem.any()
    assert np.linalg.norm(layer.dpos_m[-1], axis=1).max() > 0.05
    again = simulate_foreign(avatar, load_builtin_body().shaped(), _lurch())
    assert np.array_equal(layer.dpos_m, again.dpos_m)


def test_an_avatar_without_loose_parts_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        simulate_foreign(_caped_avatar(Part.ACCESSORY), load_builtin_body().shaped(), _lurch(2))
    assert caught.value.code == "simulate-no-proxy"


def test_a_body_of_other_joints_is_refused() -> None:
    avatar = _caped_avatar(Part.GARMENT)
    body = load_builtin_body().shaped()
    fewer = type(body)(body.vertices_m, body.faces, body.skeleton, body.skin_weights[:, :23], body.pose_directions)
    with pytest.raises(InputError) as caught:
        simulate_foreign(avatar, fewer, _lurch(2))
    assert caught.value.code == "simulate-other-body"
