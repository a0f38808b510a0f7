"""The pose in which a captured motion is compared with the body: a designed one, or the best of the clip.

Bones' frames say nothing by themselves, so somewhere the capture must be seen in a pose that is known. A zero pose that
stands is such a pose by design. Otherwise a frame serves: limbs are compared by where they point, in any frame; for
what turns with the trunk, for hands and for feet, no frame of a data set is neutral, and the clip's mean is: people
look ahead, and stand on flat feet, on average.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.neutral import TRUNK, Frames, angle_deg, mean_turn, neutralised, unit
from ani3d_runtime.body.retarget import Capture, Reference, facing_yaw, stands
from ani3d_runtime.body.world_axes import TURNS
from ani3d_runtime.errors import MotionError, UsageError
from ani3d_runtime.geometry.quaternion import conjugate, multiply, rotate

_SIDES = ("left", "right")
_MOST_FRAMES = 512
_UP = np.array([0.0, 1.0, 0.0])
# A first frame is often a pose to calibrate by: it may be so much worse than the best, in degrees.
_FIRST_BONUS_DEG = 12.0
# So far from neutral, a frame is no pose to calibrate by.
_DESIGNED_DEG = 30.0
# A joint of the trunk is turned where it is so far from the clip's mean, and no axis of it points to the side.
_TURNED_DEG, _LATERAL_DEG = 15.0, 8.0
_HOPELESS_DEG = 70.0
# Who stands to calibrate holds left and right alike, knees straight and the chest up, within so much; who is on the
# way does not.
_ALIKE_DEG, _STRAIGHT_DEG, _CHEST_DEG = 12.0, 10.0, 5.0
_LIMBS = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
_STANCE_SHARE = 0.3


def chosen_reference(capture: Capture, world_wxyz: Float64Array, frame: int | None, subject: str) -> Reference:
    """The pose to compare a capture with the body in.

    Args:
        capture: rooted at its pelvis, its own axes.
        world_wxyz: [4] the turn of its world to ours.
        frame: the one that the user names, which is taken as it is; None to choose.
        subject: what errors name.

    Raises:
        MotionError: ``retarget-no-reference`` where the body stands nowhere.
        UsageError: ``motion-option`` for a frame that there is not.
    """
    if frame is not None and not 0 <= frame < len(capture.root_position):
        raise UsageError(
            "motion-option",
            "--reference-frame",
            found=f"frame {frame} of {subject}",
            expected=f"0 to {len(capture.root_position) - 1}",
            fix="Name a frame of the file, counted before --start-frame.",
        )
    if frame is None:
        designed = designed_reference(capture)
        if designed is not None:
            return designed[0]
    frames = _frames_of(capture, world_wxyz, frame)
    if frame is not None:
        return _reference_at(frames, 0, f"frame {frame}, as asked", snaps=True)
    off_deg = _off_neutral_deg(frames)
    best = int(np.argmin(off_deg))
    if off_deg[0] <= min(_DESIGNED_DEG, off_deg[best] + _FIRST_BONUS_DEG) and _is_calibration(frames):
        return _straightened(frames, _reference_at(frames, 0, "its first frame", snaps=True))
    if off_deg[best] > _HOPELESS_DEG:
        raise MotionError(
            "retarget-no-reference",
            subject,
            found=f"a capture that stands upright neither in its zero pose nor in any frame; the nearest, "
            f"{frames.numbers[best]}, is {off_deg[best]:.0f}° from it",
            expected="a frame in which trunk and legs are roughly upright",
            fix="Pass --reference-frame N with the frame that comes nearest to standing, or other --motion-axes.",
        )
    source = f"frame {frames.numbers[best]}, the most upright one, neutralised by the clip's mean"
    return neutralised(frames, _reference_at(frames, best, source, snaps=False))


def designed_reference(capture: Capture) -> tuple[Reference, str] | None:
    """The pose that the skeleton was built in, in our axes, where it stands; and its axes, maybe not the motion's."""
    rotations, positions = capture.rest()
    for axes, turn in TURNS.items():
        turned = rotate(turn, positions)
        if stands(turned, capture.joint_of):
            turns = multiply(turn, rotations)
            return Reference(turns, turned, facing_yaw(turned, capture.joint_of), "its zero pose", "yup"), axes
    return None


