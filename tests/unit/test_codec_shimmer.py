"""What a lossy package loses is small between the frames, too: players would show it as shimmer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ani3d_runtime.codec.encoder.bounds import PartBounds
from ani3d_runtime.package.reader import Package
from ani3d_runtime.package.writer import ClipSource, write_package
from ani3d_runtime.playback.player import ClipPlayer
from ani3d_runtime.testing.avatars import synthetic_motion
from ani3d_runtime.testing.sequences import dancing_sequence

FRAMES = 30
# Steps that the bounds just forgive leave 4.0 and 2.2 mm.
MAX_ERROR_MM, MAX_STEP_MM = 3.7, 1.95


def test_steps_of_nodes_are_finer_than_the_bounds_ask_for(tmp_path: Path) -> None:
    avatar, residual = dancing_sequence(3000, FRAMES)
    clip = ClipSource("dance", synthetic_motion(avatar.skeleton, FRAMES), residual)
    places_m = {}
    for name, bounds in (("lossy", PartBounds.of_quality("preview")), ("fine", PartBounds.uniform(1e-4))):
        write_package(tmp_path / f"{name}.a3d", avatar, [clip], bounds=bounds)
        with Package.open(tmp_path / f"{name}.a3d") as package:
            player = ClipPlayer(package, "dance")
            clouds = [player.pose(player.frame(index)).take(package.input_order).cloud for index in range(FRAMES)]
        places_m[name] = np.stack([cloud.means_m[residual.indices] for cloud in clouds])
    error_mm = (places_m["lossy"] - places_m["fine"]) * 1000
    assert rms(error_mm) < MAX_ERROR_MM
    assert rms(np.diff(error_mm, axis=0)) < MAX_STEP_MM


def rms(vectors: np.ndarray) -> float:
    return float(np.sqrt(np.square(vectors).sum(axis=-1).mean()))
