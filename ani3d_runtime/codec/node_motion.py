# pyright: basic
"""Control nodes evaluated, by encoder and decoder alike: float32 in and out, float64 between.

y_i = sum_n a_in [ R(q_n) (x_i - c_n) + c_n + u_n ],    r_i = normalised sum_n a_in q_n, signs aligned
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from ani3d_runtime.arrays import Float32Array, Int32Array
from ani3d_runtime.deformation import DeformationModel
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
            np.ascontiguousarray(means_m[members]),
            np.ascontiguousarray(model.node_indices[members]),
            np.ascontiguousarray(model.node_weights[members]),
            model.node_rest_m,
            displacements_m,
            rotations_wxyz,
            moved,
            turned,
        )
    return moved, turned


@parallel_kernel(error_model="numpy")
def _carry(means, indices, weights, rest, displacements, rotations, moved, turned):
    for i in prange(len(means)):
        for frame in range(len(displacements)):
            y0, y1, y2, rw, rx, ry, rz = carried(
                means[i], indices[i], weights[i], rest, displacements[frame], rotations[frame]
            )
            moved[i, frame, 0] = y0
            moved[i, frame, 1] = y1
            moved[i, frame, 2] = y2
            turned[i, frame, 0] = rw
            turned[i, frame, 1] = rx
            turned[i, frame, 2] = ry
            turned[i, frame, 3] = rz


@njit(cache=True, error_model="numpy")
def carried(mean, indices, weights, rest, displacements, rotations):
    """y_i - x_i and r_i of one Gaussian in one frame."""
    p0 = p1 = p2 = 0.0
    rw = rx = ry = rz = 0.0
    for slot in range(len(indices)):
        a = float(weights[slot])
        if a == 0.0:
            continue
        n = indices[slot]
        qw = float(rotations[n, 0])
        qx = float(rotations[n, 1])
        qy = float(rotations[n, 2])
        qz = float(rotations[n, 3])
        d0 = float(mean[0]) - rest[n, 0]
        d1 = float(mean[1]) - rest[n, 1]
        d2 = float(mean[2]) - rest[n, 2]
        t0 = 2.0 * (qy * d2 - qz * d1)
        t1 = 2.0 * (qz * d0 - qx * d2)
        t2 = 2.0 * (qx * d1 - qy * d0)
        p0 += a * (qw * t0 + qy * t2 - qz * t1 + displacements[n, 0])
        p1 += a * (qw * t1 + qz * t0 - qx * t2 + displacements[n, 1])
        p2 += a * (qw * t2 + qx * t1 - qy * t0 + displacements[n, 2])
        if rw * qw + rx * qx + ry * qy + rz * qz < 0.0:
            a = -a
        rw += a * qw
        rx += a * qx
        ry += a * qy
        rz += a * qz
    length = math.sqrt(rw * rw + rx * rx + ry * ry + rz * rz)
    if length < 1e-12:
        return 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0
    scale = 1.0 / length
    return p0, p1, p2, rw * scale, rx * scale, ry * scale, rz * scale
