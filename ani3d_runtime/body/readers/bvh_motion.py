"""A BVH file as the motion of a body."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ani3d_runtime.body.mapping import guess_mapping, read_mapping
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.bvh import BvhMotion, read_bvh
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.retarget import Capture, Reference, find_reference, leg_length_m, retarget
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError

METRES_PER_UNIT = {"m": 1.0, "cm": 0.01, "inch": 0.0254}
# Heights between ankle and head joint that a person may have.
_MIN_HEIGHT_M, _MAX_HEIGHT_M = 0.8, 2.3
# A first frame this far from the second is a calibration pose.
_JUMP_RAD = 0.3


def read_bvh_motion(
    path: Path | str, skeleton: Skeleton, *, name: str, unit: str, mapping: Path | str | None, say: Say
) -> Motion:
    """Read a BVH file and retarget it to a skeleton.

    Args:
        path: the file.
        skeleton: the body's.
        name: name of the motion.
        unit: ``auto``, ``m``, ``cm`` or ``inch``.
        mapping: a JSON file of joint names, or None to recognise CMU's and Mixamo's.
        say: takes one sentence per decision.

    Raises:
        MotionError: ``bvh-*``, ``mapping-*``, ``motion-*``, ``retarget-no-reference``.
    """
    bvh = read_bvh(path)
    label = Path(path).name
    if mapping is None:
        body_joints, style = guess_mapping(bvh.joint_names, str(path))
    else:
        body_joints, style = read_mapping(mapping, bvh.joint_names, skeleton.joint_names), "mapped"
    capture = Capture(bvh.parents, bvh.offsets, bvh.rotations_wxyz, bvh.root_position, bvh.fps, body_joints)
    reference = find_reference(capture, str(path))
    say(
        f"{label}: {style} names, {len(body_joints)} of {int((~bvh.is_end).sum())} joints matched, "
        f"{bvh.fps:g} frames/s; {reference.axes} axes, compared in {reference.source}"
    )
    if bvh.frame_count > bvh.declared_frame_count:
        say(f"{label}: holds {bvh.frame_count} frames, though it declares {bvh.declared_frame_count}; all are taken")
    _say_unit(label, bvh, capture, reference, skeleton, unit, say)
    motion = retarget(capture, skeleton, reference, name)
    if _starts_with_calibration(motion):
        say(f"{label}: its first frame is a calibration pose, and is kept (MotionOptions.start = 1 leaves it out)")
    return motion


def _say_unit(
    label: str, bvh: BvhMotion, capture: Capture, reference: Reference, skeleton: Skeleton, unit: str, say: Say
) -> None:
    """State the unit asked for or found. The path is scaled by the legs, so a wrong guess cannot hurt it."""
    joints = capture.joint_of
    top = joints.get("head", joints.get("neck", joints["left_shoulder"]))
    height = float(reference.positions[top, 1] - reference.positions[joints["left_ankle"], 1])
    legs = float(np.linalg.norm(bvh.offsets[joints["left_knee"]]) + np.linalg.norm(bvh.offsets[joints["left_ankle"]]))
    if unit == "auto":
        fits = [known for known, metres in METRES_PER_UNIT.items() if _is_person(height * metres)]
        if len(fits) == 1:
            say(f"{label}: unit taken as {fits[0]} (ankle to head {height * METRES_PER_UNIT[fits[0]]:.2f} m)")
        else:
            metres = leg_length_m(skeleton) / max(legs, 1e-9)
            say(f"{label}: no known unit gives a person; by the length of its legs one unit is {metres:.4g} m")
    elif not _is_person(height * METRES_PER_UNIT[unit]):
        raise MotionError(
            "bvh-unit",
            label,
            found=f"a body of {height * METRES_PER_UNIT[unit]:.3g} m from ankle to head in {unit}",
            expected=f"{_MIN_HEIGHT_M} to {_MAX_HEIGHT_M} m",
            fix="Give another unit, or leave it to be found.",
        )


def _is_person(height_m: float) -> bool:
    return _MIN_HEIGHT_M <= height_m <= _MAX_HEIGHT_M


def _starts_with_calibration(motion: Motion) -> bool:
    if motion.frame_count < 3:
        return False
    quats = motion.joint_rotations_wxyz[:3].astype(np.float64)
    cosines = np.abs((quats[1:] * quats[:-1]).sum(axis=2)).clip(0, 1)
    steps = (2 * np.arccos(cosines)).mean(axis=1)
    return bool(steps[0] > _JUMP_RAD and steps[0] > 5 * steps[1])