def _frames_of(capture: Capture, world_wxyz: Float64Array, only: int | None) -> Frames:
    count = len(capture.root_position)
    numbers = np.array([only]) if only is not None else np.unique(np.linspace(0, count - 1, _MOST_FRAMES).astype(int))
    part = replace(
        capture, rotations_wxyz=capture.rotations_wxyz[numbers], root_position=capture.root_position[numbers]
    )
    turns, places = part.turned(world_wxyz).forward()
    return Frames(numbers, turns, places, capture.joint_of)


def _reference_at(frames: Frames, at: int, source: str, *, snaps: bool) -> Reference:
    places = frames.places[at]
    yaw = facing_yaw(places, frames.joint_of) if snaps else frames.facing()[at]
    return Reference(frames.turns[at].copy(), places, yaw, source, "yup")


def _off_neutral_deg(frames: Frames) -> Float64Array:
    """[T] how far each frame is from standing: legs, trunk, twist and feet, the worst of each."""
    legs = [
        angle_deg(-frames.bone(f"{side}_{start}", f"{side}_{end}") @ _UP)
        for side in _SIDES
        for start, end in (("hip", "knee"), ("knee", "ankle"))
    ]
    trunk = angle_deg(unit(frames.shoulders() - frames.place("pelvis")) @ _UP)
    hips, shoulders = frames.bone("right_hip", "left_hip"), frames.bone("right_shoulder", "left_shoulder")
    twist = angle_deg((hips * shoulders).sum(axis=1))
    feet = [_foot_off_deg(frames, side) for side in _SIDES if f"{side}_foot" in frames.joint_of]
    worst_foot = np.max(feet, axis=0) if feet else np.zeros(len(trunk))
    # A leg that lies is no less wrong than a trunk that does.
    return np.maximum(np.max(legs, axis=0), 2 * trunk) + twist / 2 + worst_foot / 4


def _is_calibration(frames: Frames) -> bool:
    """Whether the first frame is of somebody who stands to calibrate."""
    back, mirror = conjugate(frames.facing()[0]), np.array([-1.0, 1.0, 1.0])
    for start, end in _LIMBS:
        if frames.has(*(f"{side}_{name}" for side in _SIDES for name in (start, end))):
            left, right = (rotate(back, frames.bone(f"{side}_{start}", f"{side}_{end}")[0]) for side in _SIDES)
            if float(angle_deg((left * mirror) @ right)) > _ALIKE_DEG:
                return False
    bent = [
        float(
            angle_deg(frames.bone(f"{side}_hip", f"{side}_knee")[0] @ frames.bone(f"{side}_knee", f"{side}_ankle")[0])
        )
        for side in _SIDES
    ]
    chest = unit(frames.shoulders() - frames.place("pelvis"))[0]
    return max(bent) <= _STRAIGHT_DEG and float(angle_deg(chest @ _UP)) <= _CHEST_DEG


def _foot_off_deg(frames: Frames, side: str) -> Float64Array:
    pitch_deg = 90 - angle_deg(frames.bone(f"{side}_ankle", f"{side}_foot") @ _UP)
    return np.abs(pitch_deg - np.median(pitch_deg[_stance(frames, side)]))


def _stance(frames: Frames, side: str) -> NDArray[np.bool_]:
    """Frames in which a foot stands: its ankle is lowest."""
    height = frames.places[:, frames.joint_of[f"{side}_ankle"], 1]
    return height <= np.quantile(height, _STANCE_SHARE)


def _straightened(frames: Frames, reference: Reference) -> Reference:
    """A pose to calibrate by, with a head or a spine that is turned in it turned back to the clip's mean.

    A tool gives a joint an axis that points to the side in its neutral pose. Where one does, the joint is as designed.
    """
    rotations = reference.rotations_wxyz.copy()
    side = rotate(reference.yaw_wxyz, np.array([1.0, 0.0, 0.0]))
    pelvis = frames.joint_of["pelvis"]
    turned: list[str] = []
    for name in (name for name in TRUNK if name in frames.joint_of):
        joint = frames.joint_of[name]
        mean = multiply(rotations[pelvis], mean_turn(frames.relative("pelvis", name)))
        off_deg = float(angle_deg(2 * np.abs(mean @ rotations[joint]) ** 2 - 1))
        axes = np.abs([rotate(rotations[joint], axis) @ side for axis in np.eye(3)])
        if off_deg > _TURNED_DEG and float(angle_deg(axes.max())) > _LATERAL_DEG:
            rotations[joint] = mean
            turned.append(name)
    source = reference.source + (f", its {', '.join(turned)} turned to the clip's mean" if turned else "")
    return replace(reference, rotations_wxyz=rotations, source=source)
