"""PosePoints: where a camera sees the joints of a body, in the order in which detectors of people give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float64Array
from ani3d_runtime.bake.pose_control import face
from ani3d_runtime.body.skeleton import Skeleton
from ani3d_runtime.render.camera import Camera

BoolArray: TypeAlias = NDArray[np.bool_]

# COCO's body with a neck; what has no joint here is made from others.
_BODY = (
    None,
    None,
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    None,
    None,
    None,
    None,
    "left_foot",
    "right_foot",
)
NOSE, NECK, EYES_AND_EARS = 0, 1, (14, 15, 16, 17)
_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
# A fingertip lies beyond its last joint by about this share of the bone before it.
_TIP = 0.85
_NEAREST_M = 0.05


@dataclass(frozen=True)
class PosePoints:
    """One picture's points in pixels, (x, y) of pixel centres at whole numbers; NaN where a point is not seen.

    Attributes:
        body: [20, 2] nose, neck, right then left arm, right then left leg, right and left eye, right and left ear, left
            and right toes.
        hands: [2, 21, 2] left and right: wrist, then thumb to little finger, base to tip; NaN where the rig has none.
        face: [68, 2] in iBUG's order.
        has_face: whether the rig has a face of its own: a jaw or eyes.
    """

    body: Float64Array
    hands: Float64Array
    face: Float64Array
    has_face: bool


def pose_points(skeleton: Skeleton, joints: Float64Array, camera: Camera) -> PosePoints:
    """What a camera sees of a pose.

    The neck of these models is the middle of the shoulders, whatever the rig calls its neck. Limbs behind the body are
    seen, as detectors guess them; points of the head that look away are not, nor is what lies outside the picture.

    Args:
        skeleton: whose joints.
        joints: [J, 3, 4] joint frames to world, of :meth:`Skeleton.global_transforms`.
        camera: from where.
    """
    number = {name: index for index, name in enumerate(skeleton.joint_names)}
    places = joints[:, :, 3]

    def place(name: str | None) -> Float64Array:
        return places[number[name]] if name in number else np.full(3, np.nan)

    body = np.stack([place(name) for name in _BODY])
    body[NECK] = (body[2] + body[5]) / 2
    head = _Head(skeleton, joints, number)
    seen_from = camera.position_m.astype(np.float64)
    body[[NOSE, *EYES_AND_EARS]] = head.landmarks_m(seen_from)
    has_face = any(name in number for name in ("jaw", "left_eye_smplhf"))
    return PosePoints(
        _projected(body, camera),
        np.stack([_projected(_hand(place, side), camera) for side in ("left", "right")]),
        _projected(head.face_m(seen_from), camera),
        has_face,
    )


class _Head:
    """A head joint, and what lies about it."""

    def __init__(self, skeleton: Skeleton, joints: Float64Array, number: dict[str, int]) -> None:
        self._there = "head" in number
        if not self._there:
            return
        index = number["head"]
        self._turn, self._place = joints[index, :, :3], joints[index, :, 3]
        neck = int(skeleton.parents[index])
        zero = skeleton.zero_joints_m.astype(np.float64)
        length = float(np.linalg.norm(zero[index] - zero[neck])) if neck >= 0 else face.HEAD_TO_NECK_M
        self._scale = length / face.HEAD_TO_NECK_M
        jaw = number.get("jaw")
        self._jaw = None if jaw is None else (joints[jaw], zero[jaw] - zero[index])

    def landmarks_m(self, camera_m: Float64Array) -> Float64Array:
        """[5, 3] nose, eyes and ears, right before left; NaN where they look away from the camera."""
        if not self._there:
            return np.full((5, 3), np.nan)
        towards = self._towards(camera_m)
        points = self._placed(face.LANDMARKS_M)
        points[face.LOOKS @ towards < face.LEAST_COSINES] = np.nan
        return points

    def face_m(self, camera_m: Float64Array) -> Float64Array:
        """[68, 3]; NaN where the face looks away."""
        if not self._there or self._towards(camera_m)[2] < 0:
            return np.full((68, 3), np.nan)
        local = face.face_points_m()
        points = self._placed(local)
        if self._jaw is not None:
            frame, offset = self._jaw
            jaw = list(face.JAW)
            points[jaw] = (self._scale * local[jaw] - offset) @ frame[:, :3].T + frame[:, 3]
        return points

    def _placed(self, local_m: Float64Array) -> Float64Array:
        return self._scale * local_m @ self._turn.T + self._place

    def _towards(self, camera_m: Float64Array) -> Float64Array:
        """[3] where the camera is, as the head sees it."""
        way = camera_m - self._place
        return self._turn.T @ (way / np.linalg.norm(way))


def _hand(place: Callable[[str], Float64Array], side: str) -> Float64Array:
    """[21, 3] NaN where the rig has no fingers."""
    points = [place(f"{side}_wrist")]
    for finger in _FINGERS:
        bones = [place(f"{side}_{finger}{bone}") for bone in (1, 2, 3)]
        points += [*bones, bones[2] + _TIP * (bones[2] - bones[1])]
    hand = np.stack(points)
    return hand if np.isfinite(hand[1:]).any() else np.full((21, 3), np.nan)


def _projected(points_m: Float64Array, camera: Camera) -> Float64Array:
    """[..., 2] pixels; NaN behind the camera and outside the picture."""
    view = camera.world_to_camera.astype(np.float64)
    seen = points_m @ view[:3, :3].T + view[:3, 3]
    depth = np.where(seen[:, 2] > _NEAREST_M, seen[:, 2], np.nan)
    pixels = (seen / depth[:, None] @ camera.intrinsics_px.astype(np.float64).T)[:, :2] - 0.5
    inside = (pixels >= 0).all(axis=1) & (pixels < (camera.width_px, camera.height_px)).all(axis=1)
    return np.where(inside[:, None], pixels, np.nan)
