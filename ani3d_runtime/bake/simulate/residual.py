"""From the motion of particles to the residual layer of the Gaussians that hang on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ani3d_runtime.arrays import Float32Array, Float64Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.simulate.motion import ParticleMotion
from ani3d_runtime.bake.simulate.proxy import Attachment, Proxy
from ani3d_runtime.bake.simulate.skinning import blended, polar_rotation, taken_back
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.geometry.quaternion import (
    conjugate,
    multiply,
    quaternion_from_matrix,
    rotate,
    rotation_vector_from_quaternion,
)
from ani3d_runtime.residual import ResidualLayer


def residual_of(
    avatar: Avatar,
    proxies: Sequence[Proxy],
    attachments: Sequence[Attachment],
    particles: Mapping[str, ParticleMotion],
    motion: Motion,
) -> ResidualLayer:
    """The residual that puts every attached Gaussian where the physics has it, under the runtime equation.

    With M_i = [L_i | t_i] the Gaussian's own skinning matrix and P_i the rotation of L_i's polar decomposition,
    dpos = M_i^-1(world position) - x_i and exp(drot) = P_i^-1 (world rotation since rest).
    """
    order = np.concatenate([a.gaussians for a in attachments])
    transforms = avatar.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    dpos = np.empty((motion.frame_count, len(order), 3), dtype=np.float32)
    drot = np.empty_like(dpos)
    by_name = {proxy.name: proxy for proxy in proxies}
    start = 0
    for attachment in attachments:
        columns = slice(start, start + len(attachment.gaussians))
        dpos[:, columns], drot[:, columns] = _attached(
            avatar, by_name[attachment.proxy], attachment, particles[attachment.proxy], transforms
        )
        start = columns.stop
    increasing = np.argsort(order, kind="stable")
    return ResidualLayer(
        avatar.count,
        order[increasing].astype(np.int32),
        np.ascontiguousarray(dpos[:, increasing]),
        np.ascontiguousarray(drot[:, increasing]),
    )


def _attached(
    avatar: Avatar, proxy: Proxy, attachment: Attachment, moved: ParticleMotion, transforms: Float64Array
) -> tuple[Float32Array, Float32Array]:
    rest = avatar.splats.means_m[attachment.gaussians].astype(np.float64)
    joints = avatar.binding.joints[attachment.gaussians]
    weights = avatar.binding.weights[attachment.gaussians]
    offsets = rest[:, None] - proxy.rest_m[attachment.particles]
    frames = len(transforms)
    dpos = np.empty((frames, len(rest), 3), dtype=np.float32)
    drot = np.empty_like(dpos)
    last = np.zeros((len(rest), 3))
    for frame in range(frames):
        turned, world = _placed(attachment, offsets, moved, frame)
        matrices = blended(joints, weights, transforms[frame])
        dpos[frame] = taken_back(matrices, world) - rest
        skin = quaternion_from_matrix(polar_rotation(matrices[:, :, :3]))
        last = _nearest_turn(rotation_vector_from_quaternion(multiply(conjugate(skin), turned)), last)
        drot[frame] = last
    return dpos, drot


def _placed(
    attachment: Attachment, offsets: Float64Array, moved: ParticleMotion, frame: int
) -> tuple[Float64Array, Float64Array]:
    """World rotation since rest [S, 4] and world position [S, 3]: each particle carries its surroundings along."""
    quats = moved.rotations_wxyz[frame][attachment.particles].astype(np.float64)
    positions = moved.positions_m[frame][attachment.particles] + rotate(quats, offsets)
    world = np.einsum("sk,skj->sj", attachment.weights, positions)
    signs = np.where((quats * quats[:, :1]).sum(axis=2, keepdims=True) < 0, -1.0, 1.0)
    turned = np.einsum("sk,skj->sj", attachment.weights, quats * signs)
    return turned / np.linalg.norm(turned, axis=1, keepdims=True), world


def _nearest_turn(vectors: Float64Array, last: Float64Array) -> Float64Array:
    """The same rotations, each as the rotation vector nearest to the one of the frame before.

    exp(v) = exp(v + 2 pi v/|v|), so a vector that reaches pi may run on instead of jumping to its opposite.
    """
    angle = np.linalg.norm(vectors, axis=1, keepdims=True)
    axis = vectors / np.maximum(angle, 1e-9)
    best = vectors
    for turns in (-1, 1):
        other = axis * (angle + 2 * np.pi * turns)
        closer = ((other - last) ** 2).sum(axis=1) < ((best - last) ** 2).sum(axis=1)
        best = np.where((closer & (angle[:, 0] > 1e-6))[:, None], other, best)
    return best
