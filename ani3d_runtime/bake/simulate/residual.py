"""From the motion of particles to the residual layer of the Gaussians that hang on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.simulate.motion import ParticleMotion
from ani3d_runtime.bake.simulate.proxy import Attachment, Proxy
from ani3d_runtime.bake.simulate.residual_kernels import residual_of_attached
from ani3d_runtime.body.motion import Motion
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
    dpos = M_i^-1(world position) - x_i and exp(drot) = P_i^-1 (world rotation since rest). Rotation vectors run past
    pi where the motion does, so that they are continuous in time.
    """
    order = np.concatenate([a.gaussians for a in attachments])
    transforms = avatar.skeleton.skinning_transforms(motion.joint_rotations_wxyz, motion.root_translation_m)
    dpos = np.empty((motion.frame_count, len(order), 3), dtype=np.float32)
    drot = np.empty_like(dpos)
    column_of = np.empty(len(order), dtype=np.int64)
    column_of[np.argsort(order, kind="stable")] = np.arange(len(order))
    by_name = {proxy.name: proxy for proxy in proxies}
    start = 0
    for attachment in attachments:
        chosen = attachment.gaussians
        moved, proxy = particles[attachment.proxy], by_name[attachment.proxy]
        columns = column_of[start : start + len(chosen)]
        moves = np.empty((motion.frame_count, len(chosen), 3), dtype=np.float32)
        turns = np.empty_like(moves)
        residual_of_attached(
            len(chosen),
            avatar.splats.means_m[chosen].astype(np.float64),
            avatar.binding.joints[chosen],
            avatar.binding.weights[chosen].astype(np.float64),
            transforms,
            proxy.rest_m,
            moved.positions_m,
            moved.rotations_wxyz,
            attachment.particles,
            attachment.weights,
            moves,
            turns,
        )
        dpos[:, columns], drot[:, columns] = moves, turns
        start += len(chosen)
    return ResidualLayer(avatar.count, np.sort(order).astype(np.int32), dpos, drot)
