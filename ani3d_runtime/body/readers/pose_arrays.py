"""PoseArrays: a motion of a body of the SMPL family, as rotation vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.joint_layouts import conformed, layout_names
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.geometry.frames import points_from_axes, rotation_from_axes
from ani3d_runtime.geometry.quaternion import multiply, quaternion_from_rotation_vector


@dataclass(frozen=True)
class PoseArrays:
    """A motion as its file holds it, in its own axes.

    Attributes:
        rotation_vectors: [T, J, 3] local, the root first, radians.
        trans: [T, 3] added to the root joint's zero position, metres; None where the file has none.
        fps: frames per second, Hz.
        joint_names: J names; None where the file tells them by their number alone.
        betas: [B] shape of the captured body; None where unknown.
    """

    rotation_vectors: Float64Array
    trans: Float64Array | None
    fps: float
    joint_names: tuple[str, ...] | None = None
    betas: Float32Array | None = None


def motion_of_poses(
    arrays: PoseArrays, skeleton: Skeleton, *, path: Path | str, name: str, axes: str, say: Say
) -> Motion:
    """Poses of the SMPL family as the motion of a skeleton.

    Args:
        arrays: what a reader found in the file.
        skeleton: the body's; its joints are filled by name.
        path: the file, for messages.
        name: name of the motion.
        axes: ``yup`` or ``zup``.
        say: takes one sentence per decision.

    Raises:
        MotionError: ``motion-*``.
    """
    frames, joints = arrays.rotation_vectors.shape[:2]
    rotations = quaternion_from_rotation_vector(arrays.rotation_vectors)
    rotations[:, 0] = multiply(rotation_from_axes(axes), rotations[:, 0])
    names = arrays.joint_names or layout_names(joints, skeleton, str(path))
    local, lost = conformed(names, rotations.astype(np.float32), skeleton, str(path))
    if lost:
        say(f"{Path(path).name}: the body has no {', '.join(lost[:4])}{' …' if len(lost) > 4 else ''}; left out")
    if arrays.trans is None:
        say(f"{Path(path).name}: no trans; the root stays in place")
        root = np.zeros((frames, 3))
    else:
        # trans is added to the root joint's zero position before the world is turned, and after: solve for what to add.
        zero = skeleton.zero_joints_m[0].astype(np.float64)
        root = points_from_axes(arrays.trans + zero, axes) - zero
    return Motion(name, arrays.fps, skeleton.joint_names, root.astype(np.float32), local, arrays.betas)
