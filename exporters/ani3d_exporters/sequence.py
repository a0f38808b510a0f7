"""Frames of a clip as a folder of files, and what belongs to all of them in ``sequence.json``."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ani3d_exporters.base import Exporter, ExportReport, ExportRequest, ProgressCallback
from ani3d_exporters.losses import losses_of_file, lost_parts
from ani3d_exporters.posing import frame_poser
from ani3d_exporters.splat_format import COMPRESSED_PLY, GLTF, PLY, SOG, SPLAT, SPZ, SplatFormat
from ani3d_runtime.replacing import publish

SEQUENCE = "sequence.json"


class SequenceExporter(Exporter):
    """``frame_0000.ply``, ``frame_0001.ply``, … and ``sequence.json`` in a folder.

    Attributes:
        splat_format: of the files.
    """

    splat_format: ClassVar[SplatFormat]
    writes_folder = True

    def export(self, request: ExportRequest, progress: ProgressCallback) -> ExportReport:
        """Write every frame into a temporary folder, then move them into place together.

        Raises:
            UsageError: ``export-suffix`` or ``output-exists``.
            ResourceError: ``disk-full``, ``output-in-use``, ``output-unwritable``.
        """
        folder = request.output
        self.check_output(folder, request.overwrite)
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            losses = self._write(request, partial, progress)
            folder.mkdir(exist_ok=True)
            frames = sorted(entry.name for entry in partial.iterdir() if entry.name != SEQUENCE)
            total = sum(entry.stat().st_size for entry in partial.iterdir())
            for name in (*frames, SEQUENCE):
                publish(partial / name, folder / name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        files = [str(folder / name) for name in (*frames, SEQUENCE)]
        return ExportReport(files, request.package.count_at(request.lod), total, losses, request.axes)

    def _write(self, request: ExportRequest, folder: Path, progress: ProgressCallback) -> list[str]:
        """Write the frames and what belongs to all of them; what the first of them lost."""
        pose, form = frame_poser(request), self.splat_format
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        losses = [lost_parts(request)]
        for done, frame in enumerate(request.frames):
            cloud = pose(frame)
            path = folder / f"frame_{frame:04d}{form.suffix}"
            path.write_bytes(form.pack(cloud))
            low, high = np.minimum(low, cloud.means_m.min(axis=0)), np.maximum(high, cloud.means_m.max(axis=0))
            if done == 0:
                losses += losses_of_file(form, cloud, form.read(path).cloud)
            progress((done + 1) / len(request.frames))
        (folder / SEQUENCE).write_text(json.dumps(self._sequence(request, low, high), indent=1) + "\n")
        return losses

    def _sequence(self, request: ExportRequest, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
        clip = request.package.clip(request.clip_name)
        return {
            "format": self.splat_format.name,
            "clip": clip.name,
            "fps": clip.fps,
            "axes": request.axes,
            "metres_per_unit": 1.0,
            "layer": request.layer,
            "gaussians": request.package.count_at(request.lod),
            # Of the centres; Gaussians reach beyond them.
            "bounds": {"min": low.tolist(), "max": high.tolist()},
            "frames": [
                {
                    "file": f"frame_{frame:04d}{self.splat_format.suffix}",
                    "frame": frame,
                    "time_s": round(frame / clip.fps, 6),
                }
                for frame in request.frames
            ],
        }


class PlySequenceExporter(SequenceExporter):
    """3DGS PLYs."""

    description = "a folder of 3DGS PLYs, frame_0000.ply and on, with sequence.json"
    suffix = ".ply"
    splat_format = PLY


class CompressedPlySequenceExporter(SequenceExporter):
    """Compressed PLYs."""

    description = "a folder of compressed PLYs, with sequence.json"
    suffix = ".ply"
    splat_format = COMPRESSED_PLY


class SpzSequenceExporter(SequenceExporter):
    """SPZ 3."""

    description = "a folder of SPZ 3, with sequence.json"
    suffix = ".spz"
    usual_axes = SPZ.axes
    splat_format = SPZ


class SogSequenceExporter(SequenceExporter):
    """SOG 2."""

    description = "a folder of SOG 2, with sequence.json"
    suffix = ".sog"
    splat_format = SOG


class SplatSequenceExporter(SequenceExporter):
    """.splat."""

    description = "a folder of .splat, without harmonics, with sequence.json"
    suffix = ".splat"
    splat_format = SPLAT


class GltfSequenceExporter(SequenceExporter):
    """Gaussians in glTF."""

    description = "a folder of glTF with KHR_gaussian_splatting, with sequence.json"
    suffix = ".glb"
    usual_axes = GLTF.axes
    axes_fixed = GLTF.axes_fixed
    splat_format = GLTF
