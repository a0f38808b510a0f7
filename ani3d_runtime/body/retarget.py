"""Retargeting: the motion of one skeleton on another whose bones and rest pose differ.

Both skeletons are brought to a pose that they share as far as their bones go, the reference: for the body its zero
pose, for a capture its offsets or a frame that it stands in. For every matched joint::

    G_body(t) = G_capture(t) G_capture(ref)^-1 Y C

Y turns the body to the capture's facing, C its bone (upper and lower limbs) into the direction the capture's has in the
reference. So limbs point where the capture's point, and everything else turns by as much as the capture's did. The root
is placed by the middle of the hips, its path scaled by the ratio of the leg lengths; and higher or lower by what the
ankles' height over the soles differs. Legs are then bent so that ankles are as far from the hips, and where, as the
capture's, scaled likewise: where thigh and shin are of other proportions, feet would slide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.body.foot_contacts import FEWEST_FRAMES, SIDES, stances_of
from ani3d_runtime.body.leg_reach import reach_along
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.retarget_kernels import retarget_frames
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.body.sole_points import has_legs, sole_points
from ani3d_runtime.geometry.frames import Axes, points_from_axes, rotation_from_axes
from ani3d_runtime.geometry.quaternion import conjugate, multiply, normalised, rotate

# Bones whose direction is matched: joint, and the next one along the limb.
_LIMB_BONES = {
    f"{side}_{start}": f"{side}_{end}"
    for side in ("left", "right")
    for start, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
}
_BEFORE = {
    f"{side}_{lower}": f"{side}_{upper}"
    for side in ("left", "right")
    for upper, lower in (("hip", "knee"), ("shoulder", "elbow"))
}
# A hand continues the forearm: it takes the forearm's correction.
_CONTINUES = {"left_wrist": "left_elbow", "right_wrist": "right_elbow"}
# The lowest of so many frames are those of the steps.
_STEPS_QUANTILE = 0.05
# A foot that stands is at least so long over the ground, against the height of its ankle over the toe joint.
_FLAT_SHARE = 0.5
# Shares of the leg's length: ankles that differ more are no standing feet's.
_MOST_RAISED = 0.15
_UPRIGHT_COSINE = 0.75
_NO_LENGTH = 1e-9
_SNAP_RAD = np.deg2rad(20)


@dataclass(frozen=True)
class Capture:
    """A motion on its own skeleton, in its own unit and axes.

    Attributes:
        parents: [K] int32, parents first.
        offsets: [K, 3] from the parent in the capture's zero pose.
        rotations_wxyz: [T, K, 4] local.
        root_position: [T, 3].
        fps: frames per second, Hz.
        body_joints: capture joint index to body joint name.
        rest_rotations_wxyz: [K, 4] local rotations of the pose that the skeleton was built in; None for the identity.
        joint_names: K names, where anybody asks for them.
    """

    parents: Int32Array
    offsets: Float64Array
    rotations_wxyz: Float64Array
    root_position: Float64Array
    fps: float
    body_joints: dict[int, str]
    rest_rotations_wxyz: Float64Array | None = None
    joint_names: tuple[str, ...] = ()

    @property
    def joint_of(self) -> dict[str, int]:
        """Body joint name to capture joint index."""
        return {name: index for index, name in self.body_joints.items()}

    def forward(self) -> tuple[Float64Array, Float64Array]:
        """Global rotations [T, K, 4] and positions [T, K, 3]."""
        return _forward(self.parents, self.offsets, self.rotations_wxyz, self.root_position)

    def rest(self) -> tuple[Float64Array, Float64Array]:
        """Global rotations [K, 4] and positions [K, 3] of the pose that the skeleton was built in."""
        still = np.zeros((1, len(self.parents), 4))
        still[..., 0] = 1
        if self.rest_rotations_wxyz is not None:
            still[0] = self.rest_rotations_wxyz
        rotations, positions = _forward(self.parents, self.offsets, still, np.zeros((1, 3)))
        return rotations[0], positions[0]

    def turned(self, turn_wxyz: Float64Array) -> Capture:
        """The same capture after its world is turned."""
        # Only the world turns; joints keep their frames, so what the world's turn adds goes into the root alone.
        rotations = self.rotations_wxyz.copy()
        rotations[:, 0] = multiply(turn_wxyz, rotations[:, 0])
        return replace(self, rotations_wxyz=rotations, root_position=rotate(turn_wxyz, self.root_position))


@dataclass(frozen=True)
class Reference:
    """The pose that capture and body are compared in.

    Attributes:
        rotations_wxyz: [K, 4] global rotations of the capture in it.
        positions: [K, 3] joint positions, capture unit, Y up.
        yaw_wxyz: [4] turn about Y that takes +Z to where the capture faces.
        source: how it is called in notes.
        axes: the capture's own axes.
    """

    rotations_wxyz: Float64Array
    positions: Float64Array
    yaw_wxyz: Float64Array
    source: str
    axes: Axes


def reference_in(
    rotations_wxyz: Float64Array, positions: Float64Array, joint_of: dict[str, int], source: str
) -> Reference | None:
    """A pose as the reference; None where it does not stand upright.

    Args:
        rotations_wxyz: [K, 4] global rotations of the capture in it, its own axes.
        positions: [K, 3] joint positions.
        joint_of: body joint name to capture joint index.
        source: what the pose is called.
    """
    axes = _standing_axes(positions, joint_of)
    if axes is None:
        return None
    turned = points_from_axes(positions, axes)
    rotations = multiply(rotation_from_axes(axes), rotations_wxyz)
    return Reference(rotations, turned, facing_yaw(turned, joint_of), source, axes)


def retarget(
    capture: Capture, skeleton: Skeleton, reference: Reference, name: str, world_wxyz: Float64Array | None = None
) -> Motion:
    """Move ``skeleton`` as the capture moved.

    Args:
        capture: in its own unit and axes.
        skeleton: the body's.
        reference: of the same capture.
        name: name of the motion.
        world_wxyz: [4] the turn of the capture's world to ours; None where the reference's axes are the world's.

    Returns:
        The motion in metres, Y up, one frame per frame of the capture.
    """
    capture = capture.turned(rotation_from_axes(reference.axes) if world_wxyz is None else world_wxyz)
    plan = RetargetPlan.of(capture.parents, capture.offsets, capture.joint_of, reference, skeleton)
    local, root = plan.retarget(capture.rotations_wxyz, capture.root_position)
    return Motion(name, capture.fps, skeleton.joint_names, root, local)


@dataclass(frozen=True)
class RetargetPlan:
    """All of a retargeting that does not change from frame to frame.

    Attributes:
        parents: [K] of the source.
        offsets: [K, 3] of the source, its unit, Y up.
        source_of: [J] joint of the source for each of the body; -1 where there is none.
        afterwards_wxyz: [J, 4] G_capture(ref)^-1 Y C of the module's equation.
        body_parents: [J].
        legs: [2, 2] hip and ankle joint of the source, left and right.
        body_legs: [2, 4] hip, knee, ankle and toe joint of the body; none where it has no such.
        scale: metres of the body per unit of the source.
        raised_m: by how much the body's ankles are higher over its soles than the source's.
        hips_from_root_m: [3] middle of the body's hips from its root joint, in the zero pose.
        zero_root_m: [3] the root joint in the zero pose.
        zero_joints_m: [J, 3] all of them.
    """

    parents: Int32Array
    offsets: Float64Array
    source_of: Int32Array
    afterwards_wxyz: Float64Array
    body_parents: Int32Array
    legs: Int32Array
    body_legs: Int32Array
    scale: float
    raised_m: float
    hips_from_root_m: Float64Array
    zero_root_m: Float64Array
    zero_joints_m: Float64Array

    @classmethod
    def of(
        cls,
        parents: Int32Array,
        offsets: Float64Array,
        joint_of: dict[str, int],
        reference: Reference,
        skeleton: Skeleton,
    ) -> RetargetPlan:
        """The plan for a source, given with Y up, and a body.

        Args:
            parents: [K] of the source.
            offsets: [K, 3] of the source.
            joint_of: body joint name to source joint index.
            reference: of the source.
            skeleton: the body's.
        """
        corrections = _bone_corrections(skeleton, reference, joint_of)
        source_of = np.array([joint_of.get(name, -1) for name in skeleton.joint_names], dtype=np.int32)
        afterwards = np.zeros((skeleton.joint_count, 4))
        afterwards[:, 0] = 1
        for joint, (name, theirs) in enumerate(zip(skeleton.joint_names, source_of, strict=True)):
            if theirs >= 0:
                turned = multiply(reference.yaw_wxyz, corrections[name])
                afterwards[joint] = multiply(conjugate(reference.rotations_wxyz[theirs]), turned)
        zero = skeleton.zero_joints_m.astype(np.float64)
        left, right = (skeleton.joint_names.index(f"{side}_hip") for side in SIDES)
        scale = leg_length_m(skeleton) / _leg_length(reference.positions, joint_of)
        return cls(
            np.ascontiguousarray(parents, dtype=np.int32),
            np.ascontiguousarray(offsets, dtype=np.float64),
            source_of,
            afterwards,
            np.ascontiguousarray(skeleton.parents, dtype=np.int32),
            np.array([[joint_of[f"{side}_{part}"] for part in ("hip", "ankle")] for side in SIDES], dtype=np.int32),
            sole_points(skeleton).legs if has_legs(skeleton) else np.zeros((0, 4), dtype=np.int32),
            scale,
            _raised_m(skeleton, parents, offsets, reference, joint_of, scale),
            (zero[left] + zero[right]) / 2 - zero[0],
            zero[0],
            zero,
        )

    def retarget(self, rotations_wxyz: Float64Array, root_position: Float64Array) -> tuple[Float32Array, Float32Array]:
        """Local rotations [T, J, 4] and root translations [T, 3] of the body.

        Args:
            rotations_wxyz: [T, K, 4] local, of the source.
            root_position: [T, 3] of the source.
        """
        frames = len(rotations_wxyz)
        local = np.empty((frames, len(self.source_of), 4), dtype=np.float32)
        root = np.empty((frames, 3), dtype=np.float32)
        lines = np.empty((frames, 2, 3))
        retarget_frames(
            rotations_wxyz,
            root_position,
            self.parents,
            self.offsets,
            self.source_of,
            self.afterwards_wxyz,
            self.body_parents,
            self.legs,
            self.scale,
            self.raised_m,
            self.hips_from_root_m,
            self.zero_root_m,
            local,
            root,
            lines,
        )
        if len(self.body_legs):
            reach_along(local, root, self.body_parents, self.zero_joints_m, self.body_legs, lines)
        return local, root


def _raised_m(
    skeleton: Skeleton,
    parents: Int32Array,
    offsets: Float64Array,
    reference: Reference,
    joint_of: dict[str, int],
    scale: float,
) -> float:
    """By how much the ankles of the body are higher over its soles than those of the source, scaled, are over theirs.

    Toe joints stand for soles: toes are about as thick in proportion. Zero where a foot is not seen standing.
    """
    ours = {name: joint for joint, name in enumerate(skeleton.joint_names)}
    if any(f"{side}_foot" not in joints for side in SIDES for joints in (ours, joint_of)):
        return 0.0
    zero = skeleton.zero_joints_m.astype(np.float64)
    raised: list[float] = []
    for side in SIDES:
        ankle, toe = f"{side}_ankle", f"{side}_foot"
        # Not by the places of the joints: a foot of a neutralised reference is turned from where it was in the frame.
        theirs = np.zeros(3)
        joint = joint_of[toe]
        while joint not in (joint_of[ankle], -1):
            parent = int(parents[joint])
            if parent >= 0:
                theirs += rotate(reference.rotations_wxyz[parent], offsets[joint])
            joint = parent
        raised.append(_over_toe(zero[ours[toe]] - zero[ours[ankle]]) - _over_toe(scale * theirs))
    if not np.isfinite(raised).all() or float(np.abs(raised).max()) > _MOST_RAISED * leg_length_m(skeleton):
        return 0.0
    return float(np.mean(raised))


def _over_toe(foot: Float64Array) -> float:
    """Height of an ankle over its toe joint, ``foot`` [3] from it; NaN for a foot that points down."""
    return float(-foot[1]) if float(np.hypot(foot[0], foot[2])) > _FLAT_SHARE * abs(foot[1]) else float("nan")


def feet_on_floor(motion: Motion, skeleton: Skeleton) -> tuple[Motion, float]:
    """Raise or lower a whole motion so that its lowest steps stand on y = 0.

    Returns:
        The motion, and by how many metres it was raised.
    """
    raised = -soles_m(motion, skeleton)
    translation = motion.root_translation_m + np.array([0, raised, 0], dtype=np.float32)
    return replace(motion, root_translation_m=translation.astype(np.float32)), raised


def soles_m(motion: Motion, skeleton: Skeleton) -> float:
    """Metres by which the soles of standing feet are above y = 0."""
    points = sole_points(skeleton).posed(motion, skeleton)
    lowest = points[..., 1].min(axis=2)
    if motion.frame_count >= FEWEST_FRAMES:
        down = np.stack(stances_of([points[:, 0], points[:, 1]], motion.fps).down, axis=1)
        if down.any():
            return float(np.median(lowest[down]))
    # A low quantile instead of the minimum: one bad frame must not lift the whole clip.
    return float(np.quantile(lowest.min(axis=1), _STEPS_QUANTILE))


def leg_length_m(skeleton: Skeleton) -> float:
    """Mean length of thigh and shin together, metres."""
    joints = {name: index for index, name in enumerate(skeleton.joint_names)}
    return _leg_length(skeleton.zero_joints_m.astype(np.float64), joints)


def _leg_length(positions: Float64Array, joints: dict[str, int]) -> float:
    total = 0.0
    for side in ("left", "right"):
        hip, knee, ankle = (positions[joints[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
        total += float(np.linalg.norm(hip - knee) + np.linalg.norm(knee - ankle)) / 2
    return total


def _forward(
    parents: Int32Array, offsets: Float64Array, rotations: Float64Array, root_position: Float64Array
) -> tuple[Float64Array, Float64Array]:
    global_rotations = rotations.copy()
    positions = np.empty((*rotations.shape[:2], 3))
    positions[:, 0] = root_position
    for joint in range(1, len(parents)):
        parent = parents[joint]
        turned = rotate(global_rotations[:, parent], np.broadcast_to(offsets[joint], (len(rotations), 3)))
        positions[:, joint] = positions[:, parent] + turned
        global_rotations[:, joint] = multiply(global_rotations[:, parent], rotations[:, joint])
    return global_rotations, positions


def _standing_axes(positions: Float64Array, joint_of: dict[str, int]) -> Axes | None:
    """The convention in which this pose stands upright, or None where it does not stand."""
    for axes in ("yup", "zup", "rdf"):
        if stands(points_from_axes(positions, axes), joint_of):
            return axes
    return None


def stands(positions: Float64Array, joint_of: dict[str, int]) -> bool:
    """Whether a pose [K, 3], Y up, stands upright: legs and trunk vertical, hips level."""
    legs = [
        positions[joint_of[f"{side}_{start}"]] - positions[joint_of[f"{side}_{end}"]]
        for side in ("left", "right")
        for start, end in (("hip", "knee"), ("knee", "ankle"))
    ]
    across = positions[joint_of["left_hip"]] - positions[joint_of["right_hip"]]
    shoulders = positions[joint_of["left_shoulder"]] + positions[joint_of["right_shoulder"]]
    chest = shoulders - 2 * positions[joint_of["pelvis"]]
    vertical = [bone[1] / max(float(np.linalg.norm(bone)), 1e-9) for bone in (*legs, chest)]
    level = abs(across[1]) < 0.5 * max(float(np.linalg.norm(across)), 1e-9)
    return bool(min(vertical) > _UPRIGHT_COSINE and level)


def facing_yaw(positions: Float64Array, joint_of: dict[str, int]) -> Float64Array:
    """The turn about Y from facing +Z to where this pose faces; nearly square turns are squared."""
    left = positions[joint_of["left_hip"]] - positions[joint_of["right_hip"]]
    # Facing +Z, left is +X; turning by yaw about Y takes +X to (cos, 0, -sin).
    yaw = float(np.arctan2(-left[2], left[0]))
    square = round(yaw / (np.pi / 2)) * np.pi / 2
    if abs(yaw - square) < _SNAP_RAD:
        yaw = square
    return np.array([np.cos(yaw / 2), 0.0, np.sin(yaw / 2), 0.0])


def _bone_corrections(skeleton: Skeleton, reference: Reference, joint_of: dict[str, int]) -> dict[str, Float64Array]:
    """C of the module's equation for every body joint."""
    identity = np.array([1.0, 0.0, 0.0, 0.0])
    corrections = dict.fromkeys(skeleton.joint_names, identity)
    index = {name: joint for joint, name in enumerate(skeleton.joint_names)}
    zero = skeleton.zero_joints_m.astype(np.float64)
    for start, end in _LIMB_BONES.items():
        # A bent limb bends by the least turn from the straight one, so that its lower half does not twist.
        above = corrections.get(_BEFORE.get(start, ""), identity)
        if start in joint_of and end in joint_of and start in index and end in index:
            ours = zero[index[end]] - zero[index[start]]
            theirs = reference.positions[joint_of[end]] - reference.positions[joint_of[start]]
            # Joints in one place have no direction between them; some rigs have such.
            if min(float(np.linalg.norm(ours)), float(np.linalg.norm(theirs))) > _NO_LENGTH:
                theirs = rotate(conjugate(reference.yaw_wxyz), theirs)
                corrections[start] = multiply(shortest_turn(rotate(above, ours), theirs), above)
    for joint, forearm in _CONTINUES.items():
        corrections[joint] = corrections.get(forearm, identity)
    return corrections


def shortest_turn(start: Float64Array, end: Float64Array) -> Float64Array:
    """[4] the smallest rotation that takes direction ``start`` to direction ``end``."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    quat = np.concatenate([[1 + a @ b], np.cross(a, b)])
    # Opposite directions leave the axis open; limbs of two standing skeletons are never that far apart.
    return normalised(quat) if np.linalg.norm(quat) > 1e-6 else np.array([0.0, 0.0, 1.0, 0.0])
