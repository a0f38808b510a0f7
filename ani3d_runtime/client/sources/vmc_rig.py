"""VmcRig: the skeleton behind what a VMC sender sends, which tells its bones' places and turns, not its rest pose.

Tools that follow the protocol send the bones of a VRM: the rest pose is all identity, the positions are the offsets.
Others send no positions, or bones with axes of their own; for those there are the other rest poses.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.joint_names import UNITY_PARENTS
from ani3d_runtime.body.readers.notes import Say
from ani3d_runtime.body.retarget_live import SourceSkeleton
from ani3d_runtime.client.sources.vmc_frames import Transform, VmcFrame
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import conjugate, multiply, rotate

RestPose: TypeAlias = Literal["sent", "first", "usual"]
"""sent: identity, with the positions that come; first: the pose at the start, standing, arms out to the sides; usual:
identity, with the proportions of a usual person."""

SETTLED_S = 0.5
"""A skeleton is what came in so long a time: one frame may lack what a lost datagram had."""

_NOTHING_M = 1e-3
# Another skeleton differs by more than this in a bone, and stays so.
_OTHER_M, _OTHER_SHARE, _STILL_M = 0.01, 0.05, 2e-3
_FINGERS = {"Thumb": 0.035, "Index": 0.03, "Middle": 0.01, "Ring": -0.01, "Little": -0.03}
_PHALANXES = {"Proximal": 0.08, "Intermediate": 0.035, "Distal": 0.025}


def _usual_offsets() -> dict[str, tuple[float, float, float]]:
    """[3] metres from the parent of each bone, of a person of about 1.7 m in a T pose; Unity's left is at -x."""
    offsets = {
        "Hips": (0.0, 0.93, 0.0),
        "Spine": (0.0, 0.09, 0.0),
        "Chest": (0.0, 0.12, 0.0),
        "UpperChest": (0.0, 0.11, 0.0),
        "Neck": (0.0, 0.16, 0.0),
        "Head": (0.0, 0.09, 0.01),
        "Jaw": (0.0, 0.02, 0.03),
    }
    for side, x in (("Left", -1.0), ("Right", 1.0)):
        offsets |= {
            f"{side}UpperLeg": (0.09 * x, -0.06, 0.0),
            f"{side}LowerLeg": (0.0, -0.39, 0.0),
            f"{side}Foot": (0.0, -0.4, 0.0),
            f"{side}Toes": (0.0, -0.06, 0.12),
            f"{side}Eye": (0.03 * x, 0.06, 0.07),
            f"{side}Shoulder": (0.03 * x, 0.1, 0.0),
            f"{side}UpperArm": (0.13 * x, 0.0, 0.0),
            f"{side}LowerArm": (0.27 * x, 0.0, 0.0),
            f"{side}Hand": (0.24 * x, 0.0, 0.0),
        }
        for finger, z in _FINGERS.items():
            for phalanx, length in _PHALANXES.items():
                offsets[f"{side}{finger}{phalanx}"] = (length * x, 0.0, z if phalanx == "Proximal" else 0.0)
    return offsets


_USUAL = _usual_offsets()


@dataclass(frozen=True)
class VmcRig:
    """A skeleton, and what its poses take of a frame.

    Attributes:
        skeleton: in Unity's axes.
        sent_offsets: [K, 3] the positions that it was made of.
        lift: [3] added to where the hips are, for senders without positions.
    """

    skeleton: SourceSkeleton
    sent_offsets: Float64Array
    lift: Float64Array

    def pose(self, frame: VmcFrame) -> tuple[Float64Array, Float64Array]:
        """[K, 4] local rotations and the [3] position of the hips. The root moves the whole performer."""
        rotations = np.array([frame.bones[name].rotation_wxyz for name in self.skeleton.joint_names])
        hips = frame.bones["Hips"]
        rotations[0] = multiply(frame.root.rotation_wxyz, hips.rotation_wxyz)
        turned = rotate(frame.root.rotation_wxyz, hips.position + self.lift)
        return rotations, frame.root.position + turned

    def offsets_of(self, frame: VmcFrame) -> Float64Array:
        """[K, 3] the positions that a frame has."""
        return np.array([frame.bones[name].position for name in self.skeleton.joint_names])


