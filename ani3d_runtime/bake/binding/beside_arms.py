"""Arms that hang beside the body: which Gaussians are theirs, and which are the clothes' that they touch.

Where a Gaussian is near an arm and near another part of the body, and these two are far apart in the zero pose, three
things tell: how far it is from the arm and from the rest, whether its colour is that of this stretch of the arm or of
the body about it, and what its neighbours of the same colour are. Colours are learnt where distances leave no doubt:
on the arm's outer side, and on the body away from the arms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.bake.binding.colour_space import lab_of
from ani3d_runtime.bake.binding.surface import BodySurface
from ani3d_runtime.splats import SplatCloud

# How far from each part of an arm its skin and sleeves are, in the mean.
_SPREAD_M = (("hand", 0.008), ("wrist", 0.009), ("elbow", 0.011), ("shoulder", 0.016))
# The body's own clothes lie near it, skirts anywhere.
_BODY_SPREAD_M, _LOOSE_LOG = 0.016, -3.0
# Farther from an arm, or from the rest of the body, there is no question.
_ARM_REACH_M, _BODY_REACH_M = 0.10, 0.25
# Points of an arm and of the rest this near in the zero pose are one surface, as in an armpit.
_ONE_SURFACE_M = 0.15
# Nearer to the one than to the other by so much, a Gaussian is a sample of its colours.
_CLEARLY_M, _OUTER_M, _SURELY_BODY_M = 0.03, 0.055, 0.06
_SAMPLES, _FEWEST_SAMPLES = 32, 8
_TONE_LAB, _RARE = 8.0, 0.01
_LEARNING_ROUNDS, _ROUNDS, _NEIGHBOURS_COUNT = 3, 4, 4.0
_SURE = 2.0
_CHUNK = 16384


@dataclass(frozen=True)
class BesideArms:
    """Which Gaussians near hanging arms are the arms'.

    Attributes:
        rows: [C] Gaussians that could be either's.
        anchors: [C] surface point that each is nearest to, of what it belongs to.
        is_arm: [C].
        on_arm: [P] whether a surface point is an arm's.
    """

    rows: Int32Array
    anchors: Int32Array
    is_arm: NDArray[np.bool_]
    on_arm: NDArray[np.bool_]

    @classmethod
    def of(
        cls, cloud: SplatCloud, neighbours: Int32Array, surface: BodySurface, joint_names: tuple[str, ...]
    ) -> BesideArms:
        """Look at a cloud on a posed body.

        Args:
            cloud: N Gaussians, metres.
            neighbours: [N, K] nearest other Gaussians.
            surface: of the posed body.
            joint_names: J, in the order of its weights; empty where nobody knows, and nothing is an arm.
        """
        spread_m = _spreads(surface, joint_names)
        on_arm = np.isfinite(spread_m)
        nothing = np.zeros(0, dtype=np.int32)
        if not on_arm.any() or on_arm.all():
            return cls(nothing, nothing, nothing.astype(bool), on_arm)
        means = cloud.means_m
        arm_m, arm = _nearest(surface, np.flatnonzero(on_arm), means, np.inf)
        body_m, body = _nearest(surface, np.flatnonzero(~on_arm), means, np.inf)
        is_apart = np.linalg.norm(surface.zero_points_m[arm] - surface.zero_points_m[body], axis=1) > _ONE_SURFACE_M
        rows = np.flatnonzero(is_apart & (arm_m < _ARM_REACH_M) & (body_m < _BODY_REACH_M)).astype(np.int32)
        if not len(rows):
            return cls(nothing, nothing, nothing.astype(bool), on_arm)
        spread = spread_m[arm]
        for_arm = -arm_m / spread
        for_body = np.maximum(-body_m / _BODY_SPREAD_M, _LOOSE_LOG)
        tones = lab_of(cloud)
        surely_arm = (arm_m < 2 * spread) & (body_m - arm_m > _CLEARLY_M) & (body_m > _OUTER_M)
        surely_body = ((arm_m - body_m > _CLEARLY_M) | (arm_m > _SURELY_BODY_M)) & (body_m < _BODY_REACH_M)
        by_place = (for_arm - for_body)[rows]
        score = np.where(surely_body, -_SURE, _SURE).astype(np.float32) * (surely_arm | surely_body)
        for _ in range(_LEARNING_ROUNDS):
            # What is found sure in one round is a sample of the next: at first no palm is.
            colour = _how_alike(tones, rows, np.flatnonzero(score >= _SURE), surface.zero_points_m[arm])
            colour -= _how_alike(tones, rows, np.flatnonzero(score <= -_SURE), means)
            score[rows] = by_place + colour
            score = _agreed(score, rows, neighbours, tones)
        is_arm = score[rows] > 0
        return cls(rows, np.where(is_arm, arm[rows], body[rows]).astype(np.int32), is_arm, on_arm)

    def kept(self, anchors: Int32Array) -> Int32Array:
        """[N] anchors, moved where a Gaussian is on an arm and not the arm's, or the other way round."""
        moved = anchors.copy()
        is_wrong = self.on_arm[anchors[self.rows]] != self.is_arm
        moved[self.rows[is_wrong]] = self.anchors[is_wrong]
        return moved


def _spreads(surface: BodySurface, joint_names: tuple[str, ...]) -> Float32Array:
    """[P] how far an arm's Gaussians are from its points; without end where a point is no arm's."""
    strongest = surface.weights.argmax(axis=1)
    spreads = np.full(len(strongest), np.inf, dtype=np.float32)
    for joint, name in enumerate(joint_names):
        for part, spread_m in _SPREAD_M:
            if name.endswith(part):
                spreads[strongest == joint] = spread_m
    return spreads


def _nearest(
    surface: BodySurface, among: NDArray[np.int_], means: Float32Array, most_m: float
) -> tuple[Float32Array, Int32Array]:
    """[N] metres to the nearest of some surface points, and [N] which."""
    found = KDTree(surface.points_m[among]).query(means, distance_upper_bound=most_m, workers=-1)
    return np.asarray(found[0], dtype=np.float32), among[np.asarray(found[1])].astype(np.int32)


def _how_alike(tones: Float32Array, rows: Int32Array, samples: NDArray[np.int_], places: Float32Array) -> Float32Array:
    """[C] logarithm of the share of the nearest samples, by [N, 3] places, that have about the colour of a Gaussian."""
    alike = np.full(len(rows), np.log(0.5), dtype=np.float32)
    if len(samples) < _FEWEST_SAMPLES:
        return alike
    tree, count = KDTree(places[samples]), min(_SAMPLES, len(samples))
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        near = samples[np.asarray(tree.query(places[some], k=count, workers=-1)[1]).reshape(len(some), count)]
        squared = ((tones[near] - tones[some, None]) ** 2).sum(axis=2)
        alike[start : start + _CHUNK] = np.log(np.exp(-0.5 * squared / _TONE_LAB**2).mean(axis=1) + _RARE)
    return alike


def _agreed(score: Float32Array, rows: Int32Array, neighbours: Int32Array, tones: Float32Array) -> Float32Array:
    """[N] scores with those of neighbours of about the same colour."""
    around = neighbours[rows]
    squared = ((tones[around] - tones[rows, None]) ** 2).sum(axis=2)
    alike = np.exp(-0.5 * squared / _TONE_LAB**2)
    own, result = score[rows], score.copy()
    for _ in range(_ROUNDS):
        result[rows] = own + _NEIGHBOURS_COUNT * (alike * np.tanh(result[around])).sum(axis=1) / around.shape[1]
    return result
