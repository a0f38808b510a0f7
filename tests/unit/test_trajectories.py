"""Trajectories cross view and time as their plan says, and their cameras keep the whole actor in the picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import (
    Trajectory,
    TrajectoryPlan,
    column_trajectories,
    diagonal_trajectories,
    row_trajectories,
    trajectories,
)
from ani3d_runtime.errors import InputError, UsageError
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion

AVATAR = synthetic_avatar(150, seed=3)
MOTION = synthetic_motion(AVATAR.skeleton, 61, fps=30.0)
FRAMING = Framing.around(AVATAR, MOTION, 48, 64)


def azimuths_deg(trajectory: Trajectory, framing: Framing = FRAMING) -> np.ndarray:
    """[F] where the cameras stand around the point they look at, unwrapped."""
    angles = []
    for camera, time_s in zip(trajectory.cameras, trajectory.times_s, strict=True):
        eye = camera.position_m - (framing.anchor_m(time_s) + framing.target_m)
        angles.append(np.arctan2(eye[0], eye[2]))
    return np.rad2deg(np.unwrap(angles))


def test_the_default_plan_is_the_papers() -> None:
    paper = diagonal_trajectories(FRAMING, MOTION.duration_s, TrajectoryPlan())
    assert len(paper) == 10
    first = paper[0]
    assert first.frame_count == 81
    np.testing.assert_allclose(azimuths_deg(first), np.linspace(-30, 30, 81), atol=1e-3)
    np.testing.assert_allclose(first.times_s, np.linspace(0, 2.0, 81))
    assert FRAMING.orbit.elevation_rad == pytest.approx(np.deg2rad(10))
    assert FRAMING.orbit.fov_y_rad == pytest.approx(np.deg2rad(40))
    starts = np.sort([azimuths_deg(trajectory)[0] % 360 for trajectory in paper])
    np.testing.assert_allclose(np.diff(starts), 36, atol=1e-2)


def test_long_clips_are_covered_by_windows_of_the_priors_length() -> None:
    plan = TrajectoryPlan(frame_count=16, view_count=3, fps=15.0, stride=0.5)
    windows = plan.windows(4.3)
    assert windows[0] == (0.0, 1.0)
    assert windows[-1] == pytest.approx((3.3, 4.3))
    assert all(after[0] - before[0] <= 0.5 + 1e-9 for before, after in itertools.pairwise(windows))
    made = diagonal_trajectories(FRAMING, 4.3, plan)
    assert len(made) == 3 * len(windows)
    assert len({trajectory.name for trajectory in made}) == len(made)
    assert all(trajectory.fps == pytest.approx(15.0) for trajectory in made)
    # The views of one window differ from those of the next.
    first, second = azimuths_deg(made[0])[0], azimuths_deg(made[1])[0]
    assert abs(first - second) > 10


def test_a_clip_shorter_than_a_window_is_spread_over_it() -> None:
    plan = TrajectoryPlan(frame_count=16, view_count=1, fps=15.0)
    assert plan.windows(0.4) == [(0.0, 0.4)]
    (only,) = diagonal_trajectories(FRAMING, 0.4, plan)
    assert only.times_s[-1] == pytest.approx(0.4)
    still = diagonal_trajectories(FRAMING, 0.0, plan)[0]
    assert still.fps == 15.0
    assert (still.times_s == 0).all()


@pytest.mark.parametrize("plan", [TrajectoryPlan(9, 4), TrajectoryPlan(8, 3, fps=10.0, stride=0.6)])
def test_rows_and_columns_cost_what_diagonals_do(plan: TrajectoryPlan) -> None:
    diagonal = diagonal_trajectories(FRAMING, MOTION.duration_s, plan)
    row = row_trajectories(FRAMING, MOTION.duration_s, plan)
    column = column_trajectories(FRAMING, MOTION.duration_s, plan)
    assert len({sum(t.frame_count for t in kind) for kind in (diagonal, row, column)}) == 1
    for across, along in zip(diagonal, row, strict=True):
        np.testing.assert_array_equal(across.times_s, along.times_s)
        aside = azimuths_deg(along) - azimuths_deg(across).mean()
        np.testing.assert_allclose((aside + 180) % 360, 180, atol=1e-2)
    for one in column:
        assert len(set(one.times_s)) == 1
        np.testing.assert_allclose(np.diff(azimuths_deg(one)), 360 / plan.frame_count, atol=1e-2)
    assert len({one.times_s[0] for one in column}) == len(column)
    assert [t.name for t in trajectories("row", FRAMING, MOTION.duration_s, plan)] == [t.name for t in row]


@pytest.mark.parametrize("follow", [True, False])
def test_the_actor_fills_the_picture_from_every_side_at_every_time(follow: bool) -> None:
    framing = Framing.around(AVATAR, MOTION, 48, 64, follow=follow)
    poser = MotionPoser(AVATAR, MOTION)
    reach = 0.0
    for time_s in np.linspace(0, MOTION.duration_s, 17):
        means = poser.pose(float(time_s)).cloud.means_m
        for azimuth in np.linspace(0, 2 * np.pi, 7):
            camera = framing.camera(float(time_s), float(azimuth))
            seen = (means @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]) @ camera.intrinsics_px.T
            from_middle = np.abs(seen[:, :2] / seen[:, 2:] / (48, 64) - 0.5)
            assert np.quantile(from_middle, 0.99) < 0.5
            reach = max(reach, float(from_middle.max()))
    # Nor is the camera further away than it must be.
    assert reach > 0.4


def test_framing_cloth_alone_comes_closer_and_a_given_distance_is_kept() -> None:
    body = synthetic_avatar(2500, seed=3)
    body.binding.parts[:] = np.where(body.splats.means_m[:, 0] > body.splats.means_m[:, 0].mean(), 0, int(Part.GARMENT))
    whole = Framing.around(body, MOTION, 48, 64)
    assert Framing.around(body, MOTION, 48, 64, parts=(Part.GARMENT,)).distance_m < whole.distance_m
    assert Framing.around(body, MOTION, 48, 64, distance_m=4.0).distance_m == 4.0
    with pytest.raises(InputError, match="no Gaussian of the parts"):
        Framing.around(body, MOTION, 48, 64, parts=(Part.HAIR,))


@pytest.mark.parametrize("wrong", [{"frame_count": 1}, {"view_count": 0}, {"stride": 0.0}, {"fps": -1.0}])
def test_impossible_plans_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError) as refused:
        TrajectoryPlan(**wrong)  # type: ignore[arg-type]
    assert refused.value.code == "trajectory-plan"
