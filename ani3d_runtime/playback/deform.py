"""Deformer: evaluates the runtime equation (``deformation.py``) for one avatar, frame by frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.deformation import DeformationModel, Detail, Frame
from ani3d_runtime.errors import InputError
from ani3d_runtime.playback import deform_kernels
from ani3d_runtime.playback.deform_kernels import (
    Correctives,
    DetailRows,
    JointTransforms,
    NodeTransforms,
    PosedGaussians,
    RestGaussians,
)
from ani3d_runtime.playback.posed import PosedSplats

_ABSENT = np.zeros((0, 3), dtype=np.float32)
_ABSENT_BASIS = np.zeros((0, 0), dtype=np.float32)
_NO_DETAIL = DetailRows(np.zeros(0, dtype=np.int32), _ABSENT, _ABSENT, _ABSENT)


class Deformer:
    """Poses an avatar's Gaussians, on all cores.

    Everything that does not change from frame to frame is prepared once. A deformer holds no state between frames, so
    several threads may share it.
    """

    def __init__(self, avatar: Avatar, deformation: DeformationModel | None = None) -> None:
        model = DeformationModel.empty(avatar.count) if deformation is None else deformation
        if len(model.node_indices) != avatar.count:
            raise InputError(
                "deformation-wrong-count",
                avatar.name,
                found=f"a deformation model of {len(model.node_indices)} Gaussians",
                expected=f"{avatar.count}, the avatar's",
                fix="Read avatar and deformation from the same package at the same level of detail.",
            )
        self.avatar = avatar
        self.deformation = model
        # Packages without loss hold quaternions that are unit to a thousandth.
        self._quats = _unit(avatar.splats.quats_wxyz).astype(np.float32)
        skeleton = avatar.skeleton
        self._parents = np.ascontiguousarray(skeleton.parents, dtype=np.int32)
        self._zero_joints = skeleton.zero_joints_m.astype(np.float64)
        self._inverse_bind = skeleton.inverse_bind()
        self._node_rest = model.node_rest_m.astype(np.float64)
        hangs = model.node_count > 0 and bool(model.node_weights.any())
        rows = avatar.count if hangs else 0
        self._node_indices = np.ascontiguousarray(model.node_indices[:rows])
        self._node_weights = np.ascontiguousarray(model.node_weights[:rows])
        self._basis_position = _basis_or_absent(model.basis_position_m)
        self._basis_rotation = _basis_or_absent(model.basis_rotation_rad)
        self._basis_logscale = _basis_or_absent(model.basis_logscale)
        self._basis_colour = _basis_or_absent(model.basis_colour)

    def pose(self, frame: Frame) -> PosedSplats:
        """World-space Gaussians of one instant.

        Raises:
            InputError: ``frame-wrong-shape`` when the frame belongs to another avatar.
        """
        self._check(frame)
        splats, binding = self.avatar.splats, self.avatar.binding
        posed = PosedGaussians.unfilled(splats.count)
        deform_kernels.pose_gaussians(
            splats.count,
            RestGaussians(splats.means_m, self._quats, splats.scales_m, binding.joints, binding.weights),
            self._joint_transforms(frame),
            self._node_transforms(frame),
            self._correctives(frame),
            _detail_rows(frame.detail),
            posed,
        )
        moved = replace(splats, means_m=posed.means, quats_wxyz=posed.quats, scales_m=posed.scales)
        return PosedSplats(replace(moved, sh=self._harmonics(frame)), posed.views)

    def _node_transforms(self, frame: Frame) -> NodeTransforms:
        displacements = frame.node_displacements_m.astype(np.float64)
        rotations = _unit(frame.node_rotations_wxyz)
        return NodeTransforms(self._node_indices, self._node_weights, self._node_rest, displacements, rotations)

    def _correctives(self, frame: Frame) -> Correctives:
        coefficients = np.ascontiguousarray(frame.coefficients, dtype=np.float32)
        return Correctives(coefficients, self._basis_position, self._basis_rotation, self._basis_logscale)

    def _joint_transforms(self, frame: Frame) -> JointTransforms:
        joints = len(self._parents)
        matrices, quats = np.empty((joints, 3, 4)), np.empty((joints, 4))
        deform_kernels.joint_transforms(
            self._parents,
            self._zero_joints,
            self._inverse_bind,
            frame.joint_rotations_wxyz.astype(np.float64),
            frame.root_translation_m.astype(np.float64),
            matrices,
            quats,
        )
        return JointTransforms(matrices, quats)

    def _harmonics(self, frame: Frame) -> Float32Array:
        """The avatar's harmonics; a copy with the frame's colour residual in degree 0 where there is one."""
        sh = self.avatar.splats.sh
        dcolour = None if frame.detail is None else frame.detail.dcolour
        if not len(self._basis_colour) and dcolour is None:
            return sh
        sh = sh.copy()
        if len(self._basis_colour):
            sh[:, 0] += (frame.coefficients @ self._basis_colour).reshape(-1, 3)
        if frame.detail is not None and dcolour is not None:
            sh[frame.detail.indices, 0] += dcolour
        return sh

    def _check(self, frame: Frame) -> None:
        joints, nodes = len(self._parents), self.deformation.node_count
        found = (
            frame.joint_rotations_wxyz.shape,
            frame.node_displacements_m.shape,
            frame.node_rotations_wxyz.shape,
            frame.coefficients.shape,
        )
        expected = ((joints, 4), (nodes, 3), (nodes, 4), (self.deformation.corrective_count,))
        if found != expected or not _detail_fits(frame.detail, self.avatar.count):
            raise InputError(
                "frame-wrong-shape",
                f"frame at {frame.time_s:.3f} s",
                found=f"joints, nodes, coefficients of shapes {found}, or detail that leaves the avatar",
                expected=f"shapes {expected} and detail of at most {self.avatar.count} Gaussians",
                fix="Use frames of a clip of this avatar.",
            )


def _basis_or_absent(basis: Float32Array) -> Float32Array:
    """[K, 3 N] rows that the kernel adds up; no rows where the channel is all zero."""
    return np.ascontiguousarray(basis).reshape(len(basis), -1) if basis.any() else _ABSENT_BASIS


def _detail_rows(detail: Detail | None) -> DetailRows:
    if detail is None:
        return _NO_DETAIL
    return DetailRows(detail.indices, _channel(detail.dpos_m), _channel(detail.drot_rad), _channel(detail.dlogscale))


def _channel(channel: Float32Array | None) -> Float32Array:
    return _ABSENT if channel is None else np.ascontiguousarray(channel)


def _unit(quats: Float32Array) -> Float64Array:
    """[M, 4] unit quaternions; interpolated and quantised ones are a little off."""
    quats64 = quats.astype(np.float64)
    return quats64 / np.maximum(np.linalg.norm(quats64, axis=1, keepdims=True), 1e-12)


def _detail_fits(detail: Detail | None, gaussian_count: int) -> bool:
    if detail is None or not len(detail.indices):
        return True
    return int(detail.indices[0]) >= 0 and int(detail.indices[-1]) < gaussian_count
