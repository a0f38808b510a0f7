"""Order, canonical splats and pose: within the stated bounds, level by level, and closed against damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.codec.encoder.storage_order import storage_order
from ani3d_runtime.codec.sections.order import decode_order, encode_order
from ani3d_runtime.codec.sections.pose import decode_pose_group, encode_pose_group
from ani3d_runtime.codec.sections.splats import CanonicalSteps, decode_canonical, encode_canonical
from ani3d_runtime.errors import BrokenPackageError, MotionError
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import write_package
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_avatar


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    return synthetic_avatar(1500, sh_degree=2, seed=3)


def _angle_rad(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    conjugate = right.astype(np.float64) * [1, -1, -1, -1]
    return 2 * np.arcsin(np.minimum(1, np.linalg.norm(multiply(left, conjugate)[..., 1:], axis=-1)))


def test_levels_are_spread_over_the_avatar_and_the_order_comes_back(avatar: Avatar) -> None:
    order = storage_order(avatar)
    assert sum(order.level_sizes) == avatar.count
    read = decode_order(encode_order(order), avatar.count)
    np.testing.assert_array_equal(read.permutation, order.permutation)
    assert read.level_sizes == order.level_sizes
    np.testing.assert_array_equal(
        avatar.take(order.permutation).take(order.inverse).splats.means_m, avatar.splats.means_m
    )
    coarse = avatar.take(order.permutation[: order.level_sizes[0]]).splats.means_m
    nearest = np.linalg.norm(avatar.splats.means_m[:, None] - coarse[None], axis=2).min(axis=1)
    random = avatar.splats.means_m[np.random.default_rng(0).permutation(avatar.count)[: order.level_sizes[0]]]
    by_chance = np.linalg.norm(avatar.splats.means_m[:, None] - random[None], axis=2).min(axis=1)
    assert np.quantile(nearest, 0.9) < 1.15 * np.quantile(by_chance, 0.9)


def test_a_residual_layer_follows_its_gaussians(avatar: Avatar) -> None:
    order = storage_order(avatar)
    indices = np.arange(3, avatar.count, 5, dtype=np.int32)
    values = np.random.default_rng(0).normal(size=(2, len(indices), 3)).astype(np.float32)
    stored = order.reordered(ResidualLayer(avatar.count, indices, values, values * 2))
    source = order.permutation[stored.indices]
    np.testing.assert_array_equal(stored.dpos_m, values[:, np.searchsorted(indices, source)])
    np.testing.assert_array_equal(stored.drot_rad, 2 * stored.dpos_m)


@pytest.mark.parametrize("bound_m", [1e-3, 1e-4, 5e-6])
def test_canonical_splats_keep_their_bounds(avatar: Avatar, bound_m: float) -> None:
    order = storage_order(avatar)
    stored = avatar.take(order.permutation)
    sections = encode_canonical(stored, order.level_sizes, steps=CanonicalSteps(position_error_m=bound_m))
    cloud, binding = decode_canonical(sections, order.level_sizes, joint_count=avatar.skeleton.joint_count)
    source = stored.splats
    assert np.linalg.norm(cloud.means_m.astype(np.float64) - source.means_m, axis=1).max() <= bound_m
    assert np.degrees(_angle_rad(cloud.quats_wxyz, source.quats_wxyz)).max() <= 0.47
    assert np.abs(np.log(cloud.scales_m / source.scales_m)).max() <= 0.0201
    assert np.abs(cloud.opacities - source.opacities).max() <= 0.5 / 255 + 1e-6
    assert 0.2820948 * np.abs(cloud.sh[:, 0] - source.sh[:, 0]).max() <= 0.501 / 255
    assert np.abs(cloud.sh[:, 1:] - source.sh[:, 1:]).max() <= 0.0101
    np.testing.assert_array_equal(binding.parts, stored.binding.parts)
    per_joint = [np.zeros((avatar.count, avatar.skeleton.joint_count)) for _ in range(2)]
    for table, side in zip(per_joint, (binding, stored.binding), strict=True):
        np.add.at(table, (np.arange(avatar.count)[:, None], side.joints), side.weights)
    assert np.abs(per_joint[0] - per_joint[1]).max() <= 1 / 4095
    np.testing.assert_allclose(binding.weights.sum(axis=1), 1, atol=1e-6)


def test_the_first_levels_decode_without_the_others(avatar: Avatar) -> None:
    order = storage_order(avatar)
    sections = encode_canonical(avatar.take(order.permutation), order.level_sizes)
    joints = avatar.skeleton.joint_count
    whole, _ = decode_canonical(sections, order.level_sizes, joint_count=joints)
    head = {name: sections[name] for name in ("splats.0", "splats.1")}
    cloud, binding = decode_canonical(head, order.level_sizes, joint_count=joints, levels=2)
    assert cloud.count == sum(order.level_sizes[:2]) == len(binding.parts)
    np.testing.assert_array_equal(cloud.means_m, whole.means_m[: cloud.count])
    with pytest.raises(BrokenPackageError) as refusal:
        decode_canonical(head, order.level_sizes, joint_count=joints)
    assert refusal.value.code == "section-missing"


def test_pose_keeps_its_bounds_through_full_turns() -> None:
    generator = np.random.default_rng(7)
    frames, joints = 30, 24
    vectors = np.cumsum(generator.normal(0, 0.4, (frames, joints, 3)), axis=0)
    rotations = quaternion_from_rotation_vector(vectors).astype(np.float32)
    rotations[::3] *= -1
    translation = np.cumsum(generator.normal(0, 0.05, (frames, 3)), axis=0).astype(np.float32)
    section = encode_pose_group(translation, rotations)
    read_translation, read_rotations = decode_pose_group(section, frames, joints)
    assert np.abs(read_translation - translation).max() <= 5.01e-5
    assert _angle_rad(read_rotations, rotations).max() <= 2.3e-4


def test_smooth_motion_costs_little() -> None:
    time = np.arange(30)[:, None, None] / 30
    vectors = np.sin(time * 2 + np.arange(24)[None, :, None]) * np.array([0.5, 0.2, 0.1])
    section = encode_pose_group(
        np.zeros((30, 3), dtype=np.float32), quaternion_from_rotation_vector(vectors).astype(np.float32)
    )
    assert len(section) / 30 < 60


def test_a_root_beyond_reach_is_refused() -> None:
    rotations = np.zeros((2, 1, 4), dtype=np.float32)
    rotations[..., 0] = 1
    with pytest.raises(MotionError) as refusal:
        encode_pose_group(np.full((2, 3), 1e6, dtype=np.float32), rotations)
    assert refusal.value.code == "motion-too-far"


def test_one_frame_is_a_group() -> None:
    rotations = np.zeros((1, 3, 4), dtype=np.float32)
    rotations[..., 0] = 1
    _, read = decode_pose_group(encode_pose_group(np.ones((1, 3), dtype=np.float32), rotations), 1, 3)
    np.testing.assert_array_equal(read, rotations)


def test_gaussians_that_are_all_alike_are_written_so_that_they_can_be_read(tmp_path: Path) -> None:
    """Coded they would take a few bytes, and a reader refuses a file that says more than so many bytes may hold."""
    one = synthetic_avatar(1, sh_degree=0)
    many = one.take(np.zeros(60_000, dtype=np.int32))
    path = tmp_path / "alike.a3d"
    write_package(path, many, [])
    with Package.open(path) as package:
        assert package.avatar().count == 60_000
    assert path.stat().st_size > 60_000
