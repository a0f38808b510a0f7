"""The reference picture: who it is that the prior restores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.render import WHITE
from ani3d_runtime.errors import Ani3dError, InputError
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of
from ani3d_runtime.render.rasterise import render_cloud

REFERENCE_PX = 512
# A reference that is wider or higher than the video by more than this leaves most of the picture white.
_PROPORTIONS = 2.2
_FEWEST_PX = 64
# A telephoto from a little above the hips, as people are photographed whole.
_ORBIT = Orbit(elevation_rad=0.05, fov_y_rad=0.5, width_px=REFERENCE_PX, height_px=REFERENCE_PX, margin=0.04)


def rendered_reference(avatar: Avatar, size_px: tuple[int, int] = (REFERENCE_PX, REFERENCE_PX)) -> Float32Array:
    """[H, W, 3] the avatar in its rest pose from the front over white, sRGB 0..1."""
    return render_cloud(avatar.splats, reference_camera(avatar, size_px), background=WHITE).rgb.clip(0, 1)


def reference_camera(avatar: Avatar, size_px: tuple[int, int] = (REFERENCE_PX, REFERENCE_PX)) -> Camera:
    """Before the avatar's face, with all of it in the picture of (height, width)."""
    means = avatar.splats.means_m
    low, high = bounds_of(means)
    target = (low + high) / 2
    orbit = replace(_ORBIT, height_px=size_px[0], width_px=size_px[1])
    return orbit.camera(target, 0.0, orbit.fitting_distance_m(np.clip(means, low, high), target, 0.0))


def doubts_about_reference(picture: Float32Array | None, size_px: tuple[int, int]) -> list[Ani3dError]:
    """What is said of a reference [h, w, 3] for videos of (height, width).

    Its own size does not matter, as it is fitted into the video's; its proportions do, as the person gets small.
    """
    if picture is None:
        return []
    height, width = picture.shape[:2]
    proportion = (width / height) / (size_px[1] / size_px[0])
    doubts: list[Ani3dError] = []
    if not 1 / _PROPORTIONS <= proportion <= _PROPORTIONS:
        doubts.append(_doubted("reference-proportions", width, height, size_px, "Cut it to the video's proportions."))
    if max(height, width) < _FEWEST_PX:
        doubts.append(_doubted("reference-too-small", width, height, size_px, "Use a larger picture."))
    return doubts


def _doubted(code: str, width: int, height: int, size_px: tuple[int, int], fix: str) -> InputError:
    return InputError(
        code,
        "reference picture",
        found=f"{width}x{height} pixels",
        expected=f"about {size_px[1]}x{size_px[0]}, as the video",
        fix=fix,
    )


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
