"""Cameras and avatars as the kernels are told of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, UInt32Array
from ani3d_runtime.render.camera import Camera

_WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Eye:
    """One camera.

    Attributes:
        world_to_camera: [4, 4], OpenCV.
        lens: focal lengths x, y and centre x, y, px; focal lengths in px/m where ``orthographic``.
        size_px: width and height.
        depth: a, b of the depth in the target.
        orthographic: no perspective.
    """

    world_to_camera: Float64Array
    lens: tuple[float, float, float, float]
    size_px: tuple[int, int]
    depth: tuple[float, float] = (0.0, 0.0)
    orthographic: bool = False

    @classmethod
    def of_camera(cls, camera: Camera, *, near_m: float = 0.01, far_m: float = 100.0) -> Eye:
        """A pinhole camera whose depth in the target runs from 0 at ``near_m`` to 1 at ``far_m``."""
        k = camera.intrinsics_px.astype(np.float64)
        a, b = far_m / (far_m - near_m), -far_m * near_m / (far_m - near_m)
        return cls(
            camera.world_to_camera.astype(np.float64),
            (k[0, 0], k[1, 1], k[0, 2], k[1, 2]),
            (camera.width_px, camera.height_px),
            (a, b),
        )


@dataclass(frozen=True)
class Shown:
    """One avatar to show.

    Attributes:
        posed: [N, 12]. harmonics: [N, words] or any. degree: of the harmonics.
        to_world: [4, 4].
        tint: multiplies linear light.
    """

    posed: UInt32Array
    harmonics: UInt32Array
    degree: int = 0
    to_world: Float64Array = field(default_factory=lambda: np.eye(4))
    tint: tuple[float, float, float] = _WHITE

    def __len__(self) -> int:
        """N."""
        return len(self.posed)


@dataclass(frozen=True)
class Limits:
    """What is shown, and between which depths keys tell apart, m."""

    near_m: float = 0.01
    far_m: float = 1e10
    nearest_m: float = 0.1
    farthest_m: float = 10.0


def view_uniforms(
    avatar: Shown, first: int, total: int, eyes: tuple[Eye, ...], limits: Limits
) -> dict[str, int | Float32Array]:
    """The uniforms of ``View``."""
    rows = np.zeros((6, 4), np.float32)
    lenses, pictures = np.zeros((2, 4), np.float32), np.zeros((2, 4), np.float32)
    for number, eye in enumerate(eyes):
        rows[3 * number : 3 * number + 3] = (eye.world_to_camera @ avatar.to_world)[:3]
        lenses[number] = eye.lens
        pictures[number] = (*eye.size_px, *eye.depth)
    return {
        "_Gaussians": len(avatar),
        "_First": first,
        "_AllGaussians": total,
        "_Eyes": len(eyes),
        "_Degree": avatar.degree,
        "_Orthographic": int(eyes[0].orthographic),
        "_ToCamera": rows,
        "_Lens": lenses,
        "_Picture": pictures,
        "_Range": _vector(limits.near_m, limits.far_m, limits.nearest_m, limits.farthest_m),
        "_Tint": _vector(*avatar.tint, 0.0),
    }


def to_target(eyes: tuple[Eye, ...]) -> Float32Array:
    """[2, 4] pixels to Vulkan's device coordinates, whose y points down; eyes lie side by side in one picture."""
    width, height = sum(eye.size_px[0] for eye in eyes), eyes[0].size_px[1]
    rows = np.zeros((2, 4), np.float32)
    left = 0
    for number, eye in enumerate(eyes):
        rows[number] = (2 / width, 2 / height, 2 * left / width - 1, -1)
        left += eye.size_px[0]
    return rows


def _vector(*numbers: float) -> Float32Array:
    return np.array(numbers, np.float32)
