"""The reference picture: who it is that the prior restores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.render import WHITE
from ani3d_runtime.errors import InputError
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of
from ani3d_runtime.render.rasterise import render_cloud

REFERENCE_PX = 512
# A telephoto from a little above the hips, as people are photographed whole.
_ORBIT = Orbit(elevation_rad=0.05, fov_y_rad=0.5, width_px=REFERENCE_PX, height_px=REFERENCE_PX, margin=0.04)


def rendered_reference(avatar: Avatar) -> Float32Array:
    """[512, 512, 3] the avatar in its rest pose from the front over white, sRGB 0..1."""
    return render_cloud(avatar.splats, reference_camera(avatar), background=WHITE).rgb.clip(0, 1)


def reference_camera(avatar: Avatar) -> Camera:
    """Before the avatar's face, with all of it in the picture."""
    means = avatar.splats.means_m
    low, high = bounds_of(means)
    target = (low + high) / 2
    return _ORBIT.camera(target, 0.0, _ORBIT.fitting_distance_m(np.clip(means, low, high), target, 0.0))


def read_references(paths: Sequence[Path]) -> Float32Array:
    """[h, w, 3] one picture, or several side by side at the height of the first; transparent ones over white.

    Raises:
        InputError: ``reference-unreadable``.
    """
    pictures = [_read(path) for path in paths]
    height = pictures[0].height
    scaled = [picture.resize((max(1, round(picture.width * height / picture.height)), height)) for picture in pictures]
    joined = np.concatenate([np.asarray(picture) for picture in scaled], axis=1)
    return np.divide(joined, np.float32(255), dtype=np.float32)


def _read(path: Path) -> Image.Image:
    try:
        with Image.open(path) as file:
            layered = file.convert("RGBA")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(
            "reference-unreadable",
            path,
            found=f"something that is not a picture ({error})",
            expected="a PNG, JPEG or WebP picture of the person",
            fix="Convert it to PNG.",
        ) from None
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB")
