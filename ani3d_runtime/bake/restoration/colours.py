"""fit_colours: an avatar's own colours fitted to a picture of the person.

The picture is laid over the avatar's rest pose by their outlines, so it must show the person about in that pose, from
the front, on white or transparent ground. Degree-0 harmonics of what is seen follow the picture; what is not seen
changes as what is seen near it does, in the same part and of about the same colour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.coarse.render import WHITE
from ani3d_runtime.bake.restoration.reference import reference_camera
from ani3d_runtime.errors import InputError
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import Rasterisation, render_cloud

BoolArray: TypeAlias = NDArray[np.bool_]

LEAST_OVERLAP = 0.6
_MOST_PX = 384
_STEPS = 120
_RATE = 0.04
_FADING = (0.9, 0.99)
# A Gaussian that colours fewer pixels than this, in all, follows those beside it more than the picture.
_SEEN_PX = 0.3
_NEIGHBOURS = 100
# Metres that a degree-0 harmonic differing by 1 is worth, where like is sought for like.
_COLOUR_DISTANCE_M = 2.0
_WHITE_ENOUGH = 0.94


@dataclass(frozen=True)
class ColourFit:
    """What came of it.

    Attributes:
        avatar: with the new colours.
        overlap: of the outlines, intersection over union.
        error_before, error_after: mean absolute difference to the picture, 0..1, where either shows the person.
    """

    avatar: Avatar
    overlap: float
    error_before: float
    error_after: float


def fit_colours(avatar: Avatar, reference: Float32Array, progress: ProgressCallback) -> ColourFit:
    """Fit the colours of an avatar to a picture [h, w, 3], 0..1.

    Raises:
        InputError: ``reference-empty``, ``reference-other-pose``.
    """
    picture = _shrunk(reference)
    outline = _outline(picture)
    camera = _laid_over(avatar, outline)
    shown = render_cloud(avatar.splats, camera, background=WHITE)
    overlap = float((outline & (shown.alpha > 0.5)).sum() / max(1, (outline | (shown.alpha > 0.5)).sum()))
    if overlap < LEAST_OVERLAP:
        raise InputError(
            "reference-other-pose",
            "reference picture",
            found=f"an outline that agrees with the avatar's to {overlap:.0%}",
            expected=f"at least {LEAST_OVERLAP:.0%}: the person in the avatar's rest pose, from the front, on white",
            fix="Use such a picture, or leave --fit-colours out.",
        )
    both = outline & (shown.alpha > 0.5)
    # The edge is mixed with the ground behind it.
    inner: Any = ndimage.binary_erosion(both)
    weight: Float32Array = inner.astype(np.float32)[..., None]
    first = avatar.splats.sh[:, 0].copy()
    seen = np.minimum(_seen_px(avatar, camera, weight) / _SEEN_PX, 1).astype(np.float32)
    fitted = _Descent(avatar, camera, picture, weight, seen).run(first, progress)
    sh = avatar.splats.sh.copy()
    sh[:, 0] = first + _spread(avatar, fitted - first, seen)
    result = replace(avatar, splats=avatar.splats.with_sh(sh))
    after = render_cloud(result.splats, camera, background=WHITE)
    before_error, after_error = (float(np.abs(image.rgb - picture)[both].mean()) for image in (shown, after))
    return ColourFit(result, overlap, before_error, after_error)


class _Descent:
    """Adam on the degree-0 harmonics, with the rasteriser's gradients."""

    def __init__(
        self, avatar: Avatar, camera: Camera, picture: Float32Array, weight: Float32Array, seen: Float32Array
    ) -> None:
        self._avatar, self._camera, self._picture, self._weight = avatar, camera, picture, weight
        # Adam makes steps of one size of gradients of any size: those of what is hardly seen mean nothing.
        self._rates = _RATE * seen[:, None]

    def run(self, first: Float32Array, progress: ProgressCallback) -> Float32Array:
        values, mean, square = first.copy(), np.zeros_like(first), np.zeros_like(first)
        for step in range(1, _STEPS + 1):
            gradient = self._gradient(values)
            mean += (1 - _FADING[0]) * (gradient - mean)
            square += (1 - _FADING[1]) * (gradient**2 - square)
            scale = np.sqrt(square / (1 - _FADING[1] ** step)) + 1e-8
            # Small steps at the end, or colours would go on trembling.
            values -= self._rates * (1 - step / (_STEPS + 1)) * (mean / (1 - _FADING[0] ** step)) / scale
            progress(step / _STEPS)
        return values

    def _gradient(self, values: Float32Array) -> Float32Array:
        splats = self._avatar.splats
        sh = splats.sh.copy()
        sh[:, 0] = values
        passed = Rasterisation(
            splats.means_m, splats.quats_wxyz, splats.scales_m, splats.opacities, self._camera, sh=sh, background=WHITE
        )
        gap = (passed.result.rgb - self._picture) * self._weight
        # A smooth absolute difference: a few pixels of hair at a wrong place must not decide.
        by_sh = passed.backward((gap / np.sqrt(gap**2 + 1e-4)).astype(np.float32)).sh
        assert by_sh is not None
        return by_sh[:, 0]


