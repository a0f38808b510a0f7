"""The pose in which a captured motion is compared with the body: a designed one, or the best of the clip.

Bones' frames say nothing by themselves, so somewhere the capture must be seen in a pose that is known. A zero pose that
stands is such a pose by design. Otherwise a frame serves: limbs are compared by where they point, in any frame; for
what turns with the trunk, for hands and for feet, no frame of a data set is neutral, and the clip's mean is: people
look ahead, and stand on flat feet, on average.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.retarget import Capture, Reference, facing_yaw, shortest_turn, stands
from ani3d_runtime.body.world_axes import TURNS
from ani3d_runtime.errors import MotionError, UsageError
from ani3d_runtime.geometry.quaternion import conjugate, multiply, normalised, rotate

_TRUNK = ("spine1", "spine2", "spine3", "neck", "left_collar", "right_collar", "head")
_LEANS = ("spine1", "spine2", "spine3", "neck", "left_collar", "right_collar")
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
_STANCE_SHARE = 0.3
# What is so many times farther from the mean than most, and so far, is a glance aside.
_GLANCE, _GLANCE_DEG = 2.5, 10.0


@dataclass(frozen=True)
class _Frames:
    """Frames of a capture, in our axes."""

    numbers: NDArray[np.int_]
    turns: Float64Array
    places: Float64Array
    joint_of: dict[str, int]

    def bone(self, start: str, end: str) -> Float64Array:
        """[T, 3] unit direction."""
        return _unit(self.places[:, self.joint_of[end]] - self.places[:, self.joint_of[start]])

    def chest(self) -> Float64Array:
        """[T, 3] unit direction from the pelvis to the middle of the shoulders."""
        left, right = (self.places[:, self.joint_of[f"{side}_shoulder"]] for side in _SIDES)
        return _unit((left + right) / 2 - self.places[:, self.joint_of["pelvis"]])

    def facing(self) -> Float64Array:
        """[T, 4] turn about Y to where the hips face."""
        left = self.places[:, self.joint_of["left_hip"]] - self.places[:, self.joint_of["right_hip"]]
        half = np.arctan2(-left[:, 2], left[:, 0]) / 2
        zero = np.zeros_like(half)
        return np.stack([np.cos(half), zero, np.sin(half), zero], axis=1)


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
    if off_deg[0] <= min(_DESIGNED_DEG, off_deg[best] + _FIRST_BONUS_DEG):
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
    return _neutral(frames, _reference_at(frames, best, source, snaps=False))


def designed_reference(capture: Capture) -> tuple[Reference, str] | None:
    """The pose that the skeleton was built in, in our axes, where it stands; and its axes, maybe not the motion's."""
    rotations, positions = capture.rest()
    for axes, turn in TURNS.items():
        turned = rotate(turn, positions)
        if stands(turned, capture.joint_of):
            turns = multiply(turn, rotations)
            return Reference(turns, turned, facing_yaw(turned, capture.joint_of), "its zero pose", "yup"), axes
    return None


def _frames_of(capture: Capture, world_wxyz: Float64Array, only: int | None) -> _Frames:
    count = len(capture.root_position)
    numbers = np.array([only]) if only is not None else np.unique(np.linspace(0, count - 1, _MOST_FRAMES).astype(int))
    part = replace(
        capture, rotations_wxyz=capture.rotations_wxyz[numbers], root_position=capture.root_position[numbers]
    )
    turns, places = part.turned(world_wxyz).forward()
    return _Frames(numbers, turns, places, capture.joint_of)


def _reference_at(frames: _Frames, at: int, source: str, *, snaps: bool) -> Reference:
    places = frames.places[at]
    yaw = facing_yaw(places, frames.joint_of) if snaps else frames.facing()[at]
    return Reference(frames.turns[at].copy(), places, yaw, source, "yup")


def _off_neutral_deg(frames: _Frames) -> Float64Array:
    """[T] how far each frame is from standing: legs, trunk, twist and feet, the worst of each."""
    legs = [
        _angle_deg(-frames.bone(f"{side}_{start}", f"{side}_{end}") @ _UP)
        for side in _SIDES
        for start, end in (("hip", "knee"), ("knee", "ankle"))
    ]
    trunk = _angle_deg(frames.chest() @ _UP)
    hips, shoulders = frames.bone("right_hip", "left_hip"), frames.bone("right_shoulder", "left_shoulder")
    twist = _angle_deg((hips * shoulders).sum(axis=1))
    feet = [_foot_off_deg(frames, side) for side in _SIDES if f"{side}_foot" in frames.joint_of]
    worst_foot = np.max(feet, axis=0) if feet else np.zeros(len(trunk))
    # A leg that lies is no less wrong than a trunk that does.
    return np.maximum(np.max(legs, axis=0), 2 * trunk) + twist / 2 + worst_foot / 4


