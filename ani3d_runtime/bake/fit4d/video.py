"""FitVideo: pictures that the residual layer is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.errors import InputError


@dataclass(frozen=True)
class FitVideo:
    """F pictures and where they were seen from.

    Attributes:
        trajectory: cameras and times; the cameras' size is the pictures'.
        rgb: [F, H, W, 3] 0..1 over white.
        alpha: [F, H, W] coverage 0..1.
        preserve: [F, H, W] 0..1, where the video is known to be what the rigid layer shows; or None.
        depth_m: [F, H, W] expected depth, 0 where nothing is; or None, as for what a prior restored.

    Raises:
        InputError: ``fit-video-shape``.
    """

    trajectory: Trajectory
    rgb: Float32Array
    alpha: Float32Array
    preserve: Float32Array | None = None
    depth_m: Float32Array | None = None

    def __post_init__(self) -> None:
        camera = self.trajectory.cameras[0]
        shape = (self.trajectory.frame_count, camera.height_px, camera.width_px)
        for name, expected in (("rgb", (*shape, 3)), ("alpha", shape), ("preserve", shape), ("depth_m", shape)):
            array: Float32Array | None = getattr(self, name)
            if array is not None and array.shape != expected:
                raise InputError(
                    "fit-video-shape",
                    f"{self.trajectory.name}: {name}",
                    found=f"shape {array.shape}",
                    expected=f"shape {expected}, the trajectory's pictures",
                    fix="Give one picture per camera, of the camera's size.",
                )
