"""SPZ, by gsply: version 3 (gzip) and 4 (zstd)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.peers.frame_by_frame import FrameByFrame
from benchmarks.codec.peers.ply import cloud_of_columns

_OPACITY_MARGIN = 1e-6


class Spz(FrameByFrame):
    """One .spz per frame."""

    family = "SPZ (gsply)"

    def __init__(self, version: int) -> None:
        self.setting = f"v{version}"
        self.modules = ("gsply", "zstandard") if version == 4 else ("gsply",)
        self._version = version

    def encoded(self, cloud: SplatCloud, folder: Path) -> bytes:
        """Content of an .spz."""
        from gsply import GSData, write_spz

        opacity = np.clip(cloud.opacities, _OPACITY_MARGIN, 1 - _OPACITY_MARGIN)
        data = GSData(
            means=cloud.means_m,
            scales=np.log(cloud.scales_m),
            quats=cloud.quats_wxyz,
            opacities=np.log(opacity / (1 - opacity)),
            sh0=np.ascontiguousarray(cloud.sh[:, 0]),
            shN=np.zeros((cloud.count, 0, 3), dtype=np.float32),
        )
        path = folder / "frame.spz"
        write_spz(path, data, version=self._version)
        return path.read_bytes()

    def decoded(self, data: bytes, folder: Path) -> SplatCloud:
        """Back; the file that ``encoded`` left is the one read."""
        from gsply import read_spz

        found = read_spz(folder / "frame.spz")
        return cloud_of_columns(
            np.asarray(found.means),
            np.asarray(found.quats),
            np.asarray(found.scales),
            np.asarray(found.opacities).reshape(-1),
            np.asarray(found.sh0).reshape(-1, 3),
        )
