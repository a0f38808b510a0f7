"""docs/restoration-benchmark.md: the table, plots, and what it says."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from ani3d_runtime.replacing import replacing_file
from benchmarks.codec.grid import NONE, Grid
from benchmarks.restoration.benchmark import Result, best

DOCUMENT = Path("docs/restoration-benchmark.md")
PLOT = Path("docs/images/restoration-scores.png")
SHEET = Path("docs/images/restoration-views.png")
HEADINGS = (
    "sampling", "direction", "PSNR dB", "SSIM", "perceptual", "error mm", "all cloth mm", "identity dB", "flicker",
    "videos dB", "restore s", "fit s", "peak MB",
)  # fmt: skip
_COLUMNS = {"psnr_db": 2, "ssim": 3, "perceptual": 4, "error_mm": 5, "garment_mm": 6, "identity_db": 7, "flicker": 8}

_METHOD = """\
- **Truth**: cloth and hair simulated for the clip. Restoring is given the rigid layer and nothing of it.
- **Equal cost**: every row restores the same number of pictures of the same size and fits the same number of steps.
- **PSNR, SSIM, perceptual**: held-out cameras, at elevations and azimuths that no trajectory has, on pixels where
  garment or hair shows in the truth or in the rigid layer. Perceptual is a distance of normalised responses of
  derivative filters at three scales, the rigid layer's being 1; it has no trained weights (LPIPS' are not shipped).
- **error mm**: distance to the truth in the world, mean over the Gaussians that the simulation moves. **all cloth**:
  over all garment and hair Gaussians, those that should stay included.
- **identity**: PSNR where skin, face or accessories show in truth and rigid layer both. It falls where cloth is fitted
  over skin.
- **flicker**: mean absolute error of the change from one frame to the next, in 255ths, on garment pixels.
- **videos**: PSNR of what the prior made, before any fit, on free pixels where the coarse video is wrong.
- **restore, fit**: wall seconds on the machine above, which may not have been quiet; **peak**: memory of the process
  during the fit, the layers of the rows before included.
"""


def results_grid(title: str, results: Sequence[Result], note: str) -> Grid:
    """One line per row; the best of each column is marked."""
    marked = best(list(results))
    rows: list[tuple[str, ...]] = []
    for number, result in enumerate(results):
        s = result.scores
        cells = [
            result.name,
            result.direction,
            f"{s.psnr_db:.2f}",
            f"{s.ssim:.3f}",
            f"{s.perceptual:.3f}",
            f"{s.error_mm:.1f}",
            f"{s.garment_mm:.1f}",
            f"{s.identity_db:.1f}",
            f"{s.flicker:.2f}",
            NONE if result.video_db is None else f"{result.video_db:.2f}",
            f"{result.restore_s:.0f}",
            f"{result.fit_s:.0f}",
            f"{result.peak_bytes / 1e6:.0f}",
        ]
        for name, column in _COLUMNS.items():
            if marked[name] == number:
                cells[column] += " ◂"
        rows.append(tuple(cells))
    return Grid(title, HEADINGS, tuple(rows), text_columns=2, note=note)


def scores_png(results: Sequence[Result]) -> bytes:
    """Error in mm over PSNR, one point per row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    markers = {"diagonal": "o", "row": "s", "column": "^"}
    for number, result in enumerate(results):
        marker = markers.get(result.direction, "X")
        axes.scatter(result.scores.psnr_db, result.scores.error_mm, marker=marker, color=f"C{number % 10}", s=60)
        place = (result.scores.psnr_db, result.scores.error_mm)
        axes.annotate(
            f"{result.name}, {result.direction}", place, fontsize=7, xytext=(5, 3), textcoords="offset points"
        )
    axes.set_xlabel("PSNR at held-out views, garment pixels, dB")
    axes.set_ylabel("error of moving Gaussians, mm")
    axes.grid(visible=True, alpha=0.3)
    written = io.BytesIO()
    # No program version in the file: the same figures give the same bytes.
    figure.savefig(written, format="png", dpi=110, metadata={"Software": None})
    return written.getvalue()


def write_document(
    root: Path, grids: Sequence[Grid], plot: bytes, machine: Mapping[str, object], command: str
) -> list[Path]:
    """Write the page and its plot below ``root``; returns what was written."""
    state = ", ".join(f"{key} {value}" for key, value in machine.items())
    lines = ["# Restoration benchmark", "", f"Written by `{command}`.", "", f"Machine: {state}.", ""]
    for grid in grids:
        lines += [f"## {grid.title}", "", grid.note, "", grid.markdown(), ""]
    lines += [
        f"![Scores](images/{PLOT.name})",
        "",
        "Rigid layer, best row and truth at held-out views, row by row:",
        "",
    ]
    lines += [f"![Views](images/{SHEET.name})", "", "## Method", "", _METHOD]
    for path, data in ((DOCUMENT, "\n".join(lines).encode()), (PLOT, plot)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(root / path) as stream:
            stream.write(data)
    return [root / DOCUMENT, root / PLOT]
