"""Clips added to a package: what is there stays byte for byte, what is added keeps the same bounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import BrokenPackageError, InputError, ResourceError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.sequences import dancing_sequence

FRAMES = 40
BOUND_M = 2e-3


def still(avatar: Avatar, name: str, frames: int = FRAMES) -> Motion:
    """Rest-pose space itself."""
    rotations = np.zeros((frames, avatar.skeleton.joint_count, 4), np.float32)
    rotations[..., 0] = 1
    return Motion(name, 30.0, avatar.skeleton.joint_names, np.zeros((frames, 3), np.float32), rotations)


@pytest.fixture(scope="module")
def danced() -> tuple[Avatar, ResidualLayer, ResidualLayer]:
    """An avatar in its zero pose, and two stretches of cloth and hair; the second moves 400 Gaussians of skin too."""
    avatar, residual = dancing_sequence(3000, 2 * FRAMES, seed=3)
    bent = avatar.skeleton
    avatar = replace(avatar, skeleton=Skeleton.in_zero_pose(bent.joint_names, bent.parents, bent.zero_joints_m))
    assert residual.drot_rad is not None
    generator = np.random.default_rng(1)
    skin = np.flatnonzero(avatar.binding.parts == Part.SKIN)[:400]
    dense = np.zeros((FRAMES, avatar.count, 3), np.float32)
    dense[:, residual.indices] = residual.dpos_m[FRAMES:]
    dense[:, skin] = 0.03 * np.sin(np.arange(FRAMES)[:, None, None] / 5 + 4 * generator.uniform(0, 1, (len(skin), 3)))
    first = ResidualLayer(avatar.count, residual.indices, residual.dpos_m[:FRAMES], residual.drot_rad[:FRAMES])
    return avatar, first, ResidualLayer.from_dense(dense)


@pytest.fixture(scope="module")
def package(danced: tuple[Avatar, ResidualLayer, ResidualLayer], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    avatar, first, _ = danced
    path = tmp_path_factory.mktemp("into") / "doll.a3d"
    write_package(path, avatar, [ClipSource("first", still(avatar, "first"), first)], max_error_m=BOUND_M)
    return path.read_bytes()


@pytest.fixture
def path(package: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "doll.a3d"
    path.write_bytes(package)
    return path


def stored_sections(path: Path) -> dict[tuple[str, int, int], bytes]:
    with Package.open(path) as package:
        return {(s.name, s.clip, s.group): package.read_stored(s) for s in package.toc.sections}


def worst_error_m(path: Path, clip: str, avatar: Avatar, residual: ResidualLayer, lod: int | None = None) -> float:
    """Measured on what is played, in the input's order, without asking the writer."""
    wanted = avatar.splats.means_m + np.zeros((residual.frame_count, 1, 1), np.float32)
    wanted[:, residual.indices] += residual.dpos_m
    with Package.open(path) as package:
        player = ClipPlayer(package, clip, lod=lod)
        kept = package.order.permutation[: player.avatar.count]
        return max(
            float(np.linalg.norm(player.pose(player.frame(t)).cloud.means_m - wanted[t, kept], axis=1).max())
            for t in range(residual.frame_count)
        )


def test_what_is_there_stays_and_what_is_added_keeps_the_bound(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer]
) -> None:
    avatar, first, second = danced
    before = stored_sections(path)
    report = add_clips(path, avatar, [ClipSource("second", still(avatar, "second"), second)])
    after = stored_sections(path)
    del before["manifest", -1, 0]
    assert {key: after[key] for key in before} == before
    assert {clip for _, clip, _ in after} == {-1, 0, 1}
    for clip, residual in (("first", first), ("second", second)):
        assert 0.2 * BOUND_M < worst_error_m(path, clip, avatar, residual) <= BOUND_M + 1e-6
    assert ("further", 1, 0) in after, "nothing moved this skin before"
    assert report.clips[1].error.max_m == pytest.approx(worst_error_m(path, "second", avatar, second), abs=2e-6)
    checked = validate_package(path, {"first": first, "second": second})
    assert checked.ok
    assert all(comparison.kept for comparison in checked.comparisons)


def test_a_level_of_detail_of_an_added_clip_moves_the_same(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer]
) -> None:
    avatar, _, second = danced
    add_clips(path, avatar, [ClipSource("second", still(avatar, "second"), second)])
    for lod in (0, 2):
        assert worst_error_m(path, "second", avatar, second, lod) <= BOUND_M + 1e-6


def test_an_added_clip_costs_little_more_than_one_baked_along(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer], tmp_path: Path
) -> None:
    """The same cloth, later in the same dance: the model that was fitted to the first stretch serves the second."""
    avatar, first, second = danced
    cloth = ResidualLayer(avatar.count, first.indices, second.dpos_m[:, np.isin(second.indices, first.indices)])
    both = [ClipSource("first", still(avatar, "first"), first), ClipSource("cloth", still(avatar, "cloth"), cloth)]
    together = write_package(tmp_path / "both.a3d", avatar, both, max_error_m=BOUND_M)
    added = add_clips(path, avatar, both[1:])
    assert added.clips[1].stored_bytes < 1.35 * together.clips[1].stored_bytes


def test_a_package_of_rigid_clips_gets_a_model(
    danced: tuple[Avatar, ResidualLayer, ResidualLayer], tmp_path: Path
) -> None:
    avatar, first, _ = danced
    path = tmp_path / "doll.a3d"
    write_package(path, avatar, [ClipSource("stand", still(avatar, "stand"))], max_error_m=BOUND_M)
    add_clips(path, avatar, [ClipSource("first", still(avatar, "first"), first)])
    with Package.open(path) as package:
        assert package.manifest.node_count > 0
        assert not package.clip("stand").has_residual
    assert worst_error_m(path, "first", avatar, first) <= BOUND_M + 1e-6


