"""What is likely wrong with a motion on the body, whatever file it came from."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.errors import MotionError
from ani3d_runtime.geometry.quaternion import rotation_vector_from_quaternion

_SIDES = ("left", "right")
_MOST_FRAMES = 400
# A trunk that leans so far the same way in the world, whichever way it faces, is a world that leans.
_TILT_DEG, _FACES_ASIDE = 18.0, 0.6
_BENT_BACK_RAD = np.deg2rad(35)
_FAR_M = 10_000.0
_LEAST_FPS, _MOST_FPS = 8.0, 400.0


def doubts_about(motion: Motion, skeleton: Skeleton, subject: str) -> list[MotionError]:
    """Doubts about a motion: a world that leans, a path far from everything, a rate that nothing captures at."""
    step = slice(None, None, max(1, motion.frame_count // _MOST_FRAMES))
    rotations, root = motion.joint_rotations_wxyz[step], motion.root_translation_m[step]
    found = [_far(root, subject), _leaning(rotations, root, skeleton, subject), _odd_rate(motion, subject)]
    return [doubt for doubt in found if doubt is not None]


def _leaning(rotations: Float32Array, root: Float32Array, skeleton: Skeleton, subject: str) -> MotionError | None:
    posed = skeleton.global_transforms(rotations, root)
    place = {name: posed[:, index, :, 3] for index, name in enumerate(skeleton.joint_names)}
    head, pelvis = place.get("head"), posed[:, 0, :, 3]
    if head is None or "left_hip" not in place:
        return None
    up = (head - pelvis) / np.linalg.norm(head - pelvis, axis=1, keepdims=True)
    mean = up.mean(axis=0)
    lean_deg = float(np.rad2deg(np.arccos(np.clip(mean[1] / np.linalg.norm(mean), -1, 1))))
    across = place["left_hip"] - place["right_hip"]
    front = np.cross(across, [0.0, 1.0, 0.0])
    aside = np.abs(
        (front / np.linalg.norm(front, axis=1, keepdims=True)) @ (mean * [1, 0, 1]) / np.hypot(mean[0], mean[2])
    )
    # Who leans forwards leans to where he faces; a crouch or a crawl is nobody's fault.
    if mean[1] < 0.3 or lean_deg < _TILT_DEG or float(np.median(aside)) > _FACES_ASIDE:
        return None
    return MotionError(
        "motion-leans",
        subject,
        found=f"a body that leans {lean_deg:.0f}° to one side of the world in the mean of all frames",
        expected="a mean that stands upright",
        fix="The capture's world is tilted: level it in the tool that wrote it. Look at it with: ani3d info "
        f"{subject} --picture look.png",
    )


def bent_knees(motion: Motion, skeleton: Skeleton, subject: str) -> MotionError | None:
    """A doubt about knees that bend forwards, of a motion whose rotations are the body's own."""
    names = skeleton.joint_names
    if not all(f"{side}_knee" in names for side in _SIDES):
        return None
    knees = [names.index(f"{side}_knee") for side in _SIDES]
    bend = rotation_vector_from_quaternion(motion.joint_rotations_wxyz[:, knees])[..., 0]
    backwards, forwards = float(np.quantile(-bend, 0.9)), float(np.quantile(bend, 0.9))
    if backwards < _BENT_BACK_RAD or forwards > backwards / 2:
        return None
    return MotionError(
        "motion-knees",
        subject,
        found=f"knees that bend forwards, by {np.rad2deg(backwards):.0f}°",
        expected="knees that bend backwards",
        fix="The file is likely left-handed or its rotations are turned over: export it with right-handed axes.",
    )


def off_floor(label: str, above_m: float) -> str:
    """The note about soles that are less than a step above the floor at zero, or below it."""
    place = f"{abs(above_m) * 100:.0f} cm {'above' if above_m > 0 else 'below'} the floor at zero"
    return f"{label}: its soles are {place} (--ground floor puts them on it)"


def floating(above_m: float, subject: str) -> MotionError:
    """``motion-floats``: the doubt about soles that are so many metres above the floor at zero."""
    return MotionError(
        "motion-floats",
        subject,
        found=f"soles {abs(above_m) * 100:.0f} cm {'above' if above_m > 0 else 'below'} the floor at zero",
        expected="soles on the floor",
        fix="Pass --ground floor, if the floor is flat.",
    )


def _odd_rate(motion: Motion, subject: str) -> MotionError | None:
    if _LEAST_FPS <= motion.fps <= _MOST_FPS or motion.frame_count < 2:
        return None
    return MotionError(
        "motion-rate-odd",
        subject,
        found=f"{motion.fps:g} frames/s, so that {motion.frame_count} frames last {motion.duration_s:.4g} s",
        expected=f"{_LEAST_FPS:g} to {_MOST_FPS:g} frames/s, as captures have",
        fix="Correct the rate in the file: a BVH has the seconds from frame to frame behind 'Frame Time:', say 0.0333.",
    )


def _far(root: Float32Array, subject: str) -> MotionError | None:
    distance_m = float(np.abs(root).max())
    if distance_m < _FAR_M:
        return None
    return MotionError(
        "motion-far",
        subject,
        found=f"a root {distance_m:.3g} m from the origin, where floats are coarse",
        expected=f"less than {_FAR_M:g} m",
        fix="Move the capture to the origin, or name its unit with --motion-unit.",
    )
