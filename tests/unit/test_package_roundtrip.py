"""Packages: what is written is what is read, within the bound, in the input's order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import BrokenPackageError, FuturePackageError, InputError, NotFoundError, UsageError
from ani3d_runtime.package.assembly import EncodedSection, assembled
from ani3d_runtime.package.describe import describe_package
from ani3d_runtime.package.readable import BytesReadable
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual

FRAMES = 40


@pytest.fixture(scope="module")
def avatar() -> Avatar:
    """An avatar that lies in its zero pose, so that a still motion shows rest-pose space itself."""
    bent = synthetic_avatar(700, seed=11, sh_degree=2, name="doll")
    skeleton = Skeleton.in_zero_pose(bent.skeleton.joint_names, bent.skeleton.parents, bent.skeleton.zero_joints_m)
    return Avatar(bent.name, bent.splats, skeleton, bent.binding)


@pytest.fixture(scope="module")
def still(avatar: Avatar) -> Motion:
    joints = avatar.skeleton.joint_count
    rotations = np.zeros((FRAMES, joints, 4), np.float32)
    rotations[..., 0] = 1
    return Motion("still", 30.0, avatar.skeleton.joint_names, np.zeros((FRAMES, 3), np.float32), rotations)


@pytest.fixture(scope="module")
def residual(avatar: Avatar) -> ResidualLayer:
    return synthetic_residual(avatar, FRAMES, seed=11)


@pytest.mark.parametrize("max_error_m", [1e-3, 5e-5])
def test_every_position_in_every_frame_keeps_the_bound(
    tmp_path: Path, avatar: Avatar, still: Motion, residual: ResidualLayer, max_error_m: float
) -> None:
    """Measured on what is played, in the input's order, without asking the writer."""
    report = write_package(
        tmp_path / "doll.a3d", avatar, [ClipSource("still", still, residual)], max_error_m=max_error_m
    )
    with Package.open(tmp_path / "doll.a3d") as package:
        player = ClipPlayer(package, "still")
        worst = 0.0
        for frame in range(FRAMES):
            wanted = avatar.splats.means_m.copy()
            wanted[residual.indices] += residual.dpos_m[frame]
            found = player.pose(player.frame(frame)).take(package.input_order).cloud.means_m
            worst = max(worst, float(np.linalg.norm(found - wanted, axis=1).max()))
    assert worst <= max_error_m + 1e-6
    assert worst > 0.2 * max_error_m, "a bound that is never approached is paid for and not used"
    assert report.clips[0].error.max_m == pytest.approx(worst, abs=2e-6)


def test_avatar_comes_back_in_its_own_order(tmp_path: Path, avatar: Avatar) -> None:
    write_package(tmp_path / "doll.a3d", avatar, [])
    with Package.open(tmp_path / "doll.a3d") as package:
        back = package.avatar().take(package.input_order)
    assert back.name == "doll"
    assert np.array_equal(back.binding.parts, avatar.binding.parts)
    assert np.abs(back.splats.means_m - avatar.splats.means_m).max() < 1e-4
    assert np.abs(back.splats.opacities - avatar.splats.opacities).max() < 0.01
    assert np.abs(back.splats.scales_m / avatar.splats.scales_m - 1).max() < 0.05
    assert np.abs(back.splats.sh - avatar.splats.sh).max() < 0.02
    assert np.array_equal(back.skeleton.zero_joints_m, avatar.skeleton.zero_joints_m)
    assert back.skeleton.joint_names == avatar.skeleton.joint_names


