"""How far decoded Gaussians are from their source: positions in the world, and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.render.camera import Camera, bounds_of
from ani3d_runtime.render.rasterise import RenderResult, render_cloud
from ani3d_runtime.splats import SplatCloud

VIEWS = 6
PICTURE_PX = 512
FIELD_OF_VIEW_RAD = 0.5
# Neither clothes nor skin: what is missing at a silhouette shows.
BACKGROUND = (0.5, 0.5, 0.5)
# A pixel counts where the source or the decoded picture covers at least this much of it.
FOREGROUND_ALPHA = 0.5
# Two equal pictures have no noise to measure; 99 dB is what they count as.
BEST_PSNR_DB = 99.0


@dataclass(frozen=True)
class PositionError:
    """Distance between decoded and source centres over all Gaussians of the measured frames, world space."""

    rms_mm: float
    p999_mm: float
    max_mm: float


@dataclass(frozen=True)
class PictureQuality:
    """PSNR over the foreground of six views taken together.

    Attributes:
        mean_db: of the squared error of all measured frames.
        worst_db: of the worst frame.
        worst_frame: which one.
    """

    mean_db: float
    worst_db: float
    worst_frame: int


def position_error(pairs: Iterable[tuple[Float32Array, Float32Array]]) -> PositionError:
    """Error of ([N, 3] source, [N, 3] decoded) centres in metres, frame by frame."""
    distances = np.concatenate(
        [np.linalg.norm(decoded.astype(np.float64) - source, axis=1) for source, decoded in pairs]
    )
    return PositionError(
        rms_mm=float(np.sqrt(np.mean(distances**2)) * 1e3),
        p999_mm=float(np.quantile(distances, 0.999) * 1e3),
        max_mm=float(distances.max() * 1e3),
    )


def psnr_db(mean_squared_error: float) -> float:
    """Peak signal-to-noise ratio for colours of 0..1."""
    if mean_squared_error <= 10 ** (-BEST_PSNR_DB / 10):
        return BEST_PSNR_DB
    return float(-10 * np.log10(mean_squared_error))


def foreground_error(source: RenderResult, decoded: RenderResult) -> tuple[float, int]:
    """(sum of squared errors, count of values) over the foreground, colours clipped to 0..1 as a screen does."""
    foreground = np.maximum(source.alpha, decoded.alpha) >= FOREGROUND_ALPHA
    difference = np.clip(decoded.rgb[foreground], 0, 1).astype(np.float64) - np.clip(source.rgb[foreground], 0, 1)
    return float((difference**2).sum()), difference.size


def cameras_around(cloud: SplatCloud) -> list[Camera]:
    """Six cameras once around the avatar where it stands."""
    low, high = bounds_of(cloud.means_m)
    centre = (low + high) / 2
    # The sphere around the box fits the picture from every side.
    distance = float(np.linalg.norm(high - low)) / 2 / np.sin(FIELD_OF_VIEW_RAD / 2)
    cameras: list[Camera] = []
    for azimuth in np.arange(VIEWS) * (2 * np.pi / VIEWS):
        eye = centre + distance * np.array([np.sin(azimuth), 0, np.cos(azimuth)])
        cameras.append(
            Camera.look_at(eye, centre, fov_y_rad=FIELD_OF_VIEW_RAD, width_px=PICTURE_PX, height_px=PICTURE_PX)
        )
    return cameras


class Gallery:
    """Pictures of the source frames, painted once for all codecs.

    Args:
        sources: the frames to look at.
    """

    def __init__(self, sources: Mapping[int, SplatCloud]) -> None:
        self._cameras = {index: cameras_around(cloud) for index, cloud in sources.items()}
        self._pictures = {index: _painted(cloud, self._cameras[index]) for index, cloud in sources.items()}

    def compared(self, decoded: Mapping[int, SplatCloud]) -> PictureQuality:
        """Decoded frames against the source's."""
        sums: dict[int, tuple[float, int]] = {}
        for index, pictures in self._pictures.items():
            shown = _painted(decoded[index], self._cameras[index])
            errors = [foreground_error(a, b) for a, b in zip(pictures, shown, strict=True)]
            sums[index] = (sum(error for error, _ in errors), sum(count for _, count in errors))
        by_frame = {index: psnr_db(error / max(count, 1)) for index, (error, count) in sums.items()}
        worst = min(by_frame, key=lambda index: by_frame[index])
        total, values = sum(error for error, _ in sums.values()), sum(count for _, count in sums.values())
        return PictureQuality(psnr_db(total / max(values, 1)), by_frame[worst], worst)


def _painted(cloud: SplatCloud, cameras: Sequence[Camera]) -> list[RenderResult]:
    return [render_cloud(cloud, camera, background=BACKGROUND) for camera in cameras]
