"""Coarse videos: what they show, what they preserve, and that they are the runtime equation's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ani3d_runtime.avatar import Avatar, Binding, Part
from ani3d_runtime.bake.coarse import render_coarse
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.bake.sampling.trajectory import TrajectoryPlan, diagonal_trajectories
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import ResidualError
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.splats import SplatCloud
from ani3d_runtime.testing.avatars import synthetic_avatar, synthetic_motion, synthetic_residual


def wall() -> Avatar:
    """Flat red disks in the plane z = 0, skin at the left of the picture and garment at the right."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(-0.5, 0.5, 21), np.linspace(-0.5, 0.5, 21)))
    count = len(x)
    red = np.tile((1.5, -1.5, -1.5), (count, 1, 1)).astype(np.float32)
    splats = SplatCloud(
        np.stack([x, y, np.zeros(count)], axis=1).astype(np.float32),
        np.tile((1, 0, 0, 0), (count, 1)).astype(np.float32),
        np.tile((0.05, 0.05, 0.001), (count, 1)).astype(np.float32),
        np.full(count, 0.99, np.float32),
        red,
    )
    skeleton = Skeleton.in_zero_pose(("root",), np.array([-1], np.int32), np.zeros((1, 3), np.float32))
    parts = np.where(x < 0, Part.SKIN, Part.GARMENT).astype(np.uint8)
    weights = np.tile((1, 0, 0, 0), (count, 1)).astype(np.float32)
    return Avatar("wall", splats, skeleton, Binding(np.zeros((count, 4), np.uint8), weights, parts))


def test_a_wall_seen_from_the_front() -> None:
    avatar = wall()
    motion = synthetic_motion(avatar.skeleton, 1)
    motion.joint_rotations_wxyz[:] = (1, 0, 0, 0)
    motion.root_translation_m[:] = 0
    framing = Framing.around(avatar, motion, 40, 40, distance_m=2.0)
    plan = TrajectoryPlan(frame_count=2, view_count=1, span_rad=0.0, start_rad=0.0)
    video = render_coarse(avatar, motion, diagonal_trajectories(framing, motion.duration_s, plan)[0])
    assert video.rgb.shape == (2, 40, 40, 3)
    corner, left, right = (0, 0), (20, 16), (20, 24)
    np.testing.assert_array_equal(video.rgb[0][corner], (1, 1, 1))
    np.testing.assert_allclose(video.rgb[0][left], (0.92, 0.08, 0.08), atol=0.03)
    assert (video.alpha[0][corner], video.preserve[0][corner], video.depth_m[0][corner]) == (0, 0, 0)
    assert video.alpha[0][left] > 0.98
    assert video.preserve[0][left] > 0.98
    assert video.preserve[0][right] < 0.02
    assert video.depth_m[0][20, 20] == pytest.approx(2.0, abs=0.02)
    np.testing.assert_allclose(video.control[0][corner], (0.5, 0.5, 0.5), atol=1e-6)
    # The wall looks along +Z, the camera from 10 degrees above.
    lean = np.deg2rad(10)
    np.testing.assert_allclose(
        video.control[0][left], np.array([0, -np.sin(lean), np.cos(lean)]) * 0.5 + 0.5, atol=0.02
    )


def test_a_residual_changes_the_picture_and_not_the_control_map() -> None:
    avatar = synthetic_avatar(300)
    motion = synthetic_motion(avatar.skeleton, 20)
    layer = synthetic_residual(avatar, 20, amplitude_m=0.3)
    framing = Framing.around(avatar, motion, 32, 32)
    trajectory = diagonal_trajectories(framing, motion.duration_s, TrajectoryPlan(5, 1))[0]
    done: list[float] = []
    rigid = render_coarse(avatar, motion, trajectory, progress=done.append)
    moved = render_coarse(avatar, motion, trajectory, layer=layer)
    assert done == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    np.testing.assert_array_equal(rigid.control, moved.control)
    assert np.abs(rigid.rgb - moved.rgb).mean() > 0.01
    for video in (rigid, moved):
        for array in (video.rgb, video.alpha, video.preserve, video.control):
            assert array.dtype == np.float32
            assert array.min() >= 0
            assert array.max() <= 1


def test_posing_between_frames_lies_between_them() -> None:
    avatar = synthetic_avatar(80)
    motion = synthetic_motion(avatar.skeleton, 10, fps=20)
    layer = synthetic_residual(avatar, 10)
    poser = MotionPoser(avatar, motion, layer)
    low, middle, high = (poser.pose(time).cloud.means_m for time in (0.1, 0.125, 0.15))
    assert np.abs(middle - (low + high) / 2).max() < 0.02
    assert np.abs(low - high).max() > 0.02
    np.testing.assert_array_equal(poser.pose(-1).cloud.means_m, poser.pose(0).cloud.means_m)
    np.testing.assert_array_equal(poser.pose(99).cloud.means_m, poser.pose(motion.duration_s).cloud.means_m)


def test_another_clips_residual_is_refused() -> None:
    avatar = synthetic_avatar(80)
    motion = synthetic_motion(avatar.skeleton, 10)
    layer = synthetic_residual(avatar, 12)
    with pytest.raises(ResidualError, match="12 frames"):
        MotionPoser(avatar, motion, layer)
    other = ResidualLayer(81, layer.indices, layer.dpos_m[:10])
    with pytest.raises(ResidualError, match="81 Gaussians"):
        MotionPoser(avatar, replace(motion, name="other"), other)
