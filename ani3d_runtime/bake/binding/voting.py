# pyright: basic
"""The vote of neighbouring Gaussians on the surface points they belong to."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.parallel import parallel_kernel


@parallel_kernel(chunk=512)
def vote(
    first,
    last,
    means,
    nearest,
    neighbours,
    anchors,
    points,
    zero_points,
    normals,
    vote_weight,
    far_m,
    normal_distance_m,
    updated,
):
    """One round: each Gaussian takes, of its own nearest point, its anchor and its neighbours' anchors, the cheapest.

    The cost of a point is its distance from the Gaussian plus the mean disagreement with the neighbours' anchors, which
    is their distance in the zero pose, more where normals oppose, and at most ``far_m``.

    Args:
        means: [N, 3] Gaussians.
        nearest, anchors: [N] surface points.
        neighbours: [N, K] Gaussians.
        points, zero_points, normals: [P, 3] of the surface.
        updated: [N] receives the new anchors.
    """
    around = neighbours.shape[1]
    for i in range(first, last):
        best, best_cost = anchors[i], np.float32(np.inf)
        for option in range(around + 2):
            if option == 0:
                p = nearest[i]
            elif option == 1:
                p = anchors[i]
            else:
                p = anchors[neighbours[i, option - 2]]
            disagreement = np.float32(0)
            for k in range(around):
                q = anchors[neighbours[i, k]]
                gap, facing = np.float32(0), np.float32(0)
                for axis in range(3):
                    step = zero_points[p, axis] - zero_points[q, axis]
                    gap += step * step
                    facing += normals[p, axis] * normals[q, axis]
                apart = np.sqrt(gap) + normal_distance_m * max(np.float32(0), -facing)
                disagreement += min(apart, far_m)
            distance = np.float32(0)
            for axis in range(3):
                step = means[i, axis] - points[p, axis]
                distance += step * step
            cost = np.sqrt(distance) + vote_weight * disagreement / around
            if cost < best_cost:
                best, best_cost = p, cost
        updated[i] = best
