"""The data of a package that a Gaussian PLY cannot hold."""

from __future__ import annotations

from ani3d_exporters.base import ExportRequest
from ani3d_runtime.avatar import Part


def losses_in_ply(request: ExportRequest) -> list[str]:
    """The losses of one posed PLY: the part of each Gaussian."""
    counts = zip(Part, request.package.manifest.part_counts, strict=False)
    parts = [part.name.lower() for part, count in counts if count]
    return [f"parts: which Gaussians are {', '.join(parts)}"]


def losses_in_ply_sequence(request: ExportRequest) -> list[str]:
    """The losses of a folder of posed PLYs: the clip's name and rate, and the losses of each file."""
    clip = request.package.clip(request.clip_name)
    return [f"frame rate: {clip.fps:g} frames per second", f"clip name: {clip.name}", *losses_in_ply(request)]
