"""How fast what a pixel shows moves: what tells a prior that a body spins, brakes or falls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import render_cloud


def velocities(rigid: MotionPoser, time_s: float) -> Float32Array:
    """[N, 3] m/s of every Gaussian of the rigid layer in the world.

    Differences reach one frame of the motion to each side, less at the clip's ends.
    """
    step_s = 1.0 / rigid.motion.fps
    before_s, after_s = max(time_s - step_s, 0.0), min(time_s + step_s, rigid.motion.duration_s)
    moved = rigid.pose(after_s).cloud.means_m - rigid.pose(before_s).cloud.means_m
    # A clip of one frame does not move.
    return (moved / max(after_s - before_s, 1e-6)).astype(np.float32)


def vector_map(posed: PosedSplats, vectors: NDArray[np.floating], camera: Camera) -> Float32Array:
    """[H, W, 3] a world vector of every Gaussian [N, 3] along the camera's axes (right, up, towards the camera).

    Weighted by coverage: 0 where nothing is. The camera's own movement is not in it.
    """
    seen = vectors @ camera.world_to_camera[:3, :3].T * (1, -1, -1)
    return render_cloud(posed.cloud, camera, colours=seen).rgb
