"""Framing: cameras that keep an actor in the picture, as large as it can be, for a whole motion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.errors import InputError
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of

ELEVATION_RAD = np.deg2rad(10.0)
FOV_Y_RAD = np.deg2rad(40.0)
# Cloth and hair swing out of the rigid layer that is surveyed.
MARGIN = 0.05

_SURVEYED_TIMES = 24
_SURVEYED_POINTS = 1500
_SURVEYED_AZIMUTHS = 12


@dataclass(frozen=True)
class Framing:
    """Where cameras look, and from how far.

    Attributes:
        orbit: elevation, field of view and size of the picture.
        distance_m: from the camera to the point it looks at.
        target_m: [3] that point, relative to the anchor.
        anchors_m: [T, 3] what the camera goes along with in every frame of the motion; one row where it stands still.
        fps: frames per second of the motion.
    """

    orbit: Orbit
    distance_m: float
    target_m: Float64Array
    anchors_m: Float64Array
    fps: float

    @classmethod
    def around(
        cls,
        avatar: Avatar,
        motion: Motion,
        width_px: int,
        height_px: int,
        *,
        follow: bool = True,
        parts: Collection[Part] = tuple(Part),
        distance_m: float | None = None,
    ) -> Framing:
        """The tightest framing that holds the rigid layer from every side at every time.

        Args:
            avatar, motion: who is to be seen, and when.
            width_px, height_px: size of the picture.
            follow: the camera goes along with the root over the floor; else it stands still.
            parts: what must be in the picture; cloth alone gets more pixels when the head may be cut off.
            distance_m: keep this distance instead (the paper's is 4 m).

        Raises:
            InputError: ``framing-nothing`` where the avatar has no such part.
        """
        wanted = np.isin(avatar.binding.parts, [int(part) for part in parts])
        if not wanted.any():
            raise InputError(
                "framing-nothing",
                avatar.name,
                found="no Gaussian of the parts to be framed",
                expected=f"some {', '.join(part.name.lower() for part in parts)}",
                fix="Frame the whole avatar.",
            )
        floor = motion.root_translation_m.astype(np.float64) * (1.0, 0.0, 1.0)
        anchors = floor if follow else floor.mean(axis=0, keepdims=True)
        orbit = Orbit(ELEVATION_RAD, FOV_Y_RAD, width_px, height_px, MARGIN)
        unplaced = cls(orbit, 1.0, np.zeros(3), anchors, motion.fps)
        poser = MotionPoser(avatar, motion)
        times = np.linspace(0, motion.duration_s, min(_SURVEYED_TIMES, motion.frame_count))
        points = np.concatenate([_reached(poser, wanted, time) - unplaced.anchor_m(time) for time in times])
        target = (points.min(axis=0) + points.max(axis=0)) / 2
        if distance_m is None:
            azimuths = np.linspace(0, 2 * np.pi, _SURVEYED_AZIMUTHS, endpoint=False)
            distance_m = max(orbit.fitting_distance_m(points, target, azimuth) for azimuth in azimuths)
        return cls(orbit, distance_m, target, anchors, motion.fps)

    def camera(self, time_s: float, azimuth_rad: float) -> Camera:
        """The camera of an instant: azimuth 0 stands at +Z of the actor, positive moves it to +X."""
        return self.orbit.camera(self.anchor_m(time_s) + self.target_m, azimuth_rad, self.distance_m)

    def anchor_m(self, time_s: float) -> Float64Array:
        """[3] what the camera goes along with at any time, linear between frames."""
        position = np.clip(time_s * self.fps, 0, len(self.anchors_m) - 1)
        before = min(int(position), max(len(self.anchors_m) - 2, 0))
        after = min(before + 1, len(self.anchors_m) - 1)
        return self.anchors_m[before] + (position - before) * (self.anchors_m[after] - self.anchors_m[before])


def _reached(poser: MotionPoser, wanted: np.ndarray, time_s: float) -> Float32Array:
    means = poser.pose(time_s).cloud.means_m[wanted]
    low, high = bounds_of(means)
    # A few Gaussians far from the avatar must not make it small.
    return np.clip(means[:: max(1, len(means) // _SURVEYED_POINTS)], low, high)
