"""Turns and poses in words, for notes."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.geometry.frames import rotation_from_axes
from ani3d_runtime.geometry.quaternion import conjugate, multiply, rotate, rotation_vector_from_quaternion

_AXES = ("yup", "zup", "rdf")
_LEAST_DEG = 3.0
# A turn by more than this is no tilt of a person: the axes are others.
_LYING_DEG = 60.0
# Joint, axis of its rotation vector with the sign of its left side, and what to say of more and of less.
_WORDS = (
    ("shoulder", 2, -1, "arms {:.0f}° further down", "arms {:.0f}° further up"),
    ("shoulder", 1, -1, "arms {:.0f}° forwards", "arms {:.0f}° backwards"),
    ("elbow", 1, -1, "elbows bent by {:.0f}°", "elbows bent back by {:.0f}°"),
    ("hip", 2, 1, "each leg {:.0f}° further out", "each leg {:.0f}° further in"),
    ("hip", 0, -1, "legs {:.0f}° forwards", "legs {:.0f}° backwards"),
)


def found_axes(turn_wxyz: Float64Array, axes: str) -> tuple[str, Float64Array]:
    """The axes that a cloud lies in by how it was turned, and [4] the turn that is left in those.

    Args:
        turn_wxyz: [4].
        axes: that the cloud was read in where nobody named them; else empty, and they stay so.
    """
    up = np.array([0.0, 1.0, 0.0])
    if axes and rotate(turn_wxyz, up)[1] < np.cos(np.deg2rad(_LYING_DEG)):
        for other in _AXES:
            change = multiply(rotation_from_axes(other), conjugate(rotation_from_axes(axes)))
            rest = multiply(turn_wxyz, conjugate(change))
            if rotate(rest, up)[1] > 0.8:
                return other, rest
    return axes, turn_wxyz


def turn_in_words(turn_wxyz: Float64Array, axes: str, least_deg: float) -> str:
    """How a cloud was turned, such as "turned by 45° about its height"; nothing where it was hardly turned.

    Args:
        turn_wxyz: [4].
        axes: that the cloud was read in where nobody named them; else empty.
        least_deg: a turn below this is none.
    """
    up = rotate(turn_wxyz, np.array([0.0, 1.0, 0.0]))
    tilt_deg = float(np.rad2deg(np.arccos(np.clip(up[1], -1, 1))))
    parts: list[str] = []
    found, rest = found_axes(turn_wxyz, axes)
    if found != axes:
        parts.append(f"axes taken as {found}")
        turn_wxyz, tilt_deg = rest, 0.0
    if tilt_deg > _LYING_DEG:
        parts.append(f"turned upright by {tilt_deg:.0f}°")
    elif tilt_deg > least_deg:
        parts.append(f"tilted back upright by {tilt_deg:.0f}°")
    yaw_deg = float(np.rad2deg(2 * np.arctan2(turn_wxyz[2], turn_wxyz[0])))
    yaw_deg = (yaw_deg + 180) % 360 - 180
    if abs(yaw_deg) > least_deg:
        parts.append(f"turned by {yaw_deg:+.0f}° about its height")
    return ", ".join(parts)


def pose_in_words(
    asked: Float32Array, found: Float32Array, names: tuple[str, ...] = (), least_deg: float = _LEAST_DEG
) -> str:
    """By how much arms and legs of a pose [J, 4] differ from another's; nothing below ``least_deg``."""
    if not names:
        cosine = np.abs((asked.astype(np.float64) * found).sum(axis=1)).clip(0, 1)
        return "another pose" if float(np.rad2deg(2 * np.arccos(cosine)).max()) > least_deg else ""
    change_deg = np.rad2deg(rotation_vector_from_quaternion(multiply(found, conjugate(asked))))
    said: list[str] = []
    for joint, axis, sign, more, less in _WORDS:
        left = sign * float(change_deg[names.index(f"left_{joint}"), axis])
        right = (sign if axis == 0 else -sign) * float(change_deg[names.index(f"right_{joint}"), axis])
        if max(abs(left), abs(right)) < least_deg:
            continue
        if abs(left - right) < least_deg:
            mean = (left + right) / 2
            said.append((more if mean > 0 else less).format(abs(mean)))
        else:
            said += [
                f"{side} {_of_one((more if angle > 0 else less).format(abs(angle)))}"
                for side, angle in (("left", left), ("right", right))
                if abs(angle) >= least_deg
            ]
    return ", ".join(said)


def _of_one(words: str) -> str:
    """The words about both arms or legs, for one."""
    for both, one in (("arms", "arm"), ("each leg", "leg"), ("legs", "leg"), ("elbows", "elbow")):
        words = words.replace(both, one)
    return words


def limbs_in_words(off_m: dict[str, float]) -> str:
    """The farthest limbs first: "left hand (359 mm), right hand (350 mm)"."""
    worst = sorted(off_m.items(), key=lambda item: -item[1])
    shown = ", ".join(f"{limb} ({off * 1e3:.0f} mm)" for limb, off in worst[:4])
    return shown + (f" and {len(worst) - 4} more" if len(worst) > 4 else "")
