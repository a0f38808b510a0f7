"""LivePlayer: poses become frames, and a driver is told when a motion does not go on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from ani3d_runtime.body.pose import Pose
from ani3d_runtime.errors import MotionError
from ani3d_runtime.package.reader import Package
from ani3d_runtime.playback.live import PAUSE_S, Driven, LivePlayer
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.testing.packages import write_synthetic_package

STEP_S = 1 / 60


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    path = write_synthetic_package(tmp_path_factory.mktemp("live") / "ada.a3d", count=1500)
    with Package.open(path) as opened:
        yield opened


class Recorder:
    """A driver that writes down what it is told."""

    def __init__(self, package: Package) -> None:
        self.calls: list[object] = []
        manifest = package.manifest
        self.driven = Driven(
            np.full((manifest.node_count, 3), 0.01, dtype=np.float32),
            np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (manifest.node_count, 1)),
            np.full(manifest.corrective_count, 0.5, dtype=np.float32),
        )

    def reset(self, pose: Pose) -> None:
        self.calls.append("reset")

    def step(self, pose: Pose, dt_s: float) -> Driven:
        self.calls.append(round(dt_s, 4))
        return self.driven


def pose_at(x_m: float, turn_rad: float = 0.0) -> Pose:
    rotations = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (6, 1))
    rotations[:] = (np.cos(turn_rad / 2), 0, np.sin(turn_rad / 2), 0)
    return Pose(np.array([x_m, 0, 0], dtype=np.float32), rotations)


def test_without_a_driver_the_rigid_layer_plays(package: Package) -> None:
    clip = ClipPlayer(package, "walk", layer="rigid")
    live = LivePlayer(package)
    for index in (0, 7, 19):
        baked = clip.frame(index)
        frame = live.step(Pose(baked.root_translation_m, baked.joint_rotations_wxyz), index * STEP_S)
        np.testing.assert_allclose(live.pose(frame).cloud.means_m, clip.pose(baked).cloud.means_m, atol=1e-6)
    assert live.reset_count == 0


def test_what_the_driver_says_is_in_the_frame(package: Package) -> None:
    driver = Recorder(package)
    frame = LivePlayer(package, driver).step(pose_at(0), 0.0)
    assert package.manifest.node_count > 0
    np.testing.assert_array_equal(frame.node_displacements_m, driver.driven.node_displacements_m)
    np.testing.assert_array_equal(frame.coefficients, driver.driven.coefficients)


def test_a_steady_motion_is_reset_once(package: Package) -> None:
    driver = Recorder(package)
    live = LivePlayer(package, driver)
    for step in range(4):
        live.step(pose_at(0.02 * step, 0.1 * step), 10 + step * STEP_S)
    assert driver.calls == ["reset", *[round(STEP_S, 4)] * 4]


@pytest.mark.parametrize(
    ("second", "time_s", "discontinuous", "is_reset"),
    [
        (pose_at(0.1), STEP_S, False, False),
        (pose_at(0.0, 0.5), STEP_S, False, False),  # 30 rad/s everywhere: a dance played ten times as fast
        (pose_at(0.1), PAUSE_S * 0.9, False, False),
        (pose_at(0.0), PAUSE_S * 1.1, False, True),
        (pose_at(0.0), -0.1, False, True),
        (pose_at(0.0), 0.0, False, True),
        (pose_at(1.0), STEP_S, False, False),  # a jump of the root alone: the driver carries
        (pose_at(0.0, 2.0), STEP_S, False, True),
        (pose_at(0.0), STEP_S, True, True),
    ],
)
def test_pauses_teleports_and_clocks_that_go_back_reset(
    package: Package, second: Pose, time_s: float, discontinuous: bool, is_reset: bool
) -> None:
    driver = Recorder(package)
    live = LivePlayer(package, driver)
    live.step(pose_at(0.0), 0.0)
    driver.calls.clear()
    live.step(second, time_s, discontinuous=discontinuous)
    assert ("reset" in driver.calls) == is_reset
    assert all(call == "reset" or (isinstance(call, float) and call > 0) for call in driver.calls), "steps are > 0"
    assert live.reset_count == 1 + is_reset


@pytest.mark.parametrize("broken", ["turn", "place"])
def test_a_pose_of_nan_is_refused_and_leaves_no_trace(package: Package, broken: str) -> None:
    driver = Recorder(package)
    live = LivePlayer(package, driver)
    live.step(pose_at(0.0), 0.0)
    driver.calls.clear()
    pose = pose_at(0.1)
    (pose.joint_rotations_wxyz if broken == "turn" else pose.root_translation_m)[0] = np.nan
    with pytest.raises(MotionError) as refused:
        live.step(pose, STEP_S)
    assert refused.value.code == "pose-not-finite"
    live.step(pose_at(0.1), 2 * STEP_S)
    assert driver.calls == [round(2 * STEP_S, 4)], "the next step goes on from the pose before"
