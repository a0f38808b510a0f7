"""The two pages: tables with a sentence each, pictures, and how it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ani3d_runtime.replacing import replacing_file
from benchmarks.codec.grid import NONE, Grid
from benchmarks.restoration.verdict import Table

PRIOR_PAGE, ORACLE_PAGE = Path("docs/restoration-benchmark.md"), Path("docs/sampling-ablation.md")
IMAGES = Path("docs/images")
# Score, heading, digits, and whether less of it is better (None: nearest to 1).
COLUMNS: tuple[tuple[str, str, int, bool | None], ...] = (
    ("error_mm", "error mm", 1, True),
    ("hair_mm", "hair mm", 1, True),
    ("ssim", "SSIM", 3, False),
    ("perceptual", "perceptual", 3, True),
    ("edge", "edges", 2, None),
    ("pierced", "pierced %", 2, True),
    ("identity_db", "identity dB", 1, False),
    ("psnr_db", "PSNR dB", 2, False),
    ("videos.psnr_db", "videos dB", 2, False),
    ("videos.ssim", "videos SSIM", 3, False),
    ("videos.edge", "videos edges", 2, None),
)

METHOD = """\
- **Characters** are none that the prior was trained on, and wear checks in three colours, which no training look does:
  training recolours plain clothes in every permutation of their channels, so that no plain colour would be new. The
  motion is held out, too.
- **Truth**: cloth and hair simulated for the clip. Restoring is given the rigid layer and nothing of it. *Physics of a
  proxy* grows particles from the avatar's Gaussians, as for any PLY; the *live driver* is fitted to four made-up
  motions and plays this one.
- **Equal cost**: every row that restores has the same pictures and fits the same number of steps. *Blurred* rows fit to
  the coarse video itself, blurred.
- **± is the standard deviation over three seeds** of sampling and fitting; rows without it have no chance in them. The
  sentences call two rows different where they are more than two such deviations apart.
- **SSIM, perceptual, edges, PSNR**: held-out cameras, at elevations and azimuths that no trajectory has, on pixels
  where garment or hair shows in the truth or in the rigid layer. Perceptual is a distance of normalised responses of
  derivative filters at three scales, the rigid layer's being 1; it has no trained weights. Edges: steepness of the
  picture over that of the truth.
- **error mm**: distance to the truth in the world, mean over the Gaussians that the simulation moves; **hair mm** of
  hair alone.
- **pierced**: of the pixels where the truth shows cloth or hair, those where the layer shows skin.
- **identity**: PSNR where skin, face or accessories show in truth and rigid layer both.
- **videos**: what the prior made, before any fit, on free pixels where the coarse video is wrong by more than 0.04.
"""


def results_grid(title: str, table: Table, note: str) -> Grid:
    """One line per row, the best of each column marked."""
    names = list(table.rows)
    cells = [[name] for name in names]
    for score, _, digits, less in COLUMNS:
        means = np.array([table.mean(name, score) for name in names])
        best = _best(means, less)
        for number, name in enumerate(names):
            if np.isnan(means[number]):
                cells[number].append(NONE)
                continue
            spread = table.spread(name, score)
            told = f"{means[number]:.{digits}f}" + (f" ±{spread:.{digits}f}" if spread else "")
            cells[number].append(told + (" ◂" if number == best else ""))
    headings = ("row", *(heading for _, heading, _, _ in COLUMNS))
    return Grid(title, headings, tuple(map(tuple, cells)), text_columns=1, note=note)


def write_page(
    path: Path,
    title: str,
    lead: str,
    chapters: Sequence[tuple[Grid, str, Path | None]],
    machine: Mapping[str, object],
    command: str,
) -> None:
    """Write a page: of each chapter its table, its sentence and its picture."""
    state = ", ".join(f"{key} {value}" for key, value in machine.items())
    lines = [f"# {title}", "", lead, "", f"Written by `{command}`.", "", f"Machine: {state}.", ""]
    for grid, sentence, picture in chapters:
        lines += [f"## {grid.title}", "", grid.note, "", grid.markdown(), "", sentence, ""]
        if picture is not None:
            lines += ["Rigid layer, physics of a proxy and guess, default, physics then prior, truth, row by row:", ""]
            lines += [f"![{grid.title}](images/{picture.name})", ""]
    lines += ["## Method", "", METHOD]
    with replacing_file(path) as stream:
        stream.write("\n".join(lines).encode())


def _best(means: np.ndarray, less: bool | None) -> int:
    """The best row of a column; −1 where there is none."""
    if np.isnan(means).all():
        return -1
    if less is None:
        return int(np.nanargmin(np.abs(means - 1)))
    return int(np.nanargmin(means) if less else np.nanargmax(means))