def _seen_px(avatar: Avatar, camera: Camera, weight: Float32Array) -> Float32Array:
    """[N] how many pixels each Gaussian colours, shares added up."""
    splats = avatar.splats
    plain = np.full((splats.count, 1, 3), 0.5 / SH_C0, np.float32)
    passed = Rasterisation(splats.means_m, splats.quats_wxyz, splats.scales_m, splats.opacities, camera, sh=plain)
    by_sh = passed.backward(np.repeat(weight, 3, axis=2)).sh
    assert by_sh is not None
    return (by_sh[:, 0, 0] / SH_C0).astype(np.float32)


def _spread(avatar: Avatar, change: Float32Array, seen: Float32Array) -> Float32Array:
    """[N, 3] the change of what is seen, and for the rest the median of its nearest neighbours that are."""
    result = change.copy()
    splats, parts = avatar.splats, avatar.binding.parts
    places = np.concatenate([splats.means_m, _COLOUR_DISTANCE_M * splats.sh[:, 0]], axis=1)
    for part in np.unique(parts):
        known, others = np.flatnonzero((parts == part) & (seen >= 1)), np.flatnonzero((parts == part) & (seen < 1))
        near: Float32Array = np.zeros((len(others), 3), np.float32)
        if len(known) and len(others):
            count = min(_NEIGHBOURS, len(known))
            _, nearest = KDTree(places[known]).query(places[others], count)
            near = np.median(change[known][np.reshape(nearest, (len(others), count))], axis=1).astype(np.float32)
        share = seen[others, None]
        result[others] = share * change[others] + (1 - share) * near
    return result


def _laid_over(avatar: Avatar, outline: BoolArray) -> Camera:
    """The camera of rendered references, its picture moved and scaled until the outlines' boxes coincide."""
    camera = reference_camera(avatar)
    own = _box(render_cloud(avatar.splats, camera).alpha > 0.5)
    wanted = _box(outline)
    scale = float((wanted[1] - wanted[0])[0] / max(1.0, (own[1] - own[0])[0]))
    intrinsics = camera.intrinsics_px.astype(np.float64)
    intrinsics[:2, :2] *= scale
    for axis, row in ((0, 1), (1, 0)):
        middle, goal = own[:, axis].mean(), wanted[:, axis].mean()
        intrinsics[row, 2] = scale * (intrinsics[row, 2] - middle) + goal
    height, width = outline.shape
    return Camera(camera.world_to_camera, intrinsics.astype(np.float32), width, height)


def _box(mask: BoolArray) -> Float64Array:
    """[2, 2] first and last row and column."""
    places = np.argwhere(mask)
    return np.stack([places.min(axis=0), places.max(axis=0) + 1]).astype(np.float64)


def _outline(picture: Float32Array) -> BoolArray:
    """[h, w] the largest thing that is not white, without its holes."""
    labels = _numbered(picture.min(axis=2) < _WHITE_ENOUGH)
    if labels.max() == 0:
        raise InputError(
            "reference-empty",
            "reference picture",
            found="nothing but white",
            expected="a person on white or transparent ground",
            fix="Use another picture.",
        )
    sizes = np.bincount(labels.ravel())
    # White cloth within the outline belongs to it; so do gaps, which the avatar leaves open again.
    filled: Any = ndimage.binary_fill_holes(labels == 1 + int(np.argmax(sizes[1:])))
    return filled


def _numbered(mask: BoolArray) -> NDArray[np.int32]:
    """[h, w] 0 where the mask is False, and a number from 1 for each thing that hangs together."""
    found: Any = ndimage.label(mask)
    return found[0]


def _shrunk(picture: Float32Array) -> Float32Array:
    height, width = picture.shape[:2]
    scale = min(1.0, _MOST_PX / max(height, width))
    if scale == 1.0:
        return picture
    image = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
    smaller = image.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
    return np.divide(np.asarray(smaller), np.float32(255), dtype=np.float32)
