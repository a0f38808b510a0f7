"""How a captured skeleton stands when it is neutral, where nobody says so.

People look ahead, stand on flat feet and hold their chests above their pelvises, on average; hips and shoulders are
mirrored, so what is between a left and a right joint points to the side; knees and elbows are hinges, and the plane in
which they bend says how a limb is turned about itself; and whoever makes a skeleton likes axes that point to the side
or upwards. A frame of the clip is given what these say; where limbs point, any frame tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.body.retarget import Reference, shortest_turn
from ani3d_runtime.geometry.quaternion import conjugate, multiply, normalised, rotate

TRUNK = ("spine1", "spine2", "spine3", "neck", "left_collar", "right_collar", "head")
_LEANS = ("spine1", "spine2", "spine3", "neck")
_SIDES = ("left", "right")
_UP, _LEFT = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])
# What is so many times farther from the mean than most, and so far, is a glance aside.
_GLANCE, _GLANCE_DEG = 2.5, 10.0
# An axis so near to the side, or a head's so near to the vertical, is one that somebody made so.
_SIDEWAYS_DEG, _UPRIGHT_DEG = 12.0, 8.0
# A foot stands where its ankle is not this share of a leg above the lowest frames.
_LOWEST_SHARE, _STANDS = 0.02, 0.02
# From ankle to toes a standing foot falls by so much, in skeletons of many tools; and how far they differ.
_FOOT_FALLS_DEG, _FEET_DIFFER_DEG, _LEAST_SPREAD_DEG = -24.0, 7.0, 2.0
# A hinge is seen where it bends by so much, and mostly in one plane.
_BENDS_DEG, _ONE_PLANE = 12.0, 0.8
# The axis about which each hinge bends when arms are stretched to the sides and legs are straight.
_HINGES = {
    ("left_hip", "left_knee", "left_ankle"): (1.0, 0.0, 0.0),
    ("right_hip", "right_knee", "right_ankle"): (1.0, 0.0, 0.0),
    ("left_shoulder", "left_elbow", "left_wrist"): (0.0, -1.0, 0.0),
    ("right_shoulder", "right_elbow", "right_wrist"): (0.0, 1.0, 0.0),
}
_STRETCHED = {"hip": (0.0, -1.0, 0.0), "left_shoulder": (1.0, 0.0, 0.0), "right_shoulder": (-1.0, 0.0, 0.0)}


@dataclass(frozen=True)
class Frames:
    """Frames of a capture, in our axes.

    Attributes:
        numbers: [T] of the frames in the capture.
        turns: [T, K, 4] global rotations.
        places: [T, K, 3] global places, the capture's unit.
        joint_of: body joint name to capture joint index.
    """

    numbers: NDArray[np.int_]
    turns: Float64Array
    places: Float64Array
    joint_of: dict[str, int]

    def has(self, *names: str) -> bool:
        """Whether all these joints are there."""
        return all(name in self.joint_of for name in names)

    def place(self, name: str) -> Float64Array:
        """[T, 3] of a joint."""
        return self.places[:, self.joint_of[name]]

    def turn(self, name: str) -> Float64Array:
        """[T, 4] of a joint."""
        return self.turns[:, self.joint_of[name]]

    def bone(self, start: str, end: str) -> Float64Array:
        """[T, 3] unit direction."""
        return unit(self.place(end) - self.place(start))

    def shoulders(self) -> Float64Array:
        """[T, 3] the middle of the shoulders."""
        return (self.place("left_shoulder") + self.place("right_shoulder")) / 2

    def facing(self) -> Float64Array:
        """[T, 4] turn about Y to where the hips face."""
        left = self.place("left_hip") - self.place("right_hip")
        half = np.arctan2(-left[:, 2], left[:, 0]) / 2
        zero = np.zeros_like(half)
        return np.stack([np.cos(half), zero, np.sin(half), zero], axis=1)

    def relative(self, parent: str, joint: str) -> Float64Array:
        """[T, 4] of a joint from another."""
        return multiply(conjugate(self.turn(parent)), self.turn(joint))


def neutralised(frames: Frames, reference: Reference) -> Reference:
    """A frame in which the trunk, hands and feet are as in a neutral pose, and limbs turned about themselves as they
    are in the frame.

    Args:
        frames: of the whole clip.
        reference: one of them, facing where its hips do.
    """
    rotations = reference.rotations_wxyz.copy()
    back, yaw = conjugate(frames.facing()), reference.yaw_wxyz
    joint_of = frames.joint_of
    trunk = _trunk(frames, back)
    for name, turn in trunk.items():
        rotations[joint_of[name]] = multiply(yaw, turn)
    for limb, axis in _HINGES.items():
        _turn_about_itself(frames, reference, rotations, limb, np.array(axis))
    for name, turn in _feet(frames, back).items():
        rotations[joint_of[name]] = multiply(yaw, turn)
    for side in _SIDES:
        elbow, wrist = f"{side}_elbow", f"{side}_wrist"
        if frames.has(elbow, wrist):
            continued = multiply(rotations[joint_of[elbow]], mean_turn(frames.relative(elbow, wrist)))
            rotations[joint_of[wrist]] = continued
    return replace(reference, rotations_wxyz=rotations)


def _trunk(frames: Frames, back: Float64Array) -> dict[str, Float64Array]:
    """Neutral turns of the pelvis and of what the trunk has, seen by who faces +Z."""
    pelvis = mean_turn(multiply(back, frames.turn("pelvis")))
    found = {"pelvis": _squared(pelvis, _between(frames, "pelvis", "hip"))}
    lean = _lean(frames, back)
    for name in (name for name in (*_LEANS, "head") if frames.has(name)):
        turns = multiply(back, frames.turn(name))
        turn = mean_turn(multiply(conjugate(lean), turns) if name in _LEANS else turns)
        has_collars = name == "spine3" and frames.has("left_collar", "right_collar")
        side = _between(frames, name, "collar") if has_collars else _axis_near(turn, _LEFT, _SIDEWAYS_DEG)
        turn = turn if side is None else _squared(turn, side)
        found[name] = _upright(turn) if name == "head" else turn
    carrier = next(name for name in ("spine3", "spine2", "spine1", "pelvis") if name in found)
    for name in (f"{side}_collar" for side in _SIDES):
        if frames.has(name):
            found[name] = multiply(found[carrier], mean_turn(frames.relative(carrier, name)))
    return found


def _between(frames: Frames, joint: str, pair: str) -> Float64Array:
    """[3] what points from a right joint to its left twin, in the frame of the joint that they hang on."""
    across = frames.place(f"left_{pair}") - frames.place(f"right_{pair}")
    return unit(np.median(rotate(conjugate(frames.turn(joint)), across), axis=0))


def _squared(turn: Float64Array, side: Float64Array) -> Float64Array:
    """A turn after the least one that makes an axis of its joint point to the left."""
    pointing = rotate(turn, side)
    return multiply(shortest_turn(pointing, _LEFT), turn)


def _axis_near(turn: Float64Array, direction: Float64Array, most_deg: float) -> Float64Array | None:
    """[3] the axis of a joint's frame, or its negative, that a turn takes near a direction."""
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    cosines = np.array([rotate(turn, axis) @ direction for axis in axes])
    best = int(np.argmax(cosines))
    return axes[best] if float(angle_deg(cosines[best])) < most_deg else None


