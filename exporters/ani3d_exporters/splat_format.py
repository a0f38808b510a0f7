"""SplatFormat: a format that holds the Gaussians of one frame, and how its files are written and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime.formats.compressed_ply import compressed_ply_bytes
from ani3d_runtime.formats.gaussian_ply import gaussian_ply_bytes, read_gaussian_ply
from ani3d_runtime.formats.gltf_splats import gltf_bytes, read_gltf_splats
from ani3d_runtime.formats.morton import morton_order
from ani3d_runtime.formats.sog import read_sog, sog_bytes
from ani3d_runtime.formats.splat import read_splat, splat_bytes
from ani3d_runtime.formats.splat_file import SplatFile
from ani3d_runtime.formats.spz import read_spz, spz_bytes
from ani3d_runtime.geometry.frames import Axes
from ani3d_runtime.splats import SplatCloud


@dataclass(frozen=True)
class SplatFormat:
    """A format that holds the Gaussians of one frame.

    Attributes:
        name: in sequence.json.
        suffix: of its files.
        pack: the bytes of a file.
        read: a file that was written, to measure what it lost.
        is_exact: numbers are kept as they are.
        sorts: Gaussians lie in another order than the avatar's.
        axes: that its readers expect.
        axes_fixed: the format has no other axes.
    """

    name: str
    suffix: str
    pack: Callable[[SplatCloud], bytes]
    read: Callable[[Path], SplatFile]
    is_exact: bool = False
    sorts: bool = False
    axes: Axes = "rdf"
    axes_fixed: bool = False

    def in_file_order(self, cloud: SplatCloud) -> SplatCloud:
        """The Gaussians of a cloud in the order of its file."""
        return cloud.take(morton_order(cloud.means_m).astype("i4")) if self.sorts else cloud


def _pack_spz_4(cloud: SplatCloud) -> bytes:
    return spz_bytes(cloud, version=4)


PLY = SplatFormat("ply", ".ply", gaussian_ply_bytes, read_gaussian_ply, is_exact=True)
COMPRESSED_PLY = SplatFormat("compressed-ply", ".ply", compressed_ply_bytes, read_gaussian_ply, sorts=True)
SPZ = SplatFormat("spz", ".spz", spz_bytes, read_spz, axes="yup")
SPZ_4 = SplatFormat("spz-4", ".spz", _pack_spz_4, read_spz, axes="yup")
SOG = SplatFormat("sog", ".sog", sog_bytes, read_sog, sorts=True)
SPLAT = SplatFormat("splat", ".splat", splat_bytes, read_splat)
GLTF = SplatFormat("gltf", ".glb", gltf_bytes, read_gltf_splats, is_exact=True, axes="yup", axes_fixed=True)
