"""render_coarse: an avatar along a trajectory, by the runtime equation and the numba rasteriser."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ani3d_runtime.arrays import Float32Array, UInt8Array
from ani3d_runtime.avatar import Avatar, Part
from ani3d_runtime.bake.coarse.piercing import Coverings
from ani3d_runtime.bake.coarse.velocity import vector_map, velocities
from ani3d_runtime.bake.coarse.video import CoarseVideo
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.sampling.trajectory import Trajectory
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.geometry.quaternion import matrix_from_quaternion
from ani3d_runtime.playback.posed import PosedSplats
from ani3d_runtime.progress import ProgressCallback
from ani3d_runtime.render.camera import Camera
from ani3d_runtime.render.rasterise import RenderResult, render_cloud
from ani3d_runtime.residual import ResidualLayer

# What the prior may change; everything else keeps its identity. The method's released recipe preserves hair, too.
FREE_PARTS = (Part.GARMENT, Part.HAIR)
FREE_PARTS_BUT_HAIR = (Part.GARMENT,)
WHITE = (1.0, 1.0, 1.0)
# Depth is not defined where almost nothing covers the pixel.
_LEAST_ALPHA = 1e-3


def render_coarse(
    avatar: Avatar,
    motion: Motion,
    trajectory: Trajectory,
    *,
    layer: ResidualLayer | None = None,
    coverings: Coverings | None = None,
    free_parts: Collection[Part] = FREE_PARTS,
    progress: ProgressCallback | None = None,
) -> CoarseVideo:
    """Render a trajectory; the size is the cameras'.

    Args:
        avatar, motion: who is seen, doing what.
        trajectory: from where, and when.
        layer: residual to apply, such as one that is being fitted; the rigid layer alone when None. Control map and
            velocity are those of the rigid layer in any case.
        coverings: of the avatar; skin that has come through a garment is then left out, as a prior is to see it.
        free_parts: what the prior may change.
        progress: called with the fraction done.

    Returns:
        The video; pictures are clipped to 0..1.
    """
    rigid = MotionPoser(avatar, motion)
    shown = rigid if layer is None else MotionPoser(avatar, motion, layer)
    known = coverings or Coverings.none()
    keep = np.repeat(kept_share(avatar.binding.parts, free_parts)[:, None], 3, axis=1)
    frames: list[tuple[Float32Array, ...]] = []
    for index, (camera, time_s) in enumerate(zip(trajectory.cameras, trajectory.times_s.tolist(), strict=True)):
        posed, stiff = shown.pose(time_s), rigid.pose(time_s)
        seen = known.unpierced(posed, camera)
        seen_stiff = seen if layer is None else known.unpierced(stiff, camera)
        posed, stiff = posed.take(seen), stiff.take(seen_stiff)
        picture = render_cloud(
            posed.cloud, camera, colours=posed.colours_seen_from(camera.position_m), background=WHITE
        )
        labels = render_cloud(posed.cloud, camera, colours=keep[seen])
        normals = _normal_map(stiff, camera)
        velocity = vector_map(stiff, velocities(rigid, time_s)[seen_stiff], camera)
        depth = _expected_depth(picture)
        frames.append((picture.rgb.clip(0, 1), picture.alpha, depth, labels.rgb[..., 0], normals, velocity))
        if progress is not None:
            progress((index + 1) / trajectory.frame_count)
    rgb, alpha, depth_m, preserve, control, velocity_m_s = (
        np.stack(pictures) for pictures in zip(*frames, strict=True)
    )
    return CoarseVideo(rgb, alpha, depth_m, preserve.clip(0, 1), control, velocity_m_s, trajectory.fps)


def kept_share(parts: UInt8Array, free_parts: Collection[Part] = FREE_PARTS) -> Float32Array:
    """[N] 1 for Gaussians whose look must be preserved, 0 for those that the prior may change."""
    return (~np.isin(parts, [int(part) for part in free_parts])).astype(np.float32)


def _normal_map(posed: PosedSplats, camera: Camera) -> Float32Array:
    """[H, W, 3] normals as colours; a Gaussian's normal is its shortest axis, on the side that is seen."""
    cloud = posed.cloud
    axes = matrix_from_quaternion(cloud.quats_wxyz)
    shortest = np.argmin(cloud.scales_m, axis=1)
    normals = np.take_along_axis(axes, shortest[:, None, None], axis=2)[..., 0]
    away = np.einsum("na,na->n", normals, cloud.means_m - camera.position_m)
    normals = np.where(away[:, None] > 0, -normals, normals)
    seen = normals @ camera.world_to_camera[:3, :3].T * (1, -1, -1)
    grey = (0.5, 0.5, 0.5)
    return render_cloud(cloud, camera, colours=seen * 0.5 + 0.5, background=grey).rgb.clip(0, 1)


def _expected_depth(picture: RenderResult) -> Float32Array:
    covered = picture.alpha > _LEAST_ALPHA
    return np.where(covered, picture.depth / np.maximum(picture.alpha, _LEAST_ALPHA), 0).astype(np.float32)
