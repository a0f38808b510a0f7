"""Camera: a pinhole in OpenCV's frame (x right, y down, z forward), and ways to aim it at a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ani3d_runtime.arrays import Float32Array, Float64Array, checked_float32
from ani3d_runtime.errors import InputError

WORLD_UP = (0.0, 1.0, 0.0)
MAX_IMAGE_SIDE_PX = 16384


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        world_to_camera: [4, 4] rigid transform, OpenCV: x right, y down, z forward.
        intrinsics_px: [3, 3] focal lengths and principal point, pixels; pixel centres lie at +0.5.
        width_px, height_px: size of the image.
    """

    world_to_camera: Float32Array
    intrinsics_px: Float32Array
    width_px: int
    height_px: int

    def __post_init__(self) -> None:
        checked_float32(self.world_to_camera, (4, 4), name="world_to_camera", code_prefix="camera")
        checked_float32(self.intrinsics_px, (3, 3), name="intrinsics_px", code_prefix="camera")
        if not (1 <= self.width_px <= MAX_IMAGE_SIDE_PX and 1 <= self.height_px <= MAX_IMAGE_SIDE_PX):
            raise InputError(
                "camera-image-size",
                "camera",
                found=f"an image of {self.width_px}x{self.height_px} pixels",
                expected=f"sides of 1 to {MAX_IMAGE_SIDE_PX} pixels",
                fix="Ask for another size.",
            )
        if self.intrinsics_px[0, 0] <= 0 or self.intrinsics_px[1, 1] <= 0:
            raise InputError(
                "camera-focal-length",
                "camera",
                found=f"focal lengths {self.intrinsics_px[0, 0]} and {self.intrinsics_px[1, 1]}",
                expected="focal lengths above zero, in pixels",
                fix="Check the intrinsics.",
            )

    @classmethod
    def look_at(
        cls,
        eye_m: ArrayLike,
        target_m: ArrayLike,
        up: ArrayLike = WORLD_UP,
        fov_y_rad: float = 0.6,
        width_px: int = 512,
        height_px: int = 512,
    ) -> Camera:
        """A camera at ``eye_m`` whose image centre shows ``target_m``, with square pixels.

        Args:
            eye_m, target_m: [3] world positions, metres.
            up: [3] what is up in the image; need not be perpendicular to the view.
            fov_y_rad: vertical field of view, 0 < fov < pi.

        Raises:
            InputError: ``camera-degenerate`` where eye and target coincide or the field of view is impossible.
        """
        eye = checked_float32(eye_m, (3,), name="eye_m", code_prefix="camera").astype(np.float64)
        forward = checked_float32(target_m, (3,), name="target_m", code_prefix="camera") - eye
        distance = float(np.linalg.norm(forward))
        if distance < 1e-9 or not 0 < fov_y_rad < np.pi:
            raise InputError(
                "camera-degenerate",
                "camera",
                found=f"eye and target {distance} m apart and a field of view of {fov_y_rad} rad",
                expected="eye and target apart, and a field of view between 0 and pi",
                fix="Move the camera or change its field of view.",
            )
        forward = forward / distance
        right = _perpendicular(forward, checked_float32(up, (3,), name="up", code_prefix="camera").astype(np.float64))
        rotation = np.stack([right, np.cross(forward, right), forward])
        view = np.eye(4)
        view[:3, :3] = rotation
        view[:3, 3] = -rotation @ eye
        focal_px = height_px / 2 / np.tan(fov_y_rad / 2)
        intrinsics = np.array([[focal_px, 0, width_px / 2], [0, focal_px, height_px / 2], [0, 0, 1]])
        return cls(view.astype(np.float32), intrinsics.astype(np.float32), width_px, height_px)

    @property
    def position_m(self) -> Float32Array:
        """[3] where the camera stands in the world."""
        view = self.world_to_camera.astype(np.float64)
        return np.linalg.solve(view[:3, :3], -view[:3, 3]).astype(np.float32)


@dataclass(frozen=True)
class Orbit:
    """A camera's way around a person: which way it looks, how wide, and the size of its picture.

    Attributes:
        elevation_rad: height of the camera above the target, as an angle.
        fov_y_rad: vertical field of view.
        width_px, height_px: size of the picture.
        margin: fraction of the picture left free on each side by :meth:`fitting_distance_m`.
    """

    elevation_rad: float = 0.08
    fov_y_rad: float = 0.5
    width_px: int = 512
    height_px: int = 512
    margin: float = 0.06

    def camera(self, target_m: ArrayLike, azimuth_rad: float, distance_m: float) -> Camera:
        """The camera at an azimuth: 0 looks at the face (it stands at +Z), positive moves it to +X."""
        target = checked_float32(target_m, (3,), name="target_m", code_prefix="camera").astype(np.float64)
        eye = target + self._backward(azimuth_rad) * distance_m
        return Camera.look_at(eye, target, WORLD_UP, self.fov_y_rad, self.width_px, self.height_px)

    def fitting_distance_m(self, points_m: ArrayLike, target_m: ArrayLike, azimuth_rad: float) -> float:
        """How far from the target the camera must be to have all points [N, 3] in the picture, the margin kept."""
        points = checked_float32(points_m, (None, 3), name="points_m", code_prefix="camera").astype(np.float64)
        offsets = points - np.asarray(target_m, dtype=np.float64)
        backward = self._backward(azimuth_rad)
        right = _perpendicular(-backward, np.array(WORLD_UP))
        down = np.cross(-backward, right)
        tangent_y = np.tan(self.fov_y_rad / 2) * (1 - 2 * self.margin)
        tangent_x = tangent_y * self.width_px / self.height_px
        # A point nearer to the camera needs more distance: tan >= |side| / (distance - towards).
        towards = offsets @ backward
        needed = np.maximum(np.abs(offsets @ right) / tangent_x, np.abs(offsets @ down) / tangent_y) + towards
        return max(float(needed.max()), 1e-3)

    def _backward(self, azimuth_rad: float) -> Float64Array:
        """[3] unit vector from the target to the camera."""
        level = np.cos(self.elevation_rad)
        return np.array([np.sin(azimuth_rad) * level, np.sin(self.elevation_rad), np.cos(azimuth_rad) * level])


def bounds_of(means_m: Float32Array, *, stray_fraction: float = 1e-3) -> Float64Array:
    """[2, 3] box around Gaussian centres; the outermost ``stray_fraction`` on each side does not count."""
    inside = np.quantile(means_m, [stray_fraction, 1 - stray_fraction], axis=0)
    # The quantiles cut a little of the body itself; give that back.
    return inside + 0.02 * (inside[1] - inside[0]) * np.array([[-1.0], [1.0]])


def _perpendicular(forward: Float64Array, up: Float64Array) -> Float64Array:
    """Unit vector to the right of ``forward``, whatever ``up`` is."""
    right = np.cross(forward, up)
    length = float(np.linalg.norm(right))
    if length < 1e-6:  # looking straight up or down: any horizontal direction will do
        right = np.cross(forward, (0.0, 0.0, -1.0) if abs(forward[1]) > 0.5 else (0.0, 1.0, 0.0))
        length = float(np.linalg.norm(right))
    return right / length