def test_a_clip_takes_the_place_of_another_only_when_asked(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer]
) -> None:
    avatar, _, second = danced
    source = ClipSource("first", still(avatar, "first"), second)
    before = path.read_bytes()
    with pytest.raises(InputError) as refusal:
        add_clips(path, avatar, [source])
    assert refusal.value.code == "clip-name-taken"
    assert path.read_bytes() == before
    add_clips(path, avatar, [source], replace_existing=True)
    with Package.open(path) as package:
        assert package.clip_names == ("first",)
    assert worst_error_m(path, "first", avatar, second) <= BOUND_M + 1e-6


def test_a_model_outlives_the_last_clip_that_needed_it(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer]
) -> None:
    avatar, _, second = danced
    add_clips(path, avatar, [ClipSource("first", still(avatar, "first"))], replace_existing=True)
    assert validate_package(path).ok
    with Package.open(path) as package:
        assert not package.manifest.has_residual
        node_count = package.manifest.node_count
    add_clips(path, avatar, [ClipSource("second", still(avatar, "second"), second)])
    with Package.open(path) as package:
        assert package.manifest.node_count == node_count > 0
    assert worst_error_m(path, "second", avatar, second) <= BOUND_M + 1e-6


def other_avatars(avatar: Avatar) -> dict[str, Avatar]:
    splats, binding = avatar.splats, avatar.binding
    moved, turned = splats.means_m.copy(), splats.quats_wxyz.copy()
    moved[7] += (0, 0.01, 0)
    turned[9] = turned[9, [1, 0, 3, 2]]
    parts, bound = binding.parts.copy(), binding.joints.copy()
    parts[3] = (parts[3] + 1) % len(Part)
    bound[5] = 1 - bound[5, :1]
    joints = avatar.skeleton.zero_joints_m.copy()
    joints[1] += 0.01
    return {
        "positions": replace(avatar, splats=replace(splats, means_m=moved)),
        "rotations": replace(avatar, splats=replace(splats, quats_wxyz=turned)),
        "scales": replace(avatar, splats=replace(splats, scales_m=splats.scales_m * np.float32(1.2))),
        "opacities": replace(avatar, splats=replace(splats, opacities=splats.opacities * np.float32(0.9))),
        "colours": replace(avatar, splats=replace(splats, sh=splats.sh + np.float32(0.2))),
        "another part": replace(avatar, binding=replace(binding, parts=parts)),
        "skin weights": replace(avatar, binding=replace(binding, joints=bound)),
        "joints": replace(avatar, skeleton=replace(avatar.skeleton, zero_joints_m=joints)),
        "Gaussians instead of": avatar.take(np.arange(avatar.count - 1, dtype=np.int32)),
    }


def test_another_avatar_is_refused_and_what_differs_is_named(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer]
) -> None:
    avatar = danced[0]
    before = path.read_bytes()
    for what, other in other_avatars(avatar).items():
        with pytest.raises(InputError) as refusal:
            add_clips(path, other, [ClipSource("stand", still(other, "stand"))])
        assert refusal.value.code == "bake-into-other-avatar"
        assert what in refusal.value.found
    assert path.read_bytes() == before


def test_a_clip_in_the_avatars_own_order_brings_the_order_along(
    danced: tuple[Avatar, ResidualLayer, ResidualLayer], tmp_path: Path
) -> None:
    """A package baked from a simulation alone holds its Gaussians in storage order and no other."""
    avatar, first, second = danced
    path = tmp_path / "doll.a3d"
    write_package(path, avatar, [], max_error_m=BOUND_M)
    with Package.open(path) as package:
        order = package.order
    in_storage_order = avatar.take(order.permutation)
    clips = [ClipSource("first", still(avatar, "first"), order.reordered(first))]
    write_package(path, in_storage_order, clips, max_error_m=BOUND_M)
    with Package.open(path) as package:
        assert np.array_equal(package.order.permutation, np.arange(avatar.count))
    add_clips(path, avatar, [ClipSource("second", still(avatar, "second"), second)])
    assert worst_error_m(path, "first", avatar, first) <= BOUND_M + 1e-6
    assert worst_error_m(path, "second", avatar, second) <= BOUND_M + 1e-6
    assert validate_package(path, {"second": second}).ok


def test_what_another_writer_added_meanwhile_is_not_lost(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer]
) -> None:
    avatar = danced[0]
    others: list[ClipSource] = [ClipSource("other", still(avatar, "other", 3))]

    def meanwhile(_: float) -> None:
        if others:
            add_clips(path, avatar, [others.pop()])

    with pytest.raises(ResourceError) as refusal:
        add_clips(path, avatar, [ClipSource("mine", still(avatar, "mine", 3))], progress=meanwhile)
    assert refusal.value.code == "package-changed"
    with Package.open(path) as package:
        assert package.clip_names == ("first", "other")


def test_damage_is_not_copied_under_a_new_checksum(
    path: Path, danced: tuple[Avatar, ResidualLayer, ResidualLayer]
) -> None:
    avatar = danced[0]
    with Package.open(path) as package:
        section = package.find_section("detail.position", 0, 1)
    assert section is not None
    data = bytearray(path.read_bytes())
    data[section.offset + 9] ^= 4
    path.write_bytes(data)
    with pytest.raises(BrokenPackageError) as refusal:
        add_clips(path, avatar, [ClipSource("stand", still(avatar, "stand"))])
    assert refusal.value.code == "section-damaged"
    assert path.read_bytes() == data
