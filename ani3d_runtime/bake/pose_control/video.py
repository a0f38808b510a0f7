"""pose_video: the skeleton of a motion along a trajectory; and where its face is, for models that watch it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.pose_control.picture import PoseForm, pose_picture
from ani3d_runtime.bake.pose_control.points import PosePoints, pose_points
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.body.motion import Motion

# A face is cut out a third larger than its landmarks reach, three quarters of that above them.
_FACE_AREA, _FACE_ABOVE = 1.3, 0.75


def trajectory_points(avatar: Avatar, motion: Motion, trajectory: Trajectory) -> list[PosePoints]:
    """The points of every picture of a trajectory."""
    poser = MotionPoser(avatar, motion)
    result: list[PosePoints] = []
    for camera, time_s in zip(trajectory.cameras, trajectory.times_s.tolist(), strict=True):
        frame = poser.frame_at(time_s)
        joints = avatar.skeleton.global_transforms(frame.joint_rotations_wxyz[None], frame.root_translation_m[None])[0]
        result.append(pose_points(avatar.skeleton, joints, camera))
    return result


def pose_video(points: list[PosePoints], size_px: tuple[int, int], form: PoseForm) -> Float32Array:
    """[F, H, W, 3] 0..1 skeletons on black."""
    pictures = np.stack([pose_picture(each, size_px, form) for each in points])
    return np.divide(pictures, np.float32(255), dtype=np.float32)


def face_video(rgb: Float32Array, points: list[PosePoints], side_px: int) -> Float32Array:
    """[F, s, s, 3] the face of every picture [F, H, W, 3], stretched to a square; black where it looks away."""
    result = np.zeros((len(rgb), side_px, side_px, 3), np.float32)
    for face, picture, box in zip(result, rgb, face_boxes(points, (rgb.shape[1], rgb.shape[2])), strict=True):
        if np.isfinite(box).all() and box[2] - box[0] >= 1 and box[3] - box[1] >= 1:
            image = Image.fromarray(np.rint(picture * 255).astype(np.uint8))
            cut = image.resize((side_px, side_px), Image.Resampling.BILINEAR, box=tuple(box.tolist()))
            face[:] = np.asarray(cut) / np.float32(255)
    return result


def face_boxes(points: list[PosePoints], size_px: tuple[int, int]) -> Float64Array:
    """[F, 4] left, top, right and bottom of each picture's face in pixels; NaN where it looks away.

    As Wan-Animate's own preparation cuts it: about the landmarks but the first, larger by an area, mostly upwards.
    """
    boxes = np.full((len(points), 4), np.nan)
    for box, each in zip(boxes, points, strict=True):
        marks = each.face[1:][np.isfinite(each.face[1:]).all(axis=1)]
        if len(marks) < 2:
            continue
        (left, top), (right, bottom) = marks.min(axis=0), marks.max(axis=0)
        grown = np.sqrt(_FACE_AREA)
        more_x, more_y = (grown - 1) * (right - left), (grown - 1) * (bottom - top)
        box[:] = (
            max(left - more_x / 2, 0),
            max(top - _FACE_ABOVE * more_y, 0),
            min(right + more_x / 2, size_px[1]),
            min(bottom + (1 - _FACE_ABOVE) * more_y, size_px[0]),
        )
    return boxes
