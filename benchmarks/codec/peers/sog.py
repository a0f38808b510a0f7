"""SOG, by gaussforge: a zip of WebP pictures."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.formats.gaussian_ply import gaussian_ply_bytes
from ani3d_runtime.splats import SplatCloud
from benchmarks.codec.peers.frame_by_frame import FrameByFrame
from benchmarks.codec.peers.ply import cloud_of


class Sog(FrameByFrame):
    """One .sog per frame. It sorts the Gaussians, so only pictures can be compared; times include a PLY each way."""

    family = "SOG (gaussforge)"
    setting = "default"
    modules = ("gaussforge",)
    keeps_order = False

    def encoded(self, cloud: SplatCloud, folder: Path) -> bytes:
        """Content of an .sog."""
        return _converted(gaussian_ply_bytes(cloud), "ply", "sog")

    def decoded(self, data: bytes, folder: Path) -> SplatCloud:
        """Back."""
        return cloud_of(_converted(data, "sog", "ply"))


def _converted(data: bytes, source: str, target: str) -> bytes:
    import gaussforge

    result = gaussforge.GaussForge().convert(data, source, target)
    if "error" in result:
        raise RuntimeError(f"gaussforge could not convert {source} to {target}: {result['error']}")
    return bytes(result["data"])