def _foot_off_deg(frames: _Frames, side: str) -> Float64Array:
    pitch_deg = 90 - _angle_deg(frames.bone(f"{side}_ankle", f"{side}_foot") @ _UP)
    return np.abs(pitch_deg - np.median(pitch_deg[_stance(frames, side)]))


def _stance(frames: _Frames, side: str) -> NDArray[np.bool_]:
    """Frames in which a foot stands: its ankle is lowest."""
    height = frames.places[:, frames.joint_of[f"{side}_ankle"], 1]
    return height <= np.quantile(height, _STANCE_SHARE)


def _straightened(frames: _Frames, reference: Reference) -> Reference:
    """A pose to calibrate by, with a head or a spine that is turned in it turned back to the clip's mean.

    A tool gives a joint an axis that points to the side in its neutral pose. Where one does, the joint is as designed.
    """
    rotations = reference.rotations_wxyz.copy()
    side = rotate(reference.yaw_wxyz, np.array([1.0, 0.0, 0.0]))
    pelvis = frames.joint_of["pelvis"]
    turned: list[str] = []
    for name in (name for name in _TRUNK if name in frames.joint_of):
        joint = frames.joint_of[name]
        mean = multiply(rotations[pelvis], _mean(_relative(frames, pelvis, joint)))
        off_deg = float(_angle_deg(2 * np.abs(mean @ rotations[joint]) ** 2 - 1))
        axes = np.abs([rotate(rotations[joint], axis) @ side for axis in np.eye(3)])
        if off_deg > _TURNED_DEG and float(_angle_deg(axes.max())) > _LATERAL_DEG:
            rotations[joint] = mean
            turned.append(name)
    source = reference.source + (f", its {', '.join(turned)} turned to the clip's mean" if turned else "")
    return replace(reference, rotations_wxyz=rotations, source=source)


def _neutral(frames: _Frames, reference: Reference) -> Reference:
    """A frame whose trunk, hands and feet are given the clip's mean; limbs are compared by where they point."""
    rotations = reference.rotations_wxyz.copy()
    back = conjugate(frames.facing())
    joint_of, yaw = frames.joint_of, reference.yaw_wxyz
    pelvis = joint_of["pelvis"]
    rotations[pelvis] = multiply(yaw, _mean(multiply(back, frames.turns[:, pelvis])))
    lean = _lean(frames)
    for name in (name for name in _TRUNK if name in joint_of):
        neutral = _mean(multiply(back, frames.turns[:, joint_of[name]]))
        upright = multiply(conjugate(lean), neutral) if name in _LEANS else neutral
        rotations[joint_of[name]] = multiply(yaw, upright)
    for side in _SIDES:
        stance = _stance(frames, side)
        for name in (f"{side}_ankle", f"{side}_foot"):
            if name in joint_of:
                flat = _mean(multiply(back[stance], frames.turns[stance, joint_of[name]]))
                rotations[joint_of[name]] = multiply(yaw, flat)
        if f"{side}_wrist" in joint_of:
            elbow, wrist = joint_of[f"{side}_elbow"], joint_of[f"{side}_wrist"]
            rotations[wrist] = multiply(rotations[elbow], _mean(_relative(frames, elbow, wrist)))
    return replace(reference, rotations_wxyz=rotations)


def _lean(frames: _Frames) -> Float64Array:
    """[4] how the trunk leans forward on average, as seen by who faces +Z."""
    mean = rotate(conjugate(frames.facing()), frames.chest()).mean(axis=0)
    return shortest_turn(_UP, np.array([0.0, mean[1], mean[2]]))


def _relative(frames: _Frames, parent: int, joint: int) -> Float64Array:
    return multiply(conjugate(frames.turns[:, parent]), frames.turns[:, joint])


def _mean(quats: Float64Array) -> Float64Array:
    """[4] the mean of rotations [T, 4], but for those that are far from it: a glance aside does not count."""
    mean = quats[len(quats) // 2]
    kept = np.ones(len(quats), dtype=bool)
    for _ in range(4):
        signed = quats * np.where(quats @ mean < 0, -1.0, 1.0)[:, None]
        mean = normalised(signed[kept].sum(axis=0))
        off_deg = _angle_deg(2 * (signed @ mean) ** 2 - 1)
        kept = off_deg <= max(_GLANCE * float(np.median(off_deg)), _GLANCE_DEG)
    return mean


def _angle_deg(cosine: Float64Array | float) -> Float64Array:
    return np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))


def _unit(vectors: Float64Array) -> Float64Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
