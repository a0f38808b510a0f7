"""Image: float pictures composed and written. A picture is [H, W, 3], sRGB-encoded, 0..1, as Gaussians' colours are."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.errors import InputError
from ani3d_runtime.replacing import replacing_path

# The studio: a light wall, brightest behind the person, and a floor that meets it without an edge.
_WALL, _GLOW, _FLOOR = (0.80, 0.815, 0.84), (0.955, 0.96, 0.965), (0.70, 0.71, 0.73)
_GLOW_CENTRE, _GLOW_RADIUS = (0.5, 0.42), 0.62
_HORIZON, _HORIZON_SOFTNESS = 0.86, 0.10
_DIVIDER = (1.0, 1.0, 1.0)
_LABEL_HEIGHT = 1 / 44


def to_srgb8(picture: Float32Array) -> UInt8Array:
    """[H, W, 3] uint8: clipped to 0..1 and rounded; colours are sRGB-encoded already."""
    _check_picture(picture)
    return np.rint(np.clip(np.nan_to_num(picture), 0, 1) * 255).astype(np.uint8)


def write_png(path: Path, picture: Float32Array) -> None:
    """Write a picture as an 8-bit PNG, whole or not at all.

    Raises:
        ResourceError: ``disk-full``, ``output-unwritable``.
    """
    image = Image.fromarray(to_srgb8(picture))
    with replacing_path(path) as partial, partial.open("wb") as file:
        image.save(file, format="PNG")


def over(rgb: Float32Array, alpha: Float32Array, background: Float32Array) -> Float32Array:
    """A render over black laid over a background picture of the same size."""
    return (rgb + (1 - alpha)[..., None] * background).astype(np.float32)


def over_studio(rgb: Float32Array, alpha: Float32Array) -> Float32Array:
    """A render over black laid over :func:`studio_background`."""
    return over(rgb, alpha, studio_background(alpha.shape[1], alpha.shape[0]))


@functools.lru_cache(maxsize=8)
def studio_background(width_px: int, height_px: int) -> Float32Array:
    """[H, W, 3] a calm backdrop; treat it as read-only."""
    y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32) + np.float32(0.5)
    across, down = (x - _GLOW_CENTRE[0] * width_px) / height_px, y / height_px
    distance = np.hypot(across, down - _GLOW_CENTRE[1]) / _GLOW_RADIUS
    glow = np.exp(-(distance**2))[..., None]
    wall = glow * np.array(_GLOW) + (1 - glow) * np.array(_WALL)
    floor = 1 / (1 + np.exp(-(down - _HORIZON) / (_HORIZON_SOFTNESS / 3)))[..., None]
    # The floor reflects a part of the glow above it.
    picture = wall * (1 - floor) + floor * (0.55 * np.array(_FLOOR) + 0.45 * wall)
    # Half a grey level of fixed noise, or the eight bits of a PNG would show bands.
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (height_px, width_px, 1)) / 255
    result = (picture + noise).astype(np.float32)
    result.setflags(write=False)
    return result


def side_by_side(panels: Sequence[Float32Array], *, labels: Sequence[str]) -> Float32Array:
    """Panels of one height next to each other, a thin line between them and a small label in each.

    The width is the sum of the panels' widths: the line lies over the seam.

    Raises:
        InputError: ``image-panels`` where heights differ or labels are not one per panel.
    """
    if len({panel.shape[0] for panel in panels}) != 1 or len(labels) != len(panels):
        raise InputError(
            "image-panels",
            "panels",
            found=f"panels of shapes {[panel.shape for panel in panels]} and {len(labels)} labels",
            expected="at least one panel, all of one height, and a label for each",
            fix="Render the panels with the same height.",
        )
    labelled = [with_label(panel, label) for panel, label in zip(panels, labels, strict=True)]
    picture = np.concatenate(labelled, axis=1)
    seams = np.cumsum([panel.shape[1] for panel in panels])[:-1]
    half = max(1, round(picture.shape[0] / 512))
    for seam in seams:
        picture[:, max(seam - half, 0) : seam + half] = _DIVIDER
    return picture


def with_label(picture: Float32Array, text: str) -> Float32Array:
    """The picture with a small label in its lower left corner; left as it is where there is no room."""
    size = max(11, round(picture.shape[0] * _LABEL_HEIGHT))
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    pad = size // 2
    plate = (int(right - left) + 2 * pad, int(bottom - top) + 2 * pad)
    if not text or plate[0] > picture.shape[1] or plate[1] > picture.shape[0]:
        return picture.copy()
    # Drawn four times as large and reduced, for smooth corners.
    shape = Image.new("L", (plate[0] * 4, plate[1] * 4), 0)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, plate[0] * 4 - 1, plate[1] * 4 - 1), radius=2 * plate[1], fill=255)
    ink = Image.new("L", plate, 0)
    ImageDraw.Draw(ink).text((pad - left, pad - top), text, fill=255, font=font)
    mask = np.asarray(shape.resize(plate, Image.Resampling.BOX), np.float32)[..., None] / 255 * 0.62
    letters = np.asarray(ink, np.float32)[..., None] / 255
    result = picture.copy()
    y, x = picture.shape[0] - plate[1] - pad, min(pad, picture.shape[1] - plate[0])
    window = result[max(y, 0) : max(y, 0) + plate[1], x : x + plate[0]]
    dark = window * (1 - mask) + np.float32(0.12) * mask
    window[...] = dark * (1 - letters) + letters
    return result


def contact_sheet(
    pictures: Sequence[Float32Array], *, columns: int, labels: Sequence[str] | None = None
) -> Float32Array:
    """Pictures of one size in rows of ``columns`` with a thin white gap; the last row is filled with white.

    Raises:
        InputError: ``image-sheet`` where there are no pictures, sizes differ, or columns or labels do not fit.
    """
    shapes = {picture.shape for picture in pictures}
    if len(shapes) != 1 or columns < 1 or (labels is not None and len(labels) != len(pictures)):
        raise InputError(
            "image-sheet",
            "contact sheet",
            found=f"{len(pictures)} pictures of shapes {sorted(shapes)} in {columns} columns",
            expected="pictures of one size, at least one column, and a label for each picture or none",
            fix="Render all pictures at the same size.",
        )
    if labels is not None:
        pictures = [with_label(picture, label) for picture, label in zip(pictures, labels, strict=True)]
    height, width, _ = pictures[0].shape
    gap = max(2, height // 128)
    rows = -(-len(pictures) // columns)
    columns = min(columns, len(pictures))
    sheet = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), np.float32)
    for index, picture in enumerate(pictures):
        y, x = index // columns * (height + gap), index % columns * (width + gap)
        sheet[y : y + height, x : x + width] = picture
    return sheet


def _check_picture(picture: Float32Array) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise InputError(
            "image-wrong-shape",
            "picture",
            found=f"shape {picture.shape}",
            expected="shape (height, width, 3)",
            fix="Pass a picture, such as RenderResult.rgb.",
        )