def rig_of(
    frame: VmcFrame, names: Collection[str], rest_pose: RestPose, first: Mapping[str, Transform], say: Say
) -> VmcRig:
    """The rig of a sender.

    Args:
        frame: its pose now.
        names: of the bones that it sends, Unity's.
        rest_pose: what to take for it.
        first: for that, bones of the first frame; bones that came later have the rest rotation that they have now.
        say: takes notes and doubts.

    Raises:
        MotionError: ``vmc-rest-pose``.
    """
    joints = tuple(name for name in UNITY_PARENTS if name in names)
    parents = _parents(joints)
    sent = np.array([frame.bones[name].position for name in joints])
    is_flat = bool((np.abs(sent[1:]) < _NOTHING_M).all())
    rest = np.tile([1.0, 0.0, 0.0, 0.0], (len(joints), 1))
    if rest_pose == "first":
        rest = np.array([first.get(name, frame.bones[name]).rotation_wxyz for name in joints])
    turns, offsets = _turns(parents, rest), sent
    if is_flat or rest_pose == "usual":
        if rest_pose != "usual":
            say("the sender's bones have no positions: the proportions of a usual person are taken")
        offsets = np.array([_usual(name, joints) for name in joints])
        # In the axes of each parent, whichever those are.
        offsets[1:] = rotate(conjugate(turns[parents[1:]]), offsets[1:])
    lift = np.zeros(3)
    if is_flat and abs(sent[0, 1]) < 0.1:
        lift[1] = _USUAL["Hips"][1]
    _check_stands(joints, parents, turns, offsets, rest_pose, say)
    skeleton = SourceSkeleton(
        joints,
        np.array(parents, dtype=np.int32),
        offsets.astype(np.float32),
        rest.astype(np.float32) if rest_pose == "first" else None,
        axes="unity",
    )
    return VmcRig(skeleton, sent, lift)


def _parents(joints: tuple[str, ...]) -> list[int]:
    parents = [-1]
    for name in joints[1:]:
        parent = UNITY_PARENTS[name]
        while parent not in joints:
            parent = UNITY_PARENTS[parent]
        parents.append(joints.index(parent))
    return parents


def _usual(name: str, joints: tuple[str, ...]) -> Float64Array:
    """The usual offset from the nearest bone that is there."""
    offset, parent = np.array(_USUAL[name]), UNITY_PARENTS[name]
    while parent and parent not in joints:
        offset, parent = offset + _USUAL[parent], UNITY_PARENTS[parent]
    return offset


def _turns(parents: list[int], rest: Float64Array) -> Float64Array:
    """[K, 4] global rotations."""
    turns = rest.copy()
    for index, parent in enumerate(parents[1:], start=1):
        turns[index] = multiply(turns[parent], rest[index])
    return turns


def _check_stands(
    joints: tuple[str, ...],
    parents: list[int],
    turns: Float64Array,
    offsets: Float64Array,
    rest_pose: RestPose,
    say: Say,
) -> None:
    """A rest pose stands, and the arms of a VRM's go out to the sides: bones with axes of their own do neither."""
    places = np.zeros((len(joints), 3))
    for index, parent in enumerate(parents[1:], start=1):
        places[index] = places[parent] + rotate(turns[parent], offsets[index])
    at = {name: places[index] for index, name in enumerate(joints)}
    for side in ("Left", "Right"):
        hip, knee, foot = (at[f"{side}{name}"] for name in ("UpperLeg", "LowerLeg", "Foot"))
        length = float(np.linalg.norm(knee - hip) + np.linalg.norm(foot - knee))
        if not hip[1] - foot[1] > 0.7 * length:
            raise _refused(f"a {side.lower()} leg that does not hang down in the rest pose '{rest_pose}'", rest_pose)
    if rest_pose != "sent":
        return
    for side, sign in (("Left", -1.0), ("Right", 1.0)):
        arm = at[f"{side}LowerArm"] - at[f"{side}UpperArm"]
        if sign * float(arm[0]) < 0.5 * float(np.linalg.norm(arm)):
            say(_refused(f"a {side.lower()} arm that does not go out to the side in the rest pose", rest_pose))
            return


def _refused(found: str, rest_pose: RestPose) -> MotionError:
    return MotionError(
        "vmc-rest-pose",
        "skeleton of the VMC sender",
        found=found,
        expected="bones of a VRM: without turns they stand in a T pose",
        fix="Pass --rest-pose usual, or --rest-pose first where bones have axes of their own, and stand in a T pose."
        if rest_pose == "sent"
        else "Stand upright, arms out to the sides, when this starts, or let the tool send the bones of a VRM.",
    )


class RigWatch:
    """Notices that the sender's skeleton has become another: bones that stay, or positions that do."""

    def __init__(self) -> None:
        self._since_s = math.inf
        self._candidate = np.zeros((0, 3))

    def is_outgrown(self, rig: VmcRig, frame: VmcFrame, usual: Collection[str]) -> bool:
        """True when the skeleton has been another for a while, and the same one all the time.

        Args:
            rig: in use.
            frame: the latest.
            usual: the bones that come in most frames.
        """
        has_more = not set(rig.skeleton.joint_names).issuperset(usual)
        offsets = rig.offsets_of(frame)[1:]
        before = rig.sent_offsets[1:]
        allowed = np.maximum(_OTHER_M, _OTHER_SHARE * np.linalg.norm(before, axis=1))
        if not has_more and bool((np.linalg.norm(offsets - before, axis=1) < allowed).all()):
            self._since_s = math.inf
            return False
        is_still = self._candidate.shape == offsets.shape and np.abs(offsets - self._candidate).max() < _STILL_M
        if not is_still or math.isinf(self._since_s):
            # Positions that move all the time are a performance, or jelly, and no skeleton.
            self._since_s, self._candidate = frame.heard_s, offsets
        return frame.heard_s - self._since_s >= SETTLED_S
