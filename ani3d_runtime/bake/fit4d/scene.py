"""FitScene: the pictures of all videos at one size, each with what stays the same while the residual is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d.losses import TargetPicture
from ani3d_runtime.bake.fit4d.posing import JointPose
from ani3d_runtime.bake.fit4d.video import FitVideo
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.playback.deform_kernels import joint_transforms
from ani3d_runtime.render.camera import Camera

# Pixels around what is seen that are kept: cloth may swing out of the rigid layer and of the video.
_MARGIN_PX = 10
_COVERED = 0.02


@dataclass(frozen=True)
class FitPicture:
    """One picture of a video, cut down to what is to be seen in it.

    Attributes:
        time_s: when. frame: the same as a fractional frame of the motion.
        joints: the skeleton at that time.
        camera: of the cut-out. view: [1, 4, 4] and K: [1, 3, 3] of it as tensors.
        colours: [N, 3] as seen from the camera.
        target: what it is to look like.
    """

    time_s: float
    frame: float
    joints: JointPose
    camera: Camera
    view: Tensor
    K: Tensor
    colours: Tensor
    target: TargetPicture


class SkeletonTimes:
    """Skeletons at any time of a motion, each worked out once."""

    def __init__(self, avatar: Avatar, poser: MotionPoser) -> None:
        self._skeleton, self._poser = avatar.skeleton, poser
        self._parents = np.ascontiguousarray(avatar.skeleton.parents, dtype=np.int32)
        self._known: dict[float, JointPose] = {}

    def at(self, time_s: float) -> JointPose:
        """The skeleton at a time; those outside the motion are its first or last."""
        key = round(time_s, 6)
        if key not in self._known:
            frame = self._poser.frame_at(time_s)
            count = self._skeleton.joint_count
            matrices, quats = np.empty((count, 3, 4)), np.empty((count, 4))
            joint_transforms(
                self._parents,
                self._skeleton.zero_joints_m.astype(np.float64),
                self._skeleton.inverse_bind(),
                frame.joint_rotations_wxyz.astype(np.float64),
                frame.root_translation_m.astype(np.float64),
                matrices,
                quats,
            )
            self._known[key] = JointPose(matrices, quats)
        return self._known[key]


def fit_pictures(
    avatar: Avatar,
    rigid: MotionPoser,
    skeletons: SkeletonTimes,
    videos: Sequence[FitVideo],
    *,
    halvings: int,
    preserve_weight: float,
    levels: int,
    device: torch.device,
) -> list[FitPicture]:
    """All pictures of all videos.

    Args:
        avatar: whose Gaussians are rendered. rigid: poses it.
        halvings: how often the pictures are halved in size first.
        preserve_weight: how much a pixel counts where the video is known to show the rigid layer, 0..1.
        levels: of the loss's pyramid.
    """
    constant = avatar.splats.sh_degree == 0
    pictures: list[FitPicture] = []
    for video in videos:
        for index, time_s in enumerate(video.trajectory.times_s.tolist()):
            posed = rigid.pose(time_s)
            camera = _halved_camera(video.trajectory.cameras[index], halvings)
            seen = posed.colours_seen_from(camera.position_m)
            rgb, alpha = _halved(video.rgb[index], halvings), _halved(video.alpha[index], halvings)
            weight = np.ones_like(alpha)
            if video.preserve is not None:
                weight -= (1 - preserve_weight) * _halved(video.preserve[index], halvings)
            depth = None if video.depth_m is None else _halved(video.depth_m[index], halvings)
            box = _box(alpha, camera, posed.cloud.means_m)
            cut = _cut(camera, box)
            rows, columns = box
            pictures.append(
                FitPicture(
                    time_s,
                    time_s * rigid.motion.fps,
                    skeletons.at(time_s),
                    cut,
                    torch.from_numpy(cut.world_to_camera)[None].to(device),
                    torch.from_numpy(cut.intrinsics_px)[None].to(device),
                    pictures[0].colours if constant and pictures else torch.from_numpy(seen).to(device),
                    TargetPicture(
                        np.ascontiguousarray(rgb[rows, columns]),
                        np.ascontiguousarray(alpha[rows, columns]),
                        np.ascontiguousarray(weight[rows, columns]),
                        None if depth is None else np.ascontiguousarray(depth[rows, columns]),
                        levels,
                    ),
                )
            )
    return pictures


def _box(alpha: Float32Array, camera: Camera, means_m: Float32Array) -> tuple[slice, slice]:
    """Rows and columns that hold what the video covers and what the rigid layer reaches, and a margin."""
    height, width = alpha.shape
    view = camera.world_to_camera.astype(np.float64)
    points = means_m @ view[:3, :3].T + view[:3, 3]
    on_screen = (points @ camera.intrinsics_px.T.astype(np.float64))[:, :2] / np.maximum(points[:, 2:], 1e-3)
    covered = alpha > _COVERED
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    xs = np.concatenate([columns, on_screen[:, 0]])
    ys = np.concatenate([rows, on_screen[:, 1]])

    def around(values: np.ndarray, size: int) -> slice:
        low = int(np.clip(np.floor(values.min()) - _MARGIN_PX, 0, size - 1))
        return slice(low, int(np.clip(np.ceil(values.max()) + _MARGIN_PX, low + 1, size)))

    return around(ys, height), around(xs, width)


def _cut(camera: Camera, box: tuple[slice, slice]) -> Camera:
    rows, columns = box
    intrinsics = camera.intrinsics_px.copy()
    intrinsics[0, 2] -= columns.start
    intrinsics[1, 2] -= rows.start
    return Camera(camera.world_to_camera, intrinsics, columns.stop - columns.start, rows.stop - rows.start)


def _halved_camera(camera: Camera, halvings: int) -> Camera:
    scale = 2**halvings
    intrinsics = camera.intrinsics_px.copy()
    intrinsics[:2] /= scale
    return Camera(camera.world_to_camera, intrinsics, camera.width_px // scale, camera.height_px // scale)


def _halved(image: Float32Array, halvings: int) -> Float32Array:
    """Means of squares of pixels; what does not fill a square at the right and at the bottom is left out."""
    side = 2**halvings
    height, width = image.shape[0] // side, image.shape[1] // side
    squares = image[: height * side, : width * side].reshape(height, side, width, side, *image.shape[2:])
    return np.ascontiguousarray(squares.mean(axis=(1, 3), dtype=np.float32))
