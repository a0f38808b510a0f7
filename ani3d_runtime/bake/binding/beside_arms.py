"""What lies beside an arm that hangs: skirts and trousers, which are not the arm's although it is nearest.

A hand has no clothes, and sleeves lie near their arms. What is farther from an arm than a sleeve would be, and near the
trunk or a leg as well, is clothing of these.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.bake.binding.surface import BodySurface

# How far from each part of an arm its skin and sleeves are, and how near another part of the body must be.
_MOST_M = (("hand", 0.025), ("wrist", 0.03), ("elbow", 0.05), ("shoulder", 0.07))
_NEAR_M = 0.25


class BesideArms:
    """Anchors of Gaussians that are not the arms'.

    Args:
        surface: of the posed body.
        joint_names: J, in the order of its weights.
    """

    def __init__(self, surface: BodySurface, joint_names: tuple[str, ...]) -> None:
        strongest = surface.weights.argmax(axis=1)
        # Without end where a point is no arm's.
        self._most_m = np.full(len(strongest), np.inf, dtype=np.float32)
        for joint, name in enumerate(joint_names):
            for part, most_m in _MOST_M:
                if name.endswith(part):
                    self._most_m[strongest == joint] = most_m
        self._arms, self._others = (
            np.flatnonzero(which).astype(np.int32) for which in (np.isfinite(self._most_m), np.isinf(self._most_m))
        )
        self._arm_tree, self._other_tree = KDTree(surface.points_m[self._arms]), KDTree(surface.points_m[self._others])

    def kept(self, means: Float32Array, anchors: Int32Array) -> Int32Array:
        """[N] anchors, elsewhere on the body where [N, 3] Gaussians are too far from the arm that they are on."""
        on_arms = np.flatnonzero(np.isfinite(self._most_m[anchors]))
        if not len(on_arms):
            return anchors
        # To the nearest point of the arm: neighbours voted for the anchor, which may be farther.
        found = self._arm_tree.query(means[on_arms], workers=-1)
        arm_m, place = np.asarray(found[0]), np.asarray(found[1])
        far = on_arms[arm_m > self._most_m[self._arms[place]]]
        found = self._other_tree.query(means[far], distance_upper_bound=_NEAR_M, workers=-1)
        other_m, place = np.asarray(found[0]), np.asarray(found[1])
        is_near = np.isfinite(other_m)
        moved = anchors.copy()
        moved[far[is_near]] = self._others[place[is_near]]
        return moved
