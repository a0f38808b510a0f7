"""HeldOutViews: cameras that no trajectory uses, and how a layer does before them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Part
from ani3d_runtime.bake.coarse.render import WHITE, kept_share
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.render.camera import Camera, Orbit
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.residual import ResidualLayer
from benchmarks.restoration.subject import Subject

# Azimuths from moment to moment, so that no two views repeat; away from every trajectory's elevation.
_GOLDEN_ANGLE_RAD = 2.39996
_ELEVATION_RAD = 0.3
_SOLID = 0.5
_SSIM_SIGMA_PX = 1.5
# Derivatives down and to the right.
_ORDERS = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))


@dataclass(frozen=True)
class Scores:
    """How a layer does, means over the held-out views.

    Attributes:
        psnr_db, ssim: on pixels where garment or hair shows, in truth or in the rigid layer.
        perceptual: distance of filter responses there; 0 is the truth, 1 about the rigid layer.
        edge: steepness of the picture there, over the truth's; below 1 it is softer.
        identity_db: PSNR where skin, face or accessories show both in truth and in the rigid layer.
        error_mm: distance to the truth, in the world, of the Gaussians that the simulation moves.
        hair_mm: the same of hair alone; NaN where none moves.
        pierced: share of the pixels where the truth shows cloth or hair and the layer shows skin, per cent.
    """

    psnr_db: float
    ssim: float
    perceptual: float
    edge: float
    identity_db: float
    error_mm: float
    hair_mm: float
    pierced: float


SCORE_NAMES = tuple(field.name for field in fields(Scores))


@dataclass(frozen=True)
class _View:
    time_s: float
    camera: Camera
    truth: Float32Array
    cloth: NDArray[np.bool_]
    garment: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    means: Float32Array


class HeldOutViews:
    """Views of the truth.

    Args:
        subject: whose truth.
        count: views, spread over the clip and around the actor.
        size_px: of the pictures.
    """

    def __init__(self, subject: Subject, count: int, size_px: int) -> None:
        self._subject = subject
        framing = Framing.around(subject.avatar, subject.motion, size_px, size_px)
        orbit = Orbit(_ELEVATION_RAD, framing.orbit.fov_y_rad, size_px, size_px, framing.orbit.margin)
        framing = replace(framing, orbit=orbit)
        self._keep = np.repeat(kept_share(subject.avatar.binding.parts)[:, None], 3, axis=1)
        truth, rigid = self._poser(subject.truth), self._poser(None)
        self._views: list[_View] = []
        for index in range(count):
            time_s = (index + 0.5) / count * subject.motion.duration_s
            camera = framing.camera(time_s, index * _GOLDEN_ANGLE_RAD)
            posed, stiff = truth.pose(time_s), rigid.pose(time_s)
            true_kept, true_cloth = self._shares(posed, camera)
            stiff_kept, stiff_cloth = self._shares(stiff, camera)
            self._views.append(
                _View(
                    time_s,
                    camera,
                    _picture(posed, camera),
                    true_cloth > _SOLID,
                    (true_cloth > _SOLID) | (stiff_cloth > _SOLID),
                    (true_kept > 1 - 0.1) & (stiff_kept > 1 - 0.1),
                    posed.cloud.means_m,
                )
            )
        self._rigid_perceptual = 1.0
        self._rigid_perceptual = self.scores(None).perceptual

    def scores(self, layer: ResidualLayer | None) -> Scores:
        """How a layer does; None is the rigid one."""
        poser, moving = self._poser(layer), self._subject.truth.indices
        hair = moving[self._subject.avatar.binding.parts[moving] == Part.HAIR]
        rows: list[list[float]] = []
        for view in self._views:
            posed = poser.pose(view.time_s)
            picture = _picture(posed, view.camera)
            kept, _ = self._shares(posed, view.camera)
            gap = (picture - view.truth) ** 2
            off = 1e3 * np.linalg.norm(posed.cloud.means_m - view.means, axis=1)
            garment = view.garment
            rows.append(
                [
                    psnr_of(gap[garment]),
                    float(ssim_map(picture, view.truth)[garment].mean()),
                    float(_feature_gap(picture, view.truth)[garment].mean()) / self._rigid_perceptual,
                    steepness(picture, garment) / steepness(view.truth, garment),
                    psnr_of(gap[view.kept]) if view.kept.any() else np.nan,
                    float(off[moving].mean()),
                    float(off[hair].mean()) if len(hair) else np.nan,
                    100 * float((kept > _SOLID)[view.cloth].mean()),
                ]
            )
        with warnings.catch_warnings():
            # A column without any value, such as hair where there is none.
            warnings.simplefilter("ignore", RuntimeWarning)
            return Scores(*np.nanmean(np.array(rows), axis=0).tolist())

    def _shares(self, posed: PosedSplats, camera: Camera) -> tuple[Float32Array, Float32Array]:
        """[H, W] how much of a pixel is kept, and how much is garment or hair."""
        seen = render_cloud(posed.cloud, camera, colours=self._keep)
        return seen.rgb[..., 0], seen.alpha - seen.rgb[..., 0]

    def sheet(self, layers: list[ResidualLayer | None], count: int) -> Float32Array:
        """A row of ``count`` views per layer, and the truth below."""
        chosen = [self._views[i] for i in np.linspace(0, len(self._views) - 1, count).astype(int)]
        posers = [self._poser(layer) for layer in layers]
        rows = [[_picture(poser.pose(view.time_s), view.camera) for view in chosen] for poser in posers]
        rows.append([view.truth for view in chosen])
        return np.concatenate([np.concatenate(row, axis=1) for row in rows]).clip(0, 1)

    def _poser(self, layer: ResidualLayer | None) -> MotionPoser:
        return MotionPoser(self._subject.avatar, self._subject.motion, layer)


def _picture(posed: PosedSplats, camera: Camera) -> Float32Array:
    colours = posed.colours_seen_from(camera.position_m)
    return render_cloud(posed.cloud, camera, colours=colours, background=WHITE).rgb


def psnr_of(squares: Float32Array) -> float:
    return float(-10 * np.log10(max(float(squares.mean()), 1e-10)))


def ssim_map(picture: Float32Array, truth: Float32Array) -> Float32Array:
    """[H, W] mean over channels."""

    def blurred(image: Float32Array) -> Float32Array:
        return np.asarray(ndimage.gaussian_filter(image, (_SSIM_SIGMA_PX, _SSIM_SIGMA_PX, 0)), dtype=np.float32)

    a, b = blurred(picture), blurred(truth)
    spread = blurred(picture**2) - a * a + blurred(truth**2) - b * b
    both = blurred(picture * truth) - a * b
    ssim = (2 * a * b + 1e-4) * (2 * both + 9e-4) / ((a * a + b * b + 1e-4) * (spread + 9e-4))
    return ssim.mean(axis=2, dtype=np.float32)


def steepness(picture: Float32Array, where: NDArray[np.bool_]) -> float:
    """Mean length of the slope of a picture's brightness on some pixels."""
    down, right = np.gradient(picture.mean(axis=-1))
    return max(float(np.hypot(down, right)[where].mean()), 1e-6)


def _derivative(image: Float32Array, sigma: float, down: int, right: int) -> Float32Array:
    """[H, W, 3] derivative of the blurred image, in units of the blur."""
    blurred = ndimage.gaussian_filter1d(image, sigma, axis=0, order=down)
    found = ndimage.gaussian_filter1d(blurred, sigma, axis=1, order=right)
    return np.asarray(sigma ** (down + right) * found, dtype=np.float32)


def _feature_gap(picture: Float32Array, truth: Float32Array) -> Float32Array:
    """[H, W] distance of normalised responses of derivative filters at three scales; no trained weights."""
    total = np.zeros(picture.shape[:2], np.float32)
    for sigma in (1.0, 2.0, 4.0):
        features: list[Float32Array] = []
        for image in (picture, truth):
            responses = [_derivative(image, sigma, down, right) for down, right in _ORDERS]
            stacked = np.concatenate(responses, axis=2)
            # As in LPIPS: directions of features, not their lengths, once they are above noise.
            features.append(stacked / np.sqrt((stacked**2).sum(axis=2, keepdims=True) + 1e-3))
        total += np.sqrt(((features[0] - features[1]) ** 2).sum(axis=2))
    return total / 3
