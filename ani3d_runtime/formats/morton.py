"""Morton order: points that lie near each other come near each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array

_BITS = 20


def morton_order(points: Float32Array) -> NDArray[np.intp]:
    """Numbers of the points [N, 3] along a curve that fills their box; ties keep their order.

    G. M. Morton, "A computer oriented geodetic data base" (1966): the bits of the three coordinates take turns.
    """
    low = points.min(axis=0).astype(np.float64)
    span = np.maximum(points.max(axis=0) - low, 1e-12)
    cells = np.minimum((points - low) / span * (1 << _BITS), (1 << _BITS) - 1).astype(np.uint64)
    code = _spread(cells[:, 0]) << np.uint64(2) | _spread(cells[:, 1]) << np.uint64(1) | _spread(cells[:, 2])
    return np.argsort(code, kind="stable")


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The 20 bits of each value with two zeros between them."""
    for shift, mask in (
        (32, 0x1F00000000FFFF),
        (16, 0x1F0000FF0000FF),
        (8, 0x100F00F00F00F00F),
        (4, 0x10C30C30C30C30C3),
        (2, 0x1249249249249249),
    ):
        values = (values | values << np.uint64(shift)) & np.uint64(mask)
    return values
