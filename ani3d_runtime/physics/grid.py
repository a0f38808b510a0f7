# pyright: basic
"""A hashed uniform grid: nearest points, and thinning to a blue-noise set. Kernels only."""

from __future__ import annotations

import numpy as np

from ani3d_runtime.kernels import inner, kernel


@inner()
def _bucket(cx, cy, cz, mask):
    return ((cx * 73856093) ^ (cy * 19349663) ^ (cz * 83492791)) & mask


@inner()
def _table_mask(count):
    size = 16
    while size < 2 * count:
        size *= 2
    return size - 1


@kernel()
def nearest_points(points, queries, radius, neighbour_count):
    """Up to ``neighbour_count`` nearest points of each query within ``radius``.

    Args:
        points: [P, 3]. queries: [Q, 3].

    Returns:
        [Q, neighbour_count] int32 indices, nearest first, -1 where there is none.
    """
    count = points.shape[0]
    mask = _table_mask(count)
    inverse = 1.0 / radius
    cells = np.empty((count, 3), np.int64)
    starts = np.zeros(mask + 2, np.int64)
    for i in range(count):
        for axis in range(3):
            cells[i, axis] = int(np.floor(points[i, axis] * inverse))
        starts[_bucket(cells[i, 0], cells[i, 1], cells[i, 2], mask) + 1] += 1
    for bucket in range(mask + 1):
        starts[bucket + 1] += starts[bucket]
    cursor = starts[:-1].copy()
    order = np.empty(count, np.int64)
    for i in range(count):
        bucket = _bucket(cells[i, 0], cells[i, 1], cells[i, 2], mask)
        order[cursor[bucket]] = i
        cursor[bucket] += 1

    found = np.full((queries.shape[0], neighbour_count), -1, np.int32)
    best = np.empty(neighbour_count)
    for q in range(queries.shape[0]):
        best[:] = radius * radius
        qx, qy, qz = queries[q, 0], queries[q, 1], queries[q, 2]
        cx, cy, cz = int(np.floor(qx * inverse)), int(np.floor(qy * inverse)), int(np.floor(qz * inverse))
        for ix in range(cx - 1, cx + 2):
            for iy in range(cy - 1, cy + 2):
                for iz in range(cz - 1, cz + 2):
                    bucket = _bucket(ix, iy, iz, mask)
                    for slot in range(starts[bucket], starts[bucket + 1]):
                        i = order[slot]
                        # Cells that share a bucket would otherwise be visited twice.
                        if cells[i, 0] != ix or cells[i, 1] != iy or cells[i, 2] != iz:
                            continue
                        d = (points[i, 0] - qx) ** 2 + (points[i, 1] - qy) ** 2 + (points[i, 2] - qz) ** 2
                        if d >= best[neighbour_count - 1]:
                            continue
                        k = neighbour_count - 1
                        while k > 0 and best[k - 1] > d:
                            best[k] = best[k - 1]
                            found[q, k] = found[q, k - 1]
                            k -= 1
                        best[k] = d
                        found[q, k] = i
    return found


@kernel()
def thin_to_blue_noise(points, radii):
    """Keep points, first come first served, so that no two lie closer than the mean of their radii.

    Args:
        points: [P, 3] candidates in random order. radii: [P] least spacing at each.

    Returns:
        [P] bool, the points that stay.
    """
    count = points.shape[0]
    cell = max(radii.max(), 1e-9)
    inverse = 1.0 / cell
    mask = _table_mask(count)
    head = np.full(mask + 1, -1, np.int64)
    link = np.full(count, -1, np.int64)
    kept = np.zeros(count, np.bool_)
    for i in range(count):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        cx, cy, cz = int(np.floor(x * inverse)), int(np.floor(y * inverse)), int(np.floor(z * inverse))
        free = True
        for ix in range(cx - 1, cx + 2):
            for iy in range(cy - 1, cy + 2):
                for iz in range(cz - 1, cz + 2):
                    j = head[_bucket(ix, iy, iz, mask)]
                    while j >= 0 and free:
                        reach = 0.5 * (radii[i] + radii[j])
                        d = (points[j, 0] - x) ** 2 + (points[j, 1] - y) ** 2 + (points[j, 2] - z) ** 2
                        free = d >= reach * reach
                        j = link[j]
        if free:
            bucket = _bucket(cx, cy, cz, mask)
            kept[i] = True
            link[i] = head[bucket]
            head[bucket] = i
    return kept
