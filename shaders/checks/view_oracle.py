"""View in double precision, apart from the kernel and the rasteriser: matrices, and harmonics by Legendre."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.special import lpmv

from ani3d_runtime.arrays import Float64Array
from shaders.checks.eyes import Eye, Limits, Shown
from shaders.checks.posed_layout import unpacked_posed

_CUTOFF = 1 / 255


@dataclass(frozen=True)
class Seen:
    """What one eye sees.

    Attributes:
        centres_px: [N, 2]. depths: [N] of the target. covariances_px2: [N, 2, 2]. colours: [N, 3]. opacities: [N].
        ahead_m: [N] depth in the camera.
        margins: [N] by how much a Gaussian is in the picture, in px and relative numbers: below 0 it is not seen, and
            near 0 rounding may decide.
    """

    centres_px: Float64Array
    depths: Float64Array
    covariances_px2: Float64Array
    colours: Float64Array
    opacities: Float64Array
    ahead_m: Float64Array
    margins: Float64Array


def seen_by(avatar: Shown, eye: Eye, limits: Limits) -> Seen:
    """The whole of an avatar, seen or not."""
    posed = unpacked_posed(avatar.posed)
    transform = eye.world_to_camera @ avatar.to_world
    points = posed.means_m @ transform[:3, :3].T + transform[:3, 3]
    x, y, z = points.T
    fx, fy, cx, cy = eye.lens
    width, height = eye.size_px
    jacobians = np.zeros((len(points), 2, 3))
    if eye.orthographic:
        jacobians[:, 0, 0], jacobians[:, 1, 1] = fx, fy
        centres = np.stack([fx * x + cx, fy * y + cy], axis=1)
        depths = eye.depth[0] + eye.depth[1] * z
        rays = np.tile(np.linalg.solve(transform[:3, :3], [0.0, 0.0, 1.0]), (len(points), 1))
    else:
        across = np.clip(x / z, -(cx + 0.15 * width) / fx, (width - cx + 0.15 * width) / fx)
        down = np.clip(y / z, -(cy + 0.15 * height) / fy, (height - cy + 0.15 * height) / fy)
        jacobians[:, 0, 0], jacobians[:, 0, 2] = fx / z, -fx / z * across
        jacobians[:, 1, 1], jacobians[:, 1, 2] = fy / z, -fy / z * down
        centres = np.stack([fx * x / z + cx, fy * y / z + cy], axis=1)
        depths = eye.depth[0] + eye.depth[1] / z
        rays = posed.means_m - np.linalg.solve(transform[:3, :3], -transform[:3, 3])
    screens = jacobians @ transform[:3, :3]
    covariances = screens @ posed.covariances_m2 @ screens.transpose(0, 2, 1) + 0.3 * np.eye(2)
    colours = np.maximum(0.5 + posed.degree0 * np.sqrt(1 / (4 * np.pi)) + _beyond(avatar, posed.turns_wxyz, rays), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        extents = np.minimum(3.33, np.sqrt(2 * np.log(np.maximum(posed.opacities / _CUTOFF, 1))))
        reaches = extents[:, None] * np.sqrt(np.einsum("nii->ni", covariances))
        margins = np.min(
            [
                *(centres + reaches).T,
                *(np.array(eye.size_px) - centres + reaches).T,
                posed.opacities / _CUTOFF - 1,
                z / limits.near_m - 1,
                limits.far_m / np.maximum(z, 1e-9) - 1,
            ],
            axis=0,
        )
    return Seen(centres, depths, covariances, _tinted(colours, avatar.tint), posed.opacities, z, margins)


def _beyond(avatar: Shown, turns: Float64Array, rays: NDArray[np.floating]) -> Float64Array | float:
    """[N, 3] what harmonics beyond degree 0 add along rays that are taken back by the turns."""
    if avatar.degree == 0:
        return 0.0
    count = (avatar.degree + 1) ** 2 - 1
    halves = np.ascontiguousarray(avatar.harmonics).view(np.float16)[:, : 3 * count].astype(np.float64)
    directions = np.einsum("nji,nj->ni", _matrices(turns), rays)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    basis = np.stack([_basis(k, m, directions) for k in range(1, avatar.degree + 1) for m in range(-k, k + 1)], axis=1)
    return np.einsum("nk,nkc->nc", basis, halves.reshape(-1, count, 3))


def _basis(degree: int, order: int, directions: Float64Array) -> Float64Array:
    """A real harmonic with the sign of Condon and Shortley."""
    turn = np.arctan2(directions[:, 1], directions[:, 0])
    size = abs(order)
    scale = np.sqrt((2 * degree + 1) / (4 * np.pi) * factorial(degree - size) / factorial(degree + size))
    legendre: NDArray[np.float64] = lpmv(size, degree, directions[:, 2])
    if order == 0:
        return scale * legendre
    return np.sqrt(2) * scale * legendre * (np.cos(size * turn) if order > 0 else np.sin(size * turn))


def _matrices(turns: Float64Array) -> Float64Array:
    w, x, y, z = (turns / np.linalg.norm(turns, axis=1, keepdims=True)).T
    rows = [
        [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
    ]
    return np.array(rows).transpose(2, 0, 1)


def _tinted(colours: Float64Array, tint: tuple[float, float, float]) -> Float64Array:
    return displayed(light(colours) * np.array(tint)) if tint != (1.0, 1.0, 1.0) else colours


def light(display: Float64Array) -> Float64Array:
    """sRGB to linear light."""
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def displayed(linear: Float64Array) -> Float64Array:
    """Linear light to sRGB."""
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)
