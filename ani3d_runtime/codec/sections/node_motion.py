# pyright: basic
"""Control nodes evaluated, by encoder and decoder alike: float32 in and out, float64 between.

y_i = sum_n a_in [ R(q_n) (x_i - c_n) + c_n + u_n ],    r_i = normalised sum_n ± a_in q_n

Each q_n is negated where its dot product with the sum so far is below 0.
"""

from __future__ import annotations

import math

import numpy as np

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.deformation import DeformationModel
from ani3d_runtime.kernels import inner
from ani3d_runtime.parallel import parallel_kernel


def node_motion(
    means_m: Float32Array,
    model: DeformationModel,
    members: Int32Array,
    displacements_m: Float32Array,
    rotations_wxyz: Float32Array,
) -> tuple[Float32Array, Float32Array]:
    """Where the nodes carry some Gaussians.

    Args:
        means_m: [N, 3] decoded canonical means.
        model: with M nodes.
        members: [S] the Gaussians wanted.
        displacements_m: [F, M, 3] u_n.
        rotations_wxyz: [F, M, 4] q_n.

    Returns:
        ([S, F, 3] y_i - x_i, [S, F, 4] r_i), Gaussian-major because what is left is coded along time.
    """
    frames = len(displacements_m)
    moved = np.zeros((len(members), frames, 3), dtype=np.float32)
    turned = np.zeros((len(members), frames, 4), dtype=np.float32)
    turned[..., 0] = 1
    if model.node_count:
        _carry(
            len(members),
            np.ascontiguousarray(means_m[members]),
            np.ascontiguousarray(model.node_indices[members]),
            np.ascontiguousarray(model.node_weights[members]),
            model.node_rest_m,
            np.ascontiguousarray(displacements_m.transpose(1, 0, 2)),
            np.ascontiguousarray(rotations_wxyz.transpose(1, 0, 2)),
            moved,
            turned,
        )
    return moved, turned


@parallel_kernel(chunk=64)
def _carry(first, last, means, indices, weights, rest, displacements, rotations, moved, turned):
    """As :func:`node_motion`, with node-major ``displacements`` [M, F, 3] and ``rotations`` [M, F, 4]."""
    frames = moved.shape[1]
    for i in range(first, last):
        place = np.zeros((frames, 3))
        turn = np.zeros((frames, 4))
        for slot in range(indices.shape[1]):
            if weights[i, slot] != 0:
                n = indices[i, slot]
                _add_node(means[i], float(weights[i, slot]), rest[n], displacements[n], rotations[n], place, turn)
        for t in range(frames):
            length = math.sqrt(turn[t, 0] ** 2 + turn[t, 1] ** 2 + turn[t, 2] ** 2 + turn[t, 3] ** 2)
            if length > 1e-12:
                for a in range(3):
                    moved[i, t, a] = place[t, a]
                for a in range(4):
                    turned[i, t, a] = turn[t, a] / length


@inner()
def _add_node(mean, weight, rest, displacements, rotations, place, turn):
    """Add one node's share to a Gaussian's displacement and to its sign-aligned sum of rotations."""
    d0 = float(mean[0]) - rest[0]
    d1 = float(mean[1]) - rest[1]
    d2 = float(mean[2]) - rest[2]
    for t in range(len(place)):
        w = float(rotations[t, 0])
        x = float(rotations[t, 1])
        y = float(rotations[t, 2])
        z = float(rotations[t, 3])
        t0 = 2.0 * (y * d2 - z * d1)
        t1 = 2.0 * (z * d0 - x * d2)
        t2 = 2.0 * (x * d1 - y * d0)
        place[t, 0] += weight * (w * t0 + y * t2 - z * t1 + displacements[t, 0])
        place[t, 1] += weight * (w * t1 + z * t0 - x * t2 + displacements[t, 1])
        place[t, 2] += weight * (w * t2 + x * t1 - y * t0 + displacements[t, 2])
        a = weight
        if turn[t, 0] * w + turn[t, 1] * x + turn[t, 2] * y + turn[t, 3] * z < 0.0:
            a = -weight
        turn[t, 0] += a * w
        turn[t, 1] += a * x
        turn[t, 2] += a * y
        turn[t, 3] += a * z
