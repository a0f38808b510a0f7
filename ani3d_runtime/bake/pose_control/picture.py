"""pose_picture: points of a body drawn as a skeleton, in the colours and sizes that models were trained on.

The colours, limbs and radii are those of DWPose's drawings, as easy-dwpose 1.0.2 and VideoX-Fun make them, and of
Wan-Animate's (Wan2.2, modules/animate/preprocess); nothing is antialiased.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image, ImageDraw

from ani3d_runtime.arrays import Float64Array, UInt8Array
from ani3d_runtime.bake.pose_control.points import PosePoints

PoseForm: TypeAlias = Literal["dwpose", "animate"]
_Colour: TypeAlias = tuple[int, int, int]

_BODY_COLOURS: tuple[_Colour, ...] = (
    (255, 0, 0),
    (255, 85, 0),
    (255, 170, 0),
    (255, 255, 0),
    (170, 255, 0),
    (85, 255, 0),
    (0, 255, 0),
    (0, 255, 85),
    (0, 255, 170),
    (0, 255, 255),
    (0, 170, 255),
    (0, 85, 255),
    (0, 0, 255),
    (85, 0, 255),
    (170, 0, 255),
    (255, 0, 255),
    (255, 0, 170),
    (255, 0, 85),
    (200, 200, 0),
    (100, 100, 0),
)
# In the order in which they are drawn: limb i has colour i.
_LIMBS = (
    (1, 2),
    (1, 5),
    (2, 3),
    (3, 4),
    (5, 6),
    (6, 7),
    (1, 8),
    (8, 9),
    (9, 10),
    (1, 11),
    (11, 12),
    (12, 13),
    (1, 0),
    (0, 14),
    (14, 16),
    (0, 15),
    (15, 17),
)
_TOES = ((13, 18), (10, 19))
_FINGERS = tuple(
    (0 if bone == 0 else 4 * finger + bone, 4 * finger + bone + 1) for finger in range(5) for bone in range(4)
)
_LIMB_BRIGHTNESS = 0.6
_HAND_DOT: _Colour = (0, 0, 255)
_FACE_DOT: _Colour = (255, 255, 255)
# easy-dwpose draws on a canvas of this short side, both sides rounded to 64, and shrinks it.
_CANVAS_PX, _CANVAS_MULTIPLE_PX = 768, 64


@dataclass(frozen=True)
class _Sizes:
    """Radii and widths in pixels of the canvas, and which parts are drawn."""

    limb: int
    joint: int
    finger: int
    hand: int
    face: int | None
    toes: bool


def pose_picture(points: PosePoints, size_px: tuple[int, int], form: PoseForm) -> UInt8Array:
    """[H, W, 3] a skeleton on black.

    Args:
        points: of a picture of this size.
        size_px: (height, width).
        form: ``dwpose`` for Fun-Control and VACE: body, hands, and the face where the rig has one. ``animate`` for
            Wan-Animate: thin, with toes, without a face.
    """
    if form == "animate":
        thin = max(min(size_px) // 200 - 1, 1)
        return np.asarray(
            _drawn(points, size_px, (1.0, 1.0), _Sizes(thin, thin, max(thin // 2, 1), max(thin // 2, 1), None, True))
        )
    height, width = (
        max(_CANVAS_MULTIPLE_PX, round(side * _CANVAS_PX / min(size_px) / _CANVAS_MULTIPLE_PX) * _CANVAS_MULTIPLE_PX)
        for side in size_px
    )
    scale = (width / size_px[1], height / size_px[0])
    canvas = _drawn(points, (height, width), scale, _Sizes(4, 4, 2, 4, 3 if points.has_face else None, False))
    # Plain bilinear, which an affine map is and a reduction in size is not.
    shrunk = canvas.transform(
        (size_px[1], size_px[0]),
        Image.Transform.AFFINE,
        (scale[0], 0, 0, 0, scale[1], 0),
        resample=Image.Resampling.BILINEAR,
    )
    return np.asarray(shrunk)


def _drawn(points: PosePoints, size_px: tuple[int, int], scale: tuple[float, float], sizes: _Sizes) -> Image.Image:
    height, width = size_px

    def scaled(pixels: Float64Array) -> Float64Array:
        return (pixels + 0.5) * scale - 0.5

    body = scaled(points.body)
    limbs = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(limbs)
    for number, (start, end) in enumerate(_LIMBS + (_TOES if sizes.toes else ())):
        _ellipse(pen, body[start], body[end], sizes.limb, _BODY_COLOURS[number if number < 17 else end])
    dimmed = np.asarray(limbs).astype(np.float64) * _LIMB_BRIGHTNESS
    canvas = Image.fromarray(dimmed.astype(np.uint8))
    pen = ImageDraw.Draw(canvas)
    for joint in range(20 if sizes.toes else 18):
        _dot(pen, body[joint], sizes.joint, _BODY_COLOURS[joint])
    if sizes.face is not None:
        for point in scaled(points.face):
            _dot(pen, point, sizes.face, _FACE_DOT)
    for hand in points.hands:
        fingers = scaled(hand)
        for number, (start, end) in enumerate(_FINGERS):
            _line(pen, fingers[start], fingers[end], sizes.finger, _rainbow(number))
        # A wrist alone is the body's.
        for point in fingers if np.isfinite(fingers[1:]).any() else ():
            _dot(pen, point, sizes.hand, _HAND_DOT)
    return canvas


def _ellipse(
    pen: ImageDraw.ImageDraw, start: Float64Array, end: Float64Array, half_width: int, colour: _Colour
) -> None:
    """A limb: an ellipse from joint to joint, its middle, length and angle cut to whole numbers."""
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        return
    middle = np.trunc((start + end) / 2)
    way = end - start
    half_length = int(np.hypot(*way) / 2)
    angle = np.deg2rad(int(np.degrees(np.arctan2(way[1], way[0]))))
    turn = np.deg2rad(np.arange(360))
    x, y = half_length * np.cos(turn), half_width * np.sin(turn)
    outline = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], axis=1)
    pen.polygon([tuple(point) for point in np.rint(outline + middle).tolist()], fill=colour)


def _dot(pen: ImageDraw.ImageDraw, point: Float64Array, radius: int, colour: _Colour) -> None:
    if np.isfinite(point).all():
        x, y = (int(value) for value in point)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _line(pen: ImageDraw.ImageDraw, start: Float64Array, end: Float64Array, width: int, colour: _Colour) -> None:
    if np.isfinite(start).all() and np.isfinite(end).all():
        pen.line([tuple(np.trunc(start).tolist()), tuple(np.trunc(end).tolist())], fill=colour, width=width)


def _rainbow(number: int) -> _Colour:
    red, green, blue = (round(255 * value) for value in colorsys.hsv_to_rgb(number / len(_FINGERS), 1, 1))
    return red, green, blue
