"""A residual layer whose Gaussians follow the surface that they lie on."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.posing import MotionPoser
from ani3d_runtime.bake.surface_shape.kernels import CHANGE, disc_changes, shape_tracks
from ani3d_runtime.bake.surface_shape.sheet import Sheet, sheet_of
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.codec.encoder.coding import channel_over
from ani3d_runtime.geometry.quaternion import normalised
from ani3d_runtime.progress import ProgressCallback, silent
from ani3d_runtime.residual import ResidualLayer

# From which share of its width on a disc that is too small grows, and from which sine on one that stands up is laid
# down; and where it is so wholly.
SMALL, STANDING = (0.35, 0.75), (0.4, 0.65)
# Gaussians that no frame puts right by half are left as they are.
WORTH = 0.5
# From this ratio of its axes on a stretch has a direction.
LOPSIDED = 3.0


def following_surface(
    avatar: Avatar, motion: Motion, layer: ResidualLayer, progress: ProgressCallback = silent
) -> ResidualLayer:
    """The layer with the rotations and scales that close what it, and skinning, tear open.

    Skinning blends the motion of joints and not their places: where weights change quickly, as in an armpit, a disc
    turns and shears less than the surface through its neighbours does. Simulated cloth parts its Gaussians without
    making them wider. Both show in where a disc's neighbours are: their places give the deformation F of the surface,
    by least squares, and the disc that F makes of the one at rest replaces it where it differs visibly.

    Args:
        avatar: in rest pose.
        motion: on its skeleton.
        layer: of the motion; log-scales that it has are replaced.
        progress: called with the fraction done.
    """
    sheet = sheet_of(avatar, layer)
    if not len(sheet):
        return layer
    posed = _Posed(avatar, motion, layer)
    worst = np.zeros(len(sheet))
    allowed, full = np.array([SMALL, STANDING]).T
    changes = np.empty((len(sheet), CHANGE))
    for frame in range(motion.frame_count):
        posed.changes(frame, sheet, changes)
        progress(0.8 * (frame + 1) / motion.frame_count)
        np.maximum(worst, ((changes[:, :2] - allowed) / (full - allowed)).max(axis=1), out=worst)
    sheet = sheet.part(worst > WORTH)
    if not len(sheet):
        return layer
    found = np.empty((motion.frame_count, len(sheet), CHANGE))
    for frame in range(motion.frame_count):
        posed.changes(frame, sheet, found[frame])
        progress(0.8 + 0.2 * (frame + 1) / motion.frame_count)
    return _shaped(avatar, layer, sheet, found)


class _Posed:
    """Where the Gaussians of a layer are, frame by frame."""

    def __init__(self, avatar: Avatar, motion: Motion, layer: ResidualLayer) -> None:
        self._avatar, self._motion, self._layer = avatar, motion, layer
        self._poser = MotionPoser(avatar, motion, layer)
        self._rest_m = avatar.splats.means_m.astype(np.float64)
        self._quats = normalised(avatar.splats.quats_wxyz)
        self._transforms = avatar.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
        self._rows = np.full(avatar.count, -1, dtype=np.int32)
        self._rows[layer.indices] = np.arange(len(layer.indices))

    def changes(self, frame: int, sheet: Sheet, out: Float64Array) -> None:
        """Fill [S, 8] of :func:`disc_changes`."""
        avatar, turns = self._avatar, self._layer.drot_rad
        disc_changes(
            len(sheet),
            self._rest_m,
            self._poser.pose(frame / self._motion.fps).cloud.means_m.astype(np.float64),
            self._transforms[frame],
            avatar.binding.joints,
            avatar.binding.weights,
            self._quats,
            avatar.splats.scales_m,
            np.zeros((0, 3), dtype=np.float32) if turns is None else turns[frame],
            self._rows,
            sheet.members,
            sheet.axes,
            sheet.neighbours,
            sheet.gradients,
            out,
        )


def _shaped(avatar: Avatar, layer: ResidualLayer, sheet: Sheet, changes: Float64Array) -> ResidualLayer:
    """The layer with the tracks of the sheet's members in place of its own."""
    members, splats = sheet.members, avatar.splats
    none = np.zeros((layer.frame_count, 0, 3), dtype=np.float32)
    turns = none if layer.drot_rad is None else layer.drot_rad
    before = _over(members, layer, turns)
    drot, dlogscale = np.empty_like(before), np.empty_like(before)
    shape_tracks(
        len(members), changes, normalised(splats.quats_wxyz[members]), splats.scales_m[members], sheet.axes, before,
        SMALL, STANDING, LOPSIDED, drot, dlogscale,
    )  # fmt: skip
    indices = np.union1d(layer.indices, members).astype(np.int32)
    places = np.searchsorted(indices, members)
    rotations, scales = _over(indices, layer, turns), np.zeros((layer.frame_count, len(indices), 3), dtype=np.float32)
    rotations[:, places], scales[:, places] = drot, dlogscale
    colours = None if layer.dcolour is None else channel_over(indices, layer, layer.dcolour)
    return ResidualLayer(
        layer.gaussian_count, indices, channel_over(indices, layer, layer.dpos_m), rotations, scales, colours
    )


def _over(members: np.ndarray, layer: ResidualLayer, channel: Float32Array) -> Float32Array:
    """[T, n, 3] a copy of the channel over ``members``; zeros where the layer has none."""
    result = np.zeros((layer.frame_count, len(members), 3), dtype=np.float32)
    if channel.shape[1]:
        result[:] = channel_over(np.asarray(members, dtype=np.int32), layer, channel)
    return result
