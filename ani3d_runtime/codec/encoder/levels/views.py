"""Pictures of an avatar in its rest pose, taken from all around, and how much of each Gaussian is seen in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of
from ani3d_runtime.render.rasterise import Rasterisation
from ani3d_runtime.splats import SplatCloud

# Turned by the golden angle from view to view, no two look the same way, and any few of them look from all around.
_GOLDEN_ANGLE_RAD = 2.39996
_ELEVATIONS_RAD = (0.1, 0.6, -0.35, 0.0)
_FACE_AZIMUTHS_RAD = (-0.9, -0.3, 0.3, 0.9, 0.0, 1.6)
_FACE_ELEVATIONS_RAD = (0.0, 0.3, -0.2)
_FEWEST_OF_A_FACE = 32
# Arms that are stretched out make a picture wider than the avatar is high, but not without end.
_MOST_TIMES_HEIGHT = 2.5


def views_around(avatar: Avatar, count: int, height_px: int) -> list[Camera]:
    """Cameras around the avatar, the whole of it in each picture, about ``height_px`` high."""
    return [
        _aimed(avatar.splats.means_m, turn * _GOLDEN_ANGLE_RAD, _ELEVATIONS_RAD[turn % len(_ELEVATIONS_RAD)], height_px)
        for turn in range(count)
    ]


def views_of_face(avatar: Avatar, height_px: int) -> list[Camera]:
    """Cameras before the face, about ``height_px`` high, with room around it; none where no part is a face."""
    face = avatar.splats.means_m[avatar.binding.parts == Part.FACE]
    if len(face) < _FEWEST_OF_A_FACE:
        return []
    middle = np.median(face, axis=0)
    wider = middle + 2 * (face - middle)
    return [
        _aimed(wider.astype(np.float32), azimuth, _FACE_ELEVATIONS_RAD[turn % len(_FACE_ELEVATIONS_RAD)], height_px)
        for turn, azimuth in enumerate(_FACE_AZIMUTHS_RAD)
    ]


def seen(splats: SplatCloud, cameras: Sequence[Camera]) -> Float64Array:
    """[N] the pixels that each Gaussian fills, a share of each, a picture."""
    total = np.zeros(splats.count)
    for camera in cameras:
        grey = np.full((splats.count, 3), 0.5, dtype=np.float32)
        picture = Rasterisation(
            splats.means_m, splats.quats_wxyz, splats.scales_m, splats.opacities, camera, colours=grey
        )
        by_red = np.zeros((camera.height_px, camera.width_px, 3), dtype=np.float32)
        by_red[..., 0] = 1
        # How much red a picture gains where a Gaussian gets redder is what is seen of it.
        colours = picture.backward(by_red).colours
        assert colours is not None
        total += colours[:, 0]
    return total / max(len(cameras), 1)


def _aimed(points_m: Float32Array, azimuth_rad: float, elevation_rad: float, height_px: int) -> Camera:
    low, high = bounds_of(points_m)
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), axis=-1).reshape(-1, 3)
    target = (low + high) / 2
    orbit = Orbit(elevation_rad=elevation_rad)
    distance_m = orbit.fitting_distance_m(corners, target, azimuth_rad)
    picture_m = 2 * distance_m * float(np.tan(orbit.fov_y_rad / 2))
    size_px = max(round(height_px * min(picture_m / max(float(high[1] - low[1]), 1e-9), _MOST_TIMES_HEIGHT)), 1)
    return replace(orbit, width_px=size_px, height_px=size_px).camera(target, azimuth_rad, distance_m)
