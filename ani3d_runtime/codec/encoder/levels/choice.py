"""An even choice of levels of detail: the Gaussians that stand for clusters of what is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.codec.encoder.levels.merging import clusterings
from ani3d_runtime.codec.encoder.levels.moments import look_of_clusters
from ani3d_runtime.codec.encoder.levels.refit import refitted
from ani3d_runtime.codec.encoder.levels.views import seen, views_around
from ani3d_runtime.codec.encoder.storage_order import morton_codes
from ani3d_runtime.codec.sections.appearance import AppearanceSteps, LevelAppearance, encode_appearance
from ani3d_runtime.codec.sections.order import StorageOrder
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.progress import ProgressCallback

# A level holds one Gaussian in so many; the finest holds all.
_ONE_IN = (2, 4, 8, 16)
_VIEWS = 10
# Height of the avatar in the pictures that tell what is seen: so many pixels for each Gaussian in a row, up to a limit.
_PX_A_GAUSSIAN, _MOST_PX = 3.0, 330
# What is hidden in the rest pose may be seen in others: it counts so much by its own size.
_HIDDEN = 0.05
# People look at faces, so faces get more of a level.
_FACE_WEIGHT = 4.0
# Two Gaussians of black and white are as unlike as two of one colour that lie so far apart.
_COLOUR_M = 0.04
# Steps of what is stored: a displacement in widths of the level's Gaussians, a colour 0..1.
_POSITION_STEP, _LOG_SCALE_STEP, _COLOUR_STEP = 0.2, 0.1, 2.5 / 255


@dataclass(frozen=True)
class LevelChoice:
    """Levels of detail of an avatar, and the clusters that their Gaussians stand for.

    Attributes:
        order: the order that makes levels prefixes.
        owners: for each level but the finest, coarsest first: [N] for each Gaussian in storage order, which Gaussian
            of the level stands for it.
        weights: [N] in storage order, how much of each Gaussian is seen.
    """

    order: StorageOrder
    owners: tuple[Int32Array, ...]
    weights: Float64Array

    def sections(self, stored: Avatar, progress: ProgressCallback) -> dict[int, bytes]:
        """Sections ``appearance.k`` by k: how each level but the finest looks.

        Args:
            stored: in storage order, as readers decode it.
            progress: called with the fraction done.
        """
        begun = [look_of_clusters(stored.splats, owners, self.weights) for owners in self.owners]
        looks = refitted(stored, begun, progress)
        return {level: encode_appearance(look, _steps_of(look, stored)) for level, look in enumerate(looks)}


def _steps_of(look: LevelAppearance, stored: Avatar) -> AppearanceSteps:
    worn = look.worn_by(stored.splats.take(np.arange(look.count, dtype=np.int32)))
    width_m = float(np.median(np.sort(worn.scales_m, axis=1)[:, 1]))
    return AppearanceSteps(_POSITION_STEP * width_m, _LOG_SCALE_STEP, _COLOUR_STEP / SH_C0)


# How a writer chooses levels of detail.
LevelMaker = Callable[[Avatar], LevelChoice]


def even_levels(avatar: Avatar) -> LevelChoice:
    """Levels of a sixteenth, an eighth, a quarter, a half and all; deterministic."""
    splats, parts = avatar.splats, avatar.binding.parts
    areas = _areas(avatar)
    weights = _weights(avatar, areas)
    colours = np.clip(0.5 + SH_C0 * splats.sh[:, 0], 0, 1) * _COLOUR_M
    points = np.concatenate([splats.means_m, colours], axis=1).astype(np.float64)
    faces = np.where(parts == Part.FACE, _FACE_WEIGHT, 1.0)
    counts = [-(-avatar.count // share) for share in _ONE_IN]
    found = clusterings(points, parts, weights * faces, areas, counts)
    levels = np.full(avatar.count, len(found), dtype=np.int64)
    for number, clustering in enumerate(found):
        levels[clustering.representatives] = len(found) - 1 - number
    permutation = np.lexsort((morton_codes(splats.means_m), parts, levels)).astype(np.int32)
    sizes = np.bincount(levels, minlength=len(found) + 1)
    order = StorageOrder(permutation, tuple(int(size) for size in sizes if size))
    owners = [order.inverse[clustering.owners][permutation] for clustering in reversed(found)]
    return LevelChoice(order, tuple(_without_empty(owners, sizes)), weights[permutation])


def _without_empty(owners: Sequence[Int32Array], sizes: np.ndarray) -> list[Int32Array]:
    """The clusterings of levels that add Gaussians, the finest left out: a small avatar has fewer levels."""
    filled = [owner for owner, size in zip(owners, sizes, strict=False) if size]
    return filled if sizes[-1] else filled[:-1]


def _areas(avatar: Avatar) -> Float64Array:
    """[N] > 0, of each Gaussian, as far as it is opaque."""
    scales = np.sort(avatar.splats.scales_m, axis=1).astype(np.float64)
    return scales[:, 1] * scales[:, 2] * np.maximum(avatar.splats.opacities, 1e-3)


def _weights(avatar: Avatar, areas: Float64Array) -> Float64Array:
    """[N] > 0, about 1 on the mean: how much of each Gaussian is seen."""
    splats = avatar.splats
    height_px = min(round(_PX_A_GAUSSIAN * avatar.count**0.5), _MOST_PX)
    pixels = seen(splats, views_around(avatar, _VIEWS, height_px))
    return pixels / max(pixels.mean(), 1e-9) + _HIDDEN * areas / areas.mean()
