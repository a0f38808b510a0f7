""".splat, the first web viewer's Gaussians: https://github.com/antimatter15/splat.

32 bytes each: position and scales as floats, colour and opacity as bytes, the rotation as bytes around 128. No header,
no harmonics.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ani3d_runtime.arrays import UInt8Array
from ani3d_runtime.formats.splat_file import SplatFile, checked_cloud, damaged, file_bytes, refuse_empty, truncated
from ani3d_runtime.geometry.harmonics import SH_C0
from ani3d_runtime.splats import SplatCloud

_ROW = np.dtype([("means", "<f4", 3), ("scales", "<f4", 3), ("rgba", "u1", 4), ("quats", "u1", 4)])


def read_splat(path: Path | str) -> SplatFile:
    """Read a .splat.

    Raises:
        SplatFileError: ``splat-file-*``.
    """
    path = Path(path)
    data = file_bytes(path, "a .splat file", 0)
    refuse_empty(path, len(data))
    if len(data) % _ROW.itemsize:
        raise truncated(path, f"{len(data)} bytes", f"a multiple of {_ROW.itemsize}, as every Gaussian has")
    rows = np.frombuffer(data, dtype=_ROW)
    if not (np.isfinite(rows["means"]).all() and np.isfinite(rows["scales"]).all() and (rows["scales"] >= 0).all()):
        raise damaged(path, "positions or scales that are no numbers, or negative", "rows of Gaussians")
    if len(rows) > 1 and (rows["rgba"][:, 3] == 0).all():
        raise damaged(path, "no Gaussian that can be seen", "opacities above 0")
    cloud = checked_cloud(
        path,
        rows["means"],
        (rows["quats"].astype(np.float32) - 128) / 128,
        rows["scales"],
        rows["rgba"][:, 3] / np.float32(255),
        ((rows["rgba"][:, None, :3] / 255.0 - 0.5) / SH_C0).astype(np.float32),
    )
    return SplatFile(cloud)


def splat_bytes(cloud: SplatCloud) -> bytes:
    """A .splat of a cloud, in the cloud's order; harmonics of higher degree are left out."""
    rows = np.empty(cloud.count, dtype=_ROW)
    rows["means"], rows["scales"] = cloud.means_m, cloud.scales_m
    rows["rgba"][:, :3] = _bytes((cloud.sh[:, 0] * SH_C0 + 0.5) * 255)
    rows["rgba"][:, 3] = _bytes(cloud.opacities * 255)
    rows["quats"] = _bytes(cloud.quats_wxyz * 128 + 128)
    return rows.tobytes()


def _bytes(values: np.ndarray) -> UInt8Array:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
