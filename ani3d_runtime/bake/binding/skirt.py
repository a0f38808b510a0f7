"""Skirts: cloth about both legs at once, which hangs from the waist and follows no single leg.

Bound by what is near, each half of a skirt turns with its leg, all the way: it is torn open when legs close, and
stands up with the thighs in a squat. So what hangs free of the legs is carried by the pelvis as well. A skirt is known
by cloth in front of the gap between the legs and behind it, of some length; trousers have none there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.bake.binding.surface import BodySurface

_LEG = ("hip", "knee", "ankle", "foot")
_REGIONS = (
    tuple(f"left_{part}" for part in _LEG),
    tuple(f"right_{part}" for part in _LEG),
    ("pelvis",),
    ("left_wrist", "left_hand", "right_wrist", "right_hand"),
)
# Cloth across the gap: so far from both legs, as far from the one as from the other, well above the floor.
_FREE_M, _EVEN_M, _OVER_FLOOR_M = 0.03, 0.04, 0.10
# It is a skirt with so much of it before the legs' fronts and behind their backs; trousers so wide that they meet do so
# between these.
_LEAST_LENGTH_M, _FEWEST = 0.07, 8
_INSIDE_M, _MOST_INSIDE = 0.01, 0.3
# So far from a hand is no skin; so far from each other in the zero pose are a hand and a leg, or both legs' outsides.
_BEYOND_HAND_M, _ELSEWHERE_M = 0.03, 0.4
# From the first distance from the body on the pelvis carries some, from the second on this share.
_CLOSE_M, _LOOSE_M, _PELVIS_SHARE = 0.015, 0.05, 0.6
# The outermost cloth about the legs, in cells of height and angle.
_CELL_M, _SECTORS, _OUTERMOST = 0.04, 24, 0.8


@dataclass(frozen=True)
class Skirt:
    """Which Gaussians are a skirt's.

    Attributes:
        rows: [C] of the skirt.
        anchors: [C] the nearest points of the lower body.
        shares: [C] of the weight that the pelvis takes over.
    """

    rows: Int32Array
    anchors: Int32Array
    shares: Float32Array

    @classmethod
    def of(
        cls,
        means: Float32Array,
        anchors: Int32Array,
        neighbours: Int32Array,
        surface: BodySurface,
        joint_names: tuple[str, ...],
    ) -> Skirt:
        """Look for a skirt.

        Args:
            means: [N, 3] Gaussians on the posed body.
            anchors: [N] surface points that they seem to belong to.
            neighbours: [N, K] nearest other Gaussians.
            surface: of the posed body.
            joint_names: J, in the order of its weights; empty where nobody knows, and nothing is a skirt.
        """
        nothing = cls(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
        left, right, pelvis, hands = (_on(surface, joint_names, joints) for joints in _REGIONS)
        if not (len(left) and len(right) and len(pelvis)):
            return nothing
        lower = np.concatenate([left, right, pelvis])
        # Cloth that flares out beyond a hand is nearer to it than to the legs.
        beyond = np.isin(anchors, hands) & (np.linalg.norm(means - surface.points_m[anchors], axis=1) > _BEYOND_HAND_M)
        free = np.flatnonzero(np.isin(anchors, lower) | beyond).astype(np.int32)
        some, legs = means[free], surface.points_m[np.concatenate([left, right])]
        across = _across(some, surface, left, right)
        if not _is_skirt(some[across], legs):
            return nothing
        found = KDTree(surface.points_m[lower]).query(some, workers=-1)
        to_body = np.asarray(found[0], dtype=np.float32)
        is_open = (to_body > _LOOSE_M) | ((to_body > _CLOSE_M) & _outermost(some, legs))
        grown = _grown(free[across], free[is_open], neighbours, len(means))[free]
        share = _PELVIS_SHARE * np.clip((to_body[grown] - _CLOSE_M) / (_LOOSE_M - _CLOSE_M), 0, 1)
        return cls(free[grown], lower[np.asarray(found[1])[grown]].astype(np.int32), share.astype(np.float32))

    def kept(self, anchors: Int32Array, surface: BodySurface) -> Int32Array:
        """[N] anchors, on the lower body where a Gaussian is the skirt's and its anchor is an arm's."""
        moved = anchors.copy()
        far = np.linalg.norm(surface.zero_points_m[anchors[self.rows]] - surface.zero_points_m[self.anchors], axis=1)
        away = far > _ELSEWHERE_M
        moved[self.rows[away]] = self.anchors[away]
        return moved

    def carried(self, weights: Float32Array, pelvis: int) -> Float32Array:
        """[N, J] weights in which the pelvis carries the skirt, too."""
        result = weights.copy()
        result[self.rows] *= (1 - self.shares)[:, None]
        result[self.rows, pelvis] += self.shares
        return result


def _on(surface: BodySurface, joint_names: tuple[str, ...], joints: tuple[str, ...]) -> NDArray[np.int_]:
    """Surface points that hang on some joints foremost."""
    numbers = [joint_names.index(joint) for joint in joints if joint in joint_names]
    return np.flatnonzero(np.isin(surface.weights.argmax(axis=1), numbers))


def _across(
    means: Float32Array, surface: BodySurface, left: NDArray[np.int_], right: NDArray[np.int_]
) -> NDArray[np.bool_]:
    """[F] what is across the gap between two legs."""
    points = surface.points_m
    to_left, to_right = (np.asarray(KDTree(points[leg]).query(means, workers=-1)[0]) for leg in (left, right))
    across = (np.abs(to_left - to_right) < _EVEN_M) & (np.minimum(to_left, to_right) > _FREE_M)
    floor = float(points[:, 1].min())
    return across & (means[:, 1] < _crotch_m(surface, left, right)) & (means[:, 1] > floor + _OVER_FLOOR_M)


def _crotch_m(surface: BodySurface, left: NDArray[np.int_], right: NDArray[np.int_]) -> float:
    """Height below which the legs are apart: of the highest points that nearly meet."""
    apart, _ = KDTree(surface.points_m[left]).query(surface.points_m[right])
    meeting = right[np.asarray(apart) < _FREE_M]
    return float(surface.points_m[meeting if len(meeting) else right, 1].max())


def _is_skirt(across: Float32Array, legs: Float32Array) -> bool:
    """Whether what is across the gap [A, 3] is in front of the legs [L, 3] and behind them, and little is inside."""
    row = np.floor(legs[:, 1] / _CELL_M)
    rows = np.unique(row)
    front, back = (
        np.interp(across[:, 1], (rows + 0.5) * _CELL_M, [float(end(legs[row == one, 2])) for one in rows])
        for end in (np.max, np.min)
    )
    ahead, behind = across[:, 2] > front - _INSIDE_M, across[:, 2] < back + _INSIDE_M
    if min(ahead.sum(), behind.sum()) < _FEWEST or (~ahead & ~behind).sum() > _MOST_INSIDE * len(across):
        return False
    return all(float(np.ptp(np.quantile(across[side, 1], [0.05, 0.95]))) > _LEAST_LENGTH_M for side in (ahead, behind))


def _outermost(means: Float32Array, legs: Float32Array) -> NDArray[np.bool_]:
    """[F] whether a Gaussian is about as far out from the middle of the legs as any at its height and angle."""
    aside = means[:, [0, 2]] - np.median(legs[:, [0, 2]], axis=0)
    radius = np.linalg.norm(aside, axis=1)
    angle = np.floor((np.arctan2(aside[:, 1], aside[:, 0]) / np.pi + 1) / 2 * (_SECTORS - 1e-6)).astype(np.int64)
    row = np.floor((means[:, 1] - means[:, 1].min()) / _CELL_M).astype(np.int64)
    cell = row * _SECTORS + angle
    farthest = np.zeros(cell.max() + 1)
    np.maximum.at(farthest, cell, radius)
    return radius > _OUTERMOST * farthest[cell]


def _grown(seeds: Int32Array, allowed: Int32Array, neighbours: Int32Array, count: int) -> NDArray[np.bool_]:
    """[N] what hangs together with the seeds through Gaussians that are allowed."""
    is_allowed = np.zeros(count, dtype=bool)
    is_allowed[allowed] = True
    grown = np.zeros(count, dtype=bool)
    grown[seeds] = True
    while True:
        more = grown | (is_allowed & grown[neighbours].any(axis=1))
        if (more == grown).all():
            return grown
        grown = more
