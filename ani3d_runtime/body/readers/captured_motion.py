"""A captured motion, from whatever file, as the motion of a body: names, path, axes, reference, unit, doubts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.mapping import guess_mapping, read_mapping
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.readers.captured import CapturedMotion
from ani3d_runtime.body.readers.motion_doubts import doubts_about, floating, off_floor
from ani3d_runtime.body.readers.notes import Say, silent
from ani3d_runtime.body.readers.options import METRES_PER_UNIT, MotionOptions
from ani3d_runtime.body.readers.path_unit import judged_path_unit
from ani3d_runtime.body.reference import chosen_reference, designed_reference
from ani3d_runtime.body.retarget import Capture, Reference, leg_length_m, retarget, soles_m
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.body.world_axes import World, judged_world
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import conjugate, multiply, rotate

# Heights between ankle and head joint that a person may have.
_MIN_HEIGHT_M, _MAX_HEIGHT_M = 0.8, 2.3
# A first frame this far from the second is a calibration pose.
_JUMP_RAD = 0.3
# Soles so far from a floor at zero are in the air, or in the ground.
_OFF_M, _FAR_OFF_M = 0.03, 0.25
# Feet that point so far against where the hips face are a mirror's.
_MIRRORED_COSINE = -0.4


def captured_motion(
    captured: CapturedMotion, skeleton: Skeleton, *, name: str, options: MotionOptions, subject: str, say: Say
) -> Motion:
    """Retarget a captured motion to a body.

    Args:
        captured: as its file has it.
        skeleton: the body's.
        name: name of the motion.
        options: how the user says that it is to be understood.
        subject: its file, for notes and errors.
        say: takes one sentence per decision, and doubts.

    Raises:
        MotionError: ``mapping-*``, ``retarget-*``, ``motion-unit``. UsageError: ``motion-option``.
    """
    label = subject.rsplit("/", 1)[-1]
    body_joints, style = matched_joints(captured, skeleton, options, subject)
    captured, capture = _right_handed(captured, body_joints, label, say)
    world = world_of(captured, capture, options, subject)
    reference = chosen_reference(capture, world.turn_wxyz, options.reference_frame, subject)
    say(
        f"{label}: {style} names, {len(body_joints)} of {int((~captured.is_end).sum())} joints matched, "
        f"{captured.fps:g} frames/s; {world.name} axes ({world.why}), compared in {reference.source}"
    )
    if world.doubt is not None:
        say(world.doubt)
    _say_unit(label, captured, capture, reference, skeleton, options.unit, say)
    capture = _in_one_unit(capture, world, reference, label, say)
    motion = retarget(capture, skeleton, reference, name, world.turn_wxyz)
    if starts_with_calibration(motion):
        say(f"{label}: its first frame is a calibration pose, and is kept (--start-frame 1 leaves it out)")
    for doubt in doubts_about(motion, skeleton, subject):
        say(doubt)
    above_m = soles_m(motion, skeleton)
    if options.ground == "keep" and world.doubt is None:
        if abs(above_m) > _FAR_OFF_M:
            say(floating(above_m, subject))
        elif abs(above_m) > _OFF_M:
            say(off_floor(label, above_m))
    return motion


def upright_capture(
    captured: CapturedMotion, body_joints: dict[int, str], subject: str, say: Say = silent
) -> tuple[Capture, Float64Array]:
    """A capture in our axes, and the pose that it stands in: what a live source gives of a file.

    Args:
        captured: as its file has it.
        body_joints: joint → body joint.
        subject: its file.
        say: takes what is decided, and doubts.

    Returns:
        The capture, rooted at its pelvis, and [K, 4] local rotations of its reference.

    Raises:
        MotionError: ``retarget-no-reference``.
    """
    options = MotionOptions()
    captured, capture = _right_handed(captured, body_joints, subject, say)
    world = world_of(captured, capture, options, subject)
    if world.doubt is not None:
        say(world.doubt)
    reference = chosen_reference(capture, world.turn_wxyz, None, subject)
    local = reference.rotations_wxyz.copy()
    local[1:] = multiply(conjugate(reference.rotations_wxyz[capture.parents[1:]]), reference.rotations_wxyz[1:])
    return capture.turned(world.turn_wxyz), local


def matched_joints(
    captured: CapturedMotion, skeleton: Skeleton, options: MotionOptions, subject: str
) -> tuple[dict[int, str], str]:
    """Joint of the capture → joint of the body, and what the naming is called.

    Raises:
        MotionError: ``retarget-unknown-joints``, ``mapping-*``.
    """
    if options.mapping is None:
        return guess_mapping(captured.joint_names, subject)
    return read_mapping(options.mapping, captured.joint_names, skeleton.joint_names), "mapped"


def rooted(captured: CapturedMotion, body_joints: dict[int, str]) -> Capture:
    """The capture, its path at its pelvis."""
    pelvis = next(joint for joint, ours in body_joints.items() if ours == "pelvis")
    return captured.rooted_at(pelvis, body_joints)


def world_of(captured: CapturedMotion, capture: Capture, options: MotionOptions, subject: str) -> World:
    """The axes of a capture's world."""
    joints = capture.joint_of
    _, places = capture.forward()
    top = joints.get("head", joints.get("neck", joints["left_shoulder"]))
    designed = designed_reference(capture)
    stated = () if captured.axes is None else ((captured.axes, "as the file says"),)
    hints = (*stated, *(() if designed is None else ((designed[1], "as its zero pose stands"),)))
    leg = _leg(places[0], joints)
    pelvis = places[:, joints["pelvis"]]
    return judged_world(places[:, top] - pelvis, pelvis / leg, given=options.axes, hints=hints, subject=subject)


