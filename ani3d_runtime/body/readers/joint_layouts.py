"""Joint layouts of motion files, and taking a motion from one to another by joint name.

SMPL has 24 joints, SMPL-H (MANO hands) 52, SMPL-X 55; the first 22, the body, are the same in all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.joint_names import LAYOUTS
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import rotation_vector_from_quaternion

# A rotation below this is a pose left alone, not movement that would be lost.
_STILL_RAD = 1e-3


def layout_of(joint_count: int) -> tuple[str, ...] | None:
    """Joint names of the SMPL family's layout with that many joints (22, 24, 52 or 55); None where there is none."""
    return LAYOUTS.get(joint_count)


def layout_names(joint_count: int, skeleton: Skeleton, subject: str) -> tuple[str, ...]:
    """Joint names of a motion that states only how many joints it has.

    Raises:
        MotionError: ``motion-joint-count`` where neither the SMPL family nor the skeleton has that many.
    """
    if joint_count == skeleton.joint_count:
        return skeleton.joint_names
    names = layout_of(joint_count)
    if names is None:
        raise MotionError(
            "motion-joint-count",
            subject,
            found=f"{joint_count} joints",
            expected=f"{skeleton.joint_count} as the skeleton has, or 22, 24 (SMPL), 52 (SMPL-H) or 55 (SMPL-X)",
            fix="Convert the motion to one of these layouts, or add an array joint_names to the file.",
        )
    return names


def conformed(
    joint_names: Sequence[str], rotations_wxyz: Float32Array, skeleton: Skeleton, subject: str
) -> tuple[Float32Array, tuple[str, ...]]:
    """Local rotations [T, K, 4] of the named joints in the order of a skeleton: [T, J, 4].

    Joints that the motion does not have stay at identity.

    Returns:
        The rotations, and the names of moving joints that the skeleton does not have.

    Raises:
        MotionError: ``motion-joint-mismatch`` where they share no root or too few joints to be the same body.
    """
    index = {name: k for k, name in enumerate(joint_names)}
    shared = [name for name in skeleton.joint_names if name in index]
    if skeleton.joint_names[0] not in index or len(shared) < min(len(index), skeleton.joint_count) // 2:
        raise MotionError(
            "motion-joint-mismatch",
            subject,
            found=f"{len(index)} joints, {len(shared)} of them in the skeleton: {', '.join(list(index)[:6])} …",
            expected=f"the joints of the skeleton: {', '.join(skeleton.joint_names[:6])} …",
            fix="Map the motion's joints to the skeleton's with a mapping file.",
        )
    result = np.zeros((len(rotations_wxyz), skeleton.joint_count, 4), dtype=np.float32)
    result[..., 0] = 1
    for joint, name in enumerate(skeleton.joint_names):
        if name in index:
            result[:, joint] = rotations_wxyz[:, index[name]]
    lost = [
        name
        for name, k in index.items()
        if name not in skeleton.joint_names
        and np.abs(rotation_vector_from_quaternion(rotations_wxyz[:, k])).max() > _STILL_RAD
    ]
    return result, tuple(lost)
