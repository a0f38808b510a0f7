"""Contact sheets of an avatar in frames of a motion, with its bones and the floor, to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ani3d_runtime.arrays import Float32Array, Float64Array, Int32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.playback.picture import paint_posed
from ani3d_runtime.render.camera import Camera, Orbit, bounds_of
from ani3d_runtime.render.image import contact_sheet, to_srgb8

_WIDTH_PX, _HEIGHT_PX = 256, 384
_BONE, _FLOOR = (214, 64, 44), (120, 130, 140)
# The floor is drawn so far around the feet, in lines so far apart.
_FLOOR_M, _LINE_M = 1.0, 0.5
_NEAR_M = 0.05


def sheet_of_frames(
    avatar: Avatar, motion: Motion, views: Sequence[tuple[str, int, float]], *, columns: int, floor: bool = True
) -> Float32Array:
    """[H, W, 3] pictures of an avatar, its bones drawn over it, and the floor at height zero.

    Args:
        avatar: in its rest pose.
        motion: of its skeleton.
        views: what each is called, its frame, and where the camera stands: 0 before the face, 90 at the left side.
        columns: pictures in a row.
        floor: whether the floor is drawn.
    """
    poser = MotionPoser(avatar, motion)
    orbit = Orbit(width_px=_WIDTH_PX, height_px=_HEIGHT_PX)
    clouds = {frame: poser.pose(frame / motion.fps) for _, frame, _ in views}
    boxes = {frame: bounds_of(posed.cloud.means_m, stray_fraction=0.01) for frame, posed in clouds.items()}
    # One distance for all, so that sizes can be compared.
    distance_m = max(
        orbit.fitting_distance_m(
            np.clip(clouds[frame].cloud.means_m, *boxes[frame]).astype(np.float32),
            boxes[frame].mean(axis=0).astype(np.float32),
            float(np.deg2rad(azimuth_deg)),
        )
        for _, frame, azimuth_deg in views
    )
    joints = avatar.skeleton.global_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)[..., 3]
    pictures: list[Float32Array] = []
    for _, frame, azimuth_deg in views:
        low, high = boxes[frame]
        camera = orbit.camera(((low + high) / 2).astype(np.float32), float(np.deg2rad(azimuth_deg)), distance_m)
        picture = Image.fromarray(to_srgb8(paint_posed(clouds[frame], camera)))
        _draw(picture, camera, joints[frame], avatar.skeleton.parents, floor)
        pictures.append((np.asarray(picture) / 255).astype(np.float32))
    labels = [f"{name}, frame {frame}" if motion.frame_count > 2 else name for name, frame, _ in views]
    return contact_sheet(pictures, columns=columns, labels=labels)


def _draw(picture: Image.Image, camera: Camera, joints_m: Float64Array, parents: Int32Array, floor: bool) -> None:
    pen = ImageDraw.Draw(picture)
    x, _, z = joints_m[0]
    steps = np.arange(-_FLOOR_M, _FLOOR_M + 1e-6, _LINE_M)
    lines = [((x + step, 0, z - _FLOOR_M), (x + step, 0, z + _FLOOR_M)) for step in steps]
    lines += [((x - _FLOOR_M, 0, z + step), (x + _FLOOR_M, 0, z + step)) for step in steps]
    for start, end in lines if floor else ():
        _line(pen, camera, np.array(start), np.array(end), _FLOOR)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            _line(pen, camera, joints_m[parent], joints_m[joint], _BONE)


def _line(
    pen: ImageDraw.ImageDraw, camera: Camera, start: Float64Array, end: Float64Array, colour: tuple[int, int, int]
) -> None:
    places = np.stack([start, end]) @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
    if (places[:, 2] < _NEAR_M).any():
        return
    pixels = places @ camera.intrinsics_px.T
    pixels = pixels[:, :2] / pixels[:, 2:]
    pen.line([(float(u), float(v)) for u, v in pixels], fill=colour, width=1)
