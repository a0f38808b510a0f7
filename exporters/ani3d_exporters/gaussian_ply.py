"""The 3DGS PLY layout: the properties that every splat tool reads.

``x y z nx ny nz f_dc_0..2 f_rest_0..(3K-4) opacity scale_0..2 rot_0..3``: opacity as a logit, scales as natural
logarithms, rotation wxyz, f_rest channel-major.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ani3d_runtime.arrays import Float32Array
from ani3d_runtime.replacing import replacing_file
from ani3d_runtime.splats import SplatCloud

# A logit is infinite at 0 and 1; 1e-6 is far below what an 8-bit alpha can show.
OPACITY_MARGIN = 1e-6


def property_names(sh_degree: int) -> list[str]:
    """Names of the columns, in file order."""
    rest = 3 * ((sh_degree + 1) ** 2 - 1)
    return [
        *("x", "y", "z", "nx", "ny", "nz"),
        *(f"f_dc_{channel}" for channel in range(3)),
        *(f"f_rest_{index}" for index in range(rest)),
        "opacity",
        *(f"scale_{axis}" for axis in range(3)),
        *(f"rot_{component}" for component in range(4)),
    ]


def table_of(cloud: SplatCloud) -> Float32Array:
    """[N, P] columns in the order of :func:`property_names`."""
    opacity = np.clip(cloud.opacities.astype(np.float64), OPACITY_MARGIN, 1 - OPACITY_MARGIN)
    rest: NDArray[np.float32] = cloud.sh[:, 1:].transpose(0, 2, 1).reshape(cloud.count, -1)
    columns = [
        cloud.means_m,
        np.zeros((cloud.count, 3), dtype=np.float32),
        cloud.sh[:, 0],
        rest,
        np.log(opacity / (1 - opacity))[:, None],
        np.log(cloud.scales_m),
        cloud.quats_wxyz,
    ]
    return np.ascontiguousarray(np.concatenate(columns, axis=1), dtype="<f4")


def write_gaussian_ply(path: Path, cloud: SplatCloud) -> int:
    """Write one PLY, whole or not at all; returns its size in bytes."""
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {cloud.count}"]
    lines += [f"property float {name}" for name in property_names(cloud.sh_degree)]
    header = "\n".join([*lines, "end_header", ""]).encode("ascii")
    payload = table_of(cloud).tobytes()
    with replacing_file(path) as stream:
        stream.write(header)
        stream.write(payload)
    return len(header) + len(payload)
