"""Clips at any time: exact frames, interpolation, looping, layers, levels of detail, and what is read for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.deformation import Detail, Frame
from ani3d_runtime.errors import NotFoundError, UsageError
from ani3d_runtime.geometry.quaternion import normalised, quaternion_from_rotation_vector, slerp
from ani3d_runtime.package.playing import Playing, Travel
from ani3d_runtime.package.readable import FileReadable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.interpolate import detail_between
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.testing.avatars import (
    synthetic_avatar,
    synthetic_deformation,
    synthetic_frame,
    synthetic_motion,
    synthetic_residual,
)
from ani3d_runtime.testing.packages import write_synthetic_package

FRAMES, FPS = 70, 30.0


class WatchedReadable:
    """A file that remembers what was read of it."""

    def __init__(self, path: Path) -> None:
        self._file = FileReadable(path)
        self.reads: list[tuple[int, int]] = []

    def size(self) -> int:
        return self._file.size()

    def read(self, offset: int, length: int) -> bytes:
        self.reads.append((offset, length))
        return self._file.read(offset, length)

    def close(self) -> None:
        self._file.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_synthetic_package(tmp_path_factory.mktemp("player") / "doll.a3d", count=600, frame_count=FRAMES)


@pytest.fixture
def package(path: Path) -> Iterator[Package]:
    with Package.open(path) as opened:
        yield opened


@pytest.fixture
def watched(path: Path) -> Iterator[WatchedReadable]:
    readable = WatchedReadable(path)
    yield readable
    readable.close()


def _same(one: Frame, other: Frame) -> bool:
    assert one.detail is not None
    assert other.detail is not None
    return (
        np.array_equal(one.joint_rotations_wxyz, other.joint_rotations_wxyz)
        and np.array_equal(one.root_translation_m, other.root_translation_m)
        and np.array_equal(one.node_displacements_m, other.node_displacements_m)
        and np.array_equal(one.detail.indices, other.detail.indices)
        and np.array_equal(np.asarray(one.detail.dpos_m), np.asarray(other.detail.dpos_m))
    )


def test_frame_times_give_baked_frames_exactly(package: Package) -> None:
    player = ClipPlayer(package, "walk")
    for index in range(FRAMES):
        assert _same(player.frame_at(index / FPS), player.frame(index))


def _cubic(before: np.ndarray, start: np.ndarray, end: np.ndarray, after: np.ndarray, f: float) -> np.ndarray:
    """The Hermite form of the curve, whose slopes are those of the chords."""
    slopes = (end - before) / 2, (after - start) / 2
    bend = 3 * (end - start) - 2 * slopes[0] - slopes[1]
    return start + f * (slopes[0] + f * (bend + f * (slopes[0] + slopes[1] - 2 * (end - start))))


@pytest.mark.parametrize("index", [3, 28, 29, 30, 59])
def test_between_frames_is_the_curve_through_four_of_them(package: Package, index: int) -> None:
    """29 and 59 are the last frames of their groups."""
    player = ClipPlayer(package, "walk")
    middle = ClipPlayer(package, "walk").frame_at((index + 0.25) / FPS)
    frames = [player.frame(number) for number in range(index - 1, index + 3)]
    assert middle.time_s == pytest.approx((index + 0.25) / FPS)
    for name in ("root_translation_m", "node_displacements_m"):
        expected = _cubic(*(getattr(frame, name).astype(np.float64) for frame in frames), 0.25)
        np.testing.assert_allclose(getattr(middle, name), expected, atol=1e-6)
    for name in ("joint_rotations_wxyz", "node_rotations_wxyz"):
        quats = [getattr(frame, name).astype(np.float64) for frame in frames]
        quats = [np.where((quat * quats[1]).sum(axis=1, keepdims=True) < 0, -quat, quat) for quat in quats]
        np.testing.assert_allclose(getattr(middle, name), normalised(_cubic(*quats, 0.25)), atol=1e-6)
    assert middle.detail is not None
    shown = [frame.detail for frame in frames[1:3]]
    assert shown[0] is not None
    assert np.array_equal(middle.detail.indices, shown[0].indices) or index in (29, 59)
    posed = [player.pose(frame).cloud.means_m for frame in (frames[1], middle, frames[2])]
    straight = 0.75 * posed[0] + 0.25 * posed[2]
    step = np.linalg.norm(posed[2] - posed[0], axis=1).max()
    assert np.linalg.norm(posed[1] - straight, axis=1).max() < 0.2 * step


def test_at_the_ends_of_a_clip_the_line_goes_on(package: Package) -> None:
    player = ClipPlayer(package, "walk")
    for frames, time_s in (((0, 0, 1, 2), 0.5), ((FRAMES - 3, FRAMES - 2, FRAMES - 1, FRAMES - 1), FRAMES - 1.5)):
        taps = [player.frame(index).root_translation_m.astype(np.float64) for index in frames]
        if frames[0] == 0:
            taps[0] = 2 * taps[1] - taps[2]
        else:
            taps[3] = 2 * taps[2] - taps[1]
        np.testing.assert_allclose(player.frame_at(time_s / FPS).root_translation_m, _cubic(*taps, 0.5), atol=1e-6)


def test_detail_of_different_gaussians_is_mixed() -> None:
    """Groups store detail for the Gaussians that need it, and neighbours may need it elsewhere."""
    avatar = synthetic_avatar(60)
    model = synthetic_deformation(avatar)
    start, end = (synthetic_frame(avatar, model, detail_count=12, seed=seed).detail for seed in (1, 2))

    def dense(detail: Detail | None, name: str) -> np.ndarray:
        values = np.zeros((avatar.count, 3), np.float32)
        assert detail is not None
        values[detail.indices] = getattr(detail, name)
        return values

    def mixed(one: Detail | None, other: Detail | None) -> np.ndarray:
        return 0.7 * dense(one, "dpos_m") + 0.3 * (0 if other is None else dense(other, "dpos_m"))

    np.testing.assert_allclose(dense(detail_between(start, end, 0.3), "dpos_m"), mixed(start, end), atol=1e-6)
    np.testing.assert_allclose(dense(detail_between(start, None, 0.3), "dpos_m"), mixed(start, None), atol=1e-6)
    turned = quaternion_from_rotation_vector(dense(detail_between(start, end, 0.3), "drot_rad"))
    ends = [quaternion_from_rotation_vector(dense(detail, "drot_rad")) for detail in (start, end)]
    assert np.abs(np.abs((turned * slerp(*ends, 0.3)).sum(axis=1)) - 1).max() < 1e-4
    assert detail_between(None, None, 0.3) is None


def test_detail_takes_the_shorter_arc_whatever_its_rotation_vectors_say() -> None:
    """One turn and a little less about the same axis, written as 340 and 20 degrees: 0 between them, not 180."""
    index = np.zeros(1, np.int32)
    ends = [Detail(index, drot_rad=np.float32([[0, np.deg2rad(angle), 0]])) for angle in (340, 20)]
    between = detail_between(*ends, 0.5)
    assert between is not None
    np.testing.assert_allclose(np.asarray(between.drot_rad), 0, atol=1e-6)


def test_times_outside_the_clip(package: Package) -> None:
    player = ClipPlayer(package, "walk")
    duration = player.clip.duration_s
    assert duration == pytest.approx((FRAMES - 1) / FPS)
    assert _same(player.frame_at(-1), player.frame(0))
    assert _same(player.frame_at(duration + 100), player.frame(FRAMES - 1))
    assert _same(player.frame_at(duration, loop=True), player.frame(FRAMES - 1))
    assert _same(player.frame_at(3 * duration + 5 / FPS, loop=True), player.frame(5))
    assert _same(player.frame_at(-4 / FPS, loop=True), player.frame(FRAMES - 1 - 4))
    with pytest.raises(UsageError) as refusal:
        player.frame_at(float("nan"))
    assert refusal.value.code == "time-not-finite"
    for index in (-1, FRAMES, 2.5):
        with pytest.raises(NotFoundError) as missing:
            player.frame(index)
        assert missing.value.code == "frame-not-found"


def test_rigid_layer_leaves_the_residual_out(package: Package) -> None:
    rigid, full = ClipPlayer(package, "walk", layer="rigid"), ClipPlayer(package, "walk")
    posed = rigid.pose(rigid.frame(20)).cloud
    assert rigid.frame(20).detail is None
    assert np.array_equal(rigid.pose(full.frame(20)).cloud.means_m, posed.means_m)
    assert np.abs(full.pose(full.frame(20)).cloud.means_m - posed.means_m).max() > 5e-3


def test_coarse_level_is_a_prefix(package: Package) -> None:
    full = ClipPlayer(package, "walk")
    expected = full.pose(full.frame_at(0.51)).cloud
    for lod in range(package.level_count):
        coarse = ClipPlayer(package, "walk", lod=lod)
        posed = coarse.pose(coarse.frame_at(0.51)).cloud
        assert posed.count == sum(package.manifest.level_sizes[: lod + 1])
        assert np.array_equal(posed.means_m, expected.means_m[: posed.count])
        grown = (full.avatar.count / posed.count) ** 0.25
        assert np.allclose(coarse.avatar.splats.scales_m, grown * full.avatar.splats.scales_m[: posed.count])
        if lod == 0:
            assert grown > 1.1
    with pytest.raises(NotFoundError):
        ClipPlayer(package, "walk", lod=package.level_count)


def test_playing_on_decodes_each_group_once_and_ahead(watched: WatchedReadable) -> None:
    player = ClipPlayer(Package.open(watched), "walk")
    watched.reads.clear()
    for step in range(4 * FRAMES):
        player.frame_at(step / FPS / 4)
    assert len(watched.reads) == len(set(watched.reads))


def test_next_group_is_there_before_it_is_needed(watched: WatchedReadable) -> None:
    package = Package.open(watched)
    player = ClipPlayer(package, "walk")
    for index in range(20):
        player.frame(index)
    next_pose = package.find_section("pose", 0, 1)
    assert next_pose is not None
    deadline = time.monotonic() + 5
    while (next_pose.offset, next_pose.stored_bytes) not in watched.reads:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_seeking_reads_one_group(watched: WatchedReadable) -> None:
    package = Package.open(watched)
    player = ClipPlayer(package, "walk")
    watched.reads.clear()
    player.frame(65)
    own = {(s.offset, s.stored_bytes) for s in package.toc.sections if s.clip == 0 and s.group == 2}
    assert set(watched.reads) == own


def test_seeking_between_frames_reads_of_other_groups_no_detail_that_is_not_shown(watched: WatchedReadable) -> None:
    package = Package.open(watched)
    player = ClipPlayer(package, "walk")
    watched.reads.clear()
    player.frame_at(30.5 / FPS)
    shown = {s.offset for s in package.toc.sections if s.clip == 0 and s.group == 1}
    beside = {s.offset for s in package.toc.sections if s.clip == 0 and s.group == 0 and s.name in ("pose", "nodes")}
    assert {offset for offset, _ in watched.reads} == shown | beside


def test_light_frames_read_no_detail(watched: WatchedReadable) -> None:
    package = Package.open(watched)
    player = ClipPlayer(package, "walk")
    watched.reads.clear()
    light = player.light_frame_at(0.7)
    assert light.detail is None
    detail = {s.offset for s in package.toc.sections if s.name.startswith("detail.")}
    player.light_frame(64)
    assert watched.reads
    assert not {offset for offset, _ in watched.reads} & detail
    assert np.array_equal(light.node_displacements_m, player.frame_at(0.7).node_displacements_m)


def test_threads_share_a_player(package: Package) -> None:
    player = ClipPlayer(package, "walk")
    times = [0.013 * step for step in range(40)]
    expected = [player.pose(player.frame_at(time)).cloud.means_m for time in times]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda time: player.pose(player.frame_at(time)).cloud.means_m, times))
    assert all(np.array_equal(a, b) for a, b in zip(expected, found, strict=True))


def test_a_looping_clip_goes_on_over_its_seam(tmp_path: Path) -> None:
    """Its period is one frame longer than the way to its last frame, its root goes on, and detail begins anew."""
    avatar = synthetic_avatar(60)
    motion, residual = synthetic_motion(avatar.skeleton, 40), synthetic_residual(avatar, 40)
    travel = Travel((0.1, 0.0, 1.0), 0.4)
    walk = ClipSource("walk", motion, residual, Playing(loops=True, travel=travel))
    write_package(tmp_path / "loop.a3d", avatar, [walk])
    with Package.open(tmp_path / "loop.a3d") as package:
        player = ClipPlayer(package, "walk")
        assert _same(player.frame_at(39 / FPS), player.frame(39))
        first, again = player.frame(0), player.frame_at(40 / FPS)
        joint = package.skeleton.zero_joints_m[0]
        cosine, sine = np.cos(0.4), np.sin(0.4)
        turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
        expected = turn @ (joint + first.root_translation_m) + [0.1, 0, 1] - joint
        np.testing.assert_allclose(again.root_translation_m, expected, atol=1e-6)
        assert np.array_equal(again.joint_rotations_wxyz[1:], first.joint_rotations_wxyz[1:])
        assert again.detail is not None
        assert first.detail is not None
        assert np.array_equal(np.asarray(again.detail.dpos_m), np.asarray(first.detail.dpos_m))
        # Shortly before and behind the seam it is where it is at the seam.
        beside = [player.light_frame_at((40 + shift) / FPS) for shift in (-2e-4, 2e-4)]
        steps = [np.abs(frame.root_translation_m - again.root_translation_m).max() for frame in beside]
        assert max(steps) < 1e-3
        stopped = player.frame_at(41 / FPS, loop=False)
        assert _same(stopped, player.frame(39))
        # Steps over the ground, added up, lead where the root goes.
        step = player.root_step(0, 80 / FPS)
        twice = [player.root_step(0, 40 / FPS), player.root_step(40 / FPS, 80 / FPS)]
        assert step == pytest.approx(twice[0].then(twice[1]), abs=1e-5)
        own = player.light_frame_at(0.5, root="delta")
        assert np.abs((joint + own.root_translation_m)[[0, 2]]).max() < 1e-6
