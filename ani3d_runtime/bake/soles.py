"""The soles of an avatar's feet, from its Gaussians: heel and toes of either foot."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.body.foot_contacts import SIDES, Sole

_SOLID_OPACITY = 0.3
_LEAST_WEIGHT = 0.9
# A sole is the mean of so many of the lowest Gaussians of a joint; stray ones lie lower.
_LOWEST, _STRAY = 0.12, 0.02
_FEWEST = 12
# Where a joint carries too few, its sole is taken to lie so far below it.
_BELOW_JOINTS_M = 0.03


def soles_of(avatar: Avatar) -> list[Sole] | None:
    """Soles of the left and the right foot in the rest pose; None where the skeleton has no feet by name."""
    names = avatar.skeleton.joint_names
    feet = [[f"{side}_{part}" for part in ("ankle", "foot")] for side in SIDES]
    if not all(name in names for foot in feet for name in foot):
        return None
    return [
        Sole(joints, np.stack([_lowest_point(avatar, joint, joints) for joint in joints]))
        for joints in (tuple(names.index(name) for name in foot) for foot in feet)
    ]


def _lowest_point(avatar: Avatar, joint: int, foot: tuple[int, ...]) -> Float64Array:
    """[3] of what one joint of a foot carries."""
    binding, splats = avatar.binding, avatar.splats
    on_foot = np.where(np.isin(binding.joints, foot), binding.weights, 0).sum(axis=1)
    mostly = binding.joints[np.arange(avatar.count), binding.weights.argmax(axis=1)] == joint
    chosen = (on_foot >= _LEAST_WEIGHT) & mostly & (splats.opacities > _SOLID_OPACITY)
    points = splats.means_m[chosen].astype(np.float64)
    if len(points) < _FEWEST:
        skeleton = avatar.skeleton
        placed = skeleton.global_transforms(skeleton.rest_rotations_wxyz[None], skeleton.rest_translation_m[None])
        joints_m = placed[0, list(foot), :, 3]
        return np.array([*placed[0, joint, :, 3][:1], joints_m[:, 1].min() - _BELOW_JOINTS_M, placed[0, joint, 2, 3]])
    low, high = np.quantile(points[:, 1], (_STRAY, _LOWEST))
    lowest = points[(points[:, 1] >= low) & (points[:, 1] <= high)]
    return lowest.mean(axis=0)
