"""Importers of the formats that hold Gaussians; each reads through the module that describes its format."""

from __future__ import annotations

from pathlib import Path

from ani3d_runtime.formats.importer import AvatarImporter
from ani3d_runtime.formats.splat_file import SplatFile


class PlyImporter(AvatarImporter):
    """3DGS PLYs, plain and compressed."""

    description = "3DGS PLY, SH degree 0 to 3, ascii, binary or compressed; 2D Gaussians; nerfstudio's rgb"
    suffixes = (".ply",)

    def recognises(self, head: bytes) -> bool:
        """By the word at its beginning."""
        return head.startswith((b"ply\n", b"ply\r"))

    def read(self, path: Path, *, drop_nan: bool = False) -> SplatFile:
        """See :func:`~ani3d_runtime.formats.gaussian_ply.read_gaussian_ply`."""
        from ani3d_runtime.formats.gaussian_ply import read_gaussian_ply

        return read_gaussian_ply(path, drop_nan=drop_nan)


class SpzImporter(AvatarImporter):
    """Niantic's packed Gaussians."""

    description = "SPZ, versions 1 to 4"
    suffixes = (".spz",)

    def recognises(self, head: bytes) -> bool:
        """Version 4 by its mark; the others are gzip, as much else is."""
        return head.startswith(b"NGSP")

    def read(self, path: Path, *, drop_nan: bool = False) -> SplatFile:
        """See :func:`~ani3d_runtime.formats.spz.read_spz`."""
        from ani3d_runtime.formats.spz import read_spz

        return read_spz(path)


class SogImporter(AvatarImporter):
    """PlayCanvas' pictures of Gaussians."""

    description = "SOG, versions 1 and 2, as .sog or the meta.json of a folder"
    suffixes = (".sog", ".json")

    def read(self, path: Path, *, drop_nan: bool = False) -> SplatFile:
        """See :func:`~ani3d_runtime.formats.sog.read_sog`."""
        from ani3d_runtime.formats.sog import read_sog

        return read_sog(path)


class SplatImporter(AvatarImporter):
    """The first web viewer's Gaussians."""

    description = ".splat of antimatter15's viewer"
    suffixes = (".splat",)

    def read(self, path: Path, *, drop_nan: bool = False) -> SplatFile:
        """See :func:`~ani3d_runtime.formats.splat.read_splat`."""
        from ani3d_runtime.formats.splat import read_splat

        return read_splat(path)


class KsplatImporter(AvatarImporter):
    """Gaussians of three.js' GaussianSplats3D."""

    description = ".ksplat of GaussianSplats3D, levels 0 to 2"
    suffixes = (".ksplat",)

    def read(self, path: Path, *, drop_nan: bool = False) -> SplatFile:
        """See :func:`~ani3d_runtime.formats.ksplat.read_ksplat`."""
        from ani3d_runtime.formats.ksplat import read_ksplat

        return read_ksplat(path)


class GltfSplatImporter(AvatarImporter):
    """Gaussians in glTF."""

    description = "glTF 2.0 with KHR_gaussian_splatting"
    suffixes = (".glb", ".gltf")

    def recognises(self, head: bytes) -> bool:
        """By the mark of a .glb."""
        return head.startswith(b"glTF")

    def read(self, path: Path, *, drop_nan: bool = False) -> SplatFile:
        """See :func:`~ani3d_runtime.formats.gltf_splats.read_gltf_splats`."""
        from ani3d_runtime.formats.gltf_splats import read_gltf_splats

        return read_gltf_splats(path)
