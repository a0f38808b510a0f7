"""Heel, ball and tip of either foot's sole, from the joints of a skeleton: where a foot meets the floor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ani3d_runtime.arrays import Float64Array, Int32Array
from ani3d_runtime.body.foot_contacts import SIDES
from ani3d_runtime.body.leg_reach import LEG_JOINTS
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError

# The soles of a standing adult lie this share of the leg's length below the toe joints.
SOLE_BELOW_TOES = 0.034
# Of the length from ankle to toe joint: how far the heel reaches behind the ankle, and the tip beyond the toe joint.
_HEEL_BEHIND, _TIP_AHEAD = 0.31, 0.34


class SolePoints(NamedTuple):
    """Points of both soles.

    Attributes:
        legs: [2, 4] int32 hip, knee, ankle and toe joint of the left and the right leg.
        joints: [2, 3] int32 that carry heel, ball and tip.
        offsets_m: [2, 3, 3] of them from the joint that carries them, in the zero pose.
    """

    legs: Int32Array
    joints: Int32Array
    offsets_m: Float64Array

    def posed(self, motion: Motion, skeleton: Skeleton) -> Float64Array:
        """[T, 2, 3, 3] where the points are in every frame, metres."""
        carried = skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[:, self.joints]
        return np.einsum("tspab,spb->tspa", carried[..., :3].astype(np.float64), self.offsets_m) + carried[..., 3]


def has_legs(skeleton: Skeleton) -> bool:
    """Whether a skeleton has hips, knees, ankles and feet under their names in SMPL."""
    return not missing_of_legs(skeleton)


def missing_of_legs(skeleton: Skeleton) -> tuple[str, ...]:
    """Joints of legs that a skeleton does not have."""
    wanted = (f"{side}_{joint}" for side in SIDES for joint in LEG_JOINTS)
    return tuple(joint for joint in wanted if joint not in skeleton.joint_names)


def sole_points(skeleton: Skeleton) -> SolePoints:
    """The points of a skeleton.

    Raises:
        MotionError: ``retarget-no-legs``.
    """
    missing = missing_of_legs(skeleton)
    if missing:
        raise MotionError(
            "retarget-no-legs",
            "foot lock",
            found=f"an avatar without {', '.join(missing)}",
            expected="hips, knees, ankles and feet under their names in SMPL",
            fix="Leave the feet unlocked.",
        )
    names, zero = skeleton.joint_names, skeleton.zero_joints_m.astype(np.float64)
    legs = np.array([[names.index(f"{side}_{joint}") for joint in LEG_JOINTS] for side in SIDES], dtype=np.int32)
    joints = np.stack([legs[:, 2], legs[:, 3], legs[:, 3]], axis=1)
    offsets = np.zeros((2, 3, 3))
    for side, (hip, knee, ankle, toe) in enumerate(legs):
        leg_m = float(np.linalg.norm(zero[hip] - zero[knee]) + np.linalg.norm(zero[knee] - zero[ankle]))
        ahead = zero[toe] - zero[ankle]
        ahead[1] = 0.0
        floor_m = zero[toe, 1] - SOLE_BELOW_TOES * leg_m
        places = (zero[ankle] - _HEEL_BEHIND * ahead, zero[toe], zero[toe] + _TIP_AHEAD * ahead)
        for point, (place, joint) in enumerate(zip(places, joints[side], strict=True)):
            offsets[side, point] = np.array([place[0], floor_m, place[2]]) - zero[joint]
    return SolePoints(legs, joints, offsets)
