"""``ply``: one posed frame as a 3DGS PLY."""

from __future__ import annotations

from ani3d_exporters.base import Exporter, ExportReport, ExportRequest, ProgressCallback
from ani3d_exporters.gaussian_ply import write_gaussian_ply
from ani3d_exporters.losses import losses_in_ply
from ani3d_exporters.posing import frame_poser
from ani3d_runtime.errors import UsageError


class PlyExporter(Exporter):
    """One frame, one file."""

    description = "one frame as a 3DGS PLY"
    suffix = ".ply"

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
                expected="one frame, since a PLY holds one",
                fix="Name one frame, or use --to ply-sequence.",
            )
        cloud = frame_poser(request)(request.frames[0])
        progress(0.5)
        request.output.parent.mkdir(parents=True, exist_ok=True)
        size = write_gaussian_ply(request.output, cloud)
        progress(1.0)
        return ExportReport([str(request.output)], cloud.count, size, losses_in_ply(request))