def _upright(turn: Float64Array) -> Float64Array:
    """A head's turn with the axis that points nearly upwards made to do so, by a nod."""
    up = _axis_near(turn, _UP, _UPRIGHT_DEG)
    if up is None:
        return turn
    pointing = rotate(turn, up)
    return multiply(shortest_turn(np.array([0.0, pointing[1], pointing[2]]), _UP), turn)


def _lean(frames: Frames, back: Float64Array) -> Float64Array:
    """[T, 4] the turn about the side by which the spine leans, so that shoulders come where the capture's are.

    In a neutral pose they are above the pelvis. What leans begins at the lowest joint of the spine, so it leans by more
    than the line from the pelvis to the shoulders: by the law of sines.
    """
    start = next((name for name in ("spine1", "spine2", "spine3") if frames.has(name)), "pelvis")
    whole = rotate(back, frames.shoulders() - frames.place("pelvis"))
    below = float(np.median(np.linalg.norm(frames.place(start) - frames.place("pelvis"), axis=1)))
    above = float(np.median(np.linalg.norm(frames.shoulders() - frames.place(start), axis=1)))
    line = np.arctan2(whole[:, 2], whole[:, 1])
    half = (line + np.arcsin(np.clip(below * np.sin(line) / max(above, 1e-12), -1, 1))) / 2
    zero = np.zeros_like(half)
    return np.stack([np.cos(half), np.sin(half), zero, zero], axis=1)


def _turn_about_itself(
    frames: Frames, reference: Reference, rotations: Float64Array, limb: tuple[str, str, str], axis: Float64Array
) -> None:
    """Turn both halves of a limb about themselves, so that its hinge lies as a neutral one does in the frame's pose."""
    if not frames.has(*limb):
        return
    start, middle, end = (frames.joint_of[name] for name in limb)
    hinge = _hinge(frames, limb)
    upper = unit(reference.positions[middle] - reference.positions[start])
    lower = unit(reference.positions[end] - reference.positions[middle])
    if hinge is None or not np.isfinite([upper, lower]).all():
        return
    theirs = rotate(reference.rotations_wxyz[start], hinge)
    stretched = _STRETCHED[limb[0] if limb[0] in _STRETCHED else "hip"]
    straight = shortest_turn(np.array(stretched), rotate(conjugate(reference.yaw_wxyz), upper))
    ours = rotate(multiply(reference.yaw_wxyz, straight), axis)
    angle = np.arctan2(np.cross(ours, theirs) @ upper, ours @ theirs)
    for joint, along in ((start, upper), (middle, lower)):
        half = np.concatenate([[np.cos(angle / 2)], -np.sin(angle / 2) * along])
        rotations[joint] = multiply(half, rotations[joint])


