"""Thumbnail: the small picture of an avatar that a package carries for catalogues and importers."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.deformation import Frame
from ani3d_runtime.playback.deform import Deformer
from ani3d_runtime.playback.picture import paint_posed
from ani3d_runtime.render.camera import Orbit, bounds_of
from ani3d_runtime.render.image import to_srgb8

SIDE_PX = 256
AZIMUTH_RAD = 0.35


def thumbnail_png(avatar: Avatar, motion: Motion) -> bytes:
    """A PNG of the avatar in the motion's first pose, rigid layer, seen a little from its left."""
    nothing = np.zeros((0, 3), dtype=np.float32)
    frame = Frame(
        time_s=0.0,
        root_translation_m=motion.root_translation_m[0],
        joint_rotations_wxyz=motion.joint_rotations_wxyz[0],
        node_displacements_m=nothing,
        node_rotations_wxyz=np.zeros((0, 4), dtype=np.float32),
        coefficients=np.zeros(0, dtype=np.float32),
    )
    posed = Deformer(avatar).pose(frame)
    orbit = Orbit(width_px=SIDE_PX, height_px=SIDE_PX)
    low, high = bounds_of(posed.cloud.means_m)
    target = (low + high) / 2
    inside = np.clip(posed.cloud.means_m, low, high)
    camera = orbit.camera(target, AZIMUTH_RAD, orbit.fitting_distance_m(inside, target, AZIMUTH_RAD))
    stream = io.BytesIO()
    Image.fromarray(to_srgb8(paint_posed(posed, camera))).save(stream, format="PNG", optimize=True)
    return stream.getvalue()