def test_same_input_same_bytes(tmp_path: Path, avatar: Avatar, still: Motion, residual: ResidualLayer) -> None:
    for name in ("one", "two"):
        write_package(tmp_path / name, avatar, [ClipSource("still", still, residual)], provenance={"from": "a test"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_clips_with_and_without_residual_share_a_package(
    tmp_path: Path, avatar: Avatar, still: Motion, residual: ResidualLayer
) -> None:
    other = synthetic_residual(avatar, 35, seed=12)
    subset = ResidualLayer(avatar.count, other.indices[::3], np.ascontiguousarray(other.dpos_m[:, ::3]))
    walk = synthetic_motion(avatar.skeleton, 35)
    clips = [ClipSource("still", still), ClipSource("walk", walk, subset), ClipSource("again", still, residual)]
    report = write_package(tmp_path / "doll.a3d", avatar, clips, thumbnail_png=b"not really a picture")
    assert [clip.name for clip in report.clips] == ["still", "walk", "again"]
    assert json.loads(json.dumps(report.to_json()))["clips"][0]["error"]["max_m"] < 1e-4
    checked = validate_package(tmp_path / "doll.a3d", {"walk": subset, "again": residual})
    assert checked.ok, checked.findings
    assert [c.clip for c in checked.comparisons] == ["walk", "again"]
    assert all(c.max_m <= 1e-3 for c in checked.comparisons)
    with Package.open(tmp_path / "doll.a3d") as package:
        assert package.clip("still").residual_group(0) is None
        assert package.thumbnail_png == b"not really a picture"
        described = describe_package(package).to_json()
    assert described["gaussian_count"] == avatar.count
    assert sum(described["part_counts"].values()) == avatar.count
    assert [clip["has_residual"] for clip in described["clips"]] == [False, True, True]
    assert sum(section["stored_bytes"] for section in described["sections"]) < described["file_bytes"]


def test_validation_notices_another_source(
    tmp_path: Path, avatar: Avatar, still: Motion, residual: ResidualLayer
) -> None:
    write_package(tmp_path / "doll.a3d", avatar, [ClipSource("still", still, residual)])
    moved = residual.dpos_m.copy()
    moved[17, 5, 1] += 2.5e-3
    changed = ResidualLayer(avatar.count, residual.indices, moved)
    report = validate_package(tmp_path / "doll.a3d", {"still": changed})
    assert [finding.code for finding in report.findings] == ["residual-bound-missed"]
    assert report.comparisons[0].max_m > 1.4e-3
    everything = ResidualLayer.from_dense(np.full((FRAMES, avatar.count, 3), 0.1, np.float32))
    assert not validate_package(tmp_path / "doll.a3d", {"still": everything}).ok
    with pytest.raises(InputError) as refusal:
        validate_package(tmp_path / "doll.a3d", {"still": synthetic_residual(avatar, FRAMES - 1)})
    assert refusal.value.code == "residual-wrong-shape"
    with pytest.raises(NotFoundError):
        validate_package(tmp_path / "doll.a3d", {"nobody": residual})


def test_coarse_avatar_needs_only_the_front_of_the_file(tmp_path: Path, avatar: Avatar, still: Motion) -> None:
    write_package(tmp_path / "doll.a3d", avatar, [ClipSource("still", still)])
    data = (tmp_path / "doll.a3d").read_bytes()

    class Arriving(BytesReadable):
        """The first bytes of a download."""

        def size(self) -> int:
            return len(data)

    whole = Package.open(BytesReadable(data))
    coarsest = whole.find_section("splats.0")
    assert coarsest is not None
    arrived = coarsest.offset + coarsest.stored_bytes
    assert arrived < len(data) / 4
    package = Package.open(Arriving(data[:arrived]))
    assert np.array_equal(package.avatar(0).splats.means_m, whole.avatar().splats.means_m[: package.avatar(0).count])
    with pytest.raises(BrokenPackageError) as refusal:
        package.avatar(1)
    assert refusal.value.code == "package-truncated"


def test_unknown_sections(tmp_path: Path, avatar: Avatar) -> None:
    """A newer writer may add sections; readers skip those that are ancillary and refuse the others."""
    write_package(tmp_path / "doll.a3d", avatar, [])
    with Package.open(tmp_path / "doll.a3d") as package:
        sections = [EncodedSection(s.name, package.read_stored(s), s.clip, s.group) for s in package.toc.sections]
    ancillary = [*sections, EncodedSection("x-note", b"hello", critical=False)]
    assert Package.open(BytesReadable(b"".join(assembled(ancillary)))).avatar().count == avatar.count
    critical = [*sections, EncodedSection("x-shadows", b"hello")]
    with pytest.raises(FuturePackageError) as refusal:
        Package.open(BytesReadable(b"".join(assembled(critical))))
    assert refusal.value.code == "package-unknown-section"


def test_input_that_cannot_be_packed(tmp_path: Path, avatar: Avatar, still: Motion, residual: ResidualLayer) -> None:
    target = tmp_path / "doll.a3d"
    stranger = synthetic_motion(synthetic_avatar(5, joint_count=3).skeleton, FRAMES)
    short = synthetic_residual(avatar, FRAMES - 1)
    few = synthetic_residual(synthetic_avatar(50), FRAMES)
    wrong: list[tuple[list[ClipSource], float, str]] = [
        ([ClipSource("a", stranger)], 1e-3, "motion-other-skeleton"),
        ([ClipSource("a", still, short)], 1e-3, "residual-wrong-shape"),
        ([ClipSource("a", still, few)], 1e-3, "residual-wrong-shape"),
        ([ClipSource("a", still), ClipSource("a", still)], 1e-3, "clip-name-invalid"),
        ([ClipSource("", still)], 1e-3, "clip-name-invalid"),
        ([ClipSource("a\nb", still)], 1e-3, "clip-name-invalid"),
        ([ClipSource("a", still)], 0.0, "max-error-out-of-range"),
        ([ClipSource("a", still)], float("nan"), "max-error-out-of-range"),
    ]
    for clips, max_error_m, code in wrong:
        with pytest.raises((InputError, UsageError)) as refusal:
            write_package(target, avatar, clips, max_error_m=max_error_m)
        assert refusal.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_to_one(tmp_path: Path, avatar: Avatar, still: Motion, residual: ResidualLayer) -> None:
    seen: list[float] = []
    write_package(tmp_path / "doll.a3d", avatar, [ClipSource("still", still, residual)], progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3
