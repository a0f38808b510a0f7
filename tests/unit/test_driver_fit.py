"""Parts of the driver's fit: capsules that lie in the flesh, and hair that bends."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.driver_fit.capsules import fitted_capsules
from ani3d_runtime.bake.driver_fit.locks import lock_links, locks_of
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.splats import SplatCloud

OFF_M, RADIUS_M = np.array([0.0, 0.0, 0.03]), 0.06


def limb(*, thick_in_front: bool) -> Avatar:
    """A shin whose flesh lies 3 cm in front of its bone; half of it with three times as many Gaussians, if asked."""
    rng = np.random.default_rng(0)
    angles = rng.uniform(0, 2 * np.pi, 4000)
    if thick_in_front:
        angles = np.concatenate([angles, rng.uniform(0, np.pi, 4000)])
    count = len(angles)
    heights = rng.uniform(0.0, 0.4, count)
    around = RADIUS_M * np.stack([np.cos(angles), np.zeros(count), np.sin(angles)], axis=1)
    means = (around + OFF_M + np.stack([np.zeros(count), heights, np.zeros(count)], axis=1)).astype(np.float32)
    skeleton = Skeleton.in_zero_pose(
        ("knee", "ankle"), np.array([-1, 0], dtype=np.int32), np.array([[0, 0.4, 0], [0, 0, 0]], dtype=np.float32)
    )
    quats, weights = np.zeros((count, 4), dtype=np.float32), np.zeros((count, 4), dtype=np.float32)
    quats[:, 0], weights[:, 0] = 1, 1
    cloud = SplatCloud(
        means,
        quats,
        np.full((count, 3), 0.005, dtype=np.float32),
        np.full(count, 0.9, dtype=np.float32),
        np.zeros((count, 1, 3), dtype=np.float32),
    )
    parts = np.full(count, Part.SKIN, dtype=np.uint8)
    return Avatar("limb", cloud, skeleton, Binding(np.zeros((count, 4), dtype=np.uint8), weights, parts))


def test_a_capsule_lies_in_the_flesh_and_not_on_the_bone() -> None:
    for avatar in (limb(thick_in_front=False), limb(thick_in_front=True)):
        capsules = fitted_capsules(avatar, np.zeros(avatar.count, dtype=bool))
        assert capsules.joints.tolist() == [0]
        np.testing.assert_allclose(capsules.ends_m[0], np.array([[0, 0.4, 0], [0, 0, 0]]) + OFF_M, atol=0.006)
        np.testing.assert_allclose(capsules.radii_m[0], RADIUS_M, atol=0.006)


def test_a_ponytail_is_a_chain_and_hair_around_a_head_is_not() -> None:
    rng = np.random.default_rng(0)
    down = np.linspace(0, 0.4, 11)
    tail = np.stack([rng.uniform(-0.02, 0.02, 11), -down, rng.uniform(-0.01, 0.01, 11)], axis=1)
    cap = rng.normal(size=(80, 3))
    cap = 0.12 * cap / np.linalg.norm(cap, axis=1, keepdims=True) + np.array([1.0, 0, 0])
    rest = np.concatenate([tail, cap])
    (lock,) = locks_of(rest, np.ones(len(rest), dtype=bool))
    assert lock.tolist() == list(range(11))
    links = lock_links(rest, np.concatenate([down, np.ones(80)]), lock)
    held = np.zeros(11, dtype=int)
    np.add.at(held, links.pairs[:, 1], 1)
    assert held.max() <= 3, "nobody holds on to all the others"
    assert set(range(1, 11)) <= set(links.pairs.ravel().tolist()), "nobody hangs on nothing"


def test_no_strands_are_no_locks() -> None:
    assert locks_of(np.zeros((8, 3)), np.zeros(8, dtype=bool)) == []
