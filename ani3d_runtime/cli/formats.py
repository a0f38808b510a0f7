"""``ani3d formats``: what can be read and written."""

from __future__ import annotations

from ani3d_exporters.registry import list_exporters, load_exporter
from ani3d_runtime.cli.console import ConsoleArgument, table

READS = (
    ("avatar", "3DGS .ply (SH degree 0-3, binary or ascii)"),
    ("motion", "AMASS .npz (SMPL, SMPL-H, SMPL-X), plain poses/trans/fps .npz, .bvh"),
    ("body", "SMPL, SMPL-H and SMPL-X .npz and .pkl"),
    ("residual", ".npz with dpos_m and optional drot_rad, dlogscale, dcolour"),
)


def formats(*, console: ConsoleArgument) -> None:
    """List what can be read and written."""
    exporters = {name: load_exporter(name).description for name in list_exporters()}
    rows = table("direction", "kind", "what")
    for kind, what in READS:
        rows.add_row("read", kind, what)
    for name, description in exporters.items():
        rows.add_row("write", name, description)
    console.result({"reads": dict(READS), "writes": exporters}, rows)