def _right_handed(
    captured: CapturedMotion, body_joints: dict[int, str], label: str, say: Say
) -> tuple[CapturedMotion, Capture]:
    """The capture, mirrored back where its feet point to behind its hips."""
    capture = rooted(captured, body_joints)
    joints = capture.joint_of
    if "head" not in joints or "left_foot" not in joints or "right_foot" not in joints:
        return captured, capture
    _, places = capture.forward()
    across = places[:, joints["left_hip"]] - places[:, joints["right_hip"]]
    ahead = _unit(np.cross(across, places[:, joints["head"]] - places[:, joints["pelvis"]]))
    feet = [
        (_unit(places[:, joints[f"{side}_foot"]] - places[:, joints[f"{side}_ankle"]]) * ahead).sum(axis=1)
        for side in ("left", "right")
    ]
    if float(np.median(feet)) > _MIRRORED_COSINE:
        return captured, capture
    say(f"{label}: left-handed axes, judged by its feet; mirrored back")
    captured = captured.mirrored()
    return captured, rooted(captured, body_joints)


def _in_one_unit(capture: Capture, world: World, reference: Reference, label: str, say: Say) -> Capture:
    leg = _leg(reference.positions, capture.joint_of)
    unit = judged_path_unit(rotate(world.turn_wxyz, capture.root_position), leg, capture.fps, label)
    if unit.note is not None:
        say(f"{label}: {unit.note}")
    if unit.doubt is not None:
        say(unit.doubt)
    return capture if unit.factor == 1 else replace(capture, root_position=capture.root_position * unit.factor)


def _say_unit(
    label: str,
    captured: CapturedMotion,
    capture: Capture,
    reference: Reference,
    skeleton: Skeleton,
    unit: str,
    say: Say,
) -> None:
    """State the unit asked for or found. The path is scaled by the legs, so a wrong guess cannot hurt it."""
    height, legs = person_units(capture, reference)
    if unit != "auto":
        metres = METRES_PER_UNIT[unit]
    elif captured.metres_per_unit is not None and _is_person(height * captured.metres_per_unit):
        return
    else:
        fits = [known for known, metres in METRES_PER_UNIT.items() if _is_person(height * metres)]
        if len(fits) == 1:
            say(f"{label}: unit taken as {fits[0]} (ankle to head {height * METRES_PER_UNIT[fits[0]]:.2f} m)")
        else:
            metres = leg_length_m(skeleton) / max(legs, 1e-9)
            say(f"{label}: no known unit gives a person; by the length of its legs one unit is {metres:.4g} m")
        return
    if not _is_person(height * metres):
        raise MotionError(
            "bvh-unit",
            label,
            found=f"a body of {height * metres:.3g} m from ankle to head in {unit}",
            expected=f"{_MIN_HEIGHT_M} to {_MAX_HEIGHT_M} m",
            fix="Give another unit, or leave it to be found.",
        )


def person_units(capture: Capture, reference: Reference) -> tuple[float, float]:
    """From ankle to head, and the length of a leg, in file units."""
    places = reference.positions
    joints = capture.joint_of
    top = joints.get("head", joints.get("neck", joints["left_shoulder"]))
    return float(places[top, 1] - places[joints["left_ankle"], 1]), _leg(places, joints)


def _leg(places: Float64Array, joints: dict[str, int]) -> float:
    """Length of a leg, thigh and shin."""
    hip, knee, ankle = (places[joints[f"left_{part}"]] for part in ("hip", "knee", "ankle"))
    return max(float(np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle)), 1e-9)


def _unit(vectors: Float64Array) -> Float64Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)


def _is_person(height_m: float) -> bool:
    return _MIN_HEIGHT_M <= height_m <= _MAX_HEIGHT_M


def starts_with_calibration(motion: Motion) -> bool:
    """Whether the first frame is far from the second, which the third is not."""
    if motion.frame_count < 3:
        return False
    quats = motion.joint_rotations_wxyz[:3].astype(np.float64)
    cosines = np.abs((quats[1:] * quats[:-1]).sum(axis=2)).clip(0, 1)
    steps = (2 * np.arccos(cosines)).mean(axis=1)
    return bool(steps[0] > _JUMP_RAD and steps[0] > 5 * steps[1])
