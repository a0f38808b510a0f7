"""Piercing: skin that shows only because it has come through the cloth that covers it.

A rigid garment does not make way for a leg: the leg comes through, and a mask that preserves skin preserves that.
Skin has come through where cloth hides it at rest and the *outer* side of a garment lies right behind it now. Where a
skirt is lifted off a leg, its inner side lies behind the leg, and the skin rightly shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of
from ani3d_runtime.render.rasterise import RenderResult, render_cloud
from ani3d_runtime.splats import SplatCloud

_SURVEYED_PX = 192
_SURVEYED_ELEVATIONS_RAD = (-0.1, 0.5)
_SURVEYED_AZIMUTHS = 8
# What lies this much deeper than a surface is hidden by it.
_THICK_M = 0.02
_COVERED = 0.5
# Of all views in which nothing but cloth could hide it.
_HIDDEN_SHARE = 0.75
# How far behind the skin that came through it a garment may lie: a leg is about as thick.
_DEEPEST_M = 0.20


@dataclass(frozen=True)
class Coverings:
    """What covers what at rest. Build it with :meth:`of`.

    Attributes:
        under_cloth: [U] indices of skin that cloth hides at rest; empty where there is none.
        garment: [G] indices of garment Gaussians.
        outer_axes: [G] which axis of each is its normal. outer_signs: [G] 1 or −1, so that the normal points out.
    """

    under_cloth: Int32Array
    garment: Int32Array
    outer_axes: Int32Array
    outer_signs: Float32Array

    @classmethod
    def none(cls) -> Coverings:
        """Nothing is covered."""
        nothing = np.zeros(0, np.int32)
        return cls(nothing, nothing, nothing, np.zeros(0, np.float32))

    @classmethod
    def of(cls, avatar: Avatar) -> Coverings:
        """Survey an avatar in its rest pose from all sides."""
        skin = np.flatnonzero(avatar.binding.parts == Part.SKIN).astype(np.int32)
        garment = np.flatnonzero(avatar.binding.parts == Part.GARMENT).astype(np.int32)
        if not len(skin) or not len(garment):
            return cls.none()
        cloth, body = avatar.splats.take(garment), avatar.splats.take(skin)
        candidate, hidden = np.zeros(len(skin)), np.zeros(len(skin))
        towards = np.zeros((len(garment), 3))
        for camera in _cameras_around(avatar):
            over, own = _Depths.of(cloth, camera), _Depths.of(body, camera)
            facing = own.in_front(body.means_m)
            candidate += facing
            hidden += facing & ~over.in_front(body.means_m)
            seen = over.in_front(cloth.means_m)
            towards[seen] += _unit(camera.position_m - cloth.means_m[seen])
        under = (candidate > 0) & (hidden >= _HIDDEN_SHARE * candidate)
        axes = np.argmin(cloth.scales_m, axis=1).astype(np.int32)
        out = (_axes_of(cloth, axes) * towards).sum(axis=1)
        return cls(skin[under], garment, axes, np.where(out < 0, -1, 1).astype(np.float32))

    def unpierced(self, posed: PosedSplats, camera: Camera) -> Int32Array:
        """[K] indices of the Gaussians that are rightly in a picture: all but skin that has come through a garment."""
        every = np.arange(posed.cloud.count, dtype=np.int32)
        if not len(self.under_cloth):
            return every
        cloth = posed.cloud.take(self.garment)
        normals = _axes_of(cloth, self.outer_axes) * self.outer_signs[:, None]
        outside = ((camera.position_m - cloth.means_m) * normals).sum(axis=1) > 0
        colours = np.repeat(outside.astype(np.float32)[:, None], 3, axis=1)
        depths = _Depths(camera, render_cloud(cloth, camera, colours=colours))
        behind_m, alpha, outer = depths.behind(posed.cloud.means_m[self.under_cloth])
        through = (alpha > _COVERED) & (outer > _COVERED * alpha) & (behind_m > -_THICK_M) & (behind_m < _DEEPEST_M)
        return np.delete(every, self.under_cloth[through])


@dataclass(frozen=True)
class _Depths:
    """What a camera sees of some Gaussians."""

    camera: Camera
    picture: RenderResult

    @classmethod
    def of(cls, cloud: SplatCloud, camera: Camera) -> _Depths:
        return cls(camera, render_cloud(cloud, camera, colours=np.zeros((cloud.count, 3), np.float32)))

    def behind(self, points_m: Float32Array) -> tuple[Float64Array, Float32Array, Float32Array]:
        """[N] how far behind each point the picture's surface lies, m, its coverage, and its first colour."""
        view = self.camera.world_to_camera.astype(np.float64)
        seen = points_m @ view[:3, :3].T + view[:3, 3]
        on_screen = (seen @ self.camera.intrinsics_px.T.astype(np.float64))[:, :2] / np.maximum(seen[:, 2:], 1e-6)
        column = np.clip(on_screen[:, 0].astype(int), 0, self.camera.width_px - 1)
        row = np.clip(on_screen[:, 1].astype(int), 0, self.camera.height_px - 1)
        alpha = self.picture.alpha[row, column]
        depth_m = self.picture.depth[row, column] / np.maximum(alpha, 1e-3)
        return depth_m - seen[:, 2], alpha, self.picture.rgb[row, column, 0]

    def in_front(self, points_m: Float32Array) -> NDArray[np.bool_]:
        """[N] which points nothing hides."""
        behind_m, alpha, _ = self.behind(points_m)
        return (alpha < _COVERED) | (behind_m > -_THICK_M)


def _cameras_around(avatar: Avatar) -> list[Camera]:
    low, high = bounds_of(avatar.splats.means_m)
    middle = (low + high) / 2
    cameras: list[Camera] = []
    for elevation in _SURVEYED_ELEVATIONS_RAD:
        orbit = Orbit(elevation, 0.6, _SURVEYED_PX, _SURVEYED_PX, 0.05)
        for azimuth in np.linspace(0, 2 * np.pi, _SURVEYED_AZIMUTHS, endpoint=False):
            distance = orbit.fitting_distance_m(np.stack([low, high]) - middle, np.zeros(3), azimuth)
            cameras.append(orbit.camera(middle, azimuth, distance))
    return cameras


def _axes_of(cloud: SplatCloud, axes: Int32Array) -> Float64Array:
    turned = matrix_from_quaternion(cloud.quats_wxyz)
    return np.take_along_axis(turned, axes[:, None, None], axis=2)[..., 0]


def _unit(vectors: Float32Array) -> Float32Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
