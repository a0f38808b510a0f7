"""Rate against distortion, one panel per sequence and kind of distortion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ani3d_runtime.replacing import replacing_path
from benchmarks.codec.report import Row, SequenceReport

_MARKERS = "osD^vP*Xh"


def write_plot(path: Path, reports: Sequence[SequenceReport]) -> None:
    """Write the PNG: rendered PSNR and largest position error over KB a frame, logarithmic in size."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.6 * len(reports)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(reports), 2, squeeze=False)
    families = list(dict.fromkeys(row.family for report in reports for row in report.rows if row.outcome))
    for (quality, error), report in zip(grid, reports, strict=True):
        for number, family in enumerate(families):
            rows = [row for row in report.rows if row.family == family and row.outcome]
            _draw(quality, rows, number, [row.picture.mean_db if row.picture else None for row in rows])
            _draw(error, rows, number, [row.position.max_mm if row.position else None for row in rows])
        quality.set_ylabel("PSNR of six views, foreground, dB")
        error.set_ylabel("largest position error, mm")
        error.set_yscale("log")
        for axes in (quality, error):
            axes.set_title(f"{report.name}, {report.frames} frames", fontsize=10)
            axes.set_xscale("log")
            axes.set_xlabel("KB a frame, everything included")
            axes.grid(visible=True, which="both", alpha=0.2)
    grid[0, 0].legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing_path(path) as partial:
        # No program version in the file: the same figures give the same bytes.
        figure.savefig(partial, format="png", dpi=110, metadata={"Software": None})


def _draw(axes: object, rows: Sequence[Row], number: int, heights: Sequence[float | None]) -> None:
    points = [
        (row.outcome.bytes_per_frame / 1e3, height)
        for row, height in zip(rows, heights, strict=True)
        if row.outcome is not None and height is not None and height > 0
    ]
    if not points:
        return
    sizes, values = zip(*sorted(points), strict=True)
    ours = rows[0].is_ours
    axes.plot(  # pyright: ignore[reportAttributeAccessIssue]
        sizes,
        values,
        marker=_MARKERS[number % len(_MARKERS)],
        color="crimson" if ours else f"C{number if number < 3 else number + 1}",
        linewidth=2.2 if ours else 1,
        label=rows[0].family,
    )
