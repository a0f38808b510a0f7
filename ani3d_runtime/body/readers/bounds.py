"""Numbers of a motion file are held against what a motion can be, before anything is computed with them."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.body.readers.smpl_motion import SmplMotion
from ani3d_runtime.errors import MotionError

# Farther from the origin, in any unit, nothing is captured; and squares still are numbers.
_MOST = 1e12
_NOT_UNIT = 1e-3


def refuse_absurd(motion: CapturedMotion | SmplMotion, subject: str) -> None:
    """Refuse numbers that no motion has.

    Raises:
        MotionError: ``motion-not-finite``.
    """
    if isinstance(motion, SmplMotion):
        _refuse("rotation vectors", motion.poses, subject)
        _refuse("a path", motion.trans, subject)
        _refuse("betas", motion.betas, subject)
        return
    for name, values in (("offsets", motion.offsets), ("a path", motion.root_position), *_moved(motion)):
        _refuse(name, values, subject)
    _refuse_lengths("rotations", motion.rotations_wxyz, subject)
    _refuse_lengths("rotations of the pose it was built in", motion.rest_rotations_wxyz, subject)


def _moved(motion: CapturedMotion) -> list[tuple[str, Float64Array]]:
    return [(f"places of {motion.joint_names[joint]}", values) for joint, values in motion.positions.items()]


def _refuse(name: str, values: np.ndarray | None, subject: str) -> None:
    if values is not None and not (np.abs(values) < _MOST).all():
        raise _absurd(f"{name} with NaN, infinity, or numbers of {_MOST:g} and more", subject)


def _refuse_lengths(name: str, quats: Float64Array | None, subject: str) -> None:
    if quats is None:
        return
    _refuse(name, quats, subject)
    if not (np.abs(np.linalg.norm(quats, axis=-1) - 1) < _NOT_UNIT).all():
        raise _absurd(f"{name} that are no rotations: quaternions of other lengths than 1", subject)


def _absurd(found: str, subject: str) -> MotionError:
    return MotionError(
        "motion-not-finite", subject, found=found, expected="finite numbers", fix="Repair or trim the capture."
    )
