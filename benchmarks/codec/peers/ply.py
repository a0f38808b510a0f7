"""3DGS PLY of float32, as it is and compressed by zstd."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ani3d_runtime.formats.gaussian_ply import gaussian_ply_bytes
from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.peers.frame_by_frame import FrameByFrame

_END = b"end_header\n"


class RawPly(FrameByFrame):
    """The uncompressed reference."""

    family = "PLY"
    setting = "float32"

    def encoded(self, cloud: SplatCloud, folder: Path) -> bytes:
        """A PLY."""
        return gaussian_ply_bytes(cloud)

    def decoded(self, data: bytes, folder: Path) -> SplatCloud:
        """Back."""
        return cloud_of(data)


class ZstdPly(FrameByFrame):
    """A PLY through zstd."""

    family = "PLY, zstd"
    modules = ("zstandard",)

    def __init__(self, level: int) -> None:
        self.setting = f"level {level}"
        self._level = level

    def encoded(self, cloud: SplatCloud, folder: Path) -> bytes:
        """Compressed PLY."""
        import zstandard

        return zstandard.ZstdCompressor(self._level).compress(gaussian_ply_bytes(cloud))

    def decoded(self, data: bytes, folder: Path) -> SplatCloud:
        """Back."""
        import zstandard

        return cloud_of(zstandard.ZstdDecompressor().decompress(data))


def cloud_of(ply: bytes) -> SplatCloud:
    """The Gaussians of a 3DGS PLY of floats; harmonics of degree 0 alone, all that the sequences have."""
    end = ply.index(_END) + len(_END)
    header = ply[:end].decode("ascii").split("\n")
    names = [line.split()[2] for line in header if line.startswith("property float ")]
    table = np.frombuffer(ply, dtype="<f4", offset=end).reshape(-1, len(names))

    def columns(*wanted: str) -> np.ndarray:
        return np.ascontiguousarray(table[:, [names.index(name) for name in wanted]])

    return cloud_of_columns(
        columns("x", "y", "z"),
        columns("rot_0", "rot_1", "rot_2", "rot_3"),
        columns("scale_0", "scale_1", "scale_2"),
        columns("opacity")[:, 0],
        columns("f_dc_0", "f_dc_1", "f_dc_2"),
    )


def cloud_of_columns(
    means_m: np.ndarray, quats_wxyz: np.ndarray, log_scales: np.ndarray, logits: np.ndarray, sh0: np.ndarray
) -> SplatCloud:
    """Gaussians from what a 3DGS PLY holds: log-scales, logit opacities, quaternions of any length."""
    lengths = np.linalg.norm(quats_wxyz, axis=1, keepdims=True)
    return SplatCloud(
        means_m.astype(np.float32),
        (quats_wxyz / np.maximum(lengths, 1e-12)).astype(np.float32),
        np.exp(log_scales).astype(np.float32),
        (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32),
        sh0[:, None, :].astype(np.float32),
    )
