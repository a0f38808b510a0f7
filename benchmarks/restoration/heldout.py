"""HeldOutViews: cameras that no trajectory uses, and how a layer does before them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.bake.coarse.render import WHITE, kept_share
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.sampling.framing import Framing
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import render_cloud
from ani3d_runtime.residual import ResidualLayer
from benchmarks.restoration.subject import Subject

# Azimuths from moment to moment, so that no two views repeat; away from every trajectory's elevation.
_GOLDEN_ANGLE_RAD = 2.39996
_ELEVATION_RAD = 0.3
_BEFORE_S = 1 / 30
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
        identity_db: PSNR where skin, face or accessories show both in truth and in the rigid layer.
        error_mm: distance to the truth, in the world, of the Gaussians that the simulation moves.
        garment_mm: the same of all garment and hair Gaussians, those that should stay included.
        flicker: mean absolute error of the change from one frame to the next, in 255ths, on garment pixels.
    """

    psnr_db: float
    ssim: float
    perceptual: float
    identity_db: float
    error_mm: float
    garment_mm: float
    flicker: float


@dataclass(frozen=True)
class _View:
    time_s: float
    camera: Camera
    truth: Float32Array
    before: Float32Array
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
        truth, rigid = self._poser(subject.truth), self._poser(None)
        keep = np.repeat(kept_share(subject.avatar.binding.parts)[:, None], 3, axis=1)
        self._views: list[_View] = []
        for index, share in enumerate((np.arange(count) + 0.5) / count):
            time_s = float(share * subject.motion.duration_s)
            target = framing.anchor_m(time_s) + framing.target_m
            orbit = framing.orbit
            camera = type(orbit)(_ELEVATION_RAD, orbit.fov_y_rad, size_px, size_px, orbit.margin).camera(
                target, 0.5 + index * _GOLDEN_ANGLE_RAD, framing.distance_m
            )
            posed, stiff = truth.pose(time_s), rigid.pose(time_s)
            true_kept, stiff_kept = (
                (render_cloud(p.cloud, camera, colours=keep).rgb[..., 0], render_cloud(p.cloud, camera).alpha)
                for p in (posed, stiff)
            )
            garment = np.zeros(true_kept[0].shape, dtype=bool)
            for kept, alpha in (true_kept, stiff_kept):
                garment |= alpha - kept > _SOLID
            self._views.append(
                _View(
                    time_s,
                    camera,
                    _picture(posed, camera),
                    _picture(truth.pose(time_s - _BEFORE_S), camera),
                    garment,
                    (true_kept[0] > 1 - 0.1) & (stiff_kept[0] > 1 - 0.1),
                    posed.cloud.means_m,
                )
            )
        self._rigid_perceptual = 1.0
        self._rigid_perceptual = self.scores(None).perceptual

    def scores(self, layer: ResidualLayer | None) -> Scores:
        """How a layer does; None is the rigid one."""
        poser, loose, moving = self._poser(layer), self._subject.loose, self._subject.truth.indices
        rows: list[list[float]] = []
        for view in self._views:
            posed = poser.pose(view.time_s)
            picture = _picture(posed, view.camera)
            before = _picture(poser.pose(view.time_s - _BEFORE_S), view.camera)
            gap = (picture - view.truth) ** 2
            off = 1e3 * np.linalg.norm(posed.cloud.means_m - view.means, axis=1)
            change = np.abs((picture - before) - (view.truth - view.before))
            garment = view.garment
            rows.append(
                [
                    _psnr(gap[garment]),
                    float(_ssim(picture, view.truth)[garment].mean()),
                    float(_feature_gap(picture, view.truth)[garment].mean()) / self._rigid_perceptual,
                    _psnr(gap[view.kept]) if view.kept.any() else np.nan,
                    float(off[moving].mean()),
                    float(off[loose].mean()),
                    255 * float(change[garment].mean()),
                ]
            )
        return Scores(*np.nanmean(np.array(rows), axis=0).tolist())

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


def _psnr(squares: Float32Array) -> float:
    return float(-10 * np.log10(max(float(squares.mean()), 1e-10)))


def _ssim(picture: Float32Array, truth: Float32Array) -> Float32Array:
    """[H, W] mean over channels."""

    def blurred(image: Float32Array) -> Float32Array:
        return np.asarray(ndimage.gaussian_filter(image, (_SSIM_SIGMA_PX, _SSIM_SIGMA_PX, 0)), dtype=np.float32)

    a, b = blurred(picture), blurred(truth)
    spread = blurred(picture**2) - a * a + blurred(truth**2) - b * b
    both = blurred(picture * truth) - a * b
    ssim = (2 * a * b + 1e-4) * (2 * both + 9e-4) / ((a * a + b * b + 1e-4) * (spread + 9e-4))
    return ssim.mean(axis=2, dtype=np.float32)


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
