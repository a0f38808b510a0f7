"""Fitting a cloud of unknown scale and place to the body it shows.

Height and middle give a first guess; a symmetric ICP (nearest points from the cloud to the body and back, so that
shrinking does not pay) refines scale and translation. Orientation is the axes' business and is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.errors import InputError
from ani3d_runtime.splats import SplatCloud

_SAMPLES = 4000
_ITERATIONS = 40
_COARSE_SAMPLES = 1500
_COARSE_ITERATIONS = 10
# Garments and hair stand off the body and hide parts of it: the worst third of the pairs is left out.
_KEPT_SHARE = 0.65
_OPAQUE = 0.2
_FLOATER_FACTOR = 6.0
_POOR_FIT_M = 0.06
# The refinement may not leave the first guess by more than this.
_MAX_RESCALE = 1.3


@dataclass(frozen=True)
class FitReport:
    """What was done to a cloud to lay it on the body, and how well it lies there.

    Attributes:
        mode: ``auto`` or ``none``.
        scale: factor from file units to metres.
        translation_m: [3] added after scaling.
        median_distance_m: from visible Gaussians to the body's surface, afterwards.
        p95_distance_m: 95th percentile of the same.
    """

    mode: Literal["auto", "none"]
    scale: float
    translation_m: tuple[float, float, float]
    median_distance_m: float
    p95_distance_m: float

    def notes(self) -> list[str]:
        """Sentences for the user."""
        x, y, z = self.translation_m
        done = (
            f"scaled by {self.scale:.4g} and moved by ({x:.3f}, {y:.3f}, {z:.3f}) m" if self.mode == "auto" else "kept"
        )
        return [
            f"fit: {done}; Gaussians lie {self.median_distance_m * 1e3:.0f} mm from the body (median), "
            f"{self.p95_distance_m * 1e3:.0f} mm at the 95th percentile"
        ]

    @property
    def is_poor(self) -> bool:
        """Whether most of the cloud lies far from the body, which no skirt explains."""
        return self.median_distance_m > _POOR_FIT_M


def fit_to_body(
    cloud: SplatCloud, surface: BodySurface, mode: Literal["auto", "none"] = "auto"
) -> tuple[SplatCloud, FitReport]:
    """Scale and move a cloud onto a body.

    Args:
        cloud: in our axes, any unit of length.
        surface: the body in the pose of the capture.
        mode: ``none`` leaves the cloud as it is and only reports.

    Raises:
        InputError: ``fit-flat-cloud`` where the cloud has no height.
    """
    sample = solid_sample(cloud)
    scale, translation = 1.0, np.zeros(3)
    if mode == "auto":
        scale, translation = _first_guess(sample, surface)
        scale, translation = _refined(sample, surface, scale, translation, _ITERATIONS)
        cloud = replace(
            cloud,
            means_m=(cloud.means_m * scale + translation).astype(np.float32),
            scales_m=(cloud.scales_m * scale).astype(np.float32),
        )
    distance = surface.tree().query(sample * scale + translation)[0]
    x, y, z = (float(value) for value in translation)
    report = FitReport(mode, float(scale), (x, y, z), float(np.median(distance)), float(np.quantile(distance, 0.95)))
    return cloud, report


def misfit_m(sample: Float64Array, surface: BodySurface) -> float:
    """Mean distance in metres between cloud and body after a coarse fit, both ways: how wrong a guess is.

    Args:
        sample: [S, 3] from :func:`solid_sample`.
        surface: the body in the guessed pose.
    """
    sample = sample[:_COARSE_SAMPLES]
    scale, translation = _first_guess(sample, surface)
    scale, translation = _refined(sample, surface, scale, translation, _COARSE_ITERATIONS)
    moved = sample * scale + translation
    body = surface.points_m[surface.coarse]
    there, back = surface.tree().query(moved)[0], KDTree(moved).query(body)[0]
    return float(np.mean(there) + np.mean(back)) / 2


def solid_sample(cloud: SplatCloud) -> Float64Array:
    """[S, 3] centres of up to 4000 visible Gaussians that have neighbours: no fog, no floaters."""
    visible = np.flatnonzero(cloud.opacities > _OPAQUE)
    if len(visible) < min(100, cloud.count):
        visible = np.arange(cloud.count)
    generator = np.random.default_rng(0)
    picked = generator.permutation(visible)[: 5 * _SAMPLES]
    points = cloud.means_m[picked].astype(np.float64)
    if len(points) > 16:
        reach = KDTree(points).query(points, k=9)[0][:, -1]
        points = points[reach <= _FLOATER_FACTOR * np.median(reach)]
    return points[:_SAMPLES]


def _first_guess(sample: Float64Array, surface: BodySurface) -> tuple[float, Float64Array]:
    low, high = np.quantile(sample, [0.002, 0.998], axis=0)
    height = float(high[1] - low[1])
    if height <= 1e-9:
        raise InputError(
            "fit-flat-cloud",
            "splat cloud",
            found=f"Gaussians within {height:g} units of height",
            expected="a standing person",
            fix="Check the axes, or pass the fit as none.",
        )
    body = surface.points_m.astype(np.float64)
    scale = float(np.ptp(body[:, 1])) / height
    # The trunk's middle, not the mean: arms may reach out to different lengths.
    middle_body = (np.quantile(body, 0.1, axis=0) + np.quantile(body, 0.9, axis=0)) / 2
    middle_cloud = (np.quantile(sample, 0.1, axis=0) + np.quantile(sample, 0.9, axis=0)) / 2
    middle_body[1], middle_cloud[1] = body[:, 1].min(), low[1]
    return scale, middle_body - scale * middle_cloud


def _refined(
    sample: Float64Array, surface: BodySurface, scale: float, translation: Float64Array, iterations: int
) -> tuple[float, Float64Array]:
    generator = np.random.default_rng(1)
    body = surface.points_m[generator.permutation(len(surface.points_m))[: len(sample)]].astype(np.float64)
    tree = surface.tree()
    first = scale
    for _ in range(iterations):
        moved = sample * scale + translation
        to_body, at_body = (np.asarray(found) for found in tree.query(moved))
        to_cloud, at_cloud = (np.asarray(found) for found in KDTree(moved).query(body))
        near = to_body <= np.quantile(to_body, _KEPT_SHARE)
        seen = to_cloud <= np.quantile(to_cloud, _KEPT_SHARE)
        source = np.concatenate([sample[near], sample[at_cloud[seen]]])
        target = np.concatenate([surface.points_m[at_body[near]].astype(np.float64), body[seen]])
        new_scale, new_translation = _least_squares(source, target)
        change = abs(new_scale - scale) / scale + float(np.abs(new_translation - translation).max())
        scale, translation = new_scale, new_translation
        if not first / _MAX_RESCALE < scale < first * _MAX_RESCALE:
            return _first_guess(sample, surface)
        if change < 1e-5:
            break
    return scale, translation


def _least_squares(source: Float64Array, target: Float64Array) -> tuple[float, Float64Array]:
    """Scale and translation that take ``source`` to ``target`` best."""
    source_middle, target_middle = source.mean(axis=0), target.mean(axis=0)
    spread = source - source_middle
    scale = float((spread * (target - target_middle)).sum() / max(float((spread**2).sum()), 1e-30))
    return scale, target_middle - scale * source_middle
