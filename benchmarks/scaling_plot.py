"""Cost over size, both logarithmic, beside a line of slope one."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.scaling import Point

_COSTS = (
    ("encode_cpu_s", "encode, CPU s", 1.0),
    ("play_cpu_s", "play, CPU s", 1.0),
    ("encode_peak_bytes", "encode, memory MB", 1e-6),
    ("file_bytes", "package, KB", 1e-3),
)


def growth_png(sweeps: Mapping[str, Sequence[Point]]) -> bytes:
    """One panel per sweep: every cost on its own line, the line of linear growth through its first point dashed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    picture = Figure(figsize=(6 * len(sweeps), 4.4), layout="constrained")
    FigureCanvasAgg(picture)
    panels = picture.subplots(1, len(sweeps), squeeze=False)[0]
    for axes, (name, points) in zip(panels, sweeps.items(), strict=True):
        sizes = [getattr(point, name) for point in points]
        for number, (cost, label, unit) in enumerate(_COSTS):
            values = [getattr(point, cost) * unit for point in points]
            axes.plot(sizes, values, marker="o", color=f"C{number}", label=label)
            axes.plot(sizes, [values[0] * size / sizes[0] for size in sizes], "--", color=f"C{number}", alpha=0.4)
        axes.set(xscale="log", yscale="log", xlabel=name, title=f"more {name} (dashed: linear)")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.grid(visible=True, which="both", alpha=0.2)
    panels[0].legend(fontsize=8)
    written = io.BytesIO()
    picture.savefig(written, format="png", dpi=110, metadata={"Software": None})
    return written.getvalue()
