"""CoarseVideo: pictures along a trajectory, with what is known about every pixel."""

from __future__ import annotations

from dataclasses import dataclass

from ani3d_runtime.arrays import Float32Array


@dataclass(frozen=True)
class CoarseVideo:
    """F pictures.

    Attributes:
        rgb: [F, H, W, 3] sRGB 0..1 over white.
        alpha: [F, H, W] coverage 0..1.
        depth_m: [F, H, W] expected depth along the view axis; 0 where nothing is.
        preserve: [F, H, W] 0..1: 1 where skin, face or accessories show, which must stay as they are; 0 where garment,
            hair or background shows, which the prior may change.
        control: [F, H, W, 3] 0..1: normals of the rigid layer in the camera's frame, (right, up, towards the camera)
            · 0.5 + 0.5; 0.5 where nothing is. The pose, as the prior is told it.
        fps: pictures per second.
    """

    rgb: Float32Array
    alpha: Float32Array
    depth_m: Float32Array
    preserve: Float32Array
    control: Float32Array
    fps: float
