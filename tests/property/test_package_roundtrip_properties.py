"""Any avatar, any motion, any residual: what is played keeps the stated bound, in the input's order."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.validate import validate_package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.residual import ResidualLayer
from ani3d_runtime.testing.strategies import avatars


@settings(max_examples=40, deadline=None)
@given(
    avatar=avatars(150),
    frame_count=st.sampled_from((1, 2, 29, 30, 31, 61)),
    amplitude_m=st.sampled_from((0.0, 1e-5, 1e-2, 0.5)),
    moving_share=st.sampled_from((0.0, 0.01, 0.5, 1.0)),
    smooth=st.booleans(),
    channels=st.sets(st.sampled_from(("drot_rad", "dlogscale", "dcolour"))),
    max_error_m=st.sampled_from((2e-5, 1e-3, 2e-2)),
    seed=st.integers(0, 2**32 - 1),
)
def test_positions_keep_the_bound(
    avatar: Avatar,
    frame_count: int,
    amplitude_m: float,
    moving_share: float,
    smooth: bool,
    channels: set[str],
    max_error_m: float,
    seed: int,
) -> None:
    generator = np.random.default_rng(seed)
    skeleton = avatar.skeleton
    # In the zero pose, rest-pose space is what one sees.
    avatar = replace(
        avatar, skeleton=Skeleton.in_zero_pose(skeleton.joint_names, skeleton.parents, skeleton.zero_joints_m)
    )
    still = np.zeros((frame_count, skeleton.joint_count, 4), np.float32)
    still[..., 0] = 1
    motion = Motion("still", 24.0, skeleton.joint_names, np.zeros((frame_count, 3), np.float32), still)
    shape = (frame_count, avatar.count, 3)
    moving = generator.uniform(size=(1, avatar.count, 1)) < moving_share
    waves = np.sin(np.arange(frame_count)[:, None, None] / 7 + avatar.splats.means_m) if smooth else 1.0
    dense = (moving * waves * generator.normal(0, amplitude_m, (1, *shape[1:]) if smooth else shape)).astype(np.float32)
    others = {name: (moving * generator.normal(0, 0.2, shape)).astype(np.float32) for name in sorted(channels)}
    residual = ResidualLayer.from_dense(dense, **others)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.a3d"
        write_package(path, avatar, [ClipSource("still", motion, residual)], max_error_m=max_error_m)
        report = validate_package(path, {"still": residual})
        assert report.ok, report.findings
        with Package.open(path) as package:
            player = ClipPlayer(package, "still")
            for index in range(frame_count):
                posed = player.pose(player.frame(index)).take(package.input_order).cloud
                wanted = avatar.splats.means_m + dense[index]
                assert np.linalg.norm(posed.means_m - wanted, axis=1).max() <= max_error_m + 2e-6
