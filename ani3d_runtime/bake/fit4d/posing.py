# pyright: basic
"""The runtime equation with gradients: the residual of the Gaussians that may move, posed for a rasteriser.

On the CPU the forward pass is the player's own kernel and the backward pass its hand-written gradient. On other devices
both are torch operations, which also judge the kernels in tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d.posing_kernels import residual_gradient, rotation_vectors
from ani3d_runtime.playback.deform_kernels import (
    Correctives,
    DetailRows,
    JointTransforms,
    NodeTransforms,
    PosedGaussians,
    RestGaussians,
    pose_gaussians,
)

_NO_NODES = NodeTransforms(
    np.zeros((0, 4), np.int32), np.zeros((0, 4), np.float32), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 4))
)
_NO_CORRECTIVES = Correctives(np.zeros(0, np.float32), *[np.zeros((0, 0), np.float32)] * 3)
_NO_ROWS_3 = np.zeros((0, 3), np.float32)
# Relative difference of two variances below which their axes count as undetermined; as in the kernels.
_SAME = 1e-4
# Of posed Gaussians that follow the skeleton: means, quaternions and scales.
_BYTES_PER_GAUSSIAN = 40
_KEPT_BYTES = 1 << 28
_Arrays: TypeAlias = tuple[Float32Array, Float32Array, Float32Array]


@dataclass(frozen=True, eq=False)
class JointPose:
    """One instant of a skeleton.

    Attributes:
        matrices: [J, 3, 4] A_j, rest pose to world. quats_wxyz: [J, 4] their rotations.
    """

    matrices: Float64Array
    quats_wxyz: Float64Array

    @cached_property
    def rounded(self) -> Float32Array:
        """The matrices, for gradients."""
        return self.matrices.astype(np.float32)


@dataclass(frozen=True)
class Residual:
    """The residual of S Gaussians at one instant, in rest-pose space, with gradients.

    Attributes:
        moves: [S, 3] Δposition, metres.
        turns: [S, 4] unit quaternions on the left of the rest rotation.
        stretches: [S, 3] Δlog-scale, or None.
        tints: [S, 3] Δcolour of the degree-0 harmonics, or None.
    """

    moves: Tensor
    turns: Tensor
    stretches: Tensor | None = None
    tints: Tensor | None = None


@dataclass(frozen=True)
class PosedTensors:
    """World-space Gaussians: means [N, 3] metres, quats [N, 4] wxyz, scales [N, 3]."""

    means: Tensor
    quats: Tensor
    scales: Tensor


class ResidualPoser:
    """Poses an avatar of which the last Gaussians carry a residual.

    Args:
        avatar: in rest pose.
        moving: S, how many Gaussians at its end may move.
        device: where tensors live.
    """

    def __init__(self, avatar: Avatar, moving: int, device: torch.device) -> None:
        self.device = device
        self.still_count = avatar.count - moving
        order = np.arange(avatar.count, dtype=np.int32)
        self.rest = avatar.take(order[self.still_count :])
        self._still = avatar.take(order[: self.still_count])
        self._known: dict[JointPose, _Arrays] = {}
        if device.type != "cpu":
            splats, binding = avatar.splats, avatar.binding
            means, quats, scales, weights = (
                torch.from_numpy(array).to(device)
                for array in (splats.means_m, splats.quats_wxyz, splats.scales_m, binding.weights)
            )
            self._tensors = means, quats, scales, weights, torch.from_numpy(binding.joints.astype(np.int64)).to(device)

    def pose(self, joints: JointPose, residual: Residual) -> PosedTensors:
        """The Gaussians of one instant."""
        if self.device.type != "cpu":
            return posed_by_torch(*self._tensors, joints, residual)
        stretches = residual.moves.new_zeros(0, 3) if residual.stretches is None else residual.stretches
        return PosedTensors(*_Posed.apply(self, joints, residual.moves, residual.turns, stretches))

    def posed_arrays(
        self, joints: JointPose, moves: Float32Array, turns: Float32Array, stretches: Float32Array = _NO_ROWS_3
    ) -> _Arrays:
        """:meth:`pose` on arrays: means, quaternions and scales of all Gaussians; without ``stretches``, [0, 3]."""
        vectors = np.empty((len(turns), 3), np.float32)
        rotation_vectors(len(turns), turns, vectors)
        still = self.posed_still(joints)
        posed = _unfilled(self.still_count + len(turns))
        for whole, array in zip(posed, still, strict=True):
            whole[: self.still_count] = array
        _pose_into(self.rest, joints, moves, vectors, stretches, tuple(whole[self.still_count :] for whole in posed))
        return posed

    def gradients(
        self,
        joints: JointPose,
        turns: Float32Array,
        posed: _Arrays,
        by_means: Float32Array,
        by_quats: Float32Array,
        by_scales: Float32Array,
        stretches: Float32Array = _NO_ROWS_3,
    ) -> _Arrays:
        """By moves, turns and stretches, from those by what :meth:`posed_arrays` made of them."""
        rest, still = self.rest, self.still_count
        by_moves, by_turns = np.empty((rest.count, 3), np.float32), np.empty((rest.count, 4), np.float32)
        by_stretches = np.empty_like(stretches)
        residual_gradient(
            rest.count,
            rest.splats.quats_wxyz,
            rest.splats.scales_m,
            rest.binding.joints,
            rest.binding.weights,
            joints.rounded,
            turns,
            stretches,
            *(array[still:] for array in posed[1:]),
            *(by[still:] for by in (by_means, by_quats, by_scales)),
            by_moves,
            by_turns,
            by_stretches,
        )
        return by_moves, by_turns, by_stretches

    def posed_still(self, joints: JointPose) -> _Arrays:
        """Means, quaternions and scales of those that follow the skeleton; kept while there is room."""
        known = self._known.get(joints)
        if known is None:
            known = _unfilled(self.still_count)
            _pose_into(self._still, joints, _NO_ROWS_3, _NO_ROWS_3, _NO_ROWS_3, known)
            if (len(self._known) + 1) * _BYTES_PER_GAUSSIAN * self.still_count < _KEPT_BYTES:
                self._known[joints] = known
        return known


class _Posed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, poser, joints, moves, turns, stretches):
        ctx.poser, ctx.joints = poser, joints
        ctx.turns, ctx.stretches = turns.detach().numpy(), stretches.detach().numpy()
        ctx.posed = poser.posed_arrays(joints, moves.detach().numpy(), ctx.turns, ctx.stretches)
        return tuple(torch.from_numpy(array) for array in ctx.posed)

    @staticmethod
    @once_differentiable
    def backward(ctx, *by_posed):  # pyright: ignore[reportIncompatibleMethodOverride]
        by = (by.contiguous().numpy() for by in by_posed)
        gradients = ctx.poser.gradients(ctx.joints, ctx.turns, ctx.posed, *by, ctx.stretches)
        return None, None, *(torch.from_numpy(array) for array in gradients)


def _unfilled(count: int) -> _Arrays:
    """Means, quaternions and scales to be filled."""
    return np.empty((count, 3), np.float32), np.empty((count, 4), np.float32), np.empty((count, 3), np.float32)


def _pose_into(
    avatar: Avatar,
    joints: JointPose,
    moves: Float32Array,
    vectors: Float32Array,
    stretches: Float32Array,
    posed: tuple[Float32Array, ...],
) -> None:
    """The player's own kernel, with a residual for every Gaussian or, where ``moves`` is empty, for none.

    ``posed`` are means, quaternions and scales, of the avatar's length, to be filled.
    """
    splats, binding = avatar.splats, avatar.binding
    means, quats, scales = posed
    views = np.empty((avatar.count, 4), np.float32)
    pose_gaussians(
        avatar.count,
        RestGaussians(splats.means_m, splats.quats_wxyz, splats.scales_m, binding.joints, binding.weights),
        JointTransforms(joints.matrices, joints.quats_wxyz),
        _NO_NODES,
        _NO_CORRECTIVES,
        DetailRows(np.arange(len(moves), dtype=np.int32), moves, vectors, stretches),
        PosedGaussians(means, quats, scales, views),
    )


def posed_by_torch(
    means: Tensor,
    quats: Tensor,
    scales: Tensor,
    weights: Tensor,
    joint_indices: Tensor,
    joints: JointPose,
    residual: Residual,
) -> PosedTensors:
    """The runtime equation in torch operations, in the precision of ``means``.

    Args:
        means: [N, 3]. quats: [N, 4]. scales: [N, 3]. weights: [N, 4]. joint_indices: [N, 4] int64, all in rest pose.
        residual: of the last S of them.
    """
    matrices = torch.from_numpy(joints.matrices).to(means)
    blended = torch.einsum("ns,nsab->nab", weights, matrices[joint_indices])
    still = len(means) - len(residual.moves)
    moved = torch.cat((means[:still], means[still:] + residual.moves))
    turned = torch.cat((quats[:still], quaternion_product(residual.turns, quats[still:])))
    if residual.stretches is not None:
        scales = torch.cat((scales[:still], scales[still:] * residual.stretches.exp()))
    linear = blended[:, :, :3]
    shape = linear @ (rotation_matrices(turned) * scales[:, None, :])
    posed_quats, posed_scales = diagonalised(shape @ shape.transpose(1, 2))
    return PosedTensors((linear @ moved[:, :, None])[..., 0] + blended[:, :, 3], posed_quats, posed_scales)


def quaternion_product(left: Tensor, right: Tensor) -> Tensor:
    """left ⊗ right, [..., 4]."""
    w1, x1, y1, z1 = left.unbind(-1)
    w2, x2, y2, z2 = right.unbind(-1)
    return torch.stack(
        (
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ),
        -1,
    )


def rotation_matrices(quats: Tensor) -> Tensor:
    """[..., 3, 3] of unit quaternions [..., 4]."""
    w, x, y, z = quats.unbind(-1)
    rows = (
        torch.stack((1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)), -1),
        torch.stack((2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)), -1),
        torch.stack((2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)), -1),
    )
    return torch.stack(rows, -2)


def diagonalised(covariances: Tensor) -> tuple[Tensor, Tensor]:
    """Quaternions [N, 4] and scales [N, 3] of [N, 3, 3], with a gradient that stays finite where scales coincide."""
    return _Diagonalised.apply(covariances)


class _Diagonalised(torch.autograd.Function):
    @staticmethod
    def forward(ctx, covariances):
        variances, axes = torch.linalg.eigh(covariances)
        axes = axes * torch.linalg.det(axes).sign()[:, None, None]
        scales, quats = variances.clamp_min(1e-20).sqrt(), _quaternions(axes)
        ctx.save_for_backward(axes, scales, quats)
        return quats, scales

    @staticmethod
    @once_differentiable
    def backward(ctx, by_quats, by_scales):  # pyright: ignore[reportIncompatibleMethodOverride]
        axes, scales, quats = ctx.saved_tensors
        w, x, y, z = quats.unbind(-1)
        tangents = torch.stack([torch.stack(t, -1) for t in ((-x, w, z, -y), (-y, -z, w, x), (-z, y, -x, w))], -2)
        turns = 0.5 * (tangents @ by_quats[..., None])[..., 0]
        variances = scales**2
        floor = (_SAME * variances.amax(-1)) ** 2
        half = torch.diag_embed(0.5 * by_scales / scales)
        for axis, (first, second) in enumerate(((1, 2), (2, 0), (0, 1))):
            gap = variances[:, first] - variances[:, second]
            entry = 0.5 * turns[:, axis] * gap / (gap * gap + floor)
            half[:, first, second] += entry
            half[:, second, first] += entry
        return axes @ half @ axes.transpose(1, 2)


def _quaternions(matrices: Tensor) -> Tensor:
    """Unit quaternions of rotation matrices [N, 3, 3]."""
    m = matrices
    diagonal = torch.diagonal(m, dim1=-2, dim2=-1)
    signs = m.new_tensor([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    squares = (1 + diagonal @ signs.T).clamp_min(0)
    a, b, c = m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]
    d, e, f = m[:, 1, 0] + m[:, 0, 1], m[:, 0, 2] + m[:, 2, 0], m[:, 2, 1] + m[:, 1, 2]
    rows = torch.stack(
        [
            torch.stack((squares[:, 0], a, b, c), -1),
            torch.stack((a, squares[:, 1], d, e), -1),
            torch.stack((b, d, squares[:, 2], f), -1),
            torch.stack((c, e, f, squares[:, 3]), -1),
        ],
        1,
    )
    # The row of the largest component is the best conditioned.
    best = rows[torch.arange(len(m), device=m.device), squares.argmax(-1)]
    return torch.nn.functional.normalize(best, dim=-1)
