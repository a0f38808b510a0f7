# pyright: basic
"""Control nodes in torch operations: what runs on accelerators, and the judge of ``node_kernels`` in tests."""

from __future__ import annotations

import torch
from torch import Tensor

from ani3d_runtime.bake.fit4d.node_kernels import FLAT
from ani3d_runtime.bake.fit4d.posing import Residual, quaternion_product, rotation_matrices


def carried_by_torch(
    state: Tensor,
    rigid_quats: Tensor,
    rigid_rotations: Tensor,
    offsets: Tensor,
    indices: Tensor,
    shares: Tensor,
    linear: Tensor,
) -> Residual:
    """The residual of S Gaussians from the state [M, 7] of the nodes, as ``node_kernels`` defines it.

    Args:
        rigid_quats: [M, 4] and rigid_rotations: [M, 3, 3], P_n.
        offsets: [S, 4, 3] x_i - c_n. indices: [S, 4] int64. shares: [S, 4].
        linear: [S, 3, 3] L_i.
    """
    turns = node_quaternions(state)
    motions = (rotation_matrices(turns) - torch.eye(3).to(state)) @ rigid_rotations
    conjugate = rigid_quats * rigid_quats.new_tensor([1, -1, -1, -1])
    rest = quaternion_product(quaternion_product(conjugate, turns), rigid_quats)
    identity = state.new_tensor([1, 0, 0, 0])
    world = (motions[indices] @ offsets[..., None])[..., 0] + state[indices, :3]
    moved = (shares[..., None] * world).sum(1)
    blend = identity + (shares[..., None] * (rest[indices] - identity)).sum(1)
    determinant = torch.linalg.det(linear)
    adjugate = torch.stack(
        [torch.linalg.cross(linear[:, (k + 1) % 3], linear[:, (k + 2) % 3]) for k in range(3)], dim=-1
    )
    floor = torch.where(determinant < 0, -float(FLAT), float(FLAT))
    determinant = torch.where(determinant.abs() < FLAT, floor, determinant)
    moves = (adjugate @ moved[..., None])[..., 0] / determinant[:, None]
    return Residual(moves, torch.nn.functional.normalize(blend, dim=-1))


def resisted_by_torch(
    states: Tensor,
    places: Tensor,
    rigid_rotations: Tensor,
    rest: Tensor,
    edges: Tensor,
    lengths: Tensor,
    holds: Tensor,
    weights: Tensor,
) -> Tensor:
    """The energies of ``node_kernels.resistance``; arguments as there, edges int64."""
    turned = rotation_matrices(node_quaternions(states[1])) @ rigid_rotations
    points = places + states[..., :3]
    first, second = edges.unbind(1)
    gap = points[1, second] - points[1, first] - (turned[first] @ (rest[second] - rest[first])[..., None])[..., 0]
    per_edge = max(len(edges), 1)
    stretch = (gap.square().sum(-1) / lengths**2).sum() / per_edge
    bend = (turned[second] - turned[first]).square().sum() / per_edge
    change = points[0] + points[2] - 2 * points[1]
    swing = 1e4 * change.square().sum() / len(rest)
    hold = 1e4 * (holds[:, None] * states[1, :, :3].square()).sum() / len(rest)
    return weights @ torch.stack((stretch, bend, swing, hold))


def node_quaternions(state: Tensor) -> Tensor:
    """[M, 4] unit q_n of states [M, 7]."""
    return torch.nn.functional.normalize(state[..., 3:] + state.new_tensor([1, 0, 0, 0]), dim=-1)
