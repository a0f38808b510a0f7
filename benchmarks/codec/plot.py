"""Rate against distortion, one panel per sequence and kind of distortion."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.codec.measure import BEST_PSNR_DB
from benchmarks.codec.report import Row, SequenceReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = "osD^vP*Xh"
_OURS, _LOSSLESS = "crimson", "0.45"


def rate_distortion_png(reports: Sequence[SequenceReport]) -> bytes:
    """A PNG: rendered PSNR and largest position error over KB a frame, logarithmic in size.

    A line joins the settings of a codec; lossless ones are vertical lines, for they are off either scale.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.6 * len(reports)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(reports), 2, squeeze=False)
    names = list(dict.fromkeys(_series(row) for report in reports for row in report.rows if row.outcome))
    for (quality, error), report in zip(grid, reports, strict=True):
        for number, name in enumerate(names):
            rows = [row for row in report.rows if _series(row) == name]
            _draw(quality, number, name, [(row, row.picture.mean_db) for row in rows if row.picture])
            _draw(error, number, name, [(row, row.position.max_mm) for row in rows if row.position])
        quality.set_ylabel("PSNR of six views, foreground, dB")
        error.set_ylabel("largest position error, mm")
        error.set_yscale("log")
        for axes in (quality, error):
            axes.set_title(f"{report.name}, {report.frames} frames", fontsize=10)
            axes.set_xscale("log")
            axes.set_xlabel("KB a frame, everything included")
            axes.grid(visible=True, which="both", alpha=0.2)
            axes.xaxis.set_major_formatter("{x:g}")
        error.yaxis.set_major_formatter("{x:g}")
        error.yaxis.set_minor_formatter("{x:g}")
    grid[0, 0].legend(fontsize=8, loc="lower right")
    written = io.BytesIO()
    # No program version in the file: the same figures give the same bytes.
    figure.savefig(written, format="png", dpi=110, metadata={"Software": None})
    return written.getvalue()


def _series(row: Row) -> str:
    """What a line joins: the settings of a codec; our presets, and one bound for all parts, are two families."""
    if not row.is_ours:
        return row.family
    return f"{row.family}, one bound" if row.setting.startswith("≤") else f"{row.family}, presets"


def _draw(axes: Axes, number: int, name: str, points: Sequence[tuple[Row, float]]) -> None:
    """One line: settings in the order of the roster."""
    sizes = [row.outcome.bytes_per_frame / 1e3 for row, _ in points if row.outcome]
    if not sizes:
        return
    if all(row.picture is not None and row.picture.mean_db >= BEST_PSNR_DB for row, _ in points):
        style = ":" if number % 2 else "--"
        axes.axvline(sizes[0], color=_LOSSLESS, linestyle=style, label=f"{name}, lossless")
        return
    ours = points[0][0].is_ours
    axes.plot(
        sizes,
        [height for _, height in points],
        marker=_MARKERS[number % len(_MARKERS)],
        # C3 is a red, too near to ours.
        color=_OURS if ours else f"C{number if number < 3 else number + 1}",
        linewidth=2.2 if ours else 1,
        label=name,
    )