def _hinge(frames: Frames, limb: tuple[str, str, str]) -> Float64Array | None:
    """[3] the axis that a limb bends about, in the frame of its upper half; None where it is not seen."""
    start, middle, end = limb
    upper, lower = frames.bone(start, middle), frames.bone(middle, end)
    normals = np.cross(upper, lower)
    bends = np.linalg.norm(normals, axis=1) > np.sin(np.deg2rad(_BENDS_DEG))
    if not bends.any():
        return None
    local = rotate(conjugate(frames.turn(start)), normals)[bends]
    total = local.sum(axis=0)
    if np.linalg.norm(total) < _ONE_PLANE * np.linalg.norm(local, axis=1).sum():
        return None
    return unit(total)


def _feet(frames: Frames, back: Float64Array) -> dict[str, Float64Array]:
    """Turns of feet that stand flat, seen by who faces +Z.

    Feet are flat where they stand, the more certainly the less they pitch there; and toes are so much below ankles, the
    same on both sides.
    """
    found: dict[str, Float64Array] = {}
    stands, falls_deg = {}, []
    for side in (side for side in _SIDES if frames.has(f"{side}_ankle")):
        stands[side] = _stands(frames, side)
        if frames.has(f"{side}_foot"):
            falls_deg.append(90 - angle_deg(frames.bone(f"{side}_ankle", f"{side}_foot")[stands[side]] @ _UP))
    for side, stance in stands.items():
        for name in (f"{side}_ankle", f"{side}_foot"):
            if frames.has(name):
                found[name] = mean_turn(multiply(back[stance], frames.turn(name)[stance]))
    if not falls_deg:
        return found
    flat_deg = _flat_deg(np.concatenate(falls_deg))
    for side in (side for side in stands if frames.has(f"{side}_foot")):
        toes = np.median(
            rotate(conjugate(frames.turn(f"{side}_ankle")), frames.bone(f"{side}_ankle", f"{side}_foot")), axis=0
        )
        fall = np.deg2rad(flat_deg)
        # Straight ahead, as skeletons are built: whoever turns his toes out keeps doing so.
        flat = np.array([0.0, np.sin(fall), np.cos(fall)])
        pitch = shortest_turn(unit(rotate(found[f"{side}_ankle"], toes)), flat)
        for name in (f"{side}_ankle", f"{side}_foot"):
            found[name] = multiply(pitch, found[name])
    return found


def _flat_deg(falls_deg: Float64Array) -> float:
    """By how much a flat foot falls from ankle to toes, of what standing feet do and of what feet are like."""
    middle = float(np.median(falls_deg))
    spread = max(1.5 * float(np.median(np.abs(falls_deg - middle))), _LEAST_SPREAD_DEG)
    weights = np.array([spread, _FEET_DIFFER_DEG]) ** -2.0
    return float(np.array([middle, _FOOT_FALLS_DEG]) @ weights / weights.sum())


def _stands(frames: Frames, side: str) -> NDArray[np.bool_]:
    """[T] whether a foot stands: its ankle is lowest."""
    height = frames.place(f"{side}_ankle")[:, 1]
    bones = ((f"{side}_hip", f"{side}_knee"), (f"{side}_knee", f"{side}_ankle"))
    leg = sum(float(np.linalg.norm(frames.place(end)[0] - frames.place(start)[0])) for start, end in bones)
    return height <= np.quantile(height, _LOWEST_SHARE) + _STANDS * leg


def mean_turn(quats: Float64Array) -> Float64Array:
    """[4] the mean of rotations [T, 4], but for those that are far from it: a glance aside does not count."""
    mean = quats[len(quats) // 2]
    kept = np.ones(len(quats), dtype=bool)
    for _ in range(4):
        signed = quats * np.where(quats @ mean < 0, -1.0, 1.0)[:, None]
        mean = normalised(signed[kept].sum(axis=0))
        off_deg = angle_deg(2 * (signed @ mean) ** 2 - 1)
        kept = off_deg <= max(_GLANCE * float(np.median(off_deg)), _GLANCE_DEG)
    return mean


def angle_deg(cosine: Float64Array | float) -> Float64Array:
    """Degrees of cosines."""
    return np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))


def unit(vectors: Float64Array) -> Float64Array:
    """Vectors [..., 3] of length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
