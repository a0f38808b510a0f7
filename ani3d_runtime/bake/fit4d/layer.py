# pyright: basic
"""layer_of: the residual layer of an avatar, at all frames, from the tracks of its nodes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.avatar import Avatar
from ani3d_runtime.bake.fit4d.node_field import NodeCarrier
from ani3d_runtime.bake.fit4d.posing_kernels import rotation_vectors
from ani3d_runtime.bake.fit4d.stage import FitNodes
from ani3d_runtime.body.motion import Motion
from ani3d_runtime.residual import ResidualLayer


def layer_of(avatar: Avatar, motion: Motion, nodes: FitNodes, knots: Float32Array) -> ResidualLayer:
    """The residual that the nodes' knots [K, M, 7] mean for every Gaussian that hangs on them."""
    carrier = NodeCarrier(nodes.graph, avatar)
    shape = (motion.frame_count, len(nodes.graph.members), 3)
    dpos, drot = np.empty(shape, np.float32), np.empty(shape, np.float32)
    with torch.no_grad():
        nodes.field.knots.copy_(torch.from_numpy(knots))
        states = nodes.field.states(np.arange(motion.frame_count, dtype=np.float64))
        for frame in range(motion.frame_count):
            time_s = frame / motion.fps
            residual = carrier.residual(states[frame], nodes.moments.at(time_s), nodes.skeletons.at(time_s))
            dpos[frame] = residual.moves.cpu().numpy()
            rotation_vectors(len(residual.turns), residual.turns.cpu().numpy(), drot[frame])
    return ResidualLayer(avatar.count, nodes.graph.members, dpos, _continuous(drot))


def _continuous(vectors: Float32Array) -> Float32Array:
    """Rotation vectors [T, S, 3] past pi where the motion goes there, so that they do not jump from frame to frame."""
    for before, now in pairwise(vectors):
        angle = np.linalg.norm(now, axis=1, keepdims=True)
        axis = now / np.maximum(angle, 1e-9)
        along = np.einsum("sa,sa->s", axis, before)[:, None]
        turns = np.round((along - angle) / (2 * np.pi))
        now += (2 * np.pi * turns * axis).astype(np.float32)
    return vectors
