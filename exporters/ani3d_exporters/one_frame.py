"""One posed frame as one file, in each format that holds Gaussians."""

from __future__ import annotations

from typing import ClassVar

from ani3d_exporters.base import Exporter, ExportReport, ExportRequest, ProgressCallback
from ani3d_exporters.losses import losses_of_file, lost_parts
from ani3d_exporters.posing import frame_poser
from ani3d_exporters.splat_format import COMPRESSED_PLY, GLTF, PLY, SOG, SPLAT, SPZ, SPZ_4, SplatFormat
from ani3d_runtime.errors import UsageError
from ani3d_runtime.replacing import replacing_file


class FrameExporter(Exporter):
    """One frame, one file.

    Attributes:
        splat_format: of the file.
    """

    splat_format: ClassVar[SplatFormat]

    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write the one frame of the request.

        Raises:
            UsageError: ``export-one-frame``, ``export-suffix`` or ``output-exists``.
        """
        self.check_output(request.output, request.overwrite)
        if len(request.frames) != 1:
            raise UsageError(
                "export-one-frame",
                "--frames",
                found=f"{len(request.frames)} frames",
                expected=f"one frame, since a {self.suffix} file holds one",
                fix=f"Name one frame, such as --frames {request.frames[0]}, or use --to {self._sequence_name()} and a "
                f"folder.",
            )
        cloud = frame_poser(request)(request.frames[0])
        progress(0.3)
        content = self.splat_format.pack(cloud)
        progress(0.8)
        request.output.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(request.output) as stream:
            stream.write(content)
        losses = losses_of_file(self.splat_format, cloud, self.splat_format.read(request.output).cloud)
        progress(1.0)
        return ExportReport(
            [str(request.output)], cloud.count, len(content), [lost_parts(request), *losses], request.axes
        )

    def _sequence_name(self) -> str:
        return f"{self.splat_format.name.removesuffix('-4')}-sequence"


class PlyExporter(FrameExporter):
    """3DGS PLY."""

    description = "one frame as a 3DGS PLY"
    suffix = ".ply"
    follows = (".ply",)
    splat_format = PLY


class CompressedPlyExporter(FrameExporter):
    """PlayCanvas' compressed PLY."""

    description = "one frame as a compressed PLY"
    suffix = ".ply"
    follows = (".compressed.ply",)
    splat_format = COMPRESSED_PLY


class SpzExporter(FrameExporter):
    """SPZ 3."""

    description = "one frame as SPZ 3 (gzip)"
    suffix = ".spz"
    follows = (".spz",)
    usual_axes = SPZ.axes
    splat_format = SPZ


class Spz4Exporter(FrameExporter):
    """SPZ 4."""

    description = "one frame as SPZ 4 (Zstandard)"
    suffix = ".spz"
    usual_axes = SPZ_4.axes
    splat_format = SPZ_4


class SogExporter(FrameExporter):
    """SOG 2."""

    description = "one frame as SOG 2"
    suffix = ".sog"
    follows = (".sog",)
    splat_format = SOG


class SplatExporter(FrameExporter):
    """.splat."""

    description = "one frame as .splat, without harmonics"
    suffix = ".splat"
    follows = (".splat",)
    splat_format = SPLAT


class GltfExporter(FrameExporter):
    """Gaussians in glTF."""

    description = "one frame as glTF with KHR_gaussian_splatting"
    suffix = ".glb"
    follows = (".glb",)
    usual_axes = GLTF.axes
    axes_fixed = GLTF.axes_fixed
    splat_format = GLTF
