"""What a package holds and exported files do not, measured on the files."""

from __future__ import annotations

import numpy as np

from ani3d_exporters.base import ExportRequest
from ani3d_exporters.splat_format import SplatFormat
from ani3d_runtime.avatar import Part
from ani3d_runtime.splats import SplatCloud


def lost_parts(request: ExportRequest) -> str:
    """What no format of Gaussians holds: the part of each."""
    counts = zip(Part, request.package.manifest.part_counts, strict=False)
    parts = [part.name.lower() for part, count in counts if count]
    return f"parts: which Gaussians are {', '.join(parts)}"


def losses_of_file(splat_format: SplatFormat, posed: SplatCloud, written: SplatCloud) -> list[str]:
    """What one file lost.

    Args:
        splat_format: of the file.
        posed: the Gaussians of the frame, in the file's axes.
        written: the Gaussians that the file holds.
    """
    losses: list[str] = []
    if written.sh_degree < posed.sh_degree:
        first, last = written.sh_degree + 1, posed.sh_degree
        losses.append(f"harmonics: degree {first if first == last else f'{first} to {last}'}; colours are the mean")
    if splat_format.sorts:
        losses.append("order: Gaussians lie along a curve through space, in each frame along another")
    if not splat_format.is_exact:
        losses.append(_precision(splat_format.in_file_order(posed), written))
    return losses


def _precision(posed: SplatCloud, written: SplatCloud) -> str:
    terms = written.sh.shape[1]
    cosines = np.abs(np.einsum("na,na->n", posed.quats_wxyz.astype(np.float64), written.quats_wxyz))
    position_mm = float(np.linalg.norm(written.means_m - posed.means_m, axis=1).max()) * 1e3
    scale = float(np.abs(np.expm1(np.log(written.scales_m) - np.log(posed.scales_m))).max())
    turn_deg = float(np.rad2deg(2 * np.arccos(cosines.clip(0, 1)).max()))
    opacity = float(np.abs(written.opacities - posed.opacities).max())
    colour = _rms(written.sh[:, 0] - posed.sh[:, 0])
    text = (
        f"precision: positions by up to {position_mm:.3g} mm, scales {scale:.2g} of themselves, rotations "
        f"{turn_deg:.2g}°, opacities {opacity:.2g}; colour coefficients {colour:.2g} rms"
    )
    return text if terms == 1 else f"{text}, harmonics {_rms(written.sh[:, 1:] - posed.sh[:, 1:terms]):.2g} rms"


def _rms(difference: np.ndarray) -> float:
    return float(np.sqrt((difference.astype(np.float64) ** 2).mean()))
