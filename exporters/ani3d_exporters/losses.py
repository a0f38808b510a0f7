"""What a package says that Gaussian PLYs have no place for."""

from __future__ import annotations

from ani3d_exporters.base import ExportRequest
from ani3d_runtime.avatar import Part


def losses_in_ply(request: ExportRequest) -> list[str]:
    """What one posed PLY loses: which part each Gaussian belongs to."""
    counts = zip(Part, request.package.manifest.part_counts, strict=False)
    parts = [part.name.lower() for part, count in counts if count]
    return [f"parts: which Gaussians are {', '.join(parts)}"]


def losses_in_ply_sequence(request: ExportRequest) -> list[str]:
    """What a folder of posed PLYs loses: the clip's name and rate, and what each of the files loses."""
    clip = request.package.clip(request.clip_name)
    return [f"frame rate: {clip.fps:g} frames per second", f"clip name: {clip.name}", *losses_in_ply(request)]
