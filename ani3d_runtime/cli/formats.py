"""``ani3d formats``: what can be read and written."""

from __future__ import annotations

from ani3d_exporters.registry import list_exporters, load_exporter
from ani3d_runtime.bake.generators.registry import (
    AVATARS,
    RESIDUALS,
    avatar_generator,
    residual_generator,
)
from ani3d_runtime.cli.console import ConsoleArgument, table
from ani3d_runtime.formats.registry import importers

READS = (
    ("body", "SMPL, SMPL-H and SMPL-X .npz and .pkl"),
    ("residual", ".npz with dpos_m and optional drot_rad, dlogscale, dcolour"),
)


def formats(*, console: ConsoleArgument) -> None:
    """List what can be read and written."""
    reads = [*READS]
    for name, importer in importers().items():
        reads.append((importer.kind, f"{name}: {importer.description} ({', '.join(importer.suffixes)})"))
    for name in AVATARS.names():
        reads.append(("pictures", f"{name}: {avatar_generator(name).summary} (bake --avatar-from {name})"))
    for name in RESIDUALS.names():
        reads.append(("residual", f"{name}: {residual_generator(name).summary} (bake --residual {name})"))
    exporters = {name: load_exporter(name) for name in list_exporters()}
    rows = table("direction", "kind", "what")
    for kind, what in sorted(reads):
        rows.add_row("read", kind, what)
    for name, exporter in exporters.items():
        rows.add_row("write", name, f"{exporter.description}; {exporter.usual_axes} axes")
    console.result(
        {
            "reads": [{"kind": kind, "what": what} for kind, what in sorted(reads)],
            "writes": {name: exporter.description for name, exporter in exporters.items()},
            "axes": {name: exporter.usual_axes for name, exporter in exporters.items()},
        },
        rows,
    )
