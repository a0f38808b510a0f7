"""``ply-sequence``: a folder of 3DGS PLYs, one per frame, named after the frame number."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from ani3d_exporters.base import Exporter, ExportReport, ExportRequest, ProgressCallback
from ani3d_exporters.gaussian_ply import write_gaussian_ply
from ani3d_exporters.losses import losses_in_ply_sequence
from ani3d_exporters.posing import frame_poser
from ani3d_runtime.replacing import publish


class PlySequenceExporter(Exporter):
    """``frame_0000.ply``, ``frame_0001.ply``, … in a folder."""

    description = "a folder of 3DGS PLYs, frame_0000.ply and on"
    suffix = ".ply"
    writes_folder = True

    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write every frame into a temporary folder, then move them into place together.

        Raises:
            UsageError: ``export-suffix`` or ``output-exists``.
            ResourceError: ``disk-full``, ``output-in-use``, ``output-unwritable``.
        """
        folder = request.output
        self.check_output(folder, request.overwrite)
        pose = frame_poser(request)
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            total = 0
            for done, frame in enumerate(request.frames):
                total += write_gaussian_ply(partial / f"frame_{frame:04d}.ply", pose(frame))
                progress((done + 1) / len(request.frames))
            folder.mkdir(exist_ok=True)
            names = sorted(entry.name for entry in partial.iterdir())
            for name in names:
                publish(partial / name, folder / name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        files = [str(folder / name) for name in names]
        return ExportReport(files, request.package.avatar().count, total, losses_in_ply_sequence(request))
