"""From clips to a package with a driver, and from poses that were never baked to Gaussians."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from ani3d_runtime.bake.driver_fit.clip_tracks import ClipTracks, clip_tracks
from ani3d_runtime.bake.driver_fit.fit import fit_driver
from ani3d_runtime.bake.driver_fit.practice import Practice
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.pose import Pose
from ani3d_runtime.codec.sections.driver import encode_driver
from ani3d_runtime.codec.sections.order import StorageOrder
from ani3d_runtime.package.describe import describe_package
from ani3d_runtime.package.draft import DriverFit
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, add_clips, write_package
from ani3d_runtime.playback.driver import driver_of
from ani3d_runtime.playback.live import LivePlayer
from ani3d_runtime.progress import ProgressCallback, silent
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual

FRAMES = 30


@dataclass(frozen=True)
class Baked:
    path: Path
    clips: tuple[ClipSource, ...]


@pytest.fixture(scope="module")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Baked:
    avatar = synthetic_avatar(1200, seed=3)
    clips = tuple(
        ClipSource(
            name, synthetic_motion(avatar.skeleton, FRAMES, seed=seed, name=name), synthetic_residual(avatar, FRAMES)
        )
        for seed, name in enumerate(("walk", "turn"))
    )
    path = tmp_path_factory.mktemp("driver") / "ada.a3d"
    write_package(path, avatar, clips[:1], driver=fit_driver)
    return Baked(path, clips)


def test_a_package_drives_motions_that_it_does_not_hold(baked: Baked) -> None:
    motion = baked.clips[1].motion
    with Package.open(baked.path) as package:
        driver = driver_of(package)
        assert driver is not None
        player = LivePlayer(package, driver)
        for index in range(FRAMES):
            pose = Pose(motion.root_translation_m[index], motion.joint_rotations_wxyz[index])
            frame = player.step(pose, index / motion.fps)
        reach_m = driver.model.reach_m
        posed = player.pose(frame)
    assert player.reset_count == 1
    assert 0 < np.linalg.norm(frame.node_displacements_m, axis=1).max() <= reach_m * (1 + 1e-5)
    assert np.isfinite(posed.cloud.means_m).all()


def test_the_reach_is_that_of_the_clips(baked: Baked) -> None:
    with Package.open(baked.path) as package:
        assert package.driver_model is not None
        farthest = max(np.linalg.norm(clip.displacements_m, axis=2).max() for clip in clip_tracks(package))
        assert package.driver_model.reach_m == pytest.approx(max(1.5 * farthest, 0.05), rel=1e-5)


def test_a_package_with_a_driver_is_whole_and_says_so(baked: Baked) -> None:
    assert validate_package(baked.path).ok
    with Package.open(baked.path) as package:
        sections = {section.name: section.stored_bytes for section in describe_package(package).sections}
    assert 0 < sections["driver"] < 40_000


def test_fitting_twice_gives_the_same_bytes(baked: Baked) -> None:
    with Package.open(baked.path) as package:
        again = fit_driver(package, package.order, lambda _: None)
        assert again is not None
        assert encode_driver(again) == package.read_section("driver")


class Rehearsed(Practice):
    """Practice in which cloth flies twice as far as in the package's clips."""

    def tracks(self, package: Package, order: StorageOrder, progress: ProgressCallback) -> list[ClipTracks]:
        return [replace(clip, displacements_m=2 * clip.displacements_m) for clip in clip_tracks(package)]


def test_what_is_practised_is_learned_from(baked: Baked) -> None:
    def unused(motion: Motion, progress: ProgressCallback) -> ResidualLayer:
        raise AssertionError("nothing is simulated here")

    with Package.open(baked.path) as package:
        practised = fit_driver(package, package.order, silent, Rehearsed(unused))
        assert practised is not None
        assert package.driver_model is not None
        assert practised.reach_m == pytest.approx(2 * package.driver_model.reach_m, rel=1e-5)
        assert encode_driver(practised) != package.read_section("driver")


@pytest.mark.parametrize("fit", [None, fit_driver])
def test_a_driver_is_fitted_anew_to_clips_that_are_added(baked: Baked, fit: DriverFit | None, tmp_path: Path) -> None:
    grown = tmp_path / "grown.a3d"
    grown.write_bytes(baked.path.read_bytes())
    add_clips(grown, synthetic_avatar(1200, seed=3), baked.clips[1:], driver=fit)
    with Package.open(grown) as package, Package.open(baked.path) as before:
        assert package.clip_names == ("walk", "turn")
        assert [section.name for section in package.toc.sections].count("driver") == 1
        assert (package.read_section("driver") == before.read_section("driver")) == (fit is None)
        if fit is not None:
            again = fit(package, package.order, lambda _: None)
            assert again is not None
            assert encode_driver(again) == package.read_section("driver")


def test_a_package_that_began_rigid_gets_a_driver_with_its_first_cloth(baked: Baked, tmp_path: Path) -> None:
    path, avatar, clip = tmp_path / "begun.a3d", synthetic_avatar(1200, seed=3), baked.clips[0]
    write_package(path, avatar, [ClipSource("still", clip.motion)], driver=fit_driver)
    with Package.open(path) as package:
        assert package.driver_model is None
    add_clips(path, avatar, [clip], driver=fit_driver)
    with Package.open(path) as package:
        assert driver_of(package) is not None
    assert validate_package(path).ok


def test_where_nothing_swings_there_is_no_driver(tmp_path: Path) -> None:
    avatar = synthetic_avatar(100)
    path = tmp_path / "stiff.a3d"
    still = ClipSource("walk", synthetic_motion(avatar.skeleton, 3, name="walk"))
    write_package(path, avatar, [still], driver=fit_driver)
    with Package.open(path) as package:
        assert package.driver_model is None
        assert driver_of(package) is None
